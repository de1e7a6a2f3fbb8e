package io.reft.reward;

import io.reft.InputError;
import io.reft.data.Problem;
import io.reft.reward.Score.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;

/**
 * Rewards of one's own choice: a weighted sum of parts, which takes the place of the verifier's score. What is right stays what the
 * verifier says, in accuracies and in self-training.
 *
 * @param verifier judges each completion
 * @param parts    what is added up; at least one
 */
public record RewardMix(Reward verifier, List<Part> parts) implements Reward, AutoCloseable {
    /** How a part scores completions that the verifier has judged. */
    @FunctionalInterface
    interface Scorer extends AutoCloseable {
        /** A number for each attempt, in the same order. */
        List<Double> scores(List<Attempt> attempts, List<Score> judged);

        @Override
        default void close() {}
    }

    /**
     * One part of the sum.
     *
     * @param name   as the command line has it
     * @param weight by which it counts
     * @param scorer gives it
     */
    public record Part(String name, double weight, Scorer scorer) implements AutoCloseable {
        /**
         * Reads {@code right=1}, {@code format=0.1}, {@code score}, or {@code exec:COMMAND}, which may end in {@code =WEIGHT} too.
         *
         * @param deadline of a command, from one answer to the next
         */
        public static Part of(String text, Duration deadline) {
            int equals = text.lastIndexOf('=');
            double weight = 1;
            String name = text;
            if (equals > 0 && text.substring(equals + 1).matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
                weight = Double.parseDouble(text.substring(equals + 1));
                name = text.substring(0, equals);
            }
            return new Part(text, weight, scorer(name, deadline));
        }

        private static Scorer scorer(String name, Duration deadline) {
            if (name.startsWith("exec:")) {
                if (name.length() == "exec:".length()) {
                    throw new InputError("--reward exec: names no command.");
                }
                return ExternalReward.start(name.substring("exec:".length()), deadline);
            }
            return switch (name) {
                case "score" -> (attempts, judged) -> judged.stream().map(Score::value).toList();
                case "right" -> (attempts, judged) -> judged.stream().map(s -> s.right() ? 1.0 : 0).toList();
                case "format" -> (attempts, judged) -> judged.stream()
                        .map(s -> s.answer() != null && s.verdict() != Verdict.AMBIGUOUS ? 1.0 : 0).toList();
                case "finished" -> (attempts, judged) -> attempts.stream().map(a -> a.finished() ? 1.0 : 0).toList();
                default -> throw new InputError(
                        "--reward %s: there are right (the answer is right), format (an answer could be read), finished (not cut at "
                                + "the length "
                                + "limit), score (the verifier's), and exec:COMMAND.",
                        name);
            };
        }

        @Override
        public void close() {
            scorer.close();
        }
    }

    @Override
    public Score score(Problem problem, String completion, boolean finished) {
        Attempt attempt = new Attempt(problem, completion, finished);
        return mixed(List.of(attempt), List.of(verifier.score(problem, completion, finished))).getFirst();
    }

    @Override
    public List<Score> scoreAll(List<Attempt> attempts, ExecutorService executor) {
        return mixed(attempts, verifier.scoreAll(attempts, executor));
    }

    private List<Score> mixed(List<Attempt> attempts, List<Score> judged) {
        double[] sums = new double[judged.size()];
        for (Part part : parts) {
            List<Double> scores = part.scorer.scores(attempts, judged);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += part.weight * scores.get(i);
            }
        }
        List<Score> mixed = new ArrayList<>();
        for (int i = 0; i < sums.length; i++) {
            Score s = judged.get(i);
            mixed.add(new Score(sums[i], s.verdict(), s.answer(), s.refused()));
        }
        return mixed;
    }

    @Override
    public void close() {
        parts.forEach(Part::close);
    }
}
