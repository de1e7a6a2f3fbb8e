package io.reft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** NOTICE names the libraries that are in reft.jar, and no others. */
class NoticeTest {
    private static final Path ROOT = Path.of(System.getProperty("reft.root"));

    private static Set<String> artifacts(Path file, String pattern) throws IOException {
        return Pattern.compile(pattern, Pattern.MULTILINE).matcher(Files.readString(file)).results().map(m -> m.group(1))
                .filter(artifact -> !artifact.startsWith("io.reft:")).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void namesWhatTheJarHolds() throws IOException {
        Set<String> bundled = artifacts(ROOT.resolve("java/target/bundled.txt"), "^ +([\\w.-]+:[\\w.-]+):jar:");
        assertEquals(bundled, artifacts(ROOT.resolve("NOTICE"), "^  ([\\w.-]+:[\\w.-]+) "));
    }
}
