package io.reft.device;

/**
 * A block of a device's memory; closing it gives it back.
 *
 * @param address of its first byte
 * @param bytes   its size
 * @param release gives it back
 */
public record Memory(long address, long bytes, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
        release.run();
    }
}
