package io.reft.evaluate;

import java.util.Locale;

/**
 * A share of right answers, with its 95 % interval by Wilson's score method, which stays inside 0 and 1 and holds for small
 * samples and for shares near the ends. The interval tells of the questions drawn, not of the training's own randomness.
 *
 * @param right questions answered right
 * @param total questions asked
 */
public record Accuracy(int right, int total) {
    /** The normal distribution's quantile at 97.5 %. */
    static final double Z = 1.959963984540054;

    /** Refuses counts that are no share. */
    public Accuracy {
        if (right < 0 || right > total) {
            throw new IllegalArgumentException(right + " right of " + total);
        }
    }

    /** The share, 0 to 1; NaN of nothing. */
    public double value() {
        return (double) right / total;
    }

    /** The interval's lower end, 0 to 1. */
    public double low() {
        return right == 0 ? 0 : centre() - halfWidth();
    }

    /** The interval's upper end, 0 to 1. */
    public double high() {
        return right == total ? 1 : centre() + halfWidth();
    }

    private double centre() {
        return (right + Z * Z / 2) / (total + Z * Z);
    }

    private double halfWidth() {
        return Z / (total + Z * Z) * Math.sqrt((double) right * (total - right) / total + Z * Z / 4);
    }

    /** As {@code 43.0 % (38.7 to 47.4)}. */
    @Override
    public String toString() {
        return total == 0 ? "no questions"
                : String.format(Locale.ROOT, "%.1f %% (%.1f to %.1f)", 100 * value(), 100 * low(), 100 * high());
    }
}
