package io.reft.benchmarks;

import io.reft.python.Outcome;
import io.reft.python.PythonInterpreter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** How many programs the reward runs in a second: the six in {@code resources/programs}, of which two loop. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "--sun-misc-unsafe-memory-access=allow")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 7, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class Programs {
    private static final List<String> NAMES = List.of("shopping", "shelves", "savings", "divisors", "ages", "mixture");
    private static final int COUNT = 6;
    private List<String> sources;

    /** The sources of all programs. */
    static List<String> read() throws IOException {
        List<String> sources = new ArrayList<>();
        for (String name : NAMES) {
            try (InputStream in = Programs.class.getResourceAsStream("/programs/" + name + ".py")) {
                sources.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return sources;
    }

    /** Reads the programs and sees that each gives a number. */
    @Setup
    public void prepare() throws IOException {
        sources = read();
        for (String source : sources) {
            Outcome outcome = PythonInterpreter.run(source);
            if (outcome.number().isEmpty()) {
                throw new IllegalStateException(outcome + " is the outcome of\n" + source);
            }
        }
    }

    /** On one thread. */
    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(COUNT)
    public void oneThread(Blackhole hole) {
        runAll(hole);
    }

    /** On two. */
    @Benchmark
    @Threads(2)
    @OperationsPerInvocation(COUNT)
    public void twoThreads(Blackhole hole) {
        runAll(hole);
    }

    private void runAll(Blackhole hole) {
        for (String source : sources) {
            hole.consume(PythonInterpreter.run(source));
        }
    }
}
