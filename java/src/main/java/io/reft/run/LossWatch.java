package io.reft.run;

import io.reft.Diverged;
import io.reft.model.ModelConfig;
import java.util.Locale;

/** Looks at each loss of a training: one that is not finite ends it, and one far above that of guessing is told once. */
final class LossWatch {
    /** A model that knows nothing has the logarithm of the vocabulary; one with so many times that is sure of what is wrong. */
    private static final int TIMES = 3;

    private final Journal journal;
    private final double guessing;
    private boolean told;

    /** Of a language model, or of a classifier among its classes. */
    LossWatch(ModelConfig config, Journal journal) {
        this.journal = journal;
        guessing = Math.log(config.classes() > 0 ? config.classes() : config.vocab());
    }

    /** @throws Diverged where the loss is not finite */
    void see(String unit, int number, double loss) {
        if (!Double.isFinite(loss)) {
            throw new Diverged("The loss is " + loss + ": the training diverged; lower the learning rate.");
        }
        if (loss > TIMES * guessing && !told) {
            told = true;
            journal.message(String.format(Locale.ROOT,
                    "%s %d: the loss is %.3g, more than %d times that of guessing blindly (%.3g): the training is diverging; a lower "
                            + "learning rate may help.",
                    unit, number, loss, TIMES, guessing));
        }
    }
}
