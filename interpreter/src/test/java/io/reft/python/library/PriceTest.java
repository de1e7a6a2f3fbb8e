package io.reft.python.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.python.compiler.Compiler;
import io.reft.python.runtime.Budget;
import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Frame;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.PyCallable;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Raised;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Parser;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The price of everything: each operator, built-in function, method and library function is done over and over with operands from
 * small to as large as they may be, until a part of the budgets is used up. What the same share of time would be for the whole budgets
 * must stay below a bound, whatever the size: a price that does not grow as the work does goes beyond it.
 */
@Tag("slow")
class PriceTest {
    /**
     * Processor time for either budget of {@code Limits.DEFAULT}, the steps' or the bytes', in seconds: 5 are promised. A price
     * that does not grow as the work does takes minutes, so that the bound is far above what a busy machine adds.
     */
    private static final double BOUND = Double.parseDouble(System.getProperty("reft.test.price", "40"));
    private static final Budget WHOLE = new Budget(20_000_000, 64L << 20, 1000, 1 << 20);
    /** A part of the steps; all of the bytes, as one large operand may need them. */
    private static final Budget PART = new Budget(50_000, WHOLE.bytes(), 1000, 1 << 20);
    private static final Budget BEFORE = new Budget(20_000_000, 4L << 30, 1000, 1 << 20);
    private static final int[] SIZES = {3, 1000, 20_000, 400_000};
    /** A machine that is busy, or has not compiled the code yet, gets more tries. */
    private static final int TRIES = 5;
    private static final String IMPORTS =
            "import math, itertools, functools, operator, collections, heapq, bisect, copy, statistics, decimal,"
                    + " calendar, sys, typing\nfrom fractions import Fraction\nfrom decimal import Decimal\nfrom datetime import "
                    + "date, datetime, timedelta\n"
                    + "from collections import Counter, OrderedDict, defaultdict, deque, namedtuple\n";

    static List<String> lines() throws IOException {
        try (InputStream in = PriceTest.class.getResourceAsStream("prices.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }

    private static String program(String[] line, int size) {
        String before = line[1].replace("; ", "\n").replace("$", "\n").replaceAll("(?m)(?<=^>?)>", "    ");
        String done = "\n" + line[2].replace("$", "\n").replaceAll("(?m)(?<=^>?)>", "    ");
        String source = IMPORTS + before + "\ndef solution():\n    global a, b\n    while True:\n        try:"
                + done.replace("\n", "\n            ") + "\n        except Exception:\n            pass\n";
        return source.replaceAll("(?<![A-Za-z])N(?!one)", String.valueOf(size));
    }

    /** Seconds for a whole budget at this rate; negative where the operands cannot be made. */
    private static double seconds(String source) {
        StandardLibrary library = new StandardLibrary();
        Machine before = new Machine(BEFORE, library);
        try {
            before.run(new Frame(Compiler.program(Parser.parse(source))));
        } catch (Stop stop) {
            return -1;
        } catch (Raised raised) {
            throw new AssertionError(raised.value.type.name + Arrays.toString(raised.value.args) + "\n" + source);
        }
        Machine m = new Machine(PART, library);
        m.globals.putAll(before.globals);
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        try {
            m.call(m.globals.get("solution"));
        } catch (Stop stop) {
            if (!Set.of("steps", "bytes").contains(stop.getMessage())) {
                // refused for its size, which ends a program
                return -1;
            }
        }
        double spent = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) * 1e-9;
        double steps = (double) (PART.steps() - m.stepsLeft()) / WHOLE.steps();
        double bytes = (double) (PART.bytes() - m.bytesLeft()) / WHOLE.bytes();
        return spent / Math.max(steps, bytes);
    }

    /** The machine's own code is compiled before it is timed. */
    @BeforeAll
    static void warmUp() {
        for (int i = 0; i < 30; i++) {
            seconds(program(new String[] {"", "a = 1; b = 2", "a + b < 3 and not a"}, 1));
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void timeGrowsNoFasterThanThePrice(String line) {
        String[] parts = line.split(" \\| ", 3);
        for (int size : parts[1].contains("N") || parts[2].contains("N") ? SIZES : new int[] {1}) {
            String source = program(parts, size);
            double best = Double.POSITIVE_INFINITY;
            for (int i = 0; i < TRIES && best > BOUND; i++) {
                best = Math.min(best, seconds(source));
            }
            if (System.getProperty("reft.test.report") != null) {
                System.err.printf("%8.2f s %7d  %s%n", best, size, line);
            }
            double shown = best;
            assertTrue(best >= 0 || size > 3, () -> "never done: " + line);
            assertTrue(best <= BOUND, () -> shown + " s for a whole budget, size " + size + ": " + line);
            if (best < 0) {
                break;
            }
        }
    }

    /** The names of all that a program can call. */
    private static Set<String> names() throws URISyntaxException, IOException, ReflectiveOperationException {
        Set<String> names = new TreeSet<>();
        Path folder = Path.of(Builtins.class.getResource("Builtins.class").toURI()).getParent();
        List<Path> classes;
        try (Stream<Path> files = Files.list(folder)) {
            classes = files.filter(f -> f.toString().matches(".*/[A-Za-z]+\\.class")).toList();
        }
        for (Path file : classes) {
            Class<?> type = Class.forName("io.reft.python.library." + file.getFileName().toString().replace(".class", ""));
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    continue;
                }
                field.setAccessible(true);
                switch (field.get(null)) {
                    case PyModule module -> module.members().forEach((name, value) -> {
                        if (value instanceof PyCallable || value instanceof PyType t && !t.isException()) {
                            names.add(module.name() + "." + name);
                        }
                    });
                    case Map<?, ?> table -> table.forEach((name, value) -> {
                        if (value instanceof Builtin b) {
                            names.add(b.shown);
                        } else if (value instanceof PyType t && !t.isException() && type == Builtins.class) {
                            names.add((String) name);
                        } else if (value instanceof PyModule module) {
                            module.members().forEach((member, of) -> {
                                if (of instanceof PyCallable) {
                                    names.add(module.name() + "." + member);
                                }
                            });
                        }
                    });
                    case null, default -> {}
                }
            }
        }
        return names;
    }

    @Test
    void everythingHasAPrice() throws Exception {
        Set<String> priced = new HashSet<>();
        for (String line : lines()) {
            priced.addAll(List.of(line.split(" \\| ", 3)[0].split(",")));
        }
        Set<String> missing = names();
        assertTrue(missing.size() > 250, missing::toString);
        missing.removeAll(priced);
        assertEquals(Set.of(), missing);
    }
}
