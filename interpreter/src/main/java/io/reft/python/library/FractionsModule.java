package io.reft.python.library;

import io.reft.python.runtime.BigInts;
import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Stop;
import java.math.BigInteger;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code fractions}: what makes a Fraction. */
final class FractionsModule {
    static final PyModule MODULE = new PyModule("fractions", Map.of("Fraction", PyType.FRACTION), null);
    static final Builtin CONSTRUCTOR = Builtin.of("", "Fraction(numerator=, denominator=)", (m, a) -> {
        if (a[1] == null || a[1] == None.NONE) {
            return a[0] == null ? Fraction.of(BigInteger.ZERO) : convert(m, a[0]);
        }
        if (!Fraction.isRational(a[0]) || !Fraction.isRational(a[1])) {
            throw Errors.typeError("both arguments should be Rational instances");
        }
        Fraction d = Fraction.from(a[1]);
        Fraction n = Fraction.from(a[0]);
        if (d.numerator().signum() == 0) {
            throw Errors.zeroDivision("Fraction(" + Repr.repr(m, a[0]) + ", 0)");
        }
        m.bits((long) n.numerator().bitLength() + n.denominator().bitLength() + d.numerator().bitLength() + d.denominator().bitLength());
        return n.over(m, d);
    });
    private static final Pattern TEXT = Pattern.compile(
            "\\s*([-+]?)(?=\\d|\\.\\d)(\\d{0,4000})(?:/(\\d{1,4000})|(?:\\.(\\d{0,4000}))?(?:[eE]([-+]?\\d{1,4}))?)\\s*");

    private FractionsModule() {}

    private static Fraction convert(Machine m, Object x) {
        switch (Ints.plain(x)) {
            case Double d -> {
                if (!Double.isFinite(d)) {
                    throw Double.isNaN(d) ? Errors.valueError("cannot convert NaN to integer ratio")
                            : Errors.overflow("cannot convert Infinity to integer ratio");
                }
                return Fraction.of(m, d);
            }
            case String s -> {
                return parse(m, s);
            }
            case Object o when Fraction.isRational(o) -> {
                return Fraction.from(o);
            }
            default -> throw Errors.typeError("argument should be a string or a Rational instance");
        }
    }

    private static Fraction parse(Machine m, String s) {
        m.charge(s.length());
        Matcher match = TEXT.matcher(s);
        if (s.indexOf('_') >= 0 || s.length() > 4000) {
            throw Stop.unsupported("this text of a Fraction");
        }
        if (!match.matches()) {
            throw Errors.valueError("Invalid literal for Fraction: %s", Repr.repr(m, s));
        }
        BigInteger n = BigInts.ofDigits(m, "0" + match.group(2), 10);
        BigInteger d = BigInteger.ONE;
        if (match.group(3) != null) {
            d = BigInts.ofDigits(m, match.group(3), 10);
            if (d.signum() == 0) {
                throw Errors.zeroDivision("Fraction(" + n + ", 0)");
            }
        } else {
            int scale = 0;
            if (match.group(4) != null) {
                n = BigInts.ofDigits(m, "0" + match.group(2) + match.group(4), 10);
                scale = match.group(4).length();
            }
            scale -= match.group(5) == null ? 0 : Integer.parseInt(match.group(5));
            m.bits(4L * Math.abs(scale));
            if (scale > 0) {
                d = BigInts.powerOfTen(m, scale);
            } else {
                n = BigInts.multiply(m, n, BigInts.powerOfTen(m, -scale));
            }
        }
        return Fraction.of(m, match.group(1).equals("-") ? n.negate() : n, d);
    }
}
