package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.reft.device.Tensor;
import java.util.function.Supplier;

/** Finite differences of a scalar, Σ weights·outputs. */
public final class Slopes {
    private static final int PICKED = 24;

    private Slopes() {}

    /**
     * Holds {@code gradient} against five-point central differences at some elements of {@code x}. Outputs are subtracted
     * one by one before they are summed, so that what does not depend on the element cancels to the bit. With steps of
     * some hundredths of the inputs' spread, what is left is step⁴ of truncation and fp32's rounding over the step, both
     * some 1e-5 of the outputs: hence 1e-3 of the largest slope, or {@code tolerance} of it.
     */
    public static void check(Lab lab, String what, Tensor x, float[] gradient, float step, double tolerance, Supplier<float[]> outputs,
            float... weights) {
        double largest = 0;
        for (float g : gradient) {
            largest = Math.max(largest, Math.abs(g));
        }
        float[] values = lab.read(x);
        int picked = Math.min(PICKED, values.length);
        for (int p = 0; p < picked; p++) {
            int i = picked == values.length ? p : lab.random.nextInt(values.length);
            float[][] at = new float[4][];
            int[] steps = {-2, -1, 1, 2};
            for (int s = 0; s < 4; s++) {
                lab.set(x, i, values[i] + steps[s] * step);
                at[s] = outputs.get().clone();
            }
            lab.set(x, i, values[i]);
            double slope = 0;
            for (int o = 0; o < weights.length; o++) {
                slope += weights[o] * (at[0][o] - 8.0 * at[1][o] + 8.0 * at[2][o] - at[3][o]) / (12.0 * step);
            }
            assertEquals(slope, gradient[i], tolerance * largest + 1e-7, what + ", element " + i);
        }
    }

    public static void check(Lab lab, String what, Tensor x, float[] gradient, float step, Supplier<float[]> outputs, float... weights) {
        check(lab, what, x, gradient, step, 1e-3, outputs, weights);
    }
}
