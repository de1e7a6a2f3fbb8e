package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Outside its module, the interpreter is what the package {@code io.reft.python} offers; the packages inside it are its own. */
class InterpreterBoundaryTest {
    private static final Pattern INSIDE = Pattern.compile("\\bio\\.reft\\.python\\.[a-z*]");

    @Test
    void nothingOutsideUsesItsInside() throws IOException {
        Path root = Path.of(System.getProperty("reft.root")).toRealPath();
        List<Path> sources;
        try (Stream<Path> files = Files.walk(root)) {
            sources = files.filter(f -> f.toString().endsWith(".java") && !f.startsWith(root.resolve("interpreter"))
                    && !f.toString().contains("/target/")).toList();
        }
        assertTrue(sources.size() > 200, () -> sources.size() + " sources");
        for (Path source : sources) {
            assertEquals(List.of(), Files.readString(source).lines().filter(line -> INSIDE.matcher(line).find()).toList(), source.toString());
        }
    }
}
