package io.reft.reward.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import io.reft.reward.python.Outcome.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Programs in the way large models write them end as they end in CPython 3.11: same type and repr, or the same exception. They
 * come from {@code java/src/test/python/python_programs.py}, whose longer output the property {@code reft.test.programs} names.
 */
class PythonProgramsTest {
    /** What may be refused, and how many of the programs do so. */
    private static final Map<String, Integer> REFUSED = Map.ofEntries(Map.entry("complex", 11), Map.entry("class", 10),
            Map.entry("from datetime import time", 4), Map.entry("random.seed", 2), Map.entry("math.cbrt", 2),
            Map.entry("statistics.geometric_mean", 2), Map.entry("itertools.count of floats", 1), Map.entry("re.findall", 1),
            Map.entry("calendar of such a year", 1), Map.entry("time.time", 1), Map.entry("bytes", 1), Map.entry("with", 1),
            Map.entry("import contextlib", 1), Map.entry("IllegalMonthError", 1), Map.entry("attribute str.maketrans", 1),
            Map.entry("import os", 1));

    private record Row(String code, String type, String value, String error) {}

    @Test
    void endAsInCPython() throws IOException {
        String other = System.getProperty("reft.test.programs");
        StringBuilder wrong = new StringBuilder();
        Map<String, Integer> refused = new TreeMap<>();
        int count = 0;
        try (BufferedReader in = other != null ? Files.newBufferedReader(Path.of(other)) : new BufferedReader(new InputStreamReader(
                PythonProgramsTest.class.getResourceAsStream("programs.jsonl"), StandardCharsets.UTF_8))) {
            Gson gson = new Gson();
            for (String line; (line = in.readLine()) != null; count++) {
                Row row = gson.fromJson(line, Row.class);
                Outcome actual = PythonInterpreter.run(row.code);
                if (actual.kind() == Kind.UNSUPPORTED) {
                    refused.merge(actual.error(), 1, Integer::sum);
                    continue;
                }
                boolean same = row.error == null
                        ? actual.kind() == Kind.OK && row.type.equals(actual.type()) && row.value.equals(actual.value())
                        : actual.kind() == Kind.ERROR && row.error.equals(actual.error().split(":")[0]);
                if (!same) {
                    wrong.append(row.code).append("expected ").append(row.type).append(' ').append(row.value).append(' ')
                            .append(row.error).append("\n but was ").append(actual).append("\n\n");
                }
            }
        }
        assertEquals("", wrong.toString());
        assertTrue(count > 500, count + " programs");
        if (other == null) {
            assertEquals(new TreeMap<>(REFUSED), refused);
        }
    }
}
