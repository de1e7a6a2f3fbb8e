package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Problem;
import io.reft.run.TrainingSets;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * On which questions the best checkpoint is chosen, for all commands that train: {@code @Mixin SelectionOptions selection}. Unless told
 * otherwise a part of the training set is kept out of the training for it, so that a test set need be looked at only once.
 */
final class SelectionOptions {
    @Option(names = "--dev", paramLabel = "FILE",
            description = "Problems that choose the checkpoint to keep (default: one training question in ten, at most 500, drawn by "
                    + "--seed and not trained on).")
    private Path dev;

    @Option(names = "--no-dev", description = "Train on all questions and keep the last checkpoint.")
    private boolean last;

    @Option(names = "--select-on-test", paramLabel = "FILE",
            description = "The paper's protocol: choose on the test set FILE. The accuracy there is then too high to be compared with "
                    + "honest ones.")
    private Path test;

    @Option(names = "--keep-failing",
            description = "Train even if more than 5 %% of the gold solutions fail the audit (reft audit --help).")
    private boolean keepFailing;

    @Option(names = "--lossy-tokenizer",
            description = "Train even if solutions do not come back from the tokenizer as they were, such as programs without their "
                    + "indentation.")
    private boolean lossyTokenizer;

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
     * @param data    how files are read
     */
    TrainingSets sets(Path train, boolean several, long seed, DataOptions data) {
        return chosen(train, several, seed, data).allowing(new TrainingSets.Allowed(keepFailing, lossyTokenizer));
    }

    private TrainingSets chosen(Path train, boolean several, long seed, DataOptions data) {
        List<Problem> problems = data.read(train);
        String source = train.toString();
        if (test != null) {
            return TrainingSets.selectedOnTest(problems, data.read(test), source, test.toString());
        }
        if (dev != null) {
            return TrainingSets.withDev(problems, data.read(dev), source, dev.toString());
        }
        boolean split = several && !last && problems.stream().map(Problem::question).distinct().count() > 1;
        return split ? TrainingSets.withSplit(problems, source, seed) : TrainingSets.all(problems, source);
    }
}
