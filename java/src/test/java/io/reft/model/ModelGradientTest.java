package io.reft.model;

import io.reft.data.Example;
import io.reft.kernels.Lab;
import io.reft.kernels.Slopes;
import io.reft.train.Learner;
import io.reft.train.Predictions;
import io.reft.train.Sft;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The gradient of a whole model: some elements of every parameter against differences of the loss. */
class ModelGradientTest {
    @Tag("slow")
    @ParameterizedTest
    @EnumSource
    void gradientOfTheLoss(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape, Lab.ONE_THREAD); Learner learner = tiny.learner(64);
                Sft sft = new Sft(learner, tiny.lab.engine, 64)) {
            List<int[]> sequences = tiny.sequences(9, 2, 14);
            List<Integer> prompts = List.of(3, 1, 1);
            sft.accumulate(List.of(new Example(sequences.get(0), 3), new Example(sequences.get(1), 1), new Example(sequences.get(2), 1)));
            Predictions predictions = Predictions.of(sequences, prompts);
            float[] weights = new float[predictions.rows().length];
            Arrays.fill(weights, -1f / weights.length);
            Lab lab = tiny.lab;
            List<Weights.Entry> parameters = tiny.model.weights().entries(), gradients = learner.gradients().entries();
            for (int i = 0; i < parameters.size(); i++) {
                Weights.Entry p = parameters.get(i);
                if (!p.name().startsWith("v_head.") && !(p.name().endsWith("k_proj.bias") && tiny.config.rope() == null)) {
                    // a step moves the logits less than an op's own inputs, so rounding weighs more
                    Slopes.check(lab, p.name(), p.tensor(), lab.read(gradients.get(i).tensor()), 0.02f, 5e-3,
                            () -> learner.logprobs(tiny.model.weights(), predictions), weights);
                }
            }
        }
    }
}
