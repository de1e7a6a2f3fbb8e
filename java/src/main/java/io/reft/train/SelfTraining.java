package io.reft.train;

import io.reft.data.Encoder;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.generate.Sampling;
import io.reft.kernels.Engine;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Self-training, ReFT's rival (METHOD: baselines): a model learns from those of its own solutions that are right, beside the gold
 * ones, by the supervised loss alone. Wrong solutions teach it nothing.
 *
 * <p>Offline, solutions are drawn once, from the warm-up model; {@link #distinct} and {@link #joined} make the set on which the base
 * model is then fine-tuned. Online, each iteration draws new ones from the model as it is, as PPO does, and the loss is
 * ½·SFT(right solutions) + ½·SFT(gold solutions of the same questions), with neither KL penalty nor value; a minibatch without any right
 * solution has its gold half alone.
 */
public final class SelfTraining implements AutoCloseable {
    /** The share of the right solutions in the online loss, and of the gold ones. */
    private static final float HALF = 0.5f;

    // ---------------------------------------------------------------- offline

    /**
     * A right solution that a model wrote.
     *
     * @param text without prompt, head and EOS
     */
    public record Solution(Problem problem, String text) {
        /** What makes two solutions the same: their text, but for white space around it. */
        private String key() {
            return text.strip();
        }
    }

    /**
     * The first {@code most} distinct solutions of each question, in their order. Samples are drawn independently, so the first ones
     * are as good a choice as any.
     */
    public static List<Solution> distinct(List<Solution> right, int most) {
        Map<String, Set<String>> seen = new HashMap<>();
        List<Solution> kept = new ArrayList<>();
        for (Solution solution : right) {
            Set<String> known = seen.computeIfAbsent(solution.problem.id(), id -> new HashSet<>());
            if (known.size() < most && known.add(solution.key())) {
                kept.add(solution);
            }
        }
        return kept;
    }

    /** The gold solutions of all problems, and those kept: one that is the gold solution of its problem stands there only once. */
    public static List<Example> joined(List<Problem> problems, List<Solution> kept, Encoder encoder) {
        List<Example> examples = new ArrayList<>(problems.stream().map(encoder::example).toList());
        for (Solution solution : kept) {
            if (!solution.key().equals(encoder.template().gold(solution.problem, encoder.cot()).continuation().strip())) {
                examples.add(encoder.example(solution.problem, solution.text));
            }
        }
        return examples;
    }

    // ---------------------------------------------------------------- online

    /**
     * What a step of online self-training learns from.
     *
     * @param right the right ones among some completions, token for token as they were drawn
     * @param gold  the gold solutions of the questions of all of them
     */
    public record Batch(List<Example> right, List<Example> gold) {
        /** Of completions of questions that have gold solutions. */
        public static Batch of(List<ScoredCompletion> scored, Encoder encoder) {
            return new Batch(
                    scored.stream().filter(s -> s.score().right()).map(s -> new Example(s.sequence(), s.prompt().ids().length)).toList(),
                    scored.stream().map(s -> encoder.example(s.prompt().problem())).toList());
        }
    }

    /**
     * How to learn online.
     *
     * @param epochs        passes over the completions of an iteration
     * @param minibatchSize completions of one optimizer step
     * @param temperature   of the rollouts
     * @param seed          of rollouts and order
     */
    public record Options(int epochs, int minibatchSize, float temperature, long seed) {}

    /**
     * What one iteration did; means over its completions or steps.
     *
     * @param score     mean score
     * @param accuracy  share of right answers
     * @param rightLoss mean loss of the right completions, over the steps that had any; NaN where none had
     * @param goldLoss  mean loss of the gold solutions
     * @param gradNorm  before clipping
     * @param actions   mean length of a completion
     * @param rolloutMs time to sample and score the completions
     * @param updateMs  time for the optimizer's passes
     */
    public record Iteration(double score, double accuracy, double rightLoss, double goldLoss, double gradNorm, double actions,
                            double rolloutMs, double updateMs) {}

    private final Learner learner;
    private final Sft sft;
    private final Encoder encoder;
    private final Options options;

    /**
     * @param learner     the model, which starts as the warm-up model; without a value head
     * @param encoder     makes training texts of gold solutions
     * @param tokenBudget the learner's
     */
    public SelfTraining(Learner learner, Encoder encoder, Engine engine, Options options, int tokenBudget) {
        this.learner = learner;
        this.encoder = encoder;
        this.options = options;
        sft = new Sft(learner, engine, tokenBudget);
    }

    /** The completions that an iteration learns from: PPO's sampling. Iterations count from 1. */
    public List<ScoredCompletion> sample(Rollout rollout, List<Prompt> prompts, int iteration, IntConsumer progress) {
        return rollout.run(learner.model().weights(), prompts, 1, new Sampling(options.temperature, 0, 1, options.seed),
                (long) iteration * prompts.size(),
                progress);
    }

    /** The update. {@code rolloutMs} is how long the completions took. */
    public Iteration learn(List<ScoredCompletion> scored, float lr, int iteration, double rolloutMs) {
        long start = System.nanoTime();
        double right = 0, gold = 0, norm = 0;
        int steps = 0, withRight = 0;
        List<ScoredCompletion> order = new ArrayList<>(scored);
        for (int epoch = 0; epoch < options.epochs; epoch++) {
            Collections.shuffle(order, new Random(options.seed * 1_000_003L + (long) iteration * options.epochs + epoch));
            for (int from = 0; from < order.size(); from += options.minibatchSize) {
                Batch batch = Batch.of(order.subList(from, Math.min(from + options.minibatchSize, order.size())), encoder);
                Loss loss = accumulate(batch);
                if (!batch.right.isEmpty()) {
                    right += loss.right;
                    withRight++;
                }
                gold += loss.gold;
                norm += learner.step(lr);
                steps++;
            }
        }
        double n = scored.size();
        return new Iteration(scored.stream().mapToDouble(s -> s.score().value()).sum() / n,
                scored.stream().filter(s -> s.score().right()).count() / n,
                right / withRight, gold / steps, norm / steps, scored.stream().mapToInt(s -> s.completion().ids().length).sum() / n,
                rolloutMs,
                (System.nanoTime() - start) / 1e6);
    }

    /** The two halves of a loss, before they are halved; {@code right} is 0 where there was no right solution. */
    record Loss(float right, float gold) {}

    /** Adds the gradient of ½·SFT(right) + ½·SFT(gold) to the learner's. */
    Loss accumulate(Batch batch) {
        float right = batch.right.isEmpty() ? 0 : sft.accumulate(batch.right, HALF);
        return new Loss(right, sft.accumulate(batch.gold, HALF));
    }

    @Override
    public void close() {
        sft.close();
    }
}
