package io.reft.bench;

import io.reft.InputError;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.generate.Completion;
import io.reft.generate.Generator;
import io.reft.generate.Sampling;
import io.reft.model.Model;
import io.reft.reward.Score;
import io.reft.rollout.ScoredCompletion;
import io.reft.run.Session;
import io.reft.train.AdamW;
import io.reft.train.Algorithm;
import io.reft.train.Gae;
import io.reft.train.GroupMean;
import io.reft.train.Learner;
import io.reft.train.PolicyGradient;
import io.reft.train.Sft;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** Times whole tasks of a model on random tokens, for {@code reft bench}. */
public final class ModelBench {
    private static final int FIRST_TOKEN = 5;   // past the usual special tokens

    /**
     * How much of it.
     *
     * @param batch          sequences
     * @param prompt         tokens of a prompt
     * @param fresh          tokens of a completion
     * @param samples        grpo: completions of a question
     * @param epochs         of PPO or GRPO over the completions
     * @param tokensPerBatch computed at a time
     * @param greedy         always the most likely token
     * @param seed           of tokens and samples
     */
    public record Sizes(int batch, int prompt, int fresh, int samples, int epochs, int tokensPerBatch, boolean greedy, long seed) {}

    /**
     * What was timed.
     *
     * @param ms    of each repetition
     * @param work  that each cannot do without
     * @param more  figures of the task's own
     */
    public record Result(List<Double> ms, List<Work> work, Map<String, Object> more) {}

    private final Session session;
    private final Sizes sizes;
    private final Function<Runnable, List<Double>> timer;
    private final Random random;
    private final Work.Of least;

    /** @param timer runs something some times and gives the milliseconds of each */
    public ModelBench(Session session, Sizes sizes, Function<Runnable, List<Double>> timer) {
        this.session = session;
        this.sizes = sizes;
        this.timer = timer;
        random = new Random(sizes.seed);
        least = new Work.Of(session.config(), session.engine().storage().bytes);
    }

    /** Training steps on sequences of these lengths. */
    public Result sft(List<Integer> lengths) {
        List<Example> examples = new ArrayList<>();
        for (int length : lengths) {
            check("a sequence", length);
            examples.add(new Example(tokens(length), 1));
        }
        int budget = Math.max(sizes.tokensPerBatch, examples.stream().mapToInt(e -> e.ids().length).max().orElse(2));
        try (Learner learner = new Learner(session.model(), session.transformer(), session.engine(), AdamW.Options.DEFAULT, budget);
                Sft sft = new Sft(learner, session.engine(), budget)) {
            return new Result(timer.apply(() -> sft.step(examples, 1e-5f)), least.sft(lengths), Map.of());
        }
    }

    /** Prompts to completions. */
    public Result generate() {
        check("prompt and completion", sizes.prompt + sizes.fresh);
        List<int[]> prompts = prompts(sizes.prompt);
        try (Generator generator = new Generator(session.transformer(), session.engine(), sizes.batch)) {
            return new Result(timer.apply(() -> complete(generator, prompts, sizes.fresh)),
                    least.generate(sizes.batch, sizes.prompt, sizes.fresh), Map.of());
        }
    }

    /** A decoding step with {@code context} tokens in the cache: what completions take beyond their first token, divided. */
    public Result decode(int context) {
        int steps = sizes.fresh - 1, prompt = context - sizes.fresh / 2;
        if (steps < 1 || prompt < 1) {
            throw new InputError("decode: --new must be at least 2 and less than twice --context.");
        }
        check("prompt and completion", prompt + sizes.fresh);
        List<int[]> prompts = prompts(prompt);
        List<Double> first = new ArrayList<>();
        try (Generator generator = new Generator(session.transformer(), session.engine(), sizes.batch)) {
            complete(generator, prompts, sizes.fresh);
            List<Double> all = timer.apply(() -> {
                long start = System.nanoTime();
                complete(generator, prompts, 1);
                first.add((System.nanoTime() - start) / 1e6);
                complete(generator, prompts, sizes.fresh);
            });
            first.removeFirst();    // of the repetition that is not timed
            List<Double> ms = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                ms.add((all.get(i) - 2 * first.get(i)) / steps);
            }
            if (ms.stream().anyMatch(t -> t <= 0)) {
                throw new InputError("decode: steps this short are lost in the noise: raise --new or --batch.");
            }
            return new Result(ms, List.of(least.decodeStep(sizes.batch, context)), Map.of("context", context));
        }
    }

    /** Iterations of PPO, each completion of a question of its own. */
    public Result ppo() {
        return policyGradient(1, Algorithm.ppo(new Gae(1, 0.95f), 0.01f, 0.2f, 5),
                least.ppo(sizes.batch, sizes.prompt, sizes.fresh, sizes.epochs));
    }

    /** Iterations of GRPO on groups of completions. */
    public Result grpo() {
        if (sizes.batch % sizes.samples != 0) {
            throw new InputError("--batch %d counts completions: it must be a multiple of --samples %d.", sizes.batch, sizes.samples);
        }
        Algorithm grpo = new Algorithm(new GroupMean(true), new Algorithm.Kl(0.01f, Algorithm.Kl.Place.LOSS), Algorithm.Clip.of(0.2f), null,
                Algorithm.Mean.TOKEN);
        return policyGradient(sizes.samples, grpo, least.grpo(sizes.batch, sizes.samples, sizes.prompt, sizes.fresh, sizes.epochs));
    }

    private Result policyGradient(int samples, Algorithm algorithm, List<Work> work) {
        check("prompt and completion", sizes.prompt + sizes.fresh);
        List<int[]> prompts = prompts(sizes.prompt).subList(0, sizes.batch / samples);
        int budget = Math.max(sizes.tokensPerBatch, sizes.prompt + sizes.fresh);
        PolicyGradient.Options options = new PolicyGradient.Options(samples, sizes.epochs, sizes.batch, 1, sizes.seed);
        List<PolicyGradient.Iteration> done = new ArrayList<>();
        List<Double> ms;
        try (Model reference = session.model().frozen();
                Generator generator = new Generator(session.transformer(), session.engine(), sizes.batch);
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), AdamW.Options.DEFAULT, budget);
                PolicyGradient method = new PolicyGradient(learner, reference.weights(), session.engine(), algorithm, options,
                        PolicyGradient.Limits.NONE, budget)) {
            ms = timer.apply(() -> {
                long start = System.nanoTime();
                List<Completion> completions = complete(generator, prompts, samples, sizes.fresh);
                List<ScoredCompletion> scored = new ArrayList<>();
                for (int i = 0; i < sizes.batch; i++) {
                    Prompt asked = new Prompt(new Problem("bench_" + i, "", null, "0"), "", "", prompts.get(i / samples));
                    scored.add(new ScoredCompletion(asked, completions.get(i), "",
                            new Score(samples > 1 ? i % 2 : 0, Score.Verdict.NO_ANSWER, null)));
                }
                done.add(method.learn(scored, 3e-7f, done.size() + 1, (System.nanoTime() - start) / 1e6));
            });
        }
        done.removeFirst();
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("rollout_ms", Timing.rounded(Timing.median(done.stream().map(d -> d.times().rollout()).toList())));
        more.put("score_ms", Timing.rounded(Timing.median(done.stream().map(d -> d.times().score()).toList())));
        more.put("update_ms", Timing.rounded(Timing.median(done.stream().map(d -> d.times().update()).toList())));
        return new Result(ms, work, more);
    }

    private List<Completion> complete(Generator generator, List<int[]> prompts, int fresh) {
        return complete(generator, prompts, 1, fresh);
    }

    private List<Completion> complete(Generator generator, List<int[]> prompts, int samples, int fresh) {
        return generator.generate(session.model().weights(),
                new Generator.Request(prompts, samples, fresh, prompts.getFirst().length + fresh, 0, true),
                sizes.greedy ? Sampling.GREEDY : Sampling.plain(sizes.seed), n -> {});
    }

    private List<int[]> prompts(int length) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < sizes.batch; i++) {
            prompts.add(tokens(length));
        }
        return prompts;
    }

    private int[] tokens(int n) {
        int first = Math.min(FIRST_TOKEN, session.config().vocab() - 1);
        return random.ints(n, first, session.config().vocab()).toArray();
    }

    private void check(String what, int length) {
        if (length > session.config().maxPositions()) {
            throw new InputError("This model has %d positions: %s of %d tokens is too long.", session.config().maxPositions(), what,
                    length);
        }
    }
}
