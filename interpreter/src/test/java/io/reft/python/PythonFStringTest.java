package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.python.Outcome.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** F-strings are CPython 3.12's: any expression between the braces, with any quotes. */
class PythonFStringTest {
    private static Outcome returned(String expression) {
        return PythonInterpreter.run("x = 7\nd = {'k': 1}\ndef solution():\n    return " + expression + "\n");
    }

    @Test
    void quotesOfTheSameKindBackslashesAndLineBreaks() {
        assertEquals(Outcome.ok("str", "'1'"), returned("f'{d['k']}'"));
        assertEquals(Outcome.ok("str", "'a\\nb'"), returned("f'{'\\n'.join(['a', 'b'])}'"));
        assertEquals(Outcome.ok("str", "'7'"), returned("f'{\n    x  # comment\n}'"));
        assertEquals(Outcome.ok("str", "'7'"), returned("f'{f'{f'{x}'}'}'"));
        assertEquals(Outcome.ok("str", "' x =    7'"), returned("f'{ x = :{'>'}{4}}'"));
    }

    /** What is refused by name, and how often. */
    private static final Map<String, Integer> REFUSED = Map.of("bytes", 1);

    /** CPython 3.12.1 decodes the one and drops the other. */
    @Test
    void backslashesAndCommentsInWhatIsShownAreRefused() {
        String refused = "a backslash or # in what an f-string shows before =";
        assertEquals(new Outcome(Kind.UNSUPPORTED, null, null, refused), returned("f'{'\\t'=}'"));
        assertEquals(new Outcome(Kind.UNSUPPORTED, null, null, refused), returned("f'{x # comment\n=}'"));
        assertEquals(Outcome.ok("str", "'x != 7=False'"), returned("f'{x != 7=}'"));
    }

    @Test
    void endAsInCPython() throws IOException {
        StringBuilder wrong = new StringBuilder();
        Map<String, Integer> refused = new TreeMap<>();
        List<Recorded> programs = Recorded.resource("fstrings.txt");
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
        assertTrue(programs.size() > 1000, () -> programs.size() + " programs");
        assertEquals("", wrong.toString());
        assertEquals(new TreeMap<>(REFUSED), refused);
    }
}
