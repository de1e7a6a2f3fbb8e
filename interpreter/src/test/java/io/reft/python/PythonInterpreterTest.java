package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.python.Outcome.Kind;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The entry points, what an outcome says, and that runs share nothing. */
class PythonInterpreterTest {
    private static Outcome returned(String expression) {
        return PythonInterpreter.run("from fractions import Fraction\ndef solution():\n    return " + expression + "\n");
    }

    @Test
    void theTopLevelRunsFirstAndThenTheFunction() {
        String source = "x = 40\ndef answer():\n    return x + 2\n";
        assertEquals(new Outcome(Kind.OK, "int", "42", null), PythonInterpreter.run(source, "answer", Limits.DEFAULT));
        assertEquals(new Outcome(Kind.ERROR, null, null, "NameError: name 'solution' is not defined"),
                PythonInterpreter.run(source));
    }

    /** A name that holds a character which nobody sees is another name than it seems; CPython refuses it too. */
    @Test
    void namesHoldNothingUnseen() {
        for (int c : new int[] {0x200b, 0x200d, 0x2060, 0xfeff, 0xad, 0x7f, 0x85}) {
            String name = "x" + Character.toString(c);
            Outcome outcome = PythonInterpreter.run("def solution():\n    " + name + " = 1\n    return " + name + "\n");
            assertEquals(Kind.ERROR, outcome.kind(), name);
            assertTrue(outcome.error().startsWith("SyntaxError"), outcome.error());
            assertEquals("False", returned("'x\\u%04x'.isidentifier()".formatted(c)).value());
        }
        assertEquals("2", PythonInterpreter.run("def solution():\n    x\u0301·y = 2\n    return x\u0301·y\n").value());
    }

    @Test
    void aNumberIsAnIntOrAFloatOrAFraction() {
        assertEquals(OptionalDouble.of(42), returned("42").number());
        assertEquals(OptionalDouble.of(0.1), returned("0.1").number());
        assertEquals(OptionalDouble.of(1e25), returned("10 ** 25").number());
        assertEquals(OptionalDouble.of(1 / 3.0), returned("Fraction(1, 3)").number());
        assertEquals(OptionalDouble.of(Double.POSITIVE_INFINITY), returned("1e999").number());
        assertEquals(OptionalDouble.empty(), returned("10 ** 400").number());
        assertEquals(OptionalDouble.empty(), returned("True").number());
        assertEquals(OptionalDouble.empty(), returned("'42'").number());
        assertEquals(OptionalDouble.empty(), returned("None").number());
        assertEquals(OptionalDouble.empty(), returned("1 / 0").number());
    }

    @Test
    void eachBudgetEndsARunByItsName() {
        String loop = "def solution():\n    x = []\n    while True:\n        x.append(1)\n";
        assertEquals("steps", PythonInterpreter.run(loop, "solution", new Limits(1000, 1 << 20, 100, 1000, 1000)).error());
        assertEquals("bytes", PythonInterpreter.run(loop, "solution", new Limits(1 << 20, 10_000, 100, 1000, 1000)).error());
        assertEquals("size of an integer", PythonInterpreter.run("def solution():\n    return 2 ** 2000\n", "solution",
                new Limits(1000, 1 << 20, 100, 1000, 1000)).error());
        assertEquals("length of the source", PythonInterpreter.run(loop, "solution",
                new Limits(1000, 1 << 20, 100, 1000, 10)).error());
        assertTrue(PythonInterpreter.run("def solution():\n    return solution()\n", "solution",
                new Limits(1000, 1 << 20, 10, 1000, 1000)).error().startsWith("RecursionError"));
    }

    @Test
    void runsShareNothing() throws InterruptedException, ExecutionException {
        String source = "import math\nitems = []\ndef solution(acc=[]):\n    for i in range(200):\n        items.append(i)\n"
                + "        acc.append(math.sqrt(i))\n    return len(items), len(acc), sum(items)\n";
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            for (Future<Outcome> outcome : IntStream.range(0, 400)
                    .mapToObj(i -> pool.submit(() -> PythonInterpreter.run(source))).toList()) {
                assertEquals(new Outcome(Kind.OK, "tuple", "(200, 200, 19900)", null), outcome.get());
            }
        }
    }

    @Test
    void longAnswersAndMessagesAreCut() {
        String value = returned("'x' * 10 ** 7").value();
        assertEquals("'" + "x".repeat(Outcome.LONGEST - 2) + "…", value);
        String error = PythonInterpreter.run("def solution():\n    raise ValueError('y' * 10 ** 6)\n").error();
        assertEquals(Outcome.LONGEST, error.length());
        assertTrue(error.startsWith("ValueError: yyy") && error.endsWith("y…"));
        assertEquals("x".repeat(Outcome.LONGEST), new Outcome(Kind.OK, "str", "x".repeat(Outcome.LONGEST), null).value());
        assertEquals(Outcome.LONGEST - 1, new Outcome(Kind.OK, "str", "\ud83d\ude00".repeat(Outcome.LONGEST), null).value().length());
    }

    @Test
    void whatContainsItselfIsShownOnceOrRefused() {
        assertEquals("'[[...]], ([(...)],), {1: {...}}, deque([[...]])'",
                PythonInterpreter.run("from collections import deque\ndef solution():\n"
                        + "    a = []; a.append(a)\n    b = ([],); b[0].append(b)\n    c = {}; c[1] = c\n    d = deque(); d.append(d)\n"
                        + "    return ', '.join(map(repr, [a, b, c, d]))\n").value());
        for (String made : new String[] {"v = {}\n    v[1] = v.values()", "v = []\n    v.append(ValueError(v)); v = v[0]",
                "v = defaultdict(list)\n    v[1] = v", "v = OrderedDict()\n    v[1] = v"}) {
            Outcome outcome = PythonInterpreter.run("from collections import *\ndef solution():\n    " + made + "\n    return repr(v)\n");
            assertEquals(Kind.UNSUPPORTED, outcome.kind(), made);
            assertTrue(outcome.error().matches("repr of .* inside itself"), outcome.error());
        }
    }

    @Test
    void whatIsLeftOutIsNoError() {
        for (String attribute : new String[] {"deque([1]).index", "Decimal(1).as_tuple", "Fraction(1, 2).conjugate", "{}.fromkeys"}) {
            assertEquals(Kind.UNSUPPORTED, PythonInterpreter.run("from collections import deque\nfrom decimal import Decimal\n"
                    + "from fractions import Fraction\ndef solution():\n    return " + attribute + "\n").kind(), attribute);
        }
        assertEquals("AttributeError: 'list' object has no attribute 'popleft'", returned("[].popleft()").error());
        assertEquals("ValueError: Unknown format code '\\xe9' for object of type 'int'", returned("format(1, '\u00e9')").error());
    }
}
