package io.reft.device;

/** Work of a device's stream, recorded by {@link Device#capture} to be given again and again. */
public interface Graph extends AutoCloseable {
    /** Gives the work to the stream, on the memory that it was recorded with. */
    void launch();

    @Override
    void close();
}
