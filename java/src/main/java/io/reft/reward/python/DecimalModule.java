package io.reft.reward.python;

import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;

/** {@code decimal}: Decimal, the context's precision and rounding, and the signals. Contexts as values are left out. */
final class DecimalModule {
    private static final PyType DECIMAL_EXCEPTION = new PyType("DecimalException", "decimal", ExceptionTypes.ARITHMETIC_ERROR);
    static final PyType INVALID_OPERATION = new PyType("InvalidOperation", "decimal", DECIMAL_EXCEPTION);
    static final PyType DIVISION_BY_ZERO = new PyType("DivisionByZero", "decimal", ExceptionTypes.ZERO_DIVISION_ERROR);
    static final PyType CONVERSION_SYNTAX = new PyType("ConversionSyntax", "decimal", INVALID_OPERATION);
    static final PyType DIVISION_UNDEFINED = new PyType("DivisionUndefined", "decimal", INVALID_OPERATION);
    static final PyType DIVISION_IMPOSSIBLE = new PyType("DivisionImpossible", "decimal", INVALID_OPERATION);

    /** What {@code getcontext()} gives: one a run. */
    static final class Context implements PyValue {
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

        RoundingMode rounding() {
            return rounding;
        }

        /** {@code context.name}, or null. */
        Object attribute(String name) {
            return switch (name) {
                case "prec" -> (long) precision;
                case "rounding" -> "ROUND_" + rounding.name();
                default -> throw Stop.unsupported("attribute Context." + name);
            };
        }

        void set(String name, Object value) {
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
    }

    static final Builtin DECIMAL = Builtin.of("", "Decimal(value=, context=)", (m, a) -> {
        if (a[1] != null && a[1] != None.NONE) {
            throw Stop.unsupported("Decimal with a context");
        }
        m.allocate(200);
        return switch (a[0] == null ? 0L : Ints.plain(a[0])) {
            case Double d -> Decimal.of(d);
            case String s -> Decimal.parse(m, s);
            case Decimal d -> d;
            case PyTuple t -> throw Stop.unsupported("a Decimal of a tuple");
            case PyList l -> throw Stop.unsupported("a Decimal of a list");
            case Object o when Ints.isInt(o) -> Decimal.from(m, o);
            default -> throw Errors.typeError("conversion from %s to Decimal is not supported", Errors.typeName(a[0]));
        };
    });
    static final PyModule MODULE;
    static final Map<String, Builtin> METHODS;

    static {
        Map<String, Object> t = new HashMap<>();
        t.put("Decimal", PyType.DECIMAL);
        for (RoundingMode mode : RoundingMode.values()) {
            if (mode != RoundingMode.UNNECESSARY) {
                t.put("ROUND_" + mode.name(), "ROUND_" + mode.name());
            }
        }
        for (PyType type : new PyType[] {DECIMAL_EXCEPTION, INVALID_OPERATION, DIVISION_BY_ZERO}) {
            t.put(type.name, type);
        }
        t.put("getcontext", Builtin.of("", "getcontext()", (m, a) -> m.decimal));
        MODULE = new PyModule("decimal", Map.copyOf(t), null);
        Map<String, Builtin> d = new HashMap<>();
        define(d, "quantize(self, exp, rounding=, context=)", (m, a) -> {
            if (a[3] != null && a[3] != None.NONE) {
                throw Stop.unsupported("Decimal with a context");
            }
            return self(a).quantize(m, operand(m, a[1]).exponent(), mode(m, a[2]));
        });
        define(d, "sqrt(self, context=)", (m, a) -> self(a).squareRoot(m));
        define(d, "normalize(self, context=)", (m, a) -> self(a).normalized(m));
        for (String name : new String[] {"to_integral_value", "to_integral"}) {
            define(d, name + "(self, rounding=, context=)", (m, a) -> {
                Decimal x = self(a);
                return x.exponent() >= 0 ? x : x.rounded(0, mode(m, a[1]));
            });
        }
        define(d, "copy_abs(self, /)", (m, a) -> self(a).absolute());
        define(d, "copy_negate(self, /)", (m, a) -> self(a).negated());
        define(d, "is_zero(self, /)", (m, a) -> self(a).isZero());
        define(d, "is_signed(self, /)", (m, a) -> self(a).negative());
        define(d, "is_nan(self, /)", (m, a) -> false);
        define(d, "is_infinite(self, /)", (m, a) -> false);
        define(d, "is_finite(self, /)", (m, a) -> true);
        define(d, "adjusted(self, /)", (m, a) -> self(a).isZero() ? (long) self(a).exponent() : (long) self(a).adjusted());
        define(d, "conjugate(self, /)", (m, a) -> self(a));
        define(d, "as_integer_ratio(self, /)", (m, a) -> {
            Fraction f = self(a).toFraction();
            return PyTuple.of(Ints.normalize(f.numerator()), Ints.normalize(f.denominator()));
        });
        METHODS = Map.copyOf(d);
    }

    private DecimalModule() {}

    private static void define(Map<String, Builtin> table, String signature, Builtin.Body body) {
        ListMethods.define(table, "decimal.Decimal", signature, body);
    }

    private static Decimal self(Object[] a) {
        if (!(a[0] instanceof Decimal d)) {
            throw Errors.typeError("descriptor requires a 'decimal.Decimal' object but received a '%s'", Errors.typeName(a[0]));
        }
        return d;
    }

    private static Decimal operand(Machine m, Object x) {
        if (!(x instanceof Decimal) && !Ints.isInt(x)) {
            throw Errors.typeError("conversion from %s to Decimal is not supported", Errors.typeName(x));
        }
        return Decimal.from(m, x);
    }

    private static RoundingMode mode(Machine m, Object name) {
        return name == null || name == None.NONE ? m.decimal.rounding() : mode(name);
    }

    private static RoundingMode mode(Object name) {
        if (name instanceof String s && MODULE.members().containsKey(s)) {
            return RoundingMode.valueOf(s.substring("ROUND_".length()));
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
