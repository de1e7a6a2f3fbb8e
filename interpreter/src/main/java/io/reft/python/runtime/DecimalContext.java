package io.reft.python.runtime;

import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code getcontext()} gives: one a run; and the signals, which it traps. */
public final class DecimalContext implements PyValue {
    public static final PyType DECIMAL_EXCEPTION = new PyType("DecimalException", "decimal", ExceptionTypes.ARITHMETIC_ERROR);
    public static final PyType INVALID_OPERATION = new PyType("InvalidOperation", "decimal", DECIMAL_EXCEPTION);
    public static final PyType DIVISION_BY_ZERO = new PyType("DivisionByZero", "decimal", ExceptionTypes.ZERO_DIVISION_ERROR);
    static final PyType CONVERSION_SYNTAX = new PyType("ConversionSyntax", "decimal", INVALID_OPERATION);
    static final PyType DIVISION_UNDEFINED = new PyType("DivisionUndefined", "decimal", INVALID_OPERATION);
    static final PyType DIVISION_IMPOSSIBLE = new PyType("DivisionImpossible", "decimal", INVALID_OPERATION);
    /** The rounding modes by their names. */
    public static final Map<String, RoundingMode> ROUNDINGS = Arrays.stream(RoundingMode.values())
            .filter(mode -> mode != RoundingMode.UNNECESSARY)
            .collect(Collectors.toUnmodifiableMap(mode -> "ROUND_" + mode.name(), mode -> mode));
    private static final PyType TYPE = new PyType("Context", "decimal", PyType.OBJECT);
    private int precision = 28;
    private RoundingMode rounding = RoundingMode.HALF_EVEN;

    @Override
    public PyType type() {
        return TYPE;
    }

    int precision() {
        return precision;
    }

    public RoundingMode rounding() {
        return rounding;
    }

    /** {@code context.name}, or null. */
    public Object attribute(String name) {
        return switch (name) {
            case "prec" -> (long) precision;
            case "rounding" -> "ROUND_" + rounding.name();
            default -> throw Stop.unsupported("attribute Context." + name);
        };
    }

    public void set(String name, Object value) {
        switch (name) {
            case "prec" -> {
                if (!Ints.isInt(value)) {
                    throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(value));
                }
                long digits = Ints.clamped(value, Integer.MAX_VALUE);
                if (digits < 1) {
                    throw Errors.valueError("valid range for prec is [1, MAX_PREC]");
                }
                if (digits > 1000) {
                    throw Stop.unsupported("a decimal precision above 1000");
                }
                precision = (int) digits;
            }
            case "rounding" -> rounding = mode(value);
            default -> throw Stop.unsupported("setting attribute Context." + name);
        }
    }

    /** The mode that a value names. */
    public static RoundingMode mode(Object name) {
        if (name instanceof String s && ROUNDINGS.containsKey(s)) {
            return ROUNDINGS.get(s);
        }
        if ("ROUND_05UP".equals(name)) {
            throw Stop.unsupported("ROUND_05UP");
        }
        throw Errors.typeError("valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n"
                + "   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]");
    }

    /** A signal that the default context traps. */
    static Raised signal(PyType type) {
        return signal(type, type);
    }

    /** The same, for a condition that belongs to it. */
    static Raised signal(PyType type, PyType condition) {
        return new Raised(new PyException(type, new PyList(new Object[] {condition}, 1)));
    }
}
