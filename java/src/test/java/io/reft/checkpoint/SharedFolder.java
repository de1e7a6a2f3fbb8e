package io.reft.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The folder of data and tokenizers beside the project, which a checkout may lack: tests that need it are skipped then. */
public final class SharedFolder {
    private SharedFolder() {}

    /** The file or folder of this name in the nearest {@code shared} above the working directory. */
    public static Path find(String name) {
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            if (Files.isDirectory(dir.resolve("shared/data"))) {
                Assumptions.assumeTrue(Files.exists(dir.resolve("shared").resolve(name)), () -> "shared/" + name + " is not there");
                return dir.resolve("shared").resolve(name);
            }
        }
        return Assumptions.abort("no shared folder above the working directory; " + name + " is not tested");
    }
}
