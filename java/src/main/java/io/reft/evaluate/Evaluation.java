package io.reft.evaluate;

import io.reft.data.Prompt;
import io.reft.generate.Sampling;
import io.reft.model.Weights;
import io.reft.reward.Answer;
import io.reft.reward.Verifier;
import io.reft.train.Rollout;
import io.reft.train.ScoredCompletion;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * How a model does on a set of questions.
 *
 * @param rows    one for each question, in order
 * @param samples completions of each
 */
public record Evaluation(List<Row> rows, int samples) {
    /**
     * One question.
     *
     * @param completions what the model wrote, and how it was scored
     * @param vote        the answer most completions agree on; null where none has one
     * @param voteRight   whether that is the gold answer
     */
    public record Row(Prompt prompt, List<ScoredCompletion> completions, Answer vote, boolean voteRight) {}

    /**
     * Asks a model.
     *
     * @param samples  completions of each question; with more than one, a majority vote is held
     * @param progress told how many completions are written
     */
    public static Evaluation of(Rollout rollout, Weights weights, List<Prompt> prompts, int samples, Sampling sampling, IntConsumer progress) {
        List<ScoredCompletion> all = rollout.run(weights, prompts, samples, sampling, 0, progress);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            rows.add(row(prompts.get(i), all.subList(i * samples, (i + 1) * samples)));
        }
        return new Evaluation(rows, samples);
    }

    private static Row row(Prompt prompt, List<ScoredCompletion> completions) {
        List<Answer> answers = completions.stream().map(c -> c.score().answer()).filter(Objects::nonNull).toList();
        Optional<MajorityVote<Answer>> vote = MajorityVote.of(answers, Answer::matches);
        Answer winner = vote.map(MajorityVote::winner).orElse(null);
        return new Row(prompt, completions, winner, winner != null && winner.matches(Verifier.gold(prompt.problem())));
    }

    /** Share of right completions, over all samples of all questions. */
    public double accuracy() {
        return rows.stream().flatMap(r -> r.completions().stream()).mapToDouble(c -> c.score().right() ? 1 : 0).average().orElse(0);
    }

    /** Questions whose only (or first) completion is right. */
    public Accuracy first() {
        return new Accuracy((int) rows.stream().filter(r -> r.completions().getFirst().score().right()).count(), rows.size());
    }

    /** Questions whose majority vote is right. */
    public Accuracy vote() {
        return new Accuracy((int) rows.stream().filter(Row::voteRight).count(), rows.size());
    }
}
