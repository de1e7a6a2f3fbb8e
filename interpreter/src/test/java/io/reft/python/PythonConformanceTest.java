package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.python.Outcome.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Some 2,000 programs end as they end in CPython 3.11: same type and repr, same exception and message. */
@Tag("slow")
class PythonConformanceTest {
    /** What may be refused, and how many of the programs do so. */
    private static final Map<String, Integer> REFUSED = Map.of("class", 1, "complex", 4, "math.cbrt", 2);

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
        List<Recorded> programs = Recorded.resource("conformance.txt");
        for (Recorded p : programs) {
            Outcome actual = PythonInterpreter.run(p.source());
            if (actual.kind() == Kind.UNSUPPORTED) {
                refused.merge(actual.error(), 1, Integer::sum);
            } else if (!comparable(actual).equals(comparable(p.expected()))) {
                wrong.append(p.source()).append("expected ").append(p.expected()).append("\n but was ").append(actual).append("\n\n");
            }
        }
        assertTrue(programs.size() > 1800, () -> programs.size() + " programs");
        assertEquals("", wrong.toString());
        assertEquals(new TreeMap<>(REFUSED), refused);
    }
}
