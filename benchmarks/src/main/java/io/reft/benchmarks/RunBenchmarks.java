package io.reft.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * JMH with its own options, which then prints one table: what each op took, its rate, and how near it came to its floor,
 * the time that the machine's {@link MachineLimits}, measured in the same run, leave it for its bytes and operations.
 */
public final class RunBenchmarks {
    private static final String CEILINGS = "io.reft.benchmarks.MachineLimits";

    private RunBenchmarks() {}

    /** @param args JMH's: a regular expression of benchmarks, {@code -p name=value}; {@code -h} lists them */
    public static void main(String[] args) throws Exception {
        CommandLineOptions asked = new CommandLineOptions(args);
        if (asked.shouldHelp() || asked.shouldList() || asked.shouldListWithParams() || asked.shouldListProfilers()
                || asked.shouldListResultFormats()) {
            org.openjdk.jmh.Main.main(args);
            return;
        }
        ChainedOptionsBuilder options = new OptionsBuilder().parent(asked);
        asked.getIncludes().forEach(options::include);
        if (!asked.getIncludes().isEmpty()) {
            options.include(CEILINGS);
        }
        if (!asked.getParameter("device").orElse(List.of("cpu")).contains("cuda")) {
            options.exclude(DriverCalls.class.getName());
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        System.out.print(table(results));
    }

    private static String table(Collection<RunResult> results) throws IOException {
        Map<String, Limits> limits = new TreeMap<>();
        for (RunResult r : results) {
            if (r.getParams().getBenchmark().startsWith(CEILINGS)) {
                limits.computeIfAbsent(machine(r), m -> new Limits()).learn(r);
            }
        }
        StringBuilder out = new StringBuilder(String.format("%n%s, %d processors, Java %s%n%-34s %-42s %12s %8s %18s %9s%n",
                processor(), Runtime.getRuntime().availableProcessors(), Runtime.version(), "op", "shape", "time", "±", "rate",
                "of floor"));
        for (RunResult r : results) {
            out.append(row(r, limits.get(machine(r))));
        }
        return out.toString();
    }

    private static String row(RunResult r, Limits limits) {
        Result<?> time = r.getPrimaryResult();
        double error = time.getStatistics().getMeanErrorAt(0.99) / time.getScore();
        String rate, share = "";
        double ns = Double.NaN;
        if (time.getScoreUnit().equals("ns/op")) {
            ns = time.getScore();
            double bytes = perOp(r, "bytes"), flops = perOp(r, "flops");
            boolean arithmetic = limits == null ? flops > bytes : flops / limits.flops > bytes / limits.bandwidth(bytes);
            rate = flops + bytes == 0 ? "" : arithmetic ? format("%.1f GFLOP/s", flops / ns) : format("%.1f GB/s", bytes / ns);
            if (limits != null && flops + bytes > 0) {
                share = format("%.0f %%", 100 * Math.max(flops / limits.flops, bytes == 0 ? 0 : bytes / limits.bandwidth(bytes)) / ns);
            }
        } else {
            Result<?> tokens = r.getSecondaryResults().get("tokens");
            rate = tokens == null ? format("%.0f /s", time.getScore()) : format("%.0f tokens/s", tokens.getScore());
        }
        return String.format("%-34s %-42s %12s %8s %18s %9s%n", name(r.getParams()), shape(r.getParams()), Double.isNaN(ns) ? "" : time(ns),
                Double.isNaN(error) ? "" : format("%.0f %%", 100 * error), rate, share);
    }

    /** What an op counts on average: JMH gives the time for each unit of a counter. */
    private static double perOp(RunResult r, String counter) {
        Result<?> each = r.getSecondaryResults().get(counter);
        return each == null || Double.isInfinite(each.getScore()) || Double.isNaN(each.getScore()) || each.getScore() == 0
                ? 0 : r.getPrimaryResult().getScore() / each.getScore();
    }

    /** Bytes and operations a nanosecond at best. */
    private static final class Limits {
        private final TreeMap<Double, Double> copies = new TreeMap<>();     // bytes moved → bytes a nanosecond
        private double flops = Double.POSITIVE_INFINITY;

        void learn(RunResult r) {
            double ns = r.getPrimaryResult().getScore(), bytes = perOp(r, "bytes");
            if (bytes > 0) {
                copies.put(bytes, bytes / ns);
            } else {
                flops = perOp(r, "flops") / ns;
            }
        }

        /** That of the copy nearest in size. */
        double bandwidth(double bytes) {
            return copies.entrySet().stream()
                    .min(Comparator.comparingDouble(e -> Math.abs(Math.log(e.getKey() / bytes))))
                    .map(Map.Entry::getValue).orElse(Double.POSITIVE_INFINITY);
        }
    }

    /** The parameters that an op and its ceilings must have in common. */
    private static String machine(RunResult r) {
        return List.of("device", "dtype", "threads").stream().map(name -> String.valueOf(r.getParams().getParam(name)))
                .collect(Collectors.joining(" "));
    }

    private static String processor() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(l -> l.startsWith("model name")).map(l -> l.replaceFirst(".*: ", "")).findFirst().orElse("a processor");
        }
    }

    private static String name(BenchmarkParams p) {
        return p.getBenchmark().replace("io.reft.benchmarks.", "");
    }

    private static String shape(BenchmarkParams p) {
        return p.getParamsKeys().stream()
                .filter(key -> !List.of("device=cpu", "threads=0", "isa=auto", "dtype=fp32").contains(key + "=" + p.getParam(key)))
                .map(key -> Character.isDigit(p.getParam(key).charAt(0)) ? key + "=" + p.getParam(key) : p.getParam(key))
                .collect(Collectors.joining(" "));
    }

    private static String time(double ns) {
        return ns < 1e3 ? format("%.1f ns", ns) : ns < 1e6 ? format("%.2f µs", ns / 1e3) : format("%.2f ms", ns / 1e6);
    }

    private static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
