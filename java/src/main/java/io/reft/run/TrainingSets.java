package io.reft.run;

import io.reft.InputError;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.data.Split;
import io.reft.data.Template;
import io.reft.reward.Audit;
import io.reft.reward.Reward;
import java.util.List;
import java.util.Locale;

/**
 * What a run learns from, and by what its best checkpoint is chosen.
 *
 * @param train    the problems learnt from
 * @param dev      the questions that choose; none: the last checkpoint is kept
 * @param on       whose they are, for the metrics: {@code dev} or {@code test}
 * @param protocol how they came about, in a sentence for the run's records
 * @param source   what messages call the training problems, such as their file
 */
public record TrainingSets(List<Problem> train, List<Problem> dev, String on, String protocol, String source) {
    /** At most this many questions choose a checkpoint. */
    private static final int MAX_DEV = 500;

    /** All problems are learnt from; the last checkpoint is kept. */
    public static TrainingSets all(List<Problem> train, String source) {
        return new TrainingSets(train, List.of(), "dev", "the last checkpoint is kept", source);
    }

    /** The checkpoint is chosen on problems of their own. */
    public static TrainingSets withDev(List<Problem> train, List<Problem> dev, String source, String devSource) {
        return new TrainingSets(train, dev, "dev", "the checkpoint is chosen on the development set " + devSource, source);
    }

    /** A part of the problems, {@link #split}, is kept out of the training to choose the checkpoint. */
    public static TrainingSets withSplit(List<Problem> problems, String source, long seed) {
        Split split = split(problems, seed);
        return new TrainingSets(split.train(), split.dev(), "dev", split.statement(), source);
    }

    /** The paper's protocol: the checkpoint is chosen on the test set. */
    public static TrainingSets selectedOnTest(List<Problem> train, List<Problem> test, String source, String testSource) {
        return new TrainingSets(train, test, "test", "the paper's protocol: the checkpoint is chosen on the test set " + testSource
                + ", whose accuracy is then no estimate for new questions", source);
    }

    /** The usual development split of a training set: one question in ten, at most 500. There must be at least two questions. */
    public static Split split(List<Problem> problems, long seed) {
        return Split.of(problems, Math.clamp(problems.stream().map(Problem::question).distinct().count() / 10, 1, MAX_DEV), seed);
    }

    /** The prompts of the questions that choose, which leave room for an answer within {@code longest} tokens. */
    List<Prompt> devPrompts(Encoder encoder, int longest, Journal journal) {
        return dev.isEmpty() ? List.of() : prompts(encoder, dev, longest - 1, "the questions that choose", journal);
    }

    /**
     * The prompts of problems; those longer than {@code maxPrompt} tokens are left out with a word about it.
     *
     * @param what what the problems are called
     * @throws InputError where none is left
     */
    public static List<Prompt> prompts(Encoder encoder, List<Problem> problems, int maxPrompt, String what, Journal journal) {
        List<Prompt> all = problems.stream().map(encoder::prompt).toList();
        List<Prompt> kept = all.stream().filter(p -> p.ids().length <= maxPrompt).toList();
        if (kept.isEmpty()) {
            throw new InputError("%s has no prompt of at most %d tokens.", what, maxPrompt);
        }
        if (kept.size() < all.size()) {
            journal.message(
                    String.format(Locale.ROOT, "%d of %d prompts of %s are longer than %d tokens and left out.", all.size() - kept.size(),
                            all.size(), what, maxPrompt));
        }
        return kept;
    }

    /**
     * Looks at the gold solutions before they or their answers train a model: tells how many do not score 1, and refuses data on which
     * more than half do not, since data and reward then do not belong together.
     */
    void audit(Reward reward, SolutionFormat format, Template template, Journal journal) {
        List<Problem> solved = train.stream().filter(p -> p.cot() != null).toList();
        List<Audit.Failing> failing = Audit.of(solved, format, template, reward).failing();
        if (failing.isEmpty()) {
            return;
        }
        Audit.Failing first = failing.getFirst();
        String count =
                String.format(Locale.ROOT, "%d of %d gold solutions of %s fail the audit, %s first (%s)", failing.size(), solved.size(),
                        source, first.id(), first.why());
        if (2 * failing.size() > solved.size()) {
            throw new InputError("%s: data and reward do not belong together; are --cot and --verifier right? reft audit names the rows.",
                    count);
        }
        journal.message(count + "; reft audit names them all.");
    }
}
