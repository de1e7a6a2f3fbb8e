package io.reft.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.reft.InputError;
import io.reft.bench.Ceilings;
import io.reft.bench.KernelBench;
import io.reft.bench.ModelBench;
import io.reft.bench.Operands;
import io.reft.bench.Timing;
import io.reft.bench.Work;
import io.reft.checkpoint.JsonFile;
import io.reft.kernels.Engine;
import io.reft.run.Session;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft bench}: how fast ops and whole tasks run, beside the floor that the machine sets them. */
@Command(name = "bench",
        description = "Times matrix products, attention, decoding steps, SFT steps, generation, PPO or GRPO iterations on random "
                + "data; prints JSON lines with the floor, "
                + "the least time that the machine's arithmetic and memory leave for the work, and the share of it reached.",
        footer = {"  reft bench sft --model ../models/tiny --batch 8 --seq 256 --steps 5", "  reft bench gemm --m 4096 --n 4096 --k 4096"})
final class BenchCommand implements Callable<Integer> {
    /** What is timed. */
    enum Task { GEMM, ATTENTION, DECODE, SFT, GENERATE, PPO, GRPO }

    @Parameters(index = "0", paramLabel = "gemm|attention|decode|sft|generate|ppo|grpo", description = "What to time.")
    private Task task;

    @Option(names = "--model", paramLabel = "DIR",
            description = "Hugging Face model folder, for all but gemm and attention; it needs no tokenizer.")
    private Path model;

    @Option(names = "--batch", defaultValue = "8", paramLabel = "N", description = "Sequences (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 4096)
    private int batch;

    @Option(names = "--seq", defaultValue = "256", paramLabel = "N",
            description = "sft, attention: tokens of a sequence (default: ${DEFAULT-VALUE}).")
    @Range(min = 2, max = 65536)
    private int seq;

    @Option(names = "--lengths", paramLabel = "FILE",
            description = "sft: a JSON array of lengths, of which the first --batch are used, instead of --seq.")
    private Path lengths;

    @Option(names = "--prompt", defaultValue = "64", paramLabel = "N",
            description = "generate, ppo, grpo: tokens of a prompt (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 65536)
    private int prompt;

    @Option(names = "--context", defaultValue = "512", paramLabel = "N",
            description = "decode: tokens in the cache, half-way (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 65536)
    private int context;

    @Option(names = "--new", defaultValue = "128", paramLabel = "N",
            description = "generate, decode, ppo, grpo: tokens of a completion (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 65536)
    private int fresh;

    @Option(names = "--samples", defaultValue = "8", paramLabel = "K",
            description = "grpo: completions of a question; --batch counts completions (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.SAMPLES)
    private int samples;

    @Option(names = "--steps", defaultValue = "5", paramLabel = "N",
            description = "Timed repetitions, after one that is not (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.COUNT)
    private int steps;

    @Option(names = "--epochs", defaultValue = "2", paramLabel = "N",
            description = "ppo, grpo: passes over the completions (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.EPOCHS)
    private int epochs;

    @Option(names = "--m", defaultValue = "2048", paramLabel = "N", description = "gemm: rows of x (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 1 << 20)
    private int m;

    @Option(names = "--n", defaultValue = "3072", paramLabel = "N", description = "gemm: rows of the weight (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 1 << 20)
    private int n;

    @Option(names = "--k", defaultValue = "768", paramLabel = "N", description = "gemm: columns of both (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 1 << 20)
    private int k;

    @Option(names = "--heads", defaultValue = "12", paramLabel = "N",
            description = "attention: heads, of 64 channels (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 1024)
    private int heads;

    @Option(names = "--greedy", description = "generate, decode: always the most likely token.")
    private boolean greedy;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N",
            description = "Tokens computed at a time (default: ${DEFAULT-VALUE}).")
    @Range(min = 2, max = Range.TOKENS)
    private int tokensPerBatch;

    @Mixin
    private EngineOptions engine;

    @Override
    public Integer call() throws IOException {
        if (task == Task.GEMM || task == Task.ATTENTION) {
            kernels();
        } else if (model == null) {
            throw new InputError("%s needs --model, a Hugging Face model folder.", name());
        } else {
            model();
        }
        return 0;
    }

    private void kernels() {
        try (Engine on = engine.open(); Operands operands = new Operands(on, engine.seed)) {
            Ceilings ceilings = Ceilings.of(on);
            KernelBench bench = new KernelBench(on, operands, (op, result) -> {
                List<Double> ms = timed(on, op).stream().map(t -> t / result.repeat()).toList();
                Map<String, Object> more = new LinkedHashMap<>();
                more.put("part", result.part());
                more.put("shape", result.shape());
                print(on, ms, List.of(result.work()), ceilings, more);
            });
            if (task == Task.GEMM) {
                bench.gemm(m, n, k);
            } else {
                bench.attention(batch, seq, heads);
            }
        }
    }

    private void model() throws IOException {
        try (Session session = Session.open(model, engine::open, task == Task.PPO, Console.JOURNAL)) {
            ModelBench bench = new ModelBench(session,
                    new ModelBench.Sizes(batch, prompt, fresh, samples, epochs, tokensPerBatch, greedy, engine.seed),
                    work -> timed(session.engine(), work));
            ModelBench.Result result = switch (task) {
                case SFT -> bench.sft(sequenceLengths());
                case GENERATE -> bench.generate();
                case DECODE -> bench.decode(context);
                case GRPO -> bench.grpo();
                default -> bench.ppo();
            };
            int tokens = switch (task) {
                case SFT -> sequenceLengths().stream().mapToInt(Integer::intValue).sum();
                case DECODE -> batch;
                default -> batch * fresh;
            };
            Map<String, Object> more = new LinkedHashMap<>();
            more.put("model", model.toAbsolutePath().normalize().getFileName().toString());
            more.put("tokens", tokens);
            more.put("tokens_per_s", Timing.rounded(tokens / Timing.median(result.ms()) * 1e3));
            more.put("peak_mib", peakMebibytes());
            more.putAll(result.more());
            print(session.engine(), result.ms(), result.work(), Ceilings.of(session.engine()), more);
        }
    }

    private void print(Engine on, List<Double> ms, List<Work> work, Ceilings ceilings, Map<String, Object> more) {
        double median = Timing.median(ms), floor = Work.floor(work, ceilings);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("peer", "reft");
        row.put("task", name());
        row.putAll(more);
        row.put("dtype", on.matmul().bf16() ? "bf16" : "fp32");
        row.put("device", on.kernels().describe());
        row.put("products", on.matmul().describe());
        row.put("threads", engine.threads());
        row.put("ms_median", Timing.rounded(median));
        row.put("ms", ms.stream().map(Timing::rounded).toList());
        row.put("tflops", Timing.rounded(work.stream().mapToDouble(Work::flops).sum() / median / 1e9));
        row.put("gb_per_s", Timing.rounded(work.stream().mapToDouble(Work::bytes).sum() / median / 1e6));
        row.put("floor_ms", Timing.rounded(floor));
        row.put("percent_of_floor", Timing.rounded(100 * floor / median));
        row.put("ceilings", ceilings.source());
        row.put("ceiling_tflops", Timing.rounded(ceilings.flops() / 1e12));
        row.put("ceiling_gb_per_s", Timing.rounded(ceilings.bytes() / 1e9));
        System.out.println(new GsonBuilder().disableHtmlEscaping().create().toJson(row));
    }

    private List<Double> timed(Engine on, Runnable work) {
        work.run();
        on.device().synchronize();
        List<Double> ms = new ArrayList<>();
        try (Progress progress = new Progress("bench " + name(), "steps", steps)) {
            for (int i = 0; i < steps; i++) {
                long start = System.nanoTime();
                work.run();
                on.device().synchronize();
                ms.add((System.nanoTime() - start) / 1e6);
                progress.step();
            }
        }
        return ms;
    }

    private String name() {
        return task.name().toLowerCase(Locale.ROOT);
    }

    private List<Integer> sequenceLengths() {
        if (lengths == null) {
            return java.util.Collections.nCopies(batch, seq);
        }
        List<Integer> all = new ArrayList<>();
        try (JsonReader reader = new JsonReader(new StringReader(JsonFile.text(lengths, 16 << 20)))) {
            reader.setStrictness(Strictness.STRICT);
            reader.beginArray();
            while (reader.hasNext()) {
                all.add(reader.nextInt());
            }
            reader.endArray();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new IllegalStateException("more than an array");
            }
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new InputError("%s: not a JSON array of whole numbers.", lengths);
        }
        if (all.isEmpty() || all.stream().anyMatch(n -> n < 2)) {
            throw new InputError("%s: a list of lengths, each at least 2, is needed.", lengths);
        }
        return all.subList(0, Math.min(batch, all.size()));
    }

    /** The most memory that this process had, in MiB; null where the system does not tell. */
    private static Long peakMebibytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        return !Files.exists(status) ? null : Files.readAllLines(status).stream().filter(l -> l.startsWith("VmHWM:"))
                .map(l -> Long.parseLong(l.replaceAll("\\D", "")) / 1024).findFirst().orElse(null);
    }
}
