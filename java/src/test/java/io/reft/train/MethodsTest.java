package io.reft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.reft.Golden;
import io.reft.checkpoint.Checkpoint;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.generate.Completion;
import io.reft.kernels.Lab;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Tiny;
import io.reft.model.Transformer;
import io.reft.reward.Score;
import io.reft.rollout.ScoredCompletion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The policy-gradient methods beside PPO: against PyTorch, and where groups are degenerate. */
class MethodsTest {
    private static Advantages advantages(String name) {
        return switch (name) {
            case "grpo" -> new GroupMean(true);
            case "dr_grpo" -> new GroupMean(false);
            case "rloo" -> new LeaveOneOut();
            default -> new RewardToGo();
        };
    }

    private static float number(JsonObject d, String name) {
        return d.get(name).getAsFloat();
    }

    private static ScoredCompletion scored(int question, int[] prompt, int[] ids, float[] logprobs, double score, boolean finished) {
        Prompt asked = new Prompt(new Problem("toy_" + question, "", null, "1"), "", "", prompt);
        return new ScoredCompletion(asked, new Completion(ids, logprobs, null, finished), "",
                new Score(score, score == 1 ? Score.Verdict.RIGHT : Score.Verdict.WRONG, null));
    }

    private static List<ScoredCompletion> completions(JsonObject d) {
        float[] old = Golden.floats(d.get("old_logprob")), scores = Golden.floats(d.get("score"));
        List<ScoredCompletion> all = new ArrayList<>();
        for (int b = 0, at = 0; b < scores.length; b++) {
            int[] ids = Golden.ints(d.getAsJsonArray("answers").get(b));
            all.add(scored(b / d.get("group").getAsInt(), Golden.ints(d.getAsJsonArray("prompts").get(b)), ids,
                    Arrays.copyOfRange(old, at, at + ids.length),
                    scores[b], true));
            at += ids.length;
        }
        return all;
    }

    /** Two epochs over groups of completions, cut into micro-batches of several sizes, do what PyTorch's do. */
    @ParameterizedTest
    @CsvSource({"grpo, 100", "grpo, 20", "dr_grpo, 100", "rloo, 100", "rloo, 17", "reinforce_plus_plus, 100", "reinforce_plus_plus, 20"})
    void equalsTorch(String name, int tokenBudget) {
        JsonObject d = Golden.json("llama/methods.json"), m = d.getAsJsonObject("methods").getAsJsonObject(name);
        int group = d.get("group").getAsInt();
        try (Lab lab = new Lab(); Checkpoint checkpoint = Checkpoint.open(Golden.repository("models/golden/llama"))) {
            ModelConfig config = ModelConfig.from(checkpoint.config(), "llama");
            try (Transformer transformer = new Transformer(config, lab.engine);
                    Model policy = Model.load(checkpoint, config, false, lab.engine);
                    Model reference = Model.load(checkpoint, config, false, lab.engine);
                    Learner learner = new Learner(policy, transformer, lab.engine, AdamW.Options.DEFAULT, tokenBudget)) {
                float[] shrunk = lab.read(reference.weights().flat);
                for (int i = 0; i < shrunk.length; i++) {
                    shrunk[i] *= 0.95f;
                }
                lab.write(reference.weights().flat, shrunk);
                reference.changed();
                List<ScoredCompletion> completions = completions(d);
                boolean inLoss = m.get("kl").getAsString().equals("loss");
                Algorithm algorithm = new Algorithm(advantages(name),
                        new Algorithm.Kl(number(m, "beta"), inLoss ? Algorithm.Kl.Place.LOSS : Algorithm.Kl.Place.REWARD),
                        new Algorithm.Clip(number(m, "clip"), number(m, "clip_high")), null,
                        Algorithm.Mean.valueOf(m.get("mean").getAsString().toUpperCase(Locale.ROOT)));
                ActionBatch batch = ActionBatch.of(completions, group, Golden.floats(d.get("ref_logprob")), inLoss ? 0 : number(m, "beta"));
                assertArrayEquals(Golden.floats(m.get("advantages")), algorithm.advantages().estimate(lab.k, batch).advantages(), 2e-5f);
                assertEquals(1, batch.groupsWithSignal());
                int longest = m.has("longest") ? m.get("longest").getAsInt() : 1;
                try (PolicyGradient method = new PolicyGradient(learner, reference.weights(), lab.engine, algorithm,
                        new PolicyGradient.Options(group, d.get("epochs").getAsInt(), completions.size(), 1, 1),
                        new PolicyGradient.Limits(false, longest, 0), tokenBudget)) {
                    PolicyGradient.Iteration done = method.learn(completions, number(d, "lr"), 1, 0);
                    assertEquals(number(m, "policy_loss"), done.learnt().policyLoss(), 2e-5);
                    assertEquals(inLoss ? number(m, "kl_loss") : 0, done.learnt().klLoss(), 1e-4);
                    assertEquals(number(m, "grad_norm"), done.learnt().gradNorm(), 1e-3 * number(m, "grad_norm"));
                    assertEquals(0, done.learnt().valueLoss());
                }
                Predictions p = Predictions.of(completions.stream().map(ScoredCompletion::sequence).toList(),
                        completions.stream().map(s -> s.prompt().ids().length).toList());
                try (Learner after = new Learner(policy, transformer, lab.engine, AdamW.Options.DEFAULT, 100)) {
                    assertArrayEquals(Golden.floats(m.get("logprob")), after.logprobs(policy.weights(), p), 3e-4f);
                }
            }
        }
    }

    /**
     * One question, groups all right or all wrong, completions of nothing but their end, and completions that are all masked: no NaN, and
     * no step where nothing counts.
     */
    @ParameterizedTest
    @CsvSource({"grpo", "dr_grpo", "rloo", "reinforce_plus_plus"})
    void degenerateGroups(String name) {
        for (double[] scores : new double[][] {{1, 1, 1}, {0, 0, 0}, {1, 0, 0.1}}) {
            for (boolean finished : new boolean[] {true, false}) {
                try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Model reference = tiny.model.copy(false); Learner learner = tiny.learner(60)) {
                    List<ScoredCompletion> all = new ArrayList<>();
                    for (double score : scores) {
                        all.add(scored(0, new int[] {4, 5}, new int[] {2}, new float[] {-1.5f}, score, finished));
                    }
                    Algorithm algorithm = new Algorithm(advantages(name), new Algorithm.Kl(0.1f, Algorithm.Kl.Place.LOSS),
                            Algorithm.Clip.of(0.2f), null, Algorithm.Mean.SEQUENCE);
                    float[] before = tiny.parameters();
                    try (PolicyGradient method = new PolicyGradient(learner, reference.weights(), tiny.lab.engine, algorithm,
                            new PolicyGradient.Options(3, 2, 3, 1, 1), new PolicyGradient.Limits(true, 5, 0), 60)) {
                        PolicyGradient.Iteration done = method.learn(all, 1e-3f, 1, 0);
                        assertEquals(finished ? 2 : 0, done.learnt().steps());
                        assertTrue(Double.isFinite(done.learnt().gradNorm()) && Double.isFinite(done.learnt().policyLoss()),
                                done.toString());
                    }
                    for (float parameter : tiny.parameters()) {
                        assertTrue(Float.isFinite(parameter));
                    }
                    if (!finished) {
                        assertArrayEquals(before, tiny.parameters());
                    }
                }
            }
        }
    }

    /** A value head fitted to completions says what they scored where the hidden states tell it, and cannot where they do not. */
    @Test
    void valueHeadsAreFitted() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Model model = tiny.model.copy(true);
                Learner learner = new Learner(model, tiny.transformer, tiny.lab.engine, AdamW.Options.DEFAULT, 60)) {
            List<ScoredCompletion> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int token = 4 + i % 2; // the score is the prompt's
                all.add(scored(i, new int[] {token, token}, new int[] {6 + i % 7, 6 + i % 5}, new float[2], i % 2, true));
            }
            ValueWarmup.Fit fit = ValueWarmup.fit(learner, tiny.lab.engine, all);
            assertEquals(0.25, fit.variance(), 1e-9);
            assertTrue(fit.remaining() < 0.05, fit.toString());
            Predictions p = Predictions.of(all.stream().map(ScoredCompletion::sequence).toList().subList(0, 10),
                    all.stream().map(s -> 2).toList().subList(0, 10));
            float[] hidden = learner.hidden(p), weight = tiny.lab.read(model.weights().value.weight()),
                    bias = tiny.lab.read(model.weights().value.bias());
            for (int row = 0; row < p.rows().length; row++) {
                double value = bias[0];
                for (int i = 0; i < weight.length; i++) {
                    value += weight[i] * (double) hidden[row * weight.length + i];
                }
                assertEquals(row / 2 % 2, value, 0.45, "row " + row);
            }
        }
    }
}
