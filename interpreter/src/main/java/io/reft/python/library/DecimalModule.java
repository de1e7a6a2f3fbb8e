package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.DecimalContext;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Stop;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;

/** {@code decimal}: Decimal, the context's precision and rounding, and the signals. Contexts as values are left out. */
final class DecimalModule {
    static final Builtin DECIMAL = Builtin.of("", "Decimal(value=, context=)", (m, a) -> {
        if (a[1] != null && a[1] != None.NONE) {
            throw Stop.unsupported("Decimal with a context");
        }
        m.allocate(200);
        return switch (a[0] == null ? 0L : Ints.plain(a[0])) {
            case Double d -> Decimal.of(m, d);
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
        DecimalContext.ROUNDINGS.keySet().forEach(name -> t.put(name, name));
        for (PyType type : new PyType[] {DecimalContext.DECIMAL_EXCEPTION, DecimalContext.INVALID_OPERATION,
                DecimalContext.DIVISION_BY_ZERO}) {
            t.put(type.name, type);
        }
        t.put("getcontext", Builtin.of("", "getcontext()", (m, a) -> m.decimal));
        MODULE = new PyModule("decimal", Map.copyOf(t), null);
        Map<String, Builtin> d = new HashMap<>();
        define(d, "quantize(self, exp, rounding=, context=)", (m, a) -> {
            if (a[3] != null && a[3] != None.NONE) {
                throw Stop.unsupported("Decimal with a context");
            }
            return self(m, a).quantize(m, operand(m, a[1]).exponent(), mode(m, a[2]));
        });
        define(d, "sqrt(self, context=)", (m, a) -> self(m, a).squareRoot(m));
        define(d, "normalize(self, context=)", (m, a) -> self(m, a).normalized(m));
        for (String name : new String[] {"to_integral_value", "to_integral"}) {
            define(d, name + "(self, rounding=, context=)", (m, a) -> {
                Decimal x = self(m, a);
                return x.exponent() >= 0 ? x : x.rounded(m, 0, mode(m, a[1]));
            });
        }
        define(d, "copy_abs(self, /)", (m, a) -> self(m, a).absolute());
        define(d, "copy_negate(self, /)", (m, a) -> self(m, a).negated());
        define(d, "is_zero(self, /)", (m, a) -> self(m, a).isZero());
        define(d, "is_signed(self, /)", (m, a) -> self(m, a).negative());
        define(d, "is_nan(self, /)", (m, a) -> false);
        define(d, "is_infinite(self, /)", (m, a) -> false);
        define(d, "is_finite(self, /)", (m, a) -> true);
        define(d, "adjusted(self, /)", (m, a) -> self(m, a).isZero() ? (long) self(m, a).exponent() : (long) self(m, a).adjusted(m));
        define(d, "conjugate(self, /)", (m, a) -> self(m, a));
        define(d, "as_integer_ratio(self, /)", (m, a) -> {
            Fraction f = self(m, a).toFraction(m);
            return PyTuple.of(Ints.normalize(f.numerator()), Ints.normalize(f.denominator()));
        });
        METHODS = Map.copyOf(d);
    }

    private DecimalModule() {}

    private static void define(Map<String, Builtin> table, String signature, Builtin.Body body) {
        ListMethods.define(table, "decimal.Decimal", signature, body);
    }

    /** The Decimal that a method belongs to; charged for another of its size. */
    private static Decimal self(Machine m, Object[] a) {
        if (!(a[0] instanceof Decimal d)) {
            throw Errors.typeError("descriptor requires a 'decimal.Decimal' object but received a '%s'", Errors.typeName(a[0]));
        }
        m.charge(2);
        m.allocate(64 + (d.coefficient().bitLength() >> 3));
        return d;
    }

    private static Decimal operand(Machine m, Object x) {
        if (!(x instanceof Decimal) && !Ints.isInt(x)) {
            throw Errors.typeError("conversion from %s to Decimal is not supported", Errors.typeName(x));
        }
        return Decimal.from(m, x);
    }

    private static RoundingMode mode(Machine m, Object name) {
        return name == null || name == None.NONE ? m.decimal.rounding() : DecimalContext.mode(name);
    }
}
