package io.reft.evaluate;

import io.reft.answer.Answer;
import io.reft.data.DataSet;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.generate.Sampling;
import io.reft.model.Weights;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * How a model does on a set of questions. Everything is worked out from the samples alone.
 *
 * @param rows    one for each question, in order; at least one
 * @param samples completions of each
 */
public record Evaluation(List<Row> rows, int samples) {
    /**
     * One question.
     *
     * @param samples what the model wrote, and how it was scored; by their numbers
     * @param vote    the answer most samples agree on; of equals the one given first; null where no sample has an answer
     * @param best    the sample that a reranker holds most likely to be right, with or without an answer; of equals the first; null
     *                where none was asked
     */
    public record Row(Problem problem, List<Sample> samples, Answer vote, Sample best) {
        static Row of(Problem problem, List<Sample> samples) {
            Optional<MajorityVote<Answer>> vote = MajorityVote.of(samples.stream().map(s -> s.score().answer()).toList(),
                    (first, other) -> other.matches(first));
            boolean ranked = samples.stream().allMatch(s -> s.rerank() != null);
            Sample best = ranked ? samples.stream().reduce((a, b) -> b.rerank() > a.rerank() ? b : a).orElse(null) : null;
            return new Row(problem, samples, vote.map(MajorityVote::winner).orElse(null), best);
        }

        /** The sample written first: with one sample, the only one. */
        public Sample first() {
            return samples.getFirst();
        }

        /** Whether the vote is for the gold answer. */
        public boolean voteRight() {
            return vote != null && vote.matches(DataSet.gold(problem));
        }

        /** Samples that are right. */
        public int right() {
            return (int) samples.stream().filter(s -> s.score().right()).count();
        }
    }

    /** Those of the prompts that leave no room for an answer within so many tokens. */
    public static List<Prompt> tooLong(List<Prompt> prompts, int maxTokens) {
        return prompts.stream().filter(p -> isTooLong(p, maxTokens)).toList();
    }

    private static boolean isTooLong(Prompt prompt, int maxTokens) {
        return prompt.ids().length >= maxTokens;
    }

    /**
     * Asks a model. Prompts that are {@link #tooLong} get empty completions, which are wrong.
     *
     * @param samples  completions of each question
     * @param progress told how many completions are written
     */
    public static Evaluation of(Rollout rollout, Weights weights, List<Prompt> prompts, int samples, Sampling sampling,
            IntConsumer progress) {
        int most = rollout.maxTokens();
        List<Prompt> asked = prompts.stream().filter(p -> !isTooLong(p, most)).toList();
        Iterator<ScoredCompletion> written = rollout.run(weights, asked, samples, sampling, 0, progress).iterator();
        List<Row> rows = new ArrayList<>();
        for (Prompt prompt : prompts) {
            List<Sample> own = new ArrayList<>();
            for (int number = 0; number < samples; number++) {
                own.add(isTooLong(prompt, most) ? Sample.unanswered(prompt.problem(), number) : Sample.of(written.next(), number));
            }
            rows.add(Row.of(prompt.problem(), own));
        }
        return new Evaluation(rows, samples);
    }

    /** Asks a model for the most likely answer to each question. */
    public static Evaluation greedy(Rollout rollout, Weights weights, List<Prompt> prompts) {
        return of(rollout, weights, prompts, 1, Sampling.GREEDY, n -> {});
    }

    /** Of samples that there are: those of each problem, {@code samples} of them, one problem after the other. */
    public static Evaluation of(List<Problem> problems, List<Sample> all, int samples) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < problems.size(); i++) {
            rows.add(Row.of(problems.get(i), List.copyOf(all.subList(i * samples, (i + 1) * samples))));
        }
        return new Evaluation(rows, samples);
    }

    /**
     * The same samples with a reranker's judgement of each. Its prompts are the encoder's; equal completions of a question are judged once.
     *
     * @param cut told each question with a solution longer than the reranker's positions, of which the beginning is judged
     */
    public Evaluation ranked(Reranker reranker, Encoder encoder, IntConsumer progress, Consumer<String> cut) {
        Map<List<String>, Integer> places = new HashMap<>();
        List<int[]> solutions = new ArrayList<>();
        for (Row row : rows) {
            for (Sample sample : row.samples()) {
                if (places.putIfAbsent(List.of(sample.itemId(), sample.completion()), solutions.size()) == null) {
                    int[] solution = encoder.solution(row.problem(), sample.completion());
                    solutions.add(solution);
                    if (solution.length > reranker.longest()) {
                        cut.accept(sample.itemId());
                    }
                }
            }
        }
        double[] scores = reranker.score(solutions, progress);
        List<Sample> judged = all().stream().map(s -> s.ranked(scores[places.get(List.of(s.itemId(), s.completion()))])).toList();
        return of(rows.stream().map(Row::problem).toList(), judged, samples);
    }

    /** All samples, question after question. */
    public List<Sample> all() {
        return rows.stream().flatMap(r -> r.samples().stream()).toList();
    }

    /** Whether every sample has a reranker's judgement. */
    public boolean reranked() {
        return rows.stream().allMatch(r -> r.best() != null);
    }

    /** Share of right samples of each question, and its mean. */
    public MeanShare accuracy() {
        return passAt(1);
    }

    /** The chance that one of {@code k} samples of a question is right, estimated from all of them. */
    public MeanShare passAt(int k) {
        return mean(r -> PassAtK.estimate(samples, r.right(), k));
    }

    private MeanShare mean(ToDoubleFunction<Row> share) {
        return MeanShare.of(rows.stream().mapToDouble(share).toArray(), samples);
    }

    /** Questions whose only (or first) sample is right. */
    public Accuracy first() {
        return count(r -> r.first().score().right());
    }

    /** Questions whose majority vote is right. */
    public Accuracy vote() {
        return count(Row::voteRight);
    }

    /** Questions whose best sample is right, as a reranker sees it. */
    public Accuracy best() {
        return count(r -> r.best().score().right());
    }

    /** Questions of which any sample is right: what a reranker that never errs would reach. */
    public Accuracy upperBound() {
        return count(r -> r.right() > 0);
    }

    private Accuracy count(Predicate<Row> right) {
        return new Accuracy((int) rows.stream().filter(right).count(), rows.size());
    }
}
