package io.reft.reward.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.reward.python.Outcome.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Some 2,000 programs end as they end in CPython 3.11: same type and repr, same exception and message. */
class PythonConformanceTest {
    /** What may be refused, and how many of the programs do so. */
    private static final Map<String, Integer> REFUSED = Map.of("class", 1, "complex", 4, "math.cbrt", 2);

    private record Case(String source, Outcome expected) {}

    private static List<Case> cases() throws IOException {
        String text;
        try (InputStream in = PythonConformanceTest.class.getResourceAsStream("conformance.txt")) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        List<Case> cases = new ArrayList<>();
        for (String block : text.substring(3).split("(?m)^#> ")) {
            int end = block.indexOf('\n');
            String[] fields = block.substring(0, end).split("\t");
            for (int i = 0; i < fields.length; i++) {
                fields[i] = fields[i].translateEscapes();
            }
            cases.add(new Case(block.substring(end + 1), fields[0].equals("OK")
                    ? new Outcome(Kind.OK, fields[1], fields[2], null) : new Outcome(Kind.ERROR, null, null, fields[1])));
        }
        return cases;
    }

    /** Syntax errors have the same class; their words differ from one Python to the next. */
    private static Outcome comparable(Outcome o) {
        if (o.kind() == Kind.ERROR && o.error().matches("(?s)(SyntaxError|IndentationError|TabError|RecursionError|ImportError).*")) {
            return new Outcome(Kind.ERROR, null, null, o.error().substring(0, o.error().indexOf("Error")));
        }
        return o;
    }

    @Test
    void endsAsInCPython() throws IOException {
        StringBuilder wrong = new StringBuilder();
        Map<String, Integer> refused = new TreeMap<>();
        List<Case> cases = cases();
        for (Case c : cases) {
            Outcome actual = PythonInterpreter.run(c.source());
            if (actual.kind() == Kind.UNSUPPORTED) {
                refused.merge(actual.error(), 1, Integer::sum);
            } else if (!comparable(actual).equals(comparable(c.expected()))) {
                wrong.append(c.source()).append("expected ").append(c.expected()).append("\n but was ").append(actual).append("\n\n");
            }
        }
        assertTrue(cases.size() > 1800, () -> cases.size() + " cases");
        assertEquals("", wrong.toString());
        assertEquals(new TreeMap<>(REFUSED), refused);
    }
}
