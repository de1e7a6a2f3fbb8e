package io.reft.kernels;

/** A kernel or a library under it failed: a fault of the engine or of the machine, not of the user. */
public final class KernelError extends RuntimeException {
    /** @param message what failed, with the op and its sizes */
    public KernelError(String message) {
        super(message);
    }

    KernelError(String message, Throwable cause) {
        super(message, cause);
    }
}
