package io.reft.python.library;

import io.reft.python.runtime.BigInts;
import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Floats;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.Stop;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;

/** The methods of int, float and Fraction. */
final class NumberMethods {
    static final Map<String, Builtin> INT = Map.of(
            "bit_length", Builtin.of("int", "bit_length(self, /)", (m, a) -> (long) Ints.big(a[0]).abs().bitLength()),
            "bit_count", Builtin.of("int", "bit_count(self, /)", (m, a) -> (long) bitCount(m, Ints.big(a[0]))),
            "conjugate", Builtin.of("int", "conjugate(self, /)", (m, a) -> Ints.plain(a[0])),
            "as_integer_ratio", Builtin.of("int", "as_integer_ratio(self, /)",
                    (m, a) -> PyTuple.of(Ints.plain(a[0]), 1L)));
    static final Map<String, Builtin> FLOAT = Map.of(
            "is_integer", Builtin.of("float", "is_integer(self, /)",
                    (m, a) -> Double.isFinite((Double) a[0]) && Math.rint((Double) a[0]) == (Double) a[0]),
            "conjugate", Builtin.of("float", "conjugate(self, /)", (m, a) -> a[0]),
            "as_integer_ratio", Builtin.of("float", "as_integer_ratio(self, /)", (m, a) -> {
                double x = (Double) a[0];
                if (Double.isNaN(x)) {
                    throw Errors.valueError("cannot convert NaN to integer ratio");
                }
                if (Double.isInfinite(x)) {
                    throw Errors.overflow("cannot convert Infinity to integer ratio");
                }
                Fraction f = Fraction.of(m, x);
                return PyTuple.of(Ints.normalize(f.numerator()), Ints.normalize(f.denominator()));
            }));
    static final Map<String, Builtin> FRACTION = Map.of(
            "limit_denominator", Builtin.of("Fraction", "limit_denominator(self, max_denominator=)", (m, a) -> {
                if (a[1] != null && !Ints.isInt(a[1])) {
                    throw Stop.unsupported("limit_denominator of what is not an int");
                }
                return ((Fraction) a[0]).limitDenominator(m, a[1] == null ? BigInteger.valueOf(1_000_000) : Ints.big(a[1]));
            }),
            "as_integer_ratio", Builtin.of("Fraction", "as_integer_ratio(self, /)", (m, a) -> PyTuple.of(
                    Ints.normalize(((Fraction) a[0]).numerator()), Ints.normalize(((Fraction) a[0]).denominator()))));

    private NumberMethods() {}

    /** {@code round(x)} and {@code round(x, digits)}; {@code digits} may be null. */
    static Object round(Machine m, Object number, Object digits) {
        boolean none = digits == null || digits == None.NONE;
        Object x = Ints.plain(number);
        if (!Comparison.isNumber(x)) {
            throw Errors.typeError("type %s doesn't define __round__ method", Errors.typeName(number));
        }
        if (!none && !Ints.isInt(digits)) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(digits));
        }
        if (x instanceof Decimal d) {
            return none ? d.rounded(m, 0, RoundingMode.HALF_EVEN).toInt(m)
                    : d.quantize(m, -Ints.clamped(digits, Integer.MAX_VALUE), m.decimal.rounding());
        }
        if (x instanceof Double d) {
            if (!none) {
                return Floats.round(m, d, Ints.clamped(digits, Integer.MAX_VALUE));
            }
            return Double.isFinite(d) ? Floats.toInt(m, Math.rint(d)) : Floats.toInt(m, d);
        }
        if (Ints.isInt(x)) {
            long places = none ? 0 : Ints.clamped(digits, Integer.MAX_VALUE);
            if (places >= 0) {
                return x;
            }
            BigInteger i = Ints.big(x);
            m.bits(i.bitLength() - places * 4);
            BigInteger tens = BigInts.overPowerOfTen(m, i, -places, RoundingMode.HALF_EVEN);
            return tens.signum() == 0 ? 0L : Ints.normalize(BigInts.multiply(m, tens, BigInts.powerOfTen(m, -places)));
        }
        Fraction f = (Fraction) x;
        if (none) {
            return Ints.normalize(f.rounded(m));
        }
        long places = Ints.clamped(digits, Integer.MAX_VALUE);
        m.bits(Math.abs(places) * 4);
        BigInteger scale = BigInts.powerOfTen(m, Math.abs(places));
        Fraction shift = places >= 0 ? Fraction.of(scale) : new Fraction(BigInteger.ONE, scale);
        return Fraction.of(f.times(m, shift).rounded(m)).over(m, shift);
    }

    /** The ones of an int's absolute value. */
    private static int bitCount(Machine m, BigInteger x) {
        m.charge(x.bitLength() >> 8);
        return x.abs().bitCount();
    }
}
