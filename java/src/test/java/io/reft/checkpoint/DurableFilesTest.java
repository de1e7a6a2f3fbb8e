package io.reft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
    @Test
    void whatDoesNotFitIsRefusedBeforeItIsBegun(@TempDir Path dir) {
        DurableFiles.requireSpace(dir, 1);
        String refused = assertThrows(InputError.class, () -> DurableFiles.requireSpace(dir, Long.MAX_VALUE)).getMessage();
        assertTrue(refused.startsWith(dir + ": 9,223,372,036,855 MB are to be written there, and the disk has room for "), refused);
    }
}
