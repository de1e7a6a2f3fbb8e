package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.python.Outcome.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Programs in the way large models write them end as they end in CPython 3.11: same type and repr, or the same exception. They
 * come from {@code src/test/python/python_programs.py}, whose longer output the property {@code reft.test.programs} names.
 */
@Tag("slow")
class PythonProgramsTest {
    /** What may be refused, and how many of the programs do so. */
    private static final Map<String, Integer> REFUSED = Map.ofEntries(Map.entry("complex", 11), Map.entry("class", 10),
            Map.entry("from datetime import time", 4), Map.entry("random.seed", 2), Map.entry("math.cbrt", 2),
            Map.entry("statistics.geometric_mean", 2), Map.entry("itertools.count of floats", 1), Map.entry("re.findall", 1),
            Map.entry("calendar of such a year", 1), Map.entry("time.time", 1), Map.entry("bytes", 1), Map.entry("with", 1),
            Map.entry("import contextlib", 1), Map.entry("IllegalMonthError", 1), Map.entry("attribute str.maketrans", 1),
            Map.entry("import os", 1));

    @Test
    void endAsInCPython() throws IOException {
        String other = System.getProperty("reft.test.programs");
        StringBuilder wrong = new StringBuilder();
        Map<String, Integer> refused = new TreeMap<>();
        List<Recorded> programs = other != null ? Recorded.file(Path.of(other)) : Recorded.resource("programs.txt");
        for (Recorded p : programs) {
            Outcome actual = PythonInterpreter.run(p.source());
            if (actual.kind() == Kind.UNSUPPORTED) {
                refused.merge(actual.error(), 1, Integer::sum);
                continue;
            }
            boolean same = p.expected().kind() == Kind.OK ? actual.equals(p.expected())
                    : actual.kind() == Kind.ERROR && p.expected().error().equals(actual.error().split(":")[0]);
            if (!same) {
                wrong.append(p.source()).append("expected ").append(p.expected()).append("\n but was ").append(actual).append("\n\n");
            }
        }
        assertEquals("", wrong.toString());
        assertTrue(programs.size() > 500, () -> programs.size() + " programs");
        if (other == null) {
            assertEquals(new TreeMap<>(REFUSED), refused);
        }
    }
}
