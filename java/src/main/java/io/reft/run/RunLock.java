package io.reft.run;

import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * That one run alone writes to a folder: the operating system's lock on {@code run/lock}, which the end of a process frees, whatever ends
 * it. The file goes with an orderly end, and is empty.
 */
final class RunLock implements AutoCloseable {
    /** Name of the file. */
    static final String FILE = "lock";

    /** Those of this process: the system's lock is the whole process's, and closing the file a second time would free it. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private RunLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock of a folder whose {@code run/} exists.
     *
     * @throws InputError where another run has it
     */
    static RunLock take(Path folder) {
        Path file;
        try {
            file = folder.resolve("run").toRealPath().resolve(FILE);
        } catch (IOException e) {
            throw failed(folder, e);
        }
        if (!HELD.add(file)) {
            throw taken(folder);
        }
        FileChannel channel = null;
        try {
            while (true) {
                channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                Object opened = key(file);
                if (channel.tryLock() == null) {
                    release(file, channel);
                    throw taken(folder);
                }
                // who had it before may have deleted the file in between: then this is the lock of a file that nobody finds
                if (opened != null && opened.equals(key(file))) {
                    return new RunLock(file, channel);
                }
                channel.close();
            }
        } catch (IOException e) {
            release(file, channel);
            throw failed(folder, e);
        }
    }

    /** What tells the file of that name from others that had it; null where there is none. */
    private static Object key(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Whether a run left its lock, taken or free, in the folder. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve("run").resolve(FILE));
    }

    private static InputError taken(Path folder) {
        return new InputError("--out %s: another run is at work there; let it end, or name another folder.", folder);
    }

    private static InputError failed(Path folder, IOException e) {
        return new InputError("--out %s cannot be locked (%s): name a folder on a disk that knows locks.", folder, JsonFile.reason(e));
    }

    private static void release(Path file, FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw failed(file, e);
        } finally {
            HELD.remove(file);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file); // while it is still locked, so that it is no other run's
        } catch (IOException e) {
            // an empty file that is left does no harm
        }
        release(file, channel);
    }
}
