package io.reft.checkpoint;

import io.reft.InputError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are there whole or not at all, even after a power cut: written under another name, synced, renamed. */
public final class DurableFiles {
    /** Ends the names of files being written; those of a crashed save are cleared away by the next one. */
    public static final String UNFINISHED = ".unfinished";

    private DurableFiles() {}

    /** Something that writes a file. */
    public interface Writer {
        /** @param channel at the start of an empty file */
        void writeTo(FileChannel channel) throws IOException;
    }

    /** Writes {@code file}, replacing one that is there only when the new one is complete. */
    public static void replace(Path file, Writer writer) {
        try {
            Path unfinished = prepare(file, writer);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            sync(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** @throws InputError where {@code file} is a device, a pipe or a folder, in whose place a file would come */
    public static void checkPlace(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InputError("%s: not a plain file, so it is not written over; name another.", file);
        }
    }

    /** As {@link #replace(Path, Writer)}, for a text, in UTF-8. */
    public static void replace(Path file, String text) {
        replace(file, channel -> {
            for (ByteBuffer bytes = StandardCharsets.UTF_8.encode(text); bytes.hasRemaining();) {
                channel.write(bytes);
            }
        });
    }

    /** Writes what shall become {@code file} beside it, and gives the name it has until it is renamed. */
    static Path prepare(Path file, Writer writer) throws IOException {
        checkPlace(file);
        Path unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            writer.writeTo(channel);
            channel.force(true);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(unfinished);
            throw e;
        }
        return unfinished;
    }

    /**
     * To be asked before much is written: nothing of it is then begun.
     *
     * @param dir   a folder that is there
     * @param bytes that will be written into it
     * @throws InputError where the disk has not so much room
     */
    public static void requireSpace(Path dir, long bytes) {
        try {
            long free = Files.getFileStore(dir).getUsableSpace();
            if (free < bytes) {
                throw new InputError(
                        "%s: %,d MB are to be written there, and the disk has room for %,d: make room, or name another folder.",
                        dir, bytes / 1_000_000 + 1, free / 1_000_000);
            }
        } catch (IOException e) {
            throw failed(dir, e);
        }
    }

    /** Makes renames and deletions in {@code dir} durable. */
    static void sync(Path dir) throws IOException {
        try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The sentence that {@code file} cannot be written, and why: a full disk, say. */
    public static InputError failed(Path file, IOException e) {
        return new InputError("%s: cannot be written (%s).", file, JsonFile.reason(e));
    }
}
