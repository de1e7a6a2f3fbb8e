package io.reft.evaluate;

import java.util.Arrays;
import java.util.Locale;

/**
 * A mean over questions of shares from 0 to 1, such as how many of a question's samples are right, with its 95 % interval: Wilson's, at
 * the number of questions that would vary as much if each were right or wrong. That number is at least the questions asked and at most
 * all their samples. With one sample a question this is {@link Accuracy}.
 *
 * @param value the mean, 0 to 1
 * @param low   the interval's lower end
 * @param high  its upper end
 */
public record MeanShare(double value, double low, double high) {
    /**
     * @param shares  each question's, at least one
     * @param samples of each question
     */
    public static MeanShare of(double[] shares, int samples) {
        int questions = shares.length;
        double mean = Arrays.stream(shares).sum() / questions, squares = 0;
        for (double share : shares) {
            squares += (share - mean) * (share - mean);
        }
        double variance = questions > 1 ? squares / (questions - 1) : 0, most = mean * (1 - mean);
        double n = most > 0 && variance > 0 ? Math.clamp(questions * most / variance, questions, (double) questions * samples) : questions;
        double z = Accuracy.Z, centre = (mean + z * z / (2 * n)) / (1 + z * z / n);
        double half = z / (1 + z * z / n) * Math.sqrt(Math.max(0, most) / n + z * z / (4 * n * n));
        return new MeanShare(mean, mean <= 0 ? 0 : centre - half, mean >= 1 ? 1 : centre + half);
    }

    /** As {@code 43.0 % (38.7 to 47.4)}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f %% (%.1f to %.1f)", 100 * value, 100 * low, 100 * high);
    }
}
