package io.reft;

/**
 * A model's numbers that are no longer finite: a training that diverged, or weights that such a training left. Nothing is wrong with the
 * engine, and nothing with what the user gave but perhaps a learning rate; the message is one sentence, and the exit code is 1.
 */
public final class Diverged extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message one sentence for the user */
    public Diverged(String message) {
        super(message, null, false, false);
    }
}
