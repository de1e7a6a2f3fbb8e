package io.reft.evaluate;

/**
 * Two models on the same questions: McNemar's exact test. Only the questions on which they differ count; were the models equally
 * good, each such question would fall to either with even chance.
 *
 * @param firstOnly  questions that only the first model answered right
 * @param secondOnly questions that only the second did
 * @param total      all questions
 */
public record PairedTest(int firstOnly, int secondOnly, int total) {
    /** Compares the outcomes question by question. */
    public static PairedTest of(boolean[] first, boolean[] second) {
        if (first.length != second.length) {
            throw new IllegalArgumentException("not the same questions");
        }
        int firstOnly = 0;
        int secondOnly = 0;
        for (int i = 0; i < first.length; i++) {
            if (first[i] && !second[i]) {
                firstOnly++;
            }
            if (second[i] && !first[i]) {
                secondOnly++;
            }
        }
        return new PairedTest(firstOnly, secondOnly, first.length);
    }

    /** The second model's accuracy less the first's. */
    public double difference() {
        return (double) (secondOnly - firstOnly) / total;
    }

    /** The two-sided probability of a difference at least as large, were the models equally good. */
    public double pValue() {
        int n = firstOnly + secondOnly;
        int most = Math.max(firstOnly, secondOnly);
        // the upper tail of a fair coin's n throws, in logarithms since 2^-n underflows
        double logChoose = 0;
        double tail = 0;
        for (int k = n; k >= most; k--) {
            tail += Math.exp(logChoose - n * Math.log(2));
            logChoose += Math.log(k) - Math.log(n - k + 1);
        }
        return Math.min(1, 2 * tail);
    }
}
