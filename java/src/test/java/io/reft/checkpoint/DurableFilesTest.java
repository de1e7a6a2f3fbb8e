package io.reft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
    /** Renaming over a device would leave a file in its place: /dev/null would keep all that is written to it. */
    @Test
    void whatIsNoFileIsNotReplaced(@TempDir Path dir) throws IOException, InterruptedException {
        Path pipe = dir.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        String refused = assertThrows(InputError.class, () -> DurableFiles.replace(pipe, "text")).getMessage();
        assertEquals(pipe + ": not a plain file, so it is not written over; name another.", refused);
        assertFalse(Files.isRegularFile(pipe));
        Path file = dir.resolve("file");
        DurableFiles.replace(file, "one");
        DurableFiles.replace(file, "two");
        assertEquals("two", Files.readString(file));
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeItIsBegun(@TempDir Path dir) {
        DurableFiles.requireSpace(dir, 1);
        String refused = assertThrows(InputError.class, () -> DurableFiles.requireSpace(dir, Long.MAX_VALUE)).getMessage();
        assertTrue(refused.startsWith(dir + ": 9,223,372,036,855 MB are to be written there, and the disk has room for "), refused);
    }
}
