package io.reft.python.runtime;

import io.reft.python.numeric.Accurate;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Python's float: arithmetic as CPython defines it, rounding, and the shortest text that reads back the same. */
public final class Floats {
    private Floats() {}

    static boolean supports(Operator operator) {
        return operator.ordinal() <= Operator.POW.ordinal();
    }

    /** One of the operators up to {@code **}. */
    static Object binary(Machine m, Operator operator, double x, double y) {
        switch (operator) {
            case ADD:
                return x + y;
            case SUB:
                return x - y;
            case MUL:
                return x * y;
            case TRUE_DIV:
                if (y == 0) {
                    throw Errors.zeroDivision("float division by zero");
                }
                return x / y;
            case FLOOR_DIV:
                if (y == 0) {
                    throw Errors.zeroDivision("float floor division by zero");
                }
                chargeRemainder(m, x, y);
                return divide(x, y)[0];
            case MOD:
                if (y == 0) {
                    throw Errors.zeroDivision("float modulo");
                }
                chargeRemainder(m, x, y);
                return modulo(x, y);
            default:
                return power(x, y);
        }
    }

    /** A remainder takes longer the further apart the two are. */
    public static void chargeRemainder(Machine m, double x, double y) {
        m.charge(1 + (Math.max(0, Math.getExponent(x) - Math.getExponent(y)) >> 6));
    }

    static double modulo(double x, double y) {
        double mod = x % y;
        if (mod != 0) {
            return y < 0 != mod < 0 ? mod + y : mod;
        }
        return Math.copySign(0.0, y);
    }

    /** Floor quotient and modulus, by CPython's own steps. */
    public static double[] divide(double x, double y) {
        double mod = x % y;
        double div = (x - mod) / y;
        if (mod != 0) {
            if (y < 0 != mod < 0) {
                mod += y;
                div -= 1;
            }
        } else {
            mod = Math.copySign(0.0, y);
        }
        double floor;
        if (div != 0) {
            floor = Math.floor(div);
            if (div - floor > 0.5) {
                floor += 1;
            }
        } else {
            floor = Math.copySign(0.0, x / y);
        }
        return new double[] {floor, mod};
    }

    static double power(double x, double y) {
        if (y == 0 || x == 1) {
            return 1;
        }
        if (x == -1 && Double.isInfinite(y)) {
            return 1;
        }
        if (Double.isFinite(x) && Double.isFinite(y)) {
            if (x == 0 && y < 0) {
                throw Errors.zeroDivision("0.0 cannot be raised to a negative power");
            }
            if (x < 0 && y != Math.rint(y)) {
                throw Stop.unsupported("complex");
            }
            double result = Accurate.pow(x, y);
            if (Double.isInfinite(result)) {
                throw new Raised(new PyException(ExceptionTypes.OVERFLOW_ERROR, 34L, "Numerical result out of range"));
            }
            return result;
        }
        return Math.pow(x, y);
    }

    /** {@code round(x, digits)}: correctly rounded, exact ties to even. */
    public static double round(Machine m, double x, long digits) {
        m.charge(4);
        if (!Double.isFinite(x) || x == 0 || digits > 323) {
            return x;
        }
        if (digits < -308) {
            return Math.copySign(0.0, x);
        }
        m.charge(Math.abs(Math.getExponent(x)) >> 5);
        double rounded = new BigDecimal(x).setScale((int) digits, RoundingMode.HALF_EVEN).doubleValue();
        if (Double.isInfinite(rounded)) {
            throw Errors.overflow("rounded value too large to represent");
        }
        return rounded == 0 ? Math.copySign(0.0, x) : rounded;
    }

    /** The integer part as an int. */
    public static Object toInt(Machine m, double x) {
        if (Double.isNaN(x)) {
            throw Errors.valueError("cannot convert float NaN to integer");
        }
        if (Double.isInfinite(x)) {
            throw Errors.overflow("cannot convert float infinity to integer");
        }
        if (Math.abs(x) < 0x1p62) {
            return (long) x;
        }
        m.bits(Math.getExponent(x));
        return Ints.normalize(new BigDecimal(x).toBigInteger());
    }

    /** {@code repr(x)}. */
    static String repr(double x) {
        if (!Double.isFinite(x)) {
            return Double.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
        }
        if (x == (long) x && Math.abs(x) < 1e15 && x != 0) {
            return (long) x + ".0";
        }
        Digits d = Digits.shortest(x);
        StringBuilder out = new StringBuilder(24);
        if (x < 0 || x == 0 && 1 / x < 0) {
            out.append('-');
        }
        if (d.point() > -4 && d.point() <= 16) {
            fixed(out, d);
            if (d.point() >= d.text().length()) {
                out.append(".0");
            }
        } else {
            scientific(out, d);
        }
        return out.toString();
    }

    /** {@code 123.45}, all digits. */
    static void fixed(StringBuilder out, Digits d) {
        String digits = d.text();
        if (d.point() <= 0) {
            out.append("0.").repeat("0", -d.point()).append(digits);
        } else if (d.point() >= digits.length()) {
            out.append(digits).repeat("0", d.point() - digits.length());
        } else {
            out.append(digits, 0, d.point()).append('.').append(digits, d.point(), digits.length());
        }
    }

    /** {@code 1.2345e+20}. */
    static void scientific(StringBuilder out, Digits d) {
        String digits = d.text();
        out.append(digits.charAt(0));
        if (digits.length() > 1) {
            out.append('.').append(digits, 1, digits.length());
        }
        int exponent = d.point() - 1;
        out.append('e').append(exponent < 0 ? '-' : '+');
        int absolute = Math.abs(exponent);
        out.append(absolute < 10 ? "0" : "").append(absolute);
    }

    /**
     * Decimal digits of a positive number.
     *
     * @param text  digits without leading or trailing zeros; {@code 0} for zero
     * @param point how many of them stand before the decimal point
     */
    record Digits(String text, int point) {
        /** The fewest digits that read back the same. */
        static Digits shortest(double x) {
            if (x == 0) {
                return new Digits("0", 1);
            }
            String s = Double.toString(Math.abs(x));
            int e = s.indexOf('E');
            int exponent = e < 0 ? 0 : Integer.parseInt(s.substring(e + 1));
            String mantissa = e < 0 ? s : s.substring(0, e);
            int dot = mantissa.indexOf('.');
            String digits = mantissa.substring(0, dot) + mantissa.substring(dot + 1);
            int leading = 0;
            while (digits.charAt(leading) == '0') {
                leading++;
            }
            int end = digits.length();
            while (digits.charAt(end - 1) == '0') {
                end--;
            }
            String text = digits.substring(leading, end);
            int point = dot + exponent - leading;
            if (text.length() == 2 && Math.abs(x) < 1e-300) {
                // Java gives two digits or more, Python one where that is enough
                Digits one = of(new BigDecimal(s).round(new java.math.MathContext(1)));
                if (Double.parseDouble(one.text + "e" + (one.point - 1)) == Math.abs(x)) {
                    return one;
                }
            }
            return new Digits(text, point);
        }

        static Digits of(BigDecimal x) {
            if (x.signum() == 0) {
                return new Digits("0", 1);
            }
            String unscaled = x.unscaledValue().abs().toString();
            int end = unscaled.length();
            while (unscaled.charAt(end - 1) == '0') {
                end--;
            }
            return new Digits(unscaled.substring(0, end), unscaled.length() - x.scale());
        }
    }

    /** A number as a float, or TypeError. */
    public static double real(Machine m, Object x) {
        return real(m, x, "must be real number, not %s");
    }

    /** A number as a float, or TypeError with this message. */
    public static double real(Machine m, Object x, String message) {
        return switch (Ints.plain(x)) {
            case Double d -> d;
            case Fraction f -> f.toDouble(m);
            case Decimal d -> d.toDouble(m);
            case Object o when Ints.isInt(o) -> Ints.toDouble(o);
            default -> throw Errors.typeError(message, Errors.typeName(x));
        };
    }
}
