package io.reft.train;

import io.reft.data.Prompt;
import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.generate.Sampling;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.model.Weights;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * One policy-gradient step, for every method: completions with scores become advantages ({@link Advantages} says how), and the clipped
 * loss of proximal policy optimisation raises what was worth it. With {@link Gae} it is ReFT's PPO (METHOD). Policy and value share the
 * backbone; the reference is the frozen warm-up model.
 */
public final class PolicyGradient implements AutoCloseable {
    /**
     * The choices that make a method.
     *
     * @param advantages from scores to advantages
     * @param beta       weight of the KL penalty towards the reference
     * @param clip       ε of the policy's ratio
     * @param valueClip  how far a value may move from the old one before its loss is cut
     * @param vfCoef     weight of the value loss
     */
    public record Algorithm(Advantages advantages, float beta, float clip, float valueClip, float vfCoef) {}

    /**
     * How much of it.
     *
     * @param epochs        passes over each batch of completions
     * @param minibatchSize completions of one optimizer step
     * @param temperature   of the rollouts
     * @param seed          of rollouts and order
     */
    public record Options(int epochs, int minibatchSize, float temperature, long seed) {}

    /**
     * What one iteration did; means over its completions or actions.
     *
     * @param score      mean score
     * @param accuracy   share of right answers
     * @param kl         of policy and reference, a completion
     * @param entropy    of the policy's distribution, an action
     * @param clipped    share of actions whose ratio was clipped
     * @param policyLoss as METHOD weighs it
     * @param valueLoss  likewise, without its coefficient
     * @param gradNorm   before clipping, mean over steps
     * @param tokens     of prompts and completions
     * @param actions    mean length of a completion
     * @param rolloutMs  time to sample and score the completions
     * @param scoreMs    time for the reference's log-probabilities and the advantages
     * @param updateMs   time for the optimizer's passes
     */
    public record Iteration(double score, double accuracy, double kl, double entropy, double clipped, double policyLoss, double valueLoss,
                            double gradNorm, int tokens, double actions, double rolloutMs, double scoreMs, double updateMs) {}

    private final Learner learner;
    private final Weights reference;
    private final Kernels k;
    private final Device device;
    private final Algorithm algorithm;
    private final Options options;
    private final Buffers buffers;

    private record Buffers(Tensor logprob, Tensor entropy, Tensor pg, Tensor vf, Tensor clipped, Tensor value, Tensor dvalue, Tensor oldLogprob,
                           Tensor oldValue, Tensor advantages, Tensor returns, Tensor weight, TensorBlock workspace) {}

    /**
     * @param learner   the policy, with a value head
     * @param reference the frozen warm-up model
     */
    public PolicyGradient(Learner learner, Weights reference, Engine engine, Algorithm algorithm, Options options, int tokenBudget) {
        this.learner = learner;
        this.reference = reference;
        this.k = engine.kernels();
        this.device = engine.device();
        this.algorithm = algorithm;
        this.options = options;
        long n = tokenBudget;
        buffers = TensorBlock.lay(device, w -> new Buffers(w.f32(n), w.f32(n), w.f32(n), w.f32(n), w.f32(n), w.f32(n), w.f32(n), w.f32(n), w.f32(n),
                w.f32(n), w.f32(n), w.f32(n), w));
    }

    /** Prompts of an iteration: the questions in an order drawn anew for each pass over them. */
    public static List<Prompt> prompts(List<Prompt> all, int batchSize, long seed, int iteration) {
        List<Prompt> chosen = new ArrayList<>();
        for (long i = (long) (iteration - 1) * batchSize; chosen.size() < batchSize; ) {
            long pass = i / all.size();
            List<Prompt> order = new ArrayList<>(all);
            Collections.shuffle(order, new Random(seed * 1_000_003L + pass));
            for (int at = (int) (i % all.size()); at < all.size() && chosen.size() < batchSize; at++, i++) {
                chosen.add(order.get(at));
            }
        }
        return chosen;
    }

    /** The completions that an iteration learns from: one of each prompt, scored. Iterations count from 1. */
    public List<ScoredCompletion> sample(Rollout rollout, List<Prompt> prompts, int iteration, IntConsumer progress) {
        return sample(rollout, learner.model().weights(), prompts, new Sampling(options.temperature, 0, 1, options.seed), iteration, progress);
    }

    /** The same sampling for other ways to learn from it. */
    static List<ScoredCompletion> sample(Rollout rollout, Weights policy, List<Prompt> prompts, Sampling sampling, int iteration, IntConsumer progress) {
        return rollout.run(policy, prompts, 1, sampling, (long) iteration * prompts.size(), progress);
    }

    /** Advantages from scores, and the update. {@code rolloutMs} is how long the completions took. */
    public Iteration learn(List<ScoredCompletion> scored, float lr, int iteration, double rolloutMs) {
        long start = System.nanoTime();
        ActionBatch batch = ActionBatch.of(scored, referenceLogprobs(scored));
        Advantages.Estimate estimate = algorithm.advantages.estimate(k, batch, algorithm.beta);
        long estimated = System.nanoTime();
        Sums sums = update(batch, estimate, lr, iteration);
        long updated = System.nanoTime();
        double n = scored.size(), actions = batch.oldLogprobs().length, passes = options.epochs;
        return new Iteration(scored.stream().mapToDouble(s -> s.score().value()).sum() / n, scored.stream().filter(s -> s.score().right()).count() / n,
                batch.kl(), sums.entropy / (actions * passes), sums.clipped / (actions * passes), sums.policyLoss / sums.steps,
                sums.valueLoss / sums.steps, sums.gradNorm / sums.steps, scored.stream().mapToInt(s -> s.sequence().length).sum(), actions / n,
                rolloutMs, (estimated - start) / 1e6, (updated - estimated) / 1e6);
    }

    private float[] referenceLogprobs(List<ScoredCompletion> scored) {
        List<float[]> parts = new ArrayList<>();
        for (List<ScoredCompletion> part : learner.microBatches(scored, s -> s.sequence().length)) {
            parts.add(learner.logprobs(reference, predictions(part)));
        }
        return joined(parts);
    }

    private static final class Sums {
        double entropy, clipped, policyLoss, valueLoss, gradNorm;
        int steps;
    }

    private Sums update(ActionBatch batch, Advantages.Estimate estimate, float lr, int iteration) {
        Sums sums = new Sums();
        List<Integer> order = new ArrayList<>();
        for (int b = 0; b < batch.completions().size(); b++) {
            order.add(b);
        }
        for (int epoch = 0; epoch < options.epochs; epoch++) {
            Collections.shuffle(order, new Random(options.seed * 1_000_003L + (long) iteration * options.epochs + epoch));
            for (int from = 0; from < order.size(); from += options.minibatchSize) {
                List<Integer> minibatch = order.subList(from, Math.min(from + options.minibatchSize, order.size()));
                for (List<Integer> part : learner.microBatches(minibatch, b -> batch.completions().get(b).sequence().length)) {
                    accumulate(batch, estimate, part, minibatch.size(), sums);
                }
                sums.gradNorm += learner.step(lr);
                sums.steps++;
            }
        }
        return sums;
    }

    /** Adds the gradient of the loss of the completions {@code part}, out of a minibatch of {@code sequences}. */
    private void accumulate(ActionBatch batch, Advantages.Estimate estimate, List<Integer> part, int sequences, Sums sums) {
        Predictions p = predictions(part.stream().map(batch.completions()::get).toList());
        float[] weight = new float[p.rows().length];
        for (int b = 0; b < part.size(); b++) {
            int actions = p.cuActions()[b + 1] - p.cuActions()[b];
            java.util.Arrays.fill(weight, p.cuActions()[b], p.cuActions()[b + 1], 1f / actions / sequences);
        }
        int m = weight.length;
        Tensor oldLogprob = gather(buffers.oldLogprob, batch, batch.oldLogprobs(), part), oldValue = gather(buffers.oldValue, batch, batch.oldValues(), part);
        Tensor advantages = gather(buffers.advantages, batch, estimate.advantages(), part), returns = gather(buffers.returns, batch, estimate.returns(), part);
        Tensor weights = device.upload(buffers.weight, weight), value = buffers.value.first(m), dvalue = buffers.dvalue.first(m);
        Tensor pg = buffers.pg.first(m), vf = buffers.vf.first(m), clipped = buffers.clipped.first(m), entropy = buffers.entropy.first(m);
        Weights policy = learner.model().weights();
        learner.accumulate(p, (hidden, targets, dhidden) -> {
            learner.heads().values(policy, hidden, value);
            learner.heads().logprobsBackward(policy, hidden, targets, buffers.logprob.first(m), entropy, (from, n, logprob, dlogprob) ->
                    k.ppoLoss(new Kernels.PpoLoss(dlogprob, dvalue.rows(from, n), pg.rows(from, n), vf.rows(from, n), clipped.rows(from, n), logprob,
                            oldLogprob.rows(from, n), advantages.rows(from, n), value.rows(from, n), oldValue.rows(from, n), returns.rows(from, n),
                            weights.rows(from, n)), algorithm.clip, algorithm.valueClip, algorithm.vfCoef), dhidden, learner.gradients());
            learner.heads().valuesBackward(policy, hidden, dvalue, dhidden, learner.gradients());
        });
        float[] pgs = device.floats(pg), vfs = device.floats(vf), cuts = device.floats(clipped), entropies = device.floats(entropy);
        for (int i = 0; i < m; i++) {
            sums.policyLoss += weight[i] * pgs[i];
            sums.valueLoss += weight[i] * vfs[i];
            sums.clipped += cuts[i];
            sums.entropy += entropies[i];
        }
    }

    private Tensor gather(Tensor to, ActionBatch batch, float[] all, List<Integer> part) {
        return device.upload(to, joined(part.stream().map(b -> batch.of(all, b)).toList()));
    }

    private static Predictions predictions(List<ScoredCompletion> part) {
        return Predictions.of(part.stream().map(ScoredCompletion::sequence).toList(), part.stream().map(s -> s.prompt().ids().length).toList());
    }

    private static float[] joined(List<float[]> parts) {
        float[] all = new float[parts.stream().mapToInt(p -> p.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    @Override
    public void close() {
        buffers.workspace.close();
    }
}
