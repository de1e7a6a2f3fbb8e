package io.reft.train;

/**
 * The learning rate of each step: a linear warm-up, then a linear decay to 0 or a constant.
 *
 * @param peak        the rate after the warm-up
 * @param warmupSteps steps that the warm-up takes
 * @param totalSteps  where a linear decay reaches 0; 0 for a constant rate
 */
public record LrSchedule(float peak, int warmupSteps, int totalSteps) {
    /** The rate of a step, counted from 0: as in transformers' linear schedule, a warm-up starts at 0. */
    public float at(int step) {
        if (step < warmupSteps) {
            return peak * step / warmupSteps;
        }
        return totalSteps == 0 ? peak : peak * Math.max(0, totalSteps - step) / Math.max(1, totalSteps - warmupSteps);
    }
}
