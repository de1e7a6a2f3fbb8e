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
import java.util.stream.Stream;
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
        assertEquals(run("import random", "return random.random()"), run("import random", "return random.random()"), "nor do draws");
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
            "import ctypes; return ctypes.CDLL(None).syscall(435, ctypes.create_string_buffer(88), 88)",
            "import ctypes; return ctypes.CDLL(None).uname(ctypes.create_string_buffer(400))",
            "import os; return os.memfd_create('x')",
            "import os; return os.writev(3, [b'x'])",
            "import os; os.closerange(0, 100); return 1",
            "import resource; resource.setrlimit(resource.RLIMIT_CPU, (99, 99)); return 1",
            "import os; return [os.write(fd, b'x') for fd in range(9999)]",
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
        assertEquals(Outcome.ok("int", "42"), run("return 42"));
    }

    /** A program that answers for itself, cuts its answer or says more than that has given none, and the next one's is not touched. */
    @ParameterizedTest
    @ValueSource(
            strings = {"ok\\0int\\x00666", "ok\\0int\\0nonsense", "ok\\0float\\x001e", "ok", "", "\\0", "\\0\\0\\0", "\\0ok\\0int\\x001",
                    "\\xff\\0\\0", "ok\\0Fraction\\0Fraction(1, 0)", "\\0\\0\\0\\x0aok\\0int\\x00666", "limit\\0time", "error\\0"})
    void forgedRepliesAreErrors(String forged) {
        Outcome none = new Outcome(Kind.ERROR, null, null, "no answer");
        assertEquals(none, run("import os", "os.write(3, b'" + forged + "')", "os._exit(0)"));
        assertEquals(Outcome.ok("int", "1"), run("return 1"));
        assertEquals(forged.isEmpty() ? Outcome.ok("int", "2") : none, run("import os", "os.write(3, b'" + forged + "')", "return 2"));
        assertEquals(Outcome.ok("int", "42"), run("return 42"));
    }

    /** A class of the program's own may be called like a number: where it does not read as one, it is no answer. */
    @Test
    void numbersAreNumbers() {
        for (String number : List.of("int", "float", "Fraction", "Decimal")) {
            Outcome none = new Outcome(Kind.ERROR, null, null, "no answer");
            for (String shown : List.of("", "x", "4\\0" + "2", "Decimal()", "Decimal(\\'NaN\\')", "Fraction(1, 0)")) {
                assertEquals(none, run("return type('" + number + "', (), {'__repr__': lambda self: '" + shown + "'})()"),
                        number + " " + shown);
            }
        }
        assertEquals(Kind.ERROR, run("from decimal import Decimal", "return Decimal('sNaN')").kind());
        assertEquals(new Outcome(Kind.LIMIT, null, null, "length of the answer"),
                run("return type('int', (), {'__repr__': lambda self: '7' * 10 ** 5})()"));
    }

    /** A worker that ends, says half of what it announced, or too much, has failed at one program; the others get another worker. */
    @Test
    void aWorkerThatDiesIsReplaced(@TempDir Path folder) throws IOException {
        Path fake = Files.writeString(folder.resolve("python"), """
                #!/usr/bin/env python3
                import os, struct
                say = lambda text: os.write(1, struct.pack(">I", len(text)) + text)
                say(b"ready")
                while True:
                    program = os.read(0, struct.unpack(">I", os.read(0, 4))[0])
                    if b"die" in program:
                        os._exit(1)
                    if b"cut" in program:
                        os.write(1, struct.pack(">I", 100) + b"ok")
                        os._exit(1)
                    if b"long" in program:
                        os.write(1, struct.pack(">I", 1 << 30))
                    say(b"ok\\0int\\0" + str(len(program)).encode())
                """);
        assertTrue(fake.toFile().setExecutable(true));
        Outcome died = new Outcome(Kind.ERROR, null, null, "the Python worker died");
        try (CPython workers = CPython.open(fake.toString())) {
            for (String program : List.of("die", "cut", "long")) {
                assertEquals(died, workers.apply(program), program);
                assertEquals(Outcome.ok("int", "4"), workers.apply("fine"));
            }
            List<String> programs = IntStream.range(0, 60).mapToObj(i -> i % 7 == 3 ? "die" : "x".repeat(i + 1)).toList();
            assertEquals(IntStream.range(0, 60).mapToObj(i -> i % 7 == 3 ? died : Outcome.ok("int", String.valueOf(i + 1))).toList(),
                    programs.stream().parallel().map(workers).toList());
        }
    }

    /** What modules load of themselves when they are first used is there, though no file can be opened. */
    @Test
    void modulesFindTheirParts() {
        assertEquals(Outcome.ok("str", "'2024-03-01'"),
                run("from datetime import datetime", "return str(datetime.strptime('1 March 2024', '%d %B %Y').date())"));
        assertEquals(Outcome.ok("int", "3"), run("from dataclasses import dataclass, field", "@dataclass", "class A:",
                "    x: int = 3", "    y: list = field(default_factory=list)", "return A().x"));
        assertEquals(Outcome.ok("str", "'5'"), run("import xml.etree.ElementTree as tree", "return tree.fromstring('<a>5</a>').text"));
        assertEquals(Outcome.ok("list", "[['1', '2']]"), run("import csv, io", "return list(csv.reader(io.StringIO('1,2')))"));
        assertEquals(Outcome.ok("bytes", "b'\\xd6\\xd0'"), run("return '\\u4e2d'.encode('gbk')"));
        assertEquals(Outcome.ok("int", "1"),
                run("import asyncio, uuid, sqlite3, hashlib, zoneinfo, unittest, concurrent.futures, html.parser", "return 1"));
        assertEquals("ModuleNotFoundError: No module named 'no_such_module'", run("import no_such_module").error());
    }

    @Test
    void numpyAndSympyFindTheirParts() {
        Assumptions.assumeTrue(run("import numpy, sympy", "return 1").kind() == Kind.OK, "skipped: there is no numpy or no sympy");
        assertEquals(Outcome.ok("list", "[2.0, 3.0]"),
                run("import numpy as np", "return [round(x, 6) for x in np.polynomial.Polynomial([6, -5, 1]).roots().tolist()]"));
        assertEquals(Outcome.ok("float", "9.0"),
                run("from sympy import lambdify, symbols", "x = symbols('x')", "return lambdify(x, x ** 2, 'numpy')(3.0)"));
        assertEquals(Outcome.ok("int", "9"),
                run("from sympy import lambdify, symbols", "x = symbols('x')", "return lambdify(x, x ** 2)(3)"));
        assertEquals(Outcome.ok("float", "3.5"), run("from sympy.stats import Die, E", "return E(Die('X', 6))"));
        assertEquals(Outcome.ok("int", "7"),
                run("from sympy.parsing.sympy_parser import parse_expr", "return parse_expr('2*x + 1').subs('x', 3)"));
        assertEquals(Outcome.ok("NoneType", "None"), run("import numpy as np", "return np.testing.assert_allclose(1, 1)"));
    }

    /** Neither Python nor C has any of the environment, nor the host's name. */
    @Test
    void theEnvironmentIsEmpty() {
        assertEquals(Outcome.ok("tuple", "({}, {}, {})"),
                run("import os, posix", "return dict(os.environ), dict(os.environb), posix.environ"));
        assertEquals(Outcome.ok("set", "{None}"), run("import ctypes", "c = ctypes.CDLL(None)", "c.getenv.restype = ctypes.c_char_p",
                "return {c.getenv(name) for name in (b'PATH', b'HOME', b'HOSTNAME', b'USER', b'TZ', b'PYTHONHASHSEED')}"));
        // the block that the process was started with: all zeros where it can still be found
        assertEquals(Outcome.ok("bool", "True"),
                run("import ctypes", "c = ctypes.CDLL(None)", "e = ctypes.POINTER(ctypes.c_char_p).in_dll(c, 'environ')",
                        "return not e or not e[0]"));
        assertEquals(Outcome.ok("str", "''"), run("import platform", "return platform.node()"));
        assertEquals("PermissionError: a system call that programs may not make", run("import os", "return os.uname()").error());
        assertEquals(Outcome.ok("tuple", "('UTC', 0)"), run("import time", "return time.tzname[0], time.timezone"));
    }

    @Test
    void anOldPythonIsNamed() {
        List<Path> old =
                Stream.of(System.getProperty("user.home") + "/.pyenv/versions").map(Path::of).filter(Files::isDirectory).flatMap(folder -> {
                    try (Stream<Path> versions = Files.list(folder)) {
                        return versions.filter(v -> v.getFileName().toString().matches("2\\..*|3\\.[678]\\..*")).toList().stream();
                    } catch (IOException e) {
                        return Stream.empty();
                    }
                }).map(version -> version.resolve("bin/python")).filter(Files::isExecutable).toList();
        Assumptions.assumeFalse(old.isEmpty(), "skipped: no Python before 3.9 is here");
        for (Path python : old) {
            String version = python.getParent().getParent().getFileName().toString();
            InputError refused = assertThrows(InputError.class, () -> CPython.open(python.toString()));
            assertEquals("--python cpython cannot be made safe here (Python " + version + " is too old, 3.9 is the oldest that will do); "
                    + "leave it out to use reft's own interpreter.", refused.getMessage());
        }
    }

    @Test
    void hugeAnswersEnd() {
        assertEquals(Outcome.ok("str", "'" + "x".repeat(Outcome.LONGEST - 2) + "…"), run("return 'x' * 10 ** 7"));
        assertEquals(Outcome.LONGEST, run("raise ValueError('é' * 10 ** 6)").error().length());
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
