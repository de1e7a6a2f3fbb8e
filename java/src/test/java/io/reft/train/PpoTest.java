package io.reft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.reft.Diverged;
import io.reft.Expect;
import io.reft.Golden;
import io.reft.checkpoint.Checkpoint;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.device.Tensor;
import io.reft.generate.Completion;
import io.reft.generate.Generator;
import io.reft.kernels.Lab;
import io.reft.model.Activations;
import io.reft.model.Heads;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Tiny;
import io.reft.model.Transformer;
import io.reft.model.Weights;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import io.reft.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PPO from scores to new parameters, and both kinds of training to the bit. */
class PpoTest {
    private static final Algorithm ALGORITHM = Algorithm.ppo(new Gae(1, 0.95f), 0.02f, 0.2f, 0.5f);

    private static PolicyGradient.Options options(int minibatch) {
        return new PolicyGradient.Options(2, minibatch, 1, 3);
    }

    // ---------------------------------------------------------------- against PyTorch

    /** Two epochs of PPO over given completions, cut into micro-batches of several sizes, do what PyTorch's do. */
    @ParameterizedTest
    @ValueSource(ints = {16, 30, 100})
    void equalsTorch(int tokenBudget) {
        JsonObject d = Golden.json("llama/ppo.json");
        try (Lab lab = new Lab(); Checkpoint checkpoint = Checkpoint.open(Golden.repository("models/golden/llama"))) {
            ModelConfig config = ModelConfig.from(checkpoint.config(), "llama");
            try (Transformer transformer = new Transformer(config, lab.engine);
                    Model policy = Model.load(checkpoint, config, true, lab.engine);
                    Model reference = Model.load(checkpoint, config, false, lab.engine);
                    Learner learner = new Learner(policy, transformer, lab.engine, AdamW.Options.DEFAULT, tokenBudget)) {
                lab.write(policy.weights().value.weight(), Golden.floats(d.get("value_weight")));
                lab.write(policy.weights().value.bias(), Golden.floats(d.get("value_bias")));
                float[] shrunk = lab.read(reference.weights().flat);
                for (int i = 0; i < shrunk.length; i++) {
                    shrunk[i] *= 0.95f;
                }
                lab.write(reference.weights().flat, shrunk);
                reference.changed();

                List<ScoredCompletion> scored = completions(d);
                Algorithm algorithm = new Algorithm(new Gae(number(d, "gamma"), number(d, "lam")),
                        new Algorithm.Kl(number(d, "beta"), Algorithm.Kl.Place.REWARD), Algorithm.Clip.of(number(d, "clip")),
                        new Algorithm.Values(number(d, "vf_coef"), number(d, "value_clip")), Algorithm.Mean.SEQUENCE);
                PolicyGradient.Options options = new PolicyGradient.Options(d.get("epochs").getAsInt(), scored.size(), 1, 1);
                try (PolicyGradient ppo = new PolicyGradient(learner, reference.weights(), lab.engine, algorithm, options,
                        PolicyGradient.Limits.NONE, tokenBudget)) {
                    PolicyGradient.Iteration done = ppo.learn(scored, number(d, "lr"), 1, 0);
                    assertEquals(number(d, "policy_loss"), done.learnt().policyLoss(), 1e-5);
                    assertEquals(number(d, "value_loss"), done.learnt().valueLoss(), 1e-4);
                    assertEquals(number(d, "clipped"), done.learnt().clipped(), 1e-6);
                    assertEquals(number(d, "entropy"), done.learnt().entropy(), 1e-4);
                    assertEquals(number(d, "grad_norm"), done.learnt().gradNorm(), 1e-3);
                    float[] old = Golden.floats(d.get("old_logprob")), ref = Golden.floats(d.get("ref_logprob"));
                    double kl = IntStream.range(0, old.length).mapToDouble(i -> old[i] - ref[i]).sum() / scored.size();
                    assertEquals(kl, done.rolled().kl(), 1e-4);
                    assertEquals(0.42, done.rolled().score(), 1e-6);
                    assertEquals(0.4, done.rolled().accuracy(), 1e-9);
                }
                Predictions p = Predictions.of(scored.stream().map(ScoredCompletion::sequence).toList(),
                        scored.stream().map(s -> s.prompt().ids().length).toList());
                // Adam's step is the gradient over its own size: an element near 0 takes its rounding along
                try (Learner after = new Learner(policy, transformer, lab.engine, AdamW.Options.DEFAULT, 100)) {
                    assertArrayEquals(Golden.floats(d.get("logprob")), after.logprobs(policy.weights(), p), 2e-4f);
                }
                assertArrayEquals(Golden.floats(d.get("value")), values(lab, transformer, policy, p), 2e-4f);
            }
        }
    }

    private static float number(JsonObject d, String name) {
        return d.get(name).getAsFloat();
    }

    private static List<ScoredCompletion> completions(JsonObject d) {
        float[] old = Golden.floats(d.get("old_logprob")), values = Golden.floats(d.get("old_value")),
                scores = Golden.floats(d.get("score"));
        List<ScoredCompletion> scored = new ArrayList<>();
        for (int b = 0, at = 0; b < scores.length; b++) {
            int[] ids = Golden.ints(d.getAsJsonArray("answers").get(b));
            Completion c = new Completion(ids, Arrays.copyOfRange(old, at, at + ids.length),
                    Arrays.copyOfRange(values, at, at + ids.length), true);
            Score score = new Score(scores[b], scores[b] == 1 ? Score.Verdict.RIGHT : Score.Verdict.WRONG, null);
            scored.add(new ScoredCompletion(prompt(b, Golden.ints(d.getAsJsonArray("prompts").get(b))), c, "", score));
            at += ids.length;
        }
        return scored;
    }

    private static float[] values(Lab lab, Transformer transformer, Model model, Predictions p) {
        try (Activations a = Activations.allocate(lab.engine, model.config(), p.input().tokens(), p.cuActions().length, false);
                Heads heads = new Heads(model.config(), lab.engine)) {
            Tensor hidden = lab.zeros(p.rows().length, model.config().channels()), out = lab.zeros(p.rows().length);
            lab.k.gatherRows(hidden, transformer.forward(model.weights(), p.input(), a), lab.ints(p.rows()));
            heads.values(model.weights(), hidden, out);
            return lab.read(out);
        }
    }

    private static Prompt prompt(int number, int... ids) {
        return new Prompt(new Problem("toy_" + number, "", null, "1"), "", "", ids);
    }

    /** Micro-batches of a few completions, or one of more actions than the heads take at a time. */
    @Test
    void theTokenBudgetDoesNotMatter() {
        List<PolicyGradient.Iteration> done = new ArrayList<>();
        List<float[]> parameters = new ArrayList<>();
        for (int budget : new int[] {3000, 200}) {
            try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA);
                    Model reference = tiny.model.copy(false);
                    Learner learner = tiny.learner(budget);
                    PolicyGradient ppo = new PolicyGradient(learner, reference.weights(), tiny.lab.engine, ALGORITHM, options(40),
                            PolicyGradient.Limits.NONE, budget)) {
                List<ScoredCompletion> scored = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    Completion c = new Completion(tiny.lab.ids(40, 23), logprobs(tiny.lab, 40), tiny.lab.normals(40), true);
                    scored.add(new ScoredCompletion(prompt(i, 4, 5), c, "", new Score(i % 2, Score.Verdict.WRONG, null)));
                }
                done.add(ppo.learn(scored, 1e-3f, 1, 0));
                parameters.add(tiny.parameters());
            }
        }
        assertEquals(done.get(0).learnt().gradNorm(), done.get(1).learnt().gradNorm(), 1e-4 * done.get(0).learnt().gradNorm());
        assertEquals(done.get(0).learnt().policyLoss(), done.get(1).learnt().policyLoss(), 1e-4);
        assertEquals(done.get(0).learnt().valueLoss(), done.get(1).learnt().valueLoss(), 1e-4);
        assertEquals(done.get(0).learnt().entropy(), done.get(1).learnt().entropy(), 1e-4);
        assertEquals(done.get(0).learnt().clipped(), done.get(1).learnt().clipped(), 1e-3);
        assertEquals(done.get(0).rolled().kl(), done.get(1).rolled().kl(), 1e-2);
        Expect.close("parameters", parameters.get(0), parameters.get(1), 1e-4);
    }

    private static float[] logprobs(Lab lab, int n) {
        float[] x = lab.normals(n);
        for (int i = 0; i < n; i++) {
            x[i] = -2 - 0.5f * Math.abs(x[i]);
        }
        return x;
    }

    // ---------------------------------------------------------------- a toy

    /** A letter a token. */
    private static final Tokenizer LETTERS = new Tokenizer() {
        @Override
        public int[] encode(String text) {
            return text.chars().map(c -> c - 'a').toArray();
        }

        @Override
        public String decode(int[] ids) {
            return IntStream.of(ids).mapToObj(id -> Character.toString('a' + id)).reduce("", String::concat);
        }

        @Override
        public int size() {
            return 23;
        }

        @Override
        public int idOf(String token) {
            return token.charAt(0) - 'a';
        }

        @Override
        public void close() {}
    };

    /** The share of h's. */
    private static final Reward MANY_H = (problem, text, finished) -> {
        double share = text.chars().filter(c -> c == 'h').count() / (double) Math.max(1, text.length());
        return new Score(share, share > 0.5 ? Score.Verdict.RIGHT : Score.Verdict.WRONG, null);
    };

    private record Run(List<PolicyGradient.Iteration> iterations, float[] parameters) {}

    private static Run run(Tiny tiny, int iterations) {
        List<Prompt> prompts = IntStream.range(0, 50).mapToObj(i -> prompt(i, i % 23, 3 * i % 23, 5)).toList();
        List<PolicyGradient.Iteration> done = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(2);
                Model reference = tiny.model.copy(false);
                Learner learner = tiny.learner(128);
                PolicyGradient ppo = new PolicyGradient(learner, reference.weights(), tiny.lab.engine, ALGORITHM, options(16),
                        PolicyGradient.Limits.NONE, 128);
                Rollout rollout = new Rollout(new Generator(tiny.transformer, tiny.lab.engine, 16), LETTERS, MANY_H, executor, 8, 64)) {
            for (int i = 1; i <= iterations; i++) {
                List<ScoredCompletion> scored = ppo.sample(rollout, PolicyGradient.prompts(prompts, 32, 3, i), i, n -> {});
                done.add(ppo.learn(scored, 5e-3f, i, 0));
            }
        }
        return new Run(done, tiny.parameters());
    }

    @ParameterizedTest
    @EnumSource(names = {"OPT", "LLAMA"})
    void scoresGetBetter(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape, Lab.ONE_THREAD)) {
            List<PolicyGradient.Iteration> iterations = run(tiny, 40).iterations;
            double first = iterations.subList(0, 5).stream().mapToDouble(i -> i.rolled().score()).average().orElseThrow();
            double last = iterations.subList(35, 40).stream().mapToDouble(i -> i.rolled().score()).average().orElseThrow();
            assertTrue(first < 0.2 && last > 0.5, "mean score " + first + " at first, " + last + " at last");
            assertTrue(iterations.getLast().rolled().kl() > 0, "the policy left the reference");
            assertTrue(iterations.getLast().learnt().valueLoss() < iterations.getFirst().learnt().valueLoss(), "the value head learns");
        }
    }

    // ---------------------------------------------------------------- to the bit

    /** A run without its times, which alone may differ. */
    private static List<PolicyGradient.Iteration> timeless(List<PolicyGradient.Iteration> iterations) {
        return iterations.stream().map(i -> new PolicyGradient.Iteration(i.rolled(), i.learnt(), new PolicyGradient.Times(0, 0, 0), null))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void ppoTwiceGivesTheSameBits(Tiny.Shape shape) {
        try (Tiny one = new Tiny(shape); Tiny two = new Tiny(shape)) {
            Run first = run(one, 3), second = run(two, 3);
            assertEquals(timeless(first.iterations), timeless(second.iterations));
            assertArrayEquals(first.parameters, second.parameters);
        }
    }

    private static float[] sft(Tiny tiny) {
        List<Example> examples = tiny.sequences(9, 20, 3, 14, 31, 6, 11).stream().map(ids -> new Example(ids, 2)).toList();
        try (Learner learner = tiny.learner(40, new AdamW.Options(0.9f, 0.999f, 1e-8f, 0.01f, 1));
                Sft sft = new Sft(learner, tiny.lab.engine, 40)) {
            for (int epoch = 0; epoch < 3; epoch++) {
                for (List<Example> batch : Sft.batches(examples, 3, 1, epoch)) {
                    sft.step(batch, 1e-3f);
                }
            }
        }
        return tiny.parameters();
    }

    @ParameterizedTest
    @EnumSource
    void sftTwiceGivesTheSameBits(Tiny.Shape shape) {
        try (Tiny one = new Tiny(shape); Tiny two = new Tiny(shape)) {
            float[] before = one.parameters(), after = sft(one);
            assertArrayEquals(after, sft(two));
            assertFalse(Arrays.equals(before, after));
        }
    }

    /** Another number of threads cuts sums over tokens in other places; the few steps enlarge that a little. */
    @ParameterizedTest
    @EnumSource
    void threadsMatterOnlyByRounding(Tiny.Shape shape) {
        float[] two;
        try (Tiny tiny = new Tiny(shape)) {
            two = sft(tiny);
        }
        try (Tiny tiny = new Tiny(shape, Lab.ONE_THREAD)) {
            Expect.close("parameters", two, sft(tiny), 1e-3);
        }
    }

    // ---------------------------------------------------------------- parts

    /** Every pass asks every question once, whatever the batches cut. */
    @Test
    void eachPassCoversAllQuestions() {
        List<Prompt> prompts = IntStream.range(0, 7).mapToObj(i -> prompt(i, i)).toList();
        List<Prompt> asked = new ArrayList<>();
        for (int iteration = 1; iteration <= 14; iteration++) {
            List<Prompt> batch = PolicyGradient.prompts(prompts, 3, 5, iteration);
            assertEquals(3, batch.size());
            asked.addAll(batch);
        }
        for (int pass = 0; pass < 6; pass++) {
            assertEquals(new HashSet<>(prompts), new HashSet<>(asked.subList(7 * pass, 7 * pass + 7)), "pass " + pass);
        }
        assertFalse(asked.subList(0, 7).equals(asked.subList(7, 14)), "passes have different orders");
        Map<Prompt, Integer> counts = new HashMap<>();
        PolicyGradient.prompts(prompts, 20, 5, 1).forEach(p -> counts.merge(p, 1, Integer::sum));
        assertTrue(counts.values().stream().allMatch(n -> n == 2 || n == 3), "a batch larger than the data set: " + counts.values());
    }

    /** Advantages come from scores as METHOD says: hand-made with β = 0 and no discount. */
    @Test
    void advantagesOfAFinalScore() {
        try (Lab lab = new Lab()) {
            Completion c = new Completion(new int[] {4, 5, 2}, new float[] {-1, -2, -3}, new float[] {0.5f, 0.25f, 0.75f}, true);
            ScoredCompletion scored = new ScoredCompletion(prompt(0, 1), c, "", new Score(1, Score.Verdict.RIGHT, null));
            ActionBatch batch = ActionBatch.of(List.of(scored), 1, new float[] {-1, -1, -1}, 0);
            Advantages.Estimate estimate = new Gae(1, 1).estimate(lab.k, batch);
            assertArrayEquals(new float[] {1, 1, 1}, estimate.returns(), 1e-6f);
            float mean = (0.5f + 0.75f + 0.25f) / 3, deviation = (float) Math.sqrt((0 + 0.0625 + 0.0625) / 2);
            assertArrayEquals(new float[] {(0.5f - mean) / deviation, (0.75f - mean) / deviation, (0.25f - mean) / deviation},
                    estimate.advantages(), 1e-5f);
            assertEquals(-3, batch.kl(), 1e-6);
            assertArrayEquals(new int[] {1, 4, 5, 2}, scored.sequence());
        }
    }

    @Test
    void aGradientThatIsNotFiniteStopsTheTraining() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Learner learner = tiny.learner(20)) {
            float[] before = tiny.parameters();
            Weights gradients = learner.gradients();
            tiny.lab.set(gradients.flat, 5, Float.POSITIVE_INFINITY);
            Diverged error = assertThrows(Diverged.class, () -> learner.step(1e-3f));
            assertTrue(error.getMessage().contains("norm is Infinity: the training diverged"), error.getMessage());
            assertArrayEquals(before, tiny.parameters());
        }
    }
}
