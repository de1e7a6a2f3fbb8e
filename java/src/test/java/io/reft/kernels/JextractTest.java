package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The committed bindings of cuBLASLt are jextract's own output, and hold what {@code cublas.args} lists. */
class JextractTest {
    private static final String PACKAGE = "io/reft/kernels/cublas";

    private static Map<String, String> sources(Path folder) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                texts.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return texts;
    }

    private static Map<String, String> committed() throws IOException {
        return sources(Golden.repository("java/src/main/java/" + PACKAGE));
    }

    /** {@code mvn -Pjextract} has just made them again. */
    @Test
    void regeneratedFilesAreTheCommittedOnes() throws IOException {
        String made = System.getProperty("reft.jextract");
        Assumptions.assumeTrue(made != null,
                "skipped: mvn -Pjextract verify makes the bindings again, which needs jextract and cublasLt.h");
        Map<String, String> committed = committed(), regenerated = sources(Path.of(made, PACKAGE));
        assertEquals(committed.keySet(), regenerated.keySet());
        for (String file : committed.keySet()) {
            assertEquals(regenerated.get(file), committed.get(file),
                    file + " is not what jextract writes; native/jextract/generate.sh java/src/main/java takes it over");
        }
    }

    /** Every function, constant and type asked for is there, which needs no jextract to see. */
    @Test
    void everythingListedIsBound() throws IOException {
        String all = String.join("\n", committed().values());
        var listed = Pattern.compile("(?m)^--include-(function|constant|typedef) (\\w+)$")
                .matcher(Files.readString(Golden.repository("native/jextract/cublas.args"))).results().toList();
        assertTrue(listed.size() > 20, listed.size() + " entries were read");
        for (var entry : listed) {
            assertTrue(Pattern.compile("public (static \\w+|class) " + entry.group(2) + "\\b").matcher(all).find(),
                    entry.group(2) + " is in cublas.args and not in the bindings");
        }
    }
}
