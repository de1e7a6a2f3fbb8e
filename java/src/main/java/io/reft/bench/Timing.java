package io.reft.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/** Figures of timed repetitions. */
public final class Timing {
    private Timing() {}

    /** The median. */
    public static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** To four digits, or to hundredths of what has more. */
    public static double rounded(double x) {
        return new BigDecimal(x).round(new MathContext(Math.max(4, (int) Math.ceil(Math.log10(Math.abs(x) + 1)) + 2))).doubleValue();
    }
}
