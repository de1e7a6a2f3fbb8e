package io.reft.answer;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/**
 * An exact number, in lowest terms. Operations give null where the result would not be a number or would be too long: answers are
 * short, and what a model writes must not buy arithmetic without end.
 *
 * @param top    the numerator
 * @param bottom the denominator, above 0
 */
record Rational(BigInteger top, BigInteger bottom) {
    /** Some 2,400 digits: what no double holds is no answer. */
    private static final int MOST_BITS = 8192;

    static final Rational ONE = of(1);
    static final Rational HUNDRED = of(100);

    Rational {
        BigInteger divisor = top.gcd(bottom);
        if (divisor.bitLength() > 1) {
            top = top.divide(divisor);
            bottom = bottom.divide(divisor);
        }
    }

    static Rational of(long whole) {
        return new Rational(BigInteger.valueOf(whole), BigInteger.ONE);
    }

    static Rational of(BigInteger whole) {
        return new Rational(whole, BigInteger.ONE);
    }

    Rational negated() {
        return new Rational(top.negate(), bottom);
    }

    Rational plus(Rational other) {
        return bounded(top.multiply(other.bottom).add(other.top.multiply(bottom)), bottom.multiply(other.bottom));
    }

    Rational times(Rational other) {
        return bounded(top.multiply(other.top), bottom.multiply(other.bottom));
    }

    Rational over(Rational other) {
        if (other.top.signum() == 0) {
            return null;
        }
        BigInteger sign = BigInteger.valueOf(other.top.signum());
        return bounded(top.multiply(other.bottom).multiply(sign), bottom.multiply(other.top.abs()));
    }

    Rational power(int exponent) {
        if ((long) Math.max(top.bitLength(), bottom.bitLength()) * Math.abs((long) exponent) > MOST_BITS) {
            return null;
        }
        Rational power = new Rational(top.pow(Math.abs(exponent)), bottom.pow(Math.abs(exponent)));
        return exponent < 0 ? ONE.over(power) : power;
    }

    private static Rational bounded(BigInteger top, BigInteger bottom) {
        return top.bitLength() > MOST_BITS || bottom.bitLength() > MOST_BITS ? null : new Rational(top, bottom);
    }

    boolean isWhole() {
        return bottom.equals(BigInteger.ONE);
    }

    /** The nearest double; infinite where the number is beyond every double. */
    double doubleValue() {
        return new BigDecimal(top).divide(new BigDecimal(bottom), MathContext.DECIMAL128).doubleValue();
    }
}
