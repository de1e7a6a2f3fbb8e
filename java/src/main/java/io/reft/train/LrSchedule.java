package io.reft.train;

/**
 * The learning rate of each step: a linear warm-up, then a constant or a fall to 0.
 *
 * @param shape       what comes after the warm-up
 * @param peak        the rate after the warm-up
 * @param warmupSteps steps that the warm-up takes
 * @param totalSteps  where a fall reaches 0; without meaning for a constant rate
 * @param offset      added to a step's number: 0 as in transformers, whose warm-up starts at rate 0; 1 where the first step learns already
 */
public record LrSchedule(Shape shape, float peak, int warmupSteps, int totalSteps, int offset) {
    /** What comes after the warm-up. */
    public enum Shape { CONSTANT, LINEAR, COSINE }

    /** A constant rate after the warm-up. */
    public static LrSchedule constant(float peak, int warmupSteps) {
        return new LrSchedule(Shape.CONSTANT, peak, warmupSteps, 0, 0);
    }

    /** A linear fall to 0 after the warm-up, as transformers has it. */
    public static LrSchedule linear(float peak, int warmupSteps, int totalSteps) {
        return new LrSchedule(Shape.LINEAR, peak, warmupSteps, totalSteps, 0);
    }

    /** The rate of a step, counted from 0. */
    public float at(int step) {
        int place = step + offset;
        if (place < warmupSteps) {
            return peak * place / warmupSteps;
        }
        int left = Math.max(0, totalSteps - place), fall = Math.max(1, totalSteps - warmupSteps);
        return switch (shape) {
            case CONSTANT -> peak;
            case LINEAR -> peak * left / fall;
            case COSINE -> (float) (peak * 0.5 * (1 + Math.cos(Math.PI * (1 - Math.min(1, (double) left / fall)))));
        };
    }
}
