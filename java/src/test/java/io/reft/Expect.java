package io.reft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Comparisons of arrays of floats. */
public final class Expect {
    private Expect() {}

    /** {@code actual} differs from {@code expected} by at most {@code relative} of its norm. */
    public static void close(String what, float[] expected, float[] actual, double relative) {
        close(what, expected, actual, relative, 0);
    }

    /** {@code actual} differs from {@code expected}, norm-wise, by at most {@code relative} of its norm and {@code absolute}. */
    public static void close(String what, float[] expected, float[] actual, double relative, double absolute) {
        assertEquals(expected.length, actual.length, what + ": length");
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            double d = (double) expected[i] - actual[i];
            difference += d * d;
        }
        double error = Math.sqrt(difference), norm = norm(expected);
        assertTrue(error <= relative * norm + absolute, () -> what + ": off by " + error + ", and the norm is " + norm);
    }

    /** The Euclidean norm. */
    public static double norm(float[] x) {
        double sum = 0;
        for (float v : x) {
            sum += (double) v * v;
        }
        return Math.sqrt(sum);
    }
}
