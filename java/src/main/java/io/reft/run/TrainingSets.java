package io.reft.run;

import io.reft.Count;
import io.reft.InputError;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.data.Split;
import io.reft.data.Template;
import io.reft.reward.Audit;
import io.reft.reward.Reward;
import io.reft.tokenizer.RoundTrip;
import io.reft.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a run learns from, and by what its best checkpoint is chosen.
 *
 * @param train    the problems learnt from
 * @param dev      the questions that choose; none: the last checkpoint is kept
 * @param on       whose they are, for the metrics: {@code dev} or {@code test}
 * @param protocol how they came about, in a sentence for the run's records
 * @param source   what messages call the training problems, such as their file
 * @param allowed  what they are trained on in spite of
 */
public record TrainingSets(List<Problem> train, List<Problem> dev, String on, String protocol, String source, Allowed allowed) {
    /**
     * What stops a training before it starts unless it is allowed.
     *
     * @param failing that many gold solutions fail the audit
     * @param losses  that the tokenizer does not give all texts back
     */
    public record Allowed(boolean failing, boolean losses) {}

    /** At most this many questions choose a checkpoint. */
    private static final int MAX_DEV = 500;
    /** Share of gold solutions that may fail the audit: annotators err, but a file that is read in the wrong way fails far more often. */
    private static final double MOST_FAILING = 0.05;
    /** Failing rows that a message names. */
    private static final int SHOWN = 5;
    /** Characters of a row's name, and of why it fails. */
    private static final int CUT = 200;
    /** Rows audited by one thread at a time. */
    private static final int ROWS = 256;

    /** As the longer form, with nothing allowed. */
    public TrainingSets(List<Problem> train, List<Problem> dev, String on, String protocol, String source) {
        this(train, dev, on, protocol, source, new Allowed(false, false));
    }

    /** These sets, to be trained on in spite of some things. */
    public TrainingSets allowing(Allowed what) {
        return new TrainingSets(train, dev, on, protocol, source, what);
    }

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
            throw new InputError("%s: no prompt has at most %s.", what, Count.of(maxPrompt, "token"));
        }
        int left = all.size() - kept.size();
        if (left > 0) {
            List<Prompt> tooLong = all.stream().filter(p -> p.ids().length > maxPrompt).toList();
            journal.message(String.format(Locale.ROOT, "%d of %s of %s %s longer than %d tokens and left out: %s.", left,
                    Count.of(all.size(), "prompt"), what, left == 1 ? "is" : "are", maxPrompt,
                    tooLong.stream().limit(SHOWN).map(p -> InputError.printable(p.problem().id(), CUT)).collect(Collectors.joining(", "))
                            + (left > SHOWN ? ", …" : "")));
        }
        return kept;
    }

    /**
     * Looks at what is to train a model: at the gold solutions as {@code reft audit} does, of which more than 5 % must not fail, and at
     * what texts lose in the tokenizer.
     *
     * @throws InputError where data, reward and tokenizer do not belong together
     */
    void check(Encoder encoder, Reward reward, Journal journal) {
        audit(reward, encoder.cot(), encoder.template(), journal);
        roundTrip(encoder, journal);
    }

    /** Solutions must come back from the tokenizer as they were, since the model can write nothing else; questions had better. */
    private void roundTrip(Encoder encoder, Journal journal) {
        Tokenizer tokenizer = encoder.tokenizer();
        List<String> solutions = new ArrayList<>();
        if (encoder.cot() == SolutionFormat.PYTHON) {
            solutions.addAll(RoundTrip.PROGRAMS);
        }
        for (Problem problem : train) {
            if (problem.cot() != null) {
                solutions.add(encoder.template().gold(problem, encoder.cot()).continuation());
            }
        }
        List<String> questions = train.stream().map(encoder.template()::prompt).distinct().toList();
        Optional<String> losses = RoundTrip.losses(tokenizer, "solutions", solutions);
        if (losses.isPresent() && !allowed.losses) {
            throw new InputError(
                    losses.get() + " The model could not learn to write them; take a checkpoint with another tokenizer, or add "
                            + "--lossy-tokenizer to train all the same.");
        }
        losses.ifPresent(journal::message);
        RoundTrip.losses(tokenizer, "questions", questions).ifPresent(journal::message);
    }

    /** Tells how many gold solutions do not score 1, and refuses data of which more than 5 % do not. */
    void audit(Reward reward, SolutionFormat format, Template template, Journal journal) {
        List<Problem> solved = train.stream().filter(p -> p.cot() != null).toList();
        List<Audit.Failing> failing = IntStream.range(0, (solved.size() + ROWS - 1) / ROWS).parallel().mapToObj(
                i -> Audit.of(solved.subList(i * ROWS, Math.min(solved.size(), (i + 1) * ROWS)), format, template, reward).failing())
                .flatMap(List::stream).toList();
        if (failing.isEmpty()) {
            return;
        }
        String count = String.format(Locale.ROOT, "%d of %s of %s fail%s the audit", failing.size(),
                Count.of(solved.size(), "gold solution"), source, failing.size() == 1 ? "s" : "");
        String first = failing.stream().limit(SHOWN)
                .map(f -> InputError.printable(f.id(), CUT) + " (" + InputError.printable(f.why(), CUT).replaceFirst("\\.$", "") + ")")
                .collect(Collectors.joining(", ")) + (failing.size() > SHOWN ? ", …" : "");
        if (failing.size() > MOST_FAILING * solved.size() && !allowed.failing) {
            throw new InputError(
                    count + ": " + first + ". Data and reward do not belong together: are --cot and --verifier right? reft audit names "
                            + "them all, and --keep-failing trains on them all the same.");
        }
        journal.message(count + ": " + first + "; reft audit names them all.");
    }
}
