package io.reft.tokenizer;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/** The address of a native object that many threads use and one frees: once, and never while another is using it. */
final class NativeHandle {
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private long address;

    NativeHandle(long address) {
        this.address = address;
    }

    /** What {@code call} makes of the address; an exception where it is freed. */
    <T> T use(LongFunction<T> call) {
        lock.readLock().lock();
        try {
            if (address == 0) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return call.apply(address);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Frees the object, unless it is freed already. */
    void free(LongConsumer destructor) {
        lock.writeLock().lock();
        try {
            if (address != 0) {
                destructor.accept(address);
                address = 0;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
