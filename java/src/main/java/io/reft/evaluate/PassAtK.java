package io.reft.evaluate;

/** The chance that at least one of K samples is right. */
public final class PassAtK {
    private PassAtK() {}

    /**
     * The unbiased estimate for one question from more samples than K: 1 − C(n−c, k) / C(n, k) (Chen et al. 2021), as a
     * product, so that nothing overflows. A data set's pass@K is the mean over its questions.
     *
     * @param samples n, how many were drawn
     * @param right   c, how many of them are right
     * @param k       1 to {@code samples}
     */
    public static double estimate(int samples, int right, int k) {
        if (k < 1 || k > samples || right < 0 || right > samples) {
            throw new IllegalArgumentException("pass@" + k + " of " + right + " right in " + samples);
        }
        double allWrong = 1;
        for (int i = samples - right + 1; i <= samples && allWrong > 0; i++) {
            allWrong *= Math.max(0, 1 - (double) k / i);
        }
        return 1 - allWrong;
    }
}
