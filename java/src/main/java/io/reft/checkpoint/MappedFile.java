package io.reft.checkpoint;

import io.reft.InputError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Maps files of weights into memory, and gives that memory back. Says so where a file is only the stub that Git leaves of a large one. */
final class MappedFile {

    private MappedFile() {}

    static MemorySegment map(Path file, Arena arena) {
        JsonFile.checkIsFile(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            refusePointer(mapped, file);
            return mapped;
        } catch (IOException e) {
            throw new InputError("%s: cannot be read (%s).", file, JsonFile.reason(e));
        }
    }

    /** Says so where the bytes are not the file's own, but what Git leaves in its place. */
    static void refusePointer(MemorySegment bytes, Path file) {
        if (bytes.byteSize() > LfsPointer.LENGTH
                && LfsPointer.is(bytes.asSlice(0, LfsPointer.LENGTH).toArray(ValueLayout.JAVA_BYTE))) {
            throw LfsPointer.error(file);
        }
    }

    /**
     * Gives the memory behind the first {@code read} bytes back to the system, which would count it as the program's; they
     * stay readable. To be called with all that was read so far: the system maps what lies around a page too, once more.
     */
    static void release(MemorySegment data, long read) {
        if (data.isMapped() && read > 0) {
            data.asSlice(0, read).unload();
        }
    }
}
