package io.reft;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The folder of real models and data sets that some tests read. A test that asks for a path not there is skipped. */
public final class Shared {
    private Shared() {}

    /** The path {@code first/more…} in the shared folder ({@code -Dreft.shared=…}); skips the calling test where it is absent. */
    public static Path path(String first, String... more) {
        Path path = Path.of(System.getProperty("reft.shared", "../../shared")).resolve(Path.of(first, more)).normalize();
        Assumptions.assumeTrue(Files.exists(path), () -> "skipped: " + path + " is not here");
        return path;
    }
}
