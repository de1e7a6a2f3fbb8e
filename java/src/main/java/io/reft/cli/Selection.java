package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Datasets;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.Split;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * On which questions the best checkpoint is chosen, for all commands that train: {@code @Mixin Selection selection}. Unless told
 * otherwise a part of the training set is kept out of the training for it, so that a test set need be looked at only once.
 */
final class Selection {
    /** At most this many questions judge a checkpoint. */
    private static final int MAX_DEV = 500;

    @Option(names = "--dev", paramLabel = "FILE",
            description = "Problems that choose the checkpoint to keep (default: one training question in ten, at most 500, drawn by --seed and not trained on).")
    private Path dev;

    @Option(names = "--no-dev", description = "Train on all questions and keep the last checkpoint.")
    private boolean last;

    @Option(names = "--select-on-test", paramLabel = "FILE",
            description = "The paper's protocol: choose on the test set FILE. The accuracy there is then too high to be compared with honest ones.")
    private Path test;

    /**
     * What a run learns from, and by what its best checkpoint is chosen.
     *
     * @param judges   the questions that choose; none: the last checkpoint is kept
     * @param on       whose they are, for the metrics: {@code dev} or {@code test}
     * @param protocol how they came about, in a sentence for the run's records
     */
    record Sets(List<Problem> train, List<Problem> judges, String on, String protocol) {
        /** The prompts of those that choose, which leave room for an answer within {@code longest} tokens. */
        List<Prompt> prompts(Encoder encoder, int longest) {
            return judges.isEmpty() ? List.of() : DataOptions.prompts(encoder, judges, longest - 1, "the questions that choose");
        }
    }

    /** @throws InputError where two choices contradict each other */
    void check() {
        if ((dev != null ? 1 : 0) + (last ? 1 : 0) + (test != null ? 1 : 0) > 1) {
            throw new InputError("--dev, --no-dev and --select-on-test exclude each other.");
        }
    }

    /**
     * Reads the problems.
     *
     * @param several whether there will be checkpoints to choose from
     * @param seed    of the split
     */
    Sets sets(Path train, boolean several, long seed) {
        List<Problem> problems = Datasets.read(train);
        if (test != null) {
            return new Sets(problems, Datasets.read(test), "test",
                    "the paper's protocol: the checkpoint is chosen on the test set " + test + ", whose accuracy is then no estimate for new questions");
        }
        if (dev != null) {
            return new Sets(problems, Datasets.read(dev), "dev", "the checkpoint is chosen on the development set " + dev);
        }
        long questions = problems.stream().map(Problem::question).distinct().count();
        if (last || !several || questions < 2) {
            return new Sets(problems, List.of(), "dev", "the last checkpoint is kept");
        }
        Split split = split(problems, seed);
        return new Sets(split.train(), split.dev(), "dev", split.statement());
    }

    /** The usual development split of a training set with at least two questions. */
    static Split split(List<Problem> problems, long seed) {
        return Split.of(problems, Math.clamp(problems.stream().map(Problem::question).distinct().count() / 10, 1, MAX_DEV), seed);
    }
}
