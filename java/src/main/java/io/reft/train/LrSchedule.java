package io.reft.train;

/**
 * The learning rate of each step: a linear warm-up, then a linear decay to 0 or a constant.
 *
 * @param peak        the rate after the warm-up
 * @param warmupSteps steps that the warm-up takes
 * @param totalSteps  where a linear decay reaches 0; 0 for a constant rate
 * @param offset      added to a step's number: 0 as in transformers, whose warm-up starts at rate 0; 1 where the first step learns already
 */
public record LrSchedule(float peak, int warmupSteps, int totalSteps, int offset) {
    /** A schedule that starts as transformers' do. */
    public LrSchedule(float peak, int warmupSteps, int totalSteps) {
        this(peak, warmupSteps, totalSteps, 0);
    }

    /** The rate of a step, counted from 0. */
    public float at(int step) {
        int place = step + offset;
        if (place < warmupSteps) {
            return peak * place / warmupSteps;
        }
        return totalSteps == 0 ? peak : peak * Math.max(0, totalSteps - place) / Math.max(1, totalSteps - warmupSteps);
    }
}
