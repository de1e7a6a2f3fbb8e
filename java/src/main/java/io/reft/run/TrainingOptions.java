package io.reft.run;

import io.reft.data.SolutionFormat;
import io.reft.kernels.Engine;
import io.reft.reward.Grading;
import io.reft.train.AdamW;
import io.reft.train.LrSchedule;
import java.nio.file.Path;
import java.util.function.Supplier;

/** What all training runs are told, by name; {@code model} and {@code sets} have no default. */
public class TrainingOptions {
    /** The checkpoint's folder. */
    public Path model;
    /** What is learnt from, and what chooses the checkpoint. */
    public TrainingSets sets;
    /** How solutions are written and judged. */
    public Grading grading = Grading.of(SolutionFormat.PYTHON);
    /** Opens what it computes on; the run closes it. */
    public Supplier<Engine> engine = () -> Engine.open(Engine.Options.DEFAULT);
    /** Of everything random. */
    public long seed = 1;
    /** The longest prompt and solution in tokens; null: the run's own default, or the model's positions. */
    public Integer maxLength;
    /** The longest completion in tokens; null: what {@link #maxLength} leaves. */
    public Integer maxNewTokens;
    /** Tokens computed at a time: bounds the memory, changes no result but rounding. */
    public int tokensPerBatch = 2048;
    /** The optimizer's constants. */
    public AdamW.Options optimizer = AdamW.Options.DEFAULT;

    /** Learning rate after its warm-up. */
    public float lr;
    /** What the rate does after its warm-up. */
    public LrSchedule.Shape schedule = LrSchedule.Shape.CONSTANT;
    /** Steps (in reinforcement learning and online self-training: iterations) in which the rate rises; null: {@link #warmupRatio} says. */
    public Integer lrWarmup;
    /** Share of the steps in which the rate rises. */
    public float warmupRatio;
    /** Whether the first step learns already, rather than at rate 0 as transformers' does. */
    public boolean firstStepLearns;

    /** The learning rate of a run of so many steps. */
    LrSchedule schedule(int steps) {
        return new LrSchedule(schedule, lr, lrWarmup != null ? lrWarmup : Math.round(warmupRatio * steps), steps, firstStepLearns ? 1 : 0);
    }

    int newTokens(int longest) {
        return maxNewTokens != null ? Math.min(maxNewTokens, longest) : longest;
    }
}
