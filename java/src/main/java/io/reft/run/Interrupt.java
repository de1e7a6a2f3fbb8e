package io.reft.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Ctrl-C without loss: while one of these is open, an interrupt does not end the program but is told by {@link
 * #requested}, so that the work can stop after its current step and keep what it has; then the program ends.
 */
public final class Interrupt implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 600;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::untilClosed, "interrupt");
    private final Consumer<String> told;
    private volatile boolean requested;

    /** @param told hears that the work is about to stop */
    public Interrupt(Consumer<String> told) {
        this.told = told;
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            requested = true;
        }
    }

    /** Whether the user wants the work to stop. */
    public boolean requested() {
        return requested;
    }

    /** Asks the work to stop after its current step, as Ctrl-C does. */
    public void request() {
        requested = true;
    }

    private void untilClosed() {
        requested = true;
        if (closed.getCount() > 0) {
            told.accept("Stopping after this step; what was learnt is being kept.");
        }
        try {
            closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return; // the hook has seen that this is closed
        }
    }
}
