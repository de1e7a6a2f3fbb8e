package io.reft.answer;

import java.math.BigInteger;

/**
 * A final answer: a number, or a choice letter.
 *
 * @param letter  the choice, {@code a} to {@code e}; null for a number
 * @param number  the number; NaN for a choice
 * @param whole   the number again where it is whole and known to the last digit; null where only {@code number} is known
 * @param percent whether the number was written as a percentage: {@code 50%} is 50, and may also be meant as 0.5
 */
public record Answer(String letter, double number, BigInteger whole, boolean percent) {
    /** Numbers differing by less are equal; for small ones the tolerance is {@link #RELATIVE} of the number, where that is less. */
    public static final double ABSOLUTE = 1e-2;
    /** What two decimals' rounding does to a tenth: 1/12 may be written 0.08. */
    public static final double RELATIVE = 5e-2;
    /** Whole numbers up to here are doubles, each and every one. */
    private static final double WHOLE = 1L << 53;

    /** A number as an answer. */
    public static Answer of(double number) {
        return of(number, false);
    }

    /** A number as an answer, as a percentage or not. */
    public static Answer of(double number, boolean percent) {
        boolean whole = number == Math.rint(number) && Math.abs(number) <= WHOLE;
        return new Answer(null, number, whole ? BigInteger.valueOf((long) number) : null, percent);
    }

    /** A whole number of any size as an answer. */
    public static Answer of(BigInteger whole) {
        return new Answer(null, whole.doubleValue(), whole, false);
    }

    /** A choice as an answer. */
    public static Answer of(String letter) {
        return new Answer(letter, Double.NaN, null, false);
    }

    /**
     * Whether this is the answer {@code gold}: the same choice, or as good as the same number. A percentage is its number or its share, the
     * same one where both are percentages.
     */
    public boolean matches(Answer gold) {
        if (letter != null || gold.letter != null) {
            return gold.letter != null && gold.letter.equals(letter);
        }
        return whole != null && gold.whole != null ? whole.equals(gold.whole) || percent != gold.percent && close(share(), gold.share())
                : close(number, gold.number) || percent != gold.percent && close(share(), gold.share());
    }

    /** Whether this is the same choice, or the same number to within {@code tolerance}. */
    public boolean exactly(Answer gold, double tolerance) {
        if (letter != null || gold.letter != null) {
            return gold.letter != null && gold.letter.equals(letter);
        }
        return Math.abs(number - gold.number) <= tolerance || percent != gold.percent && Math.abs(share() - gold.share()) <= tolerance;
    }

    private double share() {
        return percent ? number / 100 : number;
    }

    /**
     * Whether two numbers are equal as answers: within {@link #ABSOLUTE}, and within {@link #RELATIVE} of the gold number where that is
     * less, so that 0 is not right for 0.005. Equal up to the rounding of a double is always equal.
     */
    public static boolean close(double number, double gold) {
        double tolerance = Math.min(ABSOLUTE, RELATIVE * Math.abs(gold));
        double rounding = gold == 0 ? 1e-9 : 1e-14 * Math.abs(gold);
        return Math.abs(number - gold) <= Math.max(tolerance, rounding);
    }

    /** The choice, or the number without needless decimals. */
    @Override
    public String toString() {
        return letter != null ? letter : whole != null ? whole.toString() : Double.toString(number);
    }
}
