package io.reft.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C without loss: while one of these is open, an interrupt does not end the program but is told by {@link
 * #requested}, so that the work can stop after its current step and keep what it has; then the program ends.
 */
final class Interrupt implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 600;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::untilClosed, "interrupt");
    private volatile boolean requested;

    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether the user wants the work to stop. */
    boolean requested() {
        return requested;
    }

    private void untilClosed() {
        requested = true;
        if (closed.getCount() > 0) {
            System.err.println("\nStopping after this step; what was learnt is being kept.");
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
        if (!requested) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }
}
