package io.reft.python.runtime;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** {@code datetime.timedelta}. */
public record TimeDelta(long microseconds) implements Temporal {
    public static final long SECOND = 1_000_000;
    public static final long DAY = 86_400 * SECOND;
    /** Twice what a double has with all its digits. */
    private static final int MAX_BITS = 6000;
    private static final String BEYOND = "a timedelta beyond 64 bits of microseconds";

    @Override
    public PyType type() {
        return PyType.TIMEDELTA;
    }

    /** A whole number of microseconds, or what a number of them rounds to. */
    public static TimeDelta of(BigDecimal microseconds) {
        // not looked at digit by digit where it is far too long
        if (microseconds.unscaledValue().bitLength() > MAX_BITS) {
            throw Stop.unsupported(BEYOND);
        }
        try {
            return new TimeDelta(microseconds.setScale(0, RoundingMode.HALF_EVEN).longValueExact());
        } catch (ArithmeticException e) {
            throw Stop.unsupported(BEYOND);
        }
    }

    public TimeDelta times(long factor) {
        return of(BigDecimal.valueOf(microseconds).multiply(BigDecimal.valueOf(factor)));
    }

    static Object binary(Machine m, Operator operator, Object a, Object b) {
        if (a instanceof TimeDelta x && b instanceof TimeDelta y) {
            BigDecimal left = BigDecimal.valueOf(x.microseconds);
            BigDecimal right = BigDecimal.valueOf(y.microseconds);
            switch (operator) {
                case ADD:
                    return of(left.add(right));
                case SUB:
                    return of(left.subtract(right));
                case TRUE_DIV, FLOOR_DIV, MOD:
                    if (y.microseconds == 0) {
                        throw Errors.zeroDivision(operator == Operator.TRUE_DIV ? "division by zero"
                                : operator == Operator.MOD ? "integer modulo by zero" : "integer division or modulo by zero");
                    }
                    return switch (operator) {
                        case TRUE_DIV -> Ints.trueDivide(m, x.microseconds, y.microseconds);
                        case FLOOR_DIV -> Math.floorDiv(x.microseconds, y.microseconds);
                        default -> new TimeDelta(Math.floorMod(x.microseconds, y.microseconds));
                    };
                default:
                    return null;
            }
        }
        if (operator == Operator.MUL && (a instanceof TimeDelta || b instanceof TimeDelta)) {
            TimeDelta t = a instanceof TimeDelta x ? x : (TimeDelta) b;
            BigDecimal factor = factor(m, a instanceof TimeDelta ? b : a);
            return factor == null ? null : of(BigDecimal.valueOf(t.microseconds).multiply(factor));
        }
        if (a instanceof TimeDelta t && Ints.isInt(b) && (operator == Operator.TRUE_DIV || operator == Operator.FLOOR_DIV)
                || a instanceof TimeDelta && b instanceof Double && operator == Operator.TRUE_DIV) {
            BigDecimal divisor = factor(m, b);
            if (divisor.signum() == 0) {
                throw Errors.zeroDivision(b instanceof Double ? "division by zero" : "integer division or modulo by zero");
            }
            BigDecimal micros = BigDecimal.valueOf(((TimeDelta) a).microseconds);
            return of(micros.divide(divisor, 0, operator == Operator.TRUE_DIV ? RoundingMode.HALF_EVEN : RoundingMode.FLOOR));
        }
        return null;
    }

    /** A number as an exact factor, or null. */
    public static BigDecimal factor(Machine m, Object x) {
        if (x instanceof Double d) {
            if (!Double.isFinite(d)) {
                throw Stop.unsupported("a timedelta times infinity");
            }
            m.charge(4 + (Math.abs(Math.getExponent(d)) >> 4));
            return new BigDecimal(d);
        }
        if (Ints.isInt(x) && Ints.big(x).bitLength() > MAX_BITS) {
            throw Stop.unsupported("a timedelta and such a large int");
        }
        m.charge(4);
        return Ints.isInt(x) ? new BigDecimal(Ints.big(x)) : null;
    }

    private long days() {
        return Math.floorDiv(microseconds, DAY);
    }

    private long seconds() {
        return Math.floorMod(microseconds, DAY) / SECOND;
    }

    private long rest() {
        return Math.floorMod(microseconds, SECOND);
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "days" -> days();
            case "seconds" -> seconds();
            case "microseconds" -> rest();
            default -> null;
        };
    }

    /** {@code total_seconds()}. */
    public double totalSeconds(Machine m) {
        m.charge(4);
        return BigInts.quotient(BigInteger.valueOf(microseconds), BigInteger.valueOf(SECOND));
    }

    @Override
    public String text(Machine m) {
        m.text(32);
        long s = seconds();
        return (days() == 0 ? "" : days() + (Math.abs(days()) == 1 ? " day, " : " days, "))
                + s / 3600 + ':' + Strings.padded(s / 60 % 60, 2) + ':' + Strings.padded(s % 60, 2)
                + (rest() == 0 ? "" : '.' + Strings.padded(rest(), 6));
    }

    @Override
    public String repr(Machine m) {
        m.text(64);
        StringBuilder out = new StringBuilder();
        String[] names = {"days", "seconds", "microseconds"};
        long[] values = {days(), seconds(), rest()};
        for (int i = 0; i < 3; i++) {
            if (values[i] != 0) {
                out.append(out.isEmpty() ? "" : ", ").append(names[i]).append('=').append(values[i]);
            }
        }
        return "datetime.timedelta(" + (out.isEmpty() ? "0" : out) + ")";
    }

    @Override
    public String format(Machine m, String spec) {
        throw Errors.typeError("unsupported format string passed to datetime.timedelta.__format__");
    }
}
