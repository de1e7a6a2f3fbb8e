package io.reft.data;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the data that stands beside the checkout; a test that needs it is skipped, saying so, where it is absent. */
public final class Shared {
    private Shared() {}

    /** The file or folder {@code shared/<name>} in a folder at or above the working directory. */
    public static Path path(String name) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("shared").resolve(name))) return folder.resolve("shared").resolve(name);
        }
        assumeTrue(false, "skipped: there is no shared/" + name + " at or above the working directory");
        return null;
    }
}
