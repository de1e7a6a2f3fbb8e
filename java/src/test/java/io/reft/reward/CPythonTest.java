package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.python.Outcome;
import io.reft.python.Outcome.Kind;
import io.reft.python.PythonInterpreter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CPython's workers: right answers, and programs that want out. Skipped where there is no python3 or no seccomp. */
@Tag("slow")
class CPythonTest {
    private static CPython python;

    @BeforeAll
    static void open() {
        try {
            python = CPython.open("python3");
        } catch (InputError e) {
            Assumptions.abort("skipped: " + e.getMessage());
        }
    }

    @AfterAll
    static void close() {
        if (python != null) {
            python.close();
        }
    }

    private static Outcome run(String... body) {
        return python.apply("def solution():\n    " + String.join("\n    ", body) + "\n");
    }

    @Test
    void values() {
        assertEquals(Outcome.ok("int", "42"), run("print('x' * 10 ** 6)", "return 6 * 7"));
        assertEquals(Outcome.ok("float", "0.30000000000000004"), run("return 0.1 + 0.2"));
        assertEquals(Outcome.ok("str", "'é\\n'"), run("return 'é\\n'"));
        assertEquals(Outcome.ok("Fraction", "Fraction(1, 3)"), run("from fractions import Fraction", "return Fraction(1, 3)"));
        assertEquals(Outcome.ok("float", "0.25"), run("from decimal import Decimal", "return Decimal('0.25')"));
        assertEquals(Outcome.ok("float", "inf"), run("return float('inf')"));
        assertEquals(0.1 + 0.2, run("return 0.1 + 0.2").number().orElseThrow());
        assertEquals(Outcome.ok("int", "3"), run("class A:", "    x = 3", "return A().x"), "classes are CPython's own");
        assertEquals(run("return list({'a', 'b', 'c', 'd'})"), run("return list({'a', 'b', 'c', 'd'})"), "hashes do not vary");
    }

    @Test
    void errorsAreToldAsPythonTellsThem() {
        assertEquals(new Outcome(Kind.ERROR, null, null, "ZeroDivisionError: division by zero"), run("return 1 / 0"));
        assertEquals("SyntaxError", run("return (").error().split(":")[0]);
        assertEquals("KeyError: 'solution'", python.apply("x = 1").error());
        assertEquals("SystemExit: 3", run("import sys", "sys.exit(3)").error());
        assertEquals(Kind.LIMIT, python.apply("#".repeat(1 << 17)).kind());
        assertTrue(python.apply("def solution():\n  return " + "(".repeat(30000) + ")".repeat(30000)).kind() != Kind.OK);
    }

    @Test
    void sympyWhereItIsInstalled() {
        Outcome outcome = run("from sympy import symbols, solve", "x = symbols('x')", "return solve(3 * x - 21, x)[0]");
        Assumptions.assumeFalse(outcome.error() != null && outcome.error().startsWith("ModuleNotFoundError"), "skipped: there is no sympy");
        assertEquals(Outcome.ok("int", "7"), outcome);
        assertEquals(Outcome.ok("float", "0.3333333333333333"), run("import sympy as sp", "return sp.Rational(1, 3)"));
        assertEquals(Outcome.ok("int", "9"), run("import sympy as sp", "x = sp.symbols('x')", "return sp.integrate(x ** 2, (x, 0, 3))"));
        assertEquals(Outcome.ok("int", "6"),
                run("from sympy import symbols, solve", "x, y = symbols('x y')", "return solve([x + y - 10, x - y - 2], [x, y])[x]"));
    }

    @Test
    void aProgramMakesNoneOfTheNextOne() {
        run("import builtins, math", "math.sqrt = lambda x: 7", "builtins.len = lambda x: 7", "return 1");
        assertEquals(Outcome.ok("float", "2.0"), run("import math", "return math.sqrt(4) + len('')"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "return open('/etc/hostname').read()",
            "return open('/tmp/reft-was-here', 'w').write('x')",
            "import os; return os.listdir('/')",
            "import os; return os.system('echo hello')",
            "import os; return os.fork()",
            "import os; return os.kill(os.getppid(), 9)",
            "import os; os.setuid(1); return 1",
            "import os; return os.execv('/bin/sh', ['sh'])",
            "import subprocess; return subprocess.run(['ls'])",
            "import _socket; return _socket.socket()",
            "import sys; s = sys.modules['_socket'].socket(); return 1",
            "import threading; t = threading.Thread(target=print); t.start(); return 1",
            "import ctypes; return ctypes.CDLL(None).syscall(57)",
            "import ctypes; return ctypes.CDLL(None).syscall(41, 2, 1, 0)",
            "import ctypes; return ctypes.CDLL(None).syscall(101, 16, ctypes.CDLL(None).getppid(), 0, 0)",
            "import ctypes; return ctypes.CDLL(None).syscall(0x40000000 + 41, 2, 1, 0)",
            "import ctypes; return ctypes.CDLL(None).syscall(157, 22, 2, 0)",
            "import ctypes; return ctypes.string_at(0)",
            "import mmap; m = mmap.mmap(-1, 4096, prot=7); return 1",
            "import ctypes; ctypes.memset(id(None), 255, 64); return None",
            "import os, signal; os.abort()",
    })
    void noWayOut(String body) {
        Outcome outcome = run(body);
        assertEquals(Kind.ERROR, outcome.kind(), body + ": " + outcome);
        assertFalse(Files.exists(Path.of("/tmp/reft-was-here")));
        assertEquals(Outcome.ok("int", "42"), run("return 42"), "the worker lives on");
    }

    /** System calls that are refused, not fatal, change nothing. */
    @Test
    void refusedCallsReturnAnError() {
        assertEquals(Outcome.ok("int", "-1"), run("import ctypes", "return ctypes.CDLL(None).syscall(2, b'/etc/passwd', 0)"));
        assertEquals(Outcome.ok("int", "-1"), run("import ctypes", "return ctypes.CDLL(None).syscall(1, 1, b'hello', 5)"));
        assertEquals(Outcome.ok("int", "-1"), run("import ctypes", "return ctypes.CDLL(None).syscall(10, 0, 4096, 7)"));
    }

    @Test
    void writingToAPipeSpoilsOnlyItsOwnAnswer() {
        for (String fd : List.of("0", "1", "2", "4", "5", "11", "12", "13")) {
            assertTrue(run("import os", "os.write(" + fd + ", b'ok\\0int\\0" + "666')", "return 1").error().startsWith("OSError: [Errno 9]")
                    || run("import os", "os.write(" + fd + ", b'x')", "return 1").error().startsWith("PermissionError"), fd);
        }
        for (String forged : List.of("ok\\0int\\0" + "nonsense", "ok\\0float\\0" + "1e", "ok", "", "\\xff\\0\\0",
                "ok\\0Fraction\\0Fraction(1, 0)")) {
            assertEquals(Kind.ERROR, run("import os", "os.write(3, b'" + forged + "')", "os._exit(0)").kind(), forged);
        }
        assertEquals(Outcome.ok("int", "42"), run("return 42"));
    }

    @Test
    void hugeAnswersEnd() {
        assertEquals(new Outcome(Kind.LIMIT, null, null, "length of the answer"), run("return 'x' * 10 ** 7"));
        assertEquals(new Outcome(Kind.LIMIT, null, null, "length of the answer"),
                run("import os", "while True: os.write(3, b'x' * 65536)"));
        assertEquals(new Outcome(Kind.LIMIT, null, null, "memory"), run("return [0] * 10 ** 10"));
        assertEquals(Kind.LIMIT, run("x = []", "while True: x.append('x' * 10 ** 6)").kind());
    }

    @Test
    void endlessProgramsEnd() {
        List<String> endless = List.of("while True: pass", "import time; time.sleep(1000); return 1", "return 10 ** 10 ** 9");
        List<Kind> ends = endless.stream().parallel().map(body -> run(body).kind()).toList();
        assertEquals(Kind.LIMIT, ends.getFirst());
        assertTrue(ends.stream().noneMatch(Kind.OK::equals), ends.toString());
    }

    @Test
    void manyThreadsGetTheirOwnAnswers() {
        List<Integer> numbers = IntStream.range(0, 200).boxed().toList();
        assertEquals(numbers, numbers.stream().parallel().map(i -> Integer.parseInt(run("return " + i).value())).toList());
    }

    @Test
    void agreesWithTheInterpreter() throws IOException {
        for (String body : List.of("return round(2.5)", "return [i ** 2 for i in range(5)]", "return {'a': 1.0}", "return 7 // -2, -7 % 3",
                "return '%.3f' % 2.0005")) {
            String source = "def solution():\n    " + body + "\n";
            assertEquals(PythonInterpreter.run(source), python.apply(source), body);
        }
    }

    @Test
    void refusedWhereItCannotBeMadeSafe(@TempDir Path folder) throws IOException {
        InputError absent = assertThrows(InputError.class, () -> CPython.open("no-such-python"));
        assertTrue(absent.getMessage().startsWith("--python cpython needs no-such-python, which does not run here"), absent.getMessage());
        Path broken = Files.writeString(folder.resolve("python"), "#!/bin/sh\nexit 1\n");
        assertTrue(broken.toFile().setExecutable(true));
        InputError refused = assertThrows(InputError.class, () -> CPython.open(broken.toString()));
        assertNotEquals(-1, refused.getMessage().indexOf("cannot be made safe here (the worker does not start)"), refused.getMessage());
    }
}
