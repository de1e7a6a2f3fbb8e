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
import java.util.Arrays;
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
     * How much of it.
     *
     * @param samples       completions of each question
     * @param epochs        passes over each batch of completions
     * @param minibatchSize completions of one optimizer step
     * @param temperature   of the rollouts
     * @param seed          of rollouts and order
     */
    public record Options(int samples, int epochs, int minibatchSize, float temperature, long seed) {
        /** One completion of each question. */
        public Options(int epochs, int minibatchSize, float temperature, long seed) {
            this(1, epochs, minibatchSize, temperature, seed);
        }
    }

    /**
     * Completions that are left out of the loss, and when an iteration's passes end early.
     *
     * @param maskUnfinished whether completions cut at their length limit are left out of the loss: whether they were right nobody knows
     * @param longest        most actions of a completion, by which {@link Algorithm.Mean#CONSTANT} divides
     * @param maxKl          the passes of an iteration end where the policy has moved so far from the one that sampled, an action; 0: never
     */
    public record Limits(boolean maskUnfinished, int longest, float maxKl) {
        /** None. */
        public static final Limits NONE = new Limits(false, 1, 0);
    }

    /**
     * What one iteration did.
     *
     * @param rolled what was sampled
     * @param learnt what the update did with it
     * @param times  how long it took
     * @param tokens what each action was worth
     */
    public record Iteration(Rolled rolled, Learnt learnt, Times times, Tokens tokens) {}

    /**
     * Of each action, one completion after the other [A].
     *
     * @param refLogprobs under the reference model; null where it was not asked
     * @param advantages  by which its log-probability was to rise
     */
    public record Tokens(float[] refLogprobs, float[] advantages) {}

    /**
     * What was sampled; means over the completions.
     *
     * @param score      mean score
     * @param accuracy   share of right answers
     * @param kl         of policy and reference; NaN where the reference was not asked
     * @param actions    length
     * @param tokens     of all prompts and completions
     * @param unfinished share of those cut at their length limit
     * @param signal     share of groups whose completions do not all score the same
     */
    public record Rolled(double score, double accuracy, double kl, double actions, int tokens, double unfinished, double signal) {}

    /**
     * What the update did; means over actions or steps.
     *
     * @param entropy         of the policy's distribution, an action
     * @param clipped         share of actions whose ratio was clipped
     * @param policyLoss      as {@link Algorithm.Mean} weighs it
     * @param valueLoss       likewise, without its coefficient; 0 without a value head
     * @param returnVariance  of what the value head was to learn: a value loss of half of it is no better than a constant; NaN without one
     * @param klLoss          the penalty in the loss, without its weight; 0 where it is not there
     * @param gradNorm        before clipping
     * @param ratioGap        the largest |log ratio| before the first step, when policy and sampler are the same: the kernels' own rounding
     * @param noiseScale      how many completions a batch needs before its gradient is more signal than noise (McCandlish et al. 2018,
     *                        arXiv 1812.06162, appendix A); NaN where every minibatch was computed at once
     * @param steps           of the optimizer
     */
    public record Learnt(double entropy, double clipped, double policyLoss, double valueLoss, double returnVariance, double klLoss,
                         double gradNorm,
                         double ratioGap, double noiseScale, int steps) {}

    /** How long it took, in ms: to sample and score; to ask the reference and estimate advantages; the optimizer's passes. */
    public record Times(double rollout, double score, double update) {}

    private final Learner learner;
    private final Weights reference;
    private final Kernels k;
    private final Device device;
    private final Algorithm algorithm;
    private final Options options;
    private final Limits limits;
    private final Buffers buffers;

    private record Buffers(Tensor logprob, Tensor entropy, Tensor pg, Tensor clipped, Tensor oldLogprob, Tensor advantages, Tensor weight,
                           Values values,
                           Penalty penalty, TensorBlock block) {}

    /** What a value head needs. */
    private record Values(Tensor value, Tensor dvalue, Tensor oldValue, Tensor returns, Tensor vf) {
        static Values lay(TensorBlock b, long n) {
            return new Values(b.f32(n), b.f32(n), b.f32(n), b.f32(n), b.f32(n));
        }

        Values first(long n) {
            return new Values(value.first(n), dvalue.first(n), oldValue.first(n), returns.first(n), vf.first(n));
        }
    }

    /** What a KL penalty in the loss needs. */
    private record Penalty(Tensor refLogprob, Tensor kl) {}

    /**
     * @param learner   the policy, with a value head where the algorithm has values
     * @param reference the frozen warm-up model; may be null where β is 0
     */
    public PolicyGradient(Learner learner, Weights reference, Engine engine, Algorithm algorithm, Options options, Limits limits,
            int tokenBudget) {
        this.learner = learner;
        this.reference = reference;
        this.k = engine.kernels();
        this.device = engine.device();
        this.algorithm = algorithm;
        this.options = options;
        this.limits = limits;
        long n = tokenBudget;
        buffers = TensorBlock.lay(device, b -> new Buffers(b.f32(n), b.f32(n), b.f32(n), b.f32(n), b.f32(n), b.f32(n), b.f32(n),
                algorithm.values() == null ? null : Values.lay(b, n), penaltyInLoss() ? new Penalty(b.f32(n), b.f32(n)) : null, b));
    }

    private boolean penaltyInLoss() {
        return algorithm.kl().beta() > 0 && algorithm.kl().place() == Algorithm.Kl.Place.LOSS;
    }

    /** Prompts of an iteration: the questions in an order drawn anew for each pass over them. */
    public static List<Prompt> prompts(List<Prompt> all, int batchSize, long seed, int iteration) {
        List<Prompt> chosen = new ArrayList<>();
        for (long i = (long) (iteration - 1) * batchSize; chosen.size() < batchSize;) {
            long pass = i / all.size();
            List<Prompt> order = new ArrayList<>(all);
            Collections.shuffle(order, new Random(seed * 1_000_003L + pass));
            for (int at = (int) (i % all.size()); at < all.size() && chosen.size() < batchSize; at++, i++) {
                chosen.add(order.get(at));
            }
        }
        return chosen;
    }

    /** The completions that an iteration learns from: so many of each prompt as {@link Options} says, scored. Iterations count from 1. */
    public List<ScoredCompletion> sample(Rollout rollout, List<Prompt> prompts, int iteration, IntConsumer progress) {
        return rollout.run(learner.model().weights(), prompts, options.samples, sampling(),
                (long) iteration * prompts.size() * options.samples, progress);
    }

    /** How completions are drawn. */
    public Sampling sampling() {
        return new Sampling(options.temperature, 0, 1, options.seed);
    }

    /**
     * Advantages from scores, and the update.
     *
     * @param scored    completions of one question stand together
     * @param rolloutMs how long they took
     */
    public Iteration learn(List<ScoredCompletion> scored, float lr, int iteration, double rolloutMs) {
        long start = System.nanoTime();
        boolean inReward = algorithm.kl().place() == Algorithm.Kl.Place.REWARD;
        ActionBatch batch = ActionBatch.of(scored, options.samples, algorithm.kl().beta() > 0 ? referenceLogprobs(scored) : null,
                inReward ? algorithm.kl().beta() : 0);
        Advantages.Estimate estimate = algorithm.advantages().estimate(k, batch);
        long estimated = System.nanoTime();
        Sums sums = update(batch, estimate, lr, iteration);
        long updated = System.nanoTime();
        return new Iteration(rolled(batch), sums.learnt(estimate),
                new Times(rolloutMs, (estimated - start) / 1e6, (updated - estimated) / 1e6),
                new Tokens(batch.refLogprobs(), estimate.advantages()));
    }

    private static Rolled rolled(ActionBatch batch) {
        List<ScoredCompletion> scored = batch.completions();
        double n = scored.size();
        return new Rolled(scored.stream().mapToDouble(s -> s.score().value()).sum() / n,
                scored.stream().filter(s -> s.score().right()).count() / n, batch.kl(),
                batch.actions() / n, scored.stream().mapToInt(s -> s.sequence().length).sum(),
                scored.stream().filter(s -> !s.completion().finished()).count() / n, batch.groupsWithSignal());
    }

    private float[] referenceLogprobs(List<ScoredCompletion> scored) {
        List<float[]> parts = new ArrayList<>();
        for (List<ScoredCompletion> part : learner.microBatches(scored, s -> s.sequence().length)) {
            parts.add(learner.logprobs(reference, predictions(part)));
        }
        return joined(parts);
    }

    /** Sums over the steps of an iteration, from which its means come. */
    private static final class Sums {
        double entropy, clipped, policyLoss, valueLoss, klLoss, gradNorm, ratioGap;
        double moved;           // Σ k3 of the policy that sampled and the one of now, over the actions of one pass
        double noise, signal;   // Σ tr(Σ) and Σ |G|², whose ratio is the noise scale
        long actions;
        int steps;

        Learnt learnt(Advantages.Estimate estimate) {
            double n = Math.max(1, actions), s = Math.max(1, steps);
            return new Learnt(entropy / n, clipped / n, policyLoss / s, valueLoss / s, variance(estimate.returns()), klLoss / s,
                    gradNorm / s, ratioGap,
                    noise > 0 && signal > 0 ? noise / signal : Double.NaN, steps);
        }

        private static double variance(float[] x) {
            if (x == null || x.length == 0) {
                return Double.NaN;
            }
            double mean = 0, squares = 0;
            for (float v : x) {
                mean += v / (double) x.length;
            }
            for (float v : x) {
                squares += (v - mean) * (v - mean);
            }
            return squares / x.length;
        }
    }

    private Sums update(ActionBatch batch, Advantages.Estimate estimate, float lr, int iteration) {
        Sums sums = new Sums();
        List<Integer> order = new ArrayList<>();
        for (int b = 0; b < batch.completions().size(); b++) {
            order.add(b);
        }
        for (int epoch = 0; epoch < options.epochs; epoch++) {
            Collections.shuffle(order, new Random(options.seed * 1_000_003L + (long) iteration * options.epochs + epoch));
            sums.moved = 0;
            for (int from = 0; from < order.size(); from += options.minibatchSize) {
                step(batch, estimate, order.subList(from, Math.min(from + options.minibatchSize, order.size())), lr, sums);
            }
            if (limits.maxKl > 0 && sums.moved / batch.actions() > limits.maxKl) {
                break;
            }
        }
        return sums;
    }

    /** One step of the optimizer, on a minibatch of completions by their numbers. */
    private void step(ActionBatch batch, Advantages.Estimate estimate, List<Integer> minibatch, float lr, Sums sums) {
        float[] shares = shares(batch, minibatch);
        if (shares == null) {
            return; // nothing of it counts
        }
        List<List<Integer>> parts = learner.microBatches(minibatch, b -> batch.completions().get(b).sequence().length);
        double firstSquares = 0;
        int done = 0;
        for (List<Integer> part : parts) {
            accumulate(batch, estimate, part, Arrays.copyOfRange(shares, done, done + part.size()), sums);
            if (done == 0 && parts.size() > 1) {
                firstSquares = learner.gradientSquares();
            }
            done += part.size();
        }
        float norm = learner.step(lr);
        if (parts.size() > 1) {
            noise(sums, firstSquares, parts.getFirst().size(), norm * (double) norm, minibatch.size());
        }
        sums.gradNorm += norm;
        sums.steps++;
    }

    /** From the squared norms of the gradients of a part and of the whole: their unbiased estimates of noise and signal. */
    private static void noise(Sums sums, double partSquares, double part, double wholeSquares, double whole) {
        double alone = partSquares * (whole / part) * (whole / part);    // as if the part were the batch
        sums.signal += (whole * wholeSquares - part * alone) / (whole - part);
        sums.noise += (alone - wholeSquares) / (1 / part - 1 / whole);
    }

    /** The share of each action of a minibatch's completions in the mean; null where none counts. */
    private float[] shares(ActionBatch batch, List<Integer> minibatch) {
        float[] shares = new float[minibatch.size()];
        long counted = 0, actions = 0;
        for (int b : minibatch) {
            if (counts(batch.completions().get(b))) {
                counted++;
                actions += batch.completions().get(b).completion().ids().length;
            }
        }
        if (actions == 0) {
            return null;
        }
        for (int i = 0; i < shares.length; i++) {
            ScoredCompletion s = batch.completions().get(minibatch.get(i));
            int own = s.completion().ids().length;
            shares[i] = !counts(s) || own == 0 ? 0 : switch (algorithm.mean()) {
                case SEQUENCE -> 1f / own / counted;
                case TOKEN -> 1f / actions;
                case CONSTANT -> 1f / limits.longest / counted;
            };
        }
        return shares;
    }

    private boolean counts(ScoredCompletion s) {
        return s.completion().finished() || !limits.maskUnfinished;
    }

    /** Adds the gradient of the loss of the completions {@code part}, each of whose actions has the completion's share in the mean. */
    private void accumulate(ActionBatch batch, Advantages.Estimate estimate, List<Integer> part, float[] shares, Sums sums) {
        Predictions p = predictions(part.stream().map(batch.completions()::get).toList());
        int m = p.rows().length;
        float[] weight = new float[m];
        for (int b = 0; b < part.size(); b++) {
            Arrays.fill(weight, p.cuActions()[b], p.cuActions()[b + 1], shares[b]);
        }
        float[] old = gathered(batch, batch.oldLogprobs(), part);
        Tensor oldLogprob = device.upload(buffers.oldLogprob, old), weights = device.upload(buffers.weight, weight);
        Tensor advantages = device.upload(buffers.advantages, gathered(batch, estimate.advantages(), part));
        Tensor pg = buffers.pg.first(m), clipped = buffers.clipped.first(m), entropy = buffers.entropy.first(m),
                logprobs = buffers.logprob.first(m);
        Values v = buffers.values == null ? null : buffers.values.first(m);
        if (v != null) {
            device.upload(v.oldValue, gathered(batch, batch.oldValues(), part));
            device.upload(v.returns, gathered(batch, estimate.returns(), part));
        }
        if (buffers.penalty != null) {
            device.upload(buffers.penalty.refLogprob, gathered(batch, batch.refLogprobs(), part));
        }
        Weights policy = learner.model().weights();
        learner.accumulate(p, (hidden, targets, dhidden) -> {
            if (v != null) {
                learner.heads().values(policy, hidden, v.value);
            }
            learner.heads().logprobsBackward(policy, hidden, targets, logprobs, entropy, (from, n, logprob, dlogprob) -> {
                k.ppoLoss(new Kernels.PpoLoss(dlogprob, rows(v == null ? null : v.dvalue, from, n), pg.rows(from, n),
                        rows(v == null ? null : v.vf, from, n),
                        clipped.rows(from, n), logprob, oldLogprob.rows(from, n), advantages.rows(from, n),
                        rows(v == null ? null : v.value, from, n),
                        rows(v == null ? null : v.oldValue, from, n), rows(v == null ? null : v.returns, from, n), weights.rows(from, n)),
                        algorithm.clip().low(), algorithm.clip().high(), v == null ? 0 : algorithm.values().clip(),
                        v == null ? 0 : algorithm.values().coef());
                if (buffers.penalty != null) {
                    k.klLoss(dlogprob, buffers.penalty.kl.rows(from, n), logprob, buffers.penalty.refLogprob.rows(from, n),
                            weights.rows(from, n),
                            algorithm.kl().beta());
                }
            }, dhidden, learner.gradients());
            if (v != null) {
                learner.heads().valuesBackward(policy, hidden, v.dvalue, dhidden, learner.gradients());
            }
        });
        count(sums, weight, old, logprobs, v);
    }

    private void count(Sums sums, float[] weight, float[] old, Tensor logprobs, Values v) {
        int m = weight.length;
        float[] pgs = device.floats(buffers.pg.first(m)), cuts = device.floats(buffers.clipped.first(m)),
                entropies = device.floats(buffers.entropy.first(m));
        float[] now = device.floats(logprobs), vfs = v == null ? null : device.floats(v.vf);
        float[] kls = buffers.penalty == null ? null : device.floats(buffers.penalty.kl.first(m));
        for (int i = 0; i < m; i++) {
            double moved = now[i] - (double) old[i];
            sums.policyLoss += weight[i] * pgs[i];
            sums.valueLoss += v == null ? 0 : weight[i] * vfs[i];
            sums.klLoss += kls == null ? 0 : weight[i] * kls[i];
            sums.clipped += cuts[i];
            sums.entropy += entropies[i];
            sums.moved += Math.exp(moved) - 1 - moved;
            if (sums.steps == 0) {
                sums.ratioGap = Math.max(sums.ratioGap, Math.abs(moved));
            }
        }
        sums.actions += m;
    }

    private static Tensor rows(Tensor t, long from, long n) {
        return t == null ? null : t.rows(from, n);
    }

    private static float[] gathered(ActionBatch batch, float[] all, List<Integer> part) {
        return joined(part.stream().map(b -> batch.of(all, b)).toList());
    }

    private static Predictions predictions(List<ScoredCompletion> part) {
        return Predictions.of(part.stream().map(ScoredCompletion::sequence).toList(),
                part.stream().map(s -> s.prompt().ids().length).toList());
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
        buffers.block.close();
    }
}
