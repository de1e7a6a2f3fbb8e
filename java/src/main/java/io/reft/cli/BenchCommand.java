package io.reft.cli;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.generate.Completion;
import io.reft.generate.Generator;
import io.reft.generate.Sampling;
import io.reft.model.Model;
import io.reft.reward.Score;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.Ppo;
import io.reft.train.ScoredCompletion;
import io.reft.train.Sft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft bench}: how fast whole tasks run, on random tokens. */
@Command(name = "bench", description = "Times SFT steps, generation or PPO iterations on random tokens; prints one JSON line.",
        footer = "  reft bench sft --model ../models/tiny --batch 8 --seq 256 --steps 5")
final class BenchCommand implements Callable<Integer> {
    /** What is timed. */
    enum Task { SFT, GENERATE, PPO }

    private static final int FIRST_TOKEN = 5;   // past the usual special tokens

    @Parameters(index = "0", paramLabel = "sft|generate|ppo", description = "What to time.")
    private Task task;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder; it needs no tokenizer.")
    private Path model;

    @Option(names = "--batch", defaultValue = "8", paramLabel = "N", description = "Sequences (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--seq", defaultValue = "256", paramLabel = "N", description = "sft: tokens of a sequence (default: ${DEFAULT-VALUE}).")
    private int seq;

    @Option(names = "--lengths", paramLabel = "FILE", description = "sft: a JSON array of lengths, of which the first --batch are used, instead of --seq.")
    private Path lengths;

    @Option(names = "--prompt", defaultValue = "64", paramLabel = "N", description = "generate, ppo: tokens of a prompt (default: ${DEFAULT-VALUE}).")
    private int prompt;

    @Option(names = "--new", defaultValue = "128", paramLabel = "N", description = "generate, ppo: tokens of a completion (default: ${DEFAULT-VALUE}).")
    private int fresh;

    @Option(names = "--steps", defaultValue = "5", paramLabel = "N", description = "Timed repetitions, after one that is not (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--epochs", defaultValue = "2", paramLabel = "N", description = "ppo: passes over the completions (default: ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--greedy", description = "generate: always the most likely token.")
    private boolean greedy;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N", description = "Tokens computed at a time (default: ${DEFAULT-VALUE}).")
    private int tokensPerBatch;

    @Mixin
    private EngineOptions engine;

    private final Map<String, Object> extra = new LinkedHashMap<>();
    private Random random;

    @Override
    public Integer call() throws IOException {
        if (batch < 1 || seq < 2 || prompt < 1 || fresh < 1 || steps < 1 || epochs < 1 || tokensPerBatch < 2) {
            throw new InputError("--batch, --prompt, --new, --steps and --epochs are at least 1, --seq and --tokens-per-batch at least 2.");
        }
        random = new Random(engine.seed);
        try (Session session = Session.open(model, engine, task == Task.PPO)) {
            List<Double> ms = switch (task) {
                case SFT -> sft(session);
                case GENERATE -> generate(session);
                case PPO -> ppo(session);
            };
            double median = median(ms);
            int tokens = task == Task.SFT ? sequenceLengths().stream().mapToInt(Integer::intValue).sum() : batch * fresh;
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("peer", "reft");
            row.put("task", task.name().toLowerCase(java.util.Locale.ROOT));
            row.put("model", model.toAbsolutePath().normalize().getFileName().toString());
            row.put("dtype", session.engine().matmul().bf16() ? "bf16" : "fp32");
            row.put("device", session.engine().kernels().describe());
            row.put("products", session.engine().matmul().describe());
            row.put("threads", engine.threads);
            row.put("tokens", tokens);
            row.put("tokens_per_s", rounded(tokens / median * 1e3));
            row.put("ms_median", rounded(median));
            row.put("ms", ms.stream().map(BenchCommand::rounded).toList());
            row.put("peak_mib", peakMebibytes());
            row.putAll(extra);
            System.out.println(new Gson().toJson(row));
        }
        return 0;
    }

    private List<Double> sft(Session session) {
        List<Example> examples = new ArrayList<>();
        for (int length : sequenceLengths()) {
            check(session, "a sequence", length);
            examples.add(new Example(tokens(session, length), 1));
        }
        int budget = Math.max(tokensPerBatch, examples.stream().mapToInt(e -> e.ids().length).max().orElse(2));
        try (Learner learner = new Learner(session.model(), session.transformer(), session.engine(), AdamW.Options.DEFAULT, budget);
                Sft sft = new Sft(learner, session.engine(), budget)) {
            return timed(() -> sft.step(examples, 1e-5f));
        }
    }

    private List<Double> generate(Session session) {
        check(session, "prompt and completion", prompt + fresh);
        List<int[]> prompts = prompts(session);
        try (Generator generator = new Generator(session.transformer(), session.engine(), batch)) {
            return timed(() -> complete(session, generator, prompts));
        }
    }

    private List<Completion> complete(Session session, Generator generator, List<int[]> prompts) {
        return generator.generate(session.model().weights(), new Generator.Request(prompts, 1, fresh, prompt + fresh, 0, true),
                greedy ? Sampling.GREEDY : Sampling.plain(engine.seed), n -> {});
    }

    private List<Double> ppo(Session session) {
        check(session, "prompt and completion", prompt + fresh);
        List<int[]> prompts = prompts(session);
        int budget = Math.max(tokensPerBatch, prompt + fresh);
        Ppo.Options options = new Ppo.Options(0.01f, 1, 0.95f, 0.2f, 0.2f, 5, epochs, batch, 1, engine.seed);
        List<Ppo.Iteration> done = new ArrayList<>();
        List<Double> ms;
        try (Model reference = session.model().frozen(); Generator generator = new Generator(session.transformer(), session.engine(), batch);
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), AdamW.Options.DEFAULT, budget);
                Ppo ppo = new Ppo(learner, reference.weights(), session.engine(), options, budget)) {
            ms = timed(() -> {
                long start = System.nanoTime();
                List<Completion> completions = complete(session, generator, prompts);
                List<ScoredCompletion> scored = new ArrayList<>();
                for (int i = 0; i < batch; i++) {
                    Prompt asked = new Prompt(new Problem("bench_" + i, "", null, "0"), "", "", prompts.get(i));
                    scored.add(new ScoredCompletion(asked, completions.get(i), "", new Score(0, Score.Verdict.NO_ANSWER, null)));
                }
                done.add(ppo.learn(scored, 3e-7f, done.size() + 1, (System.nanoTime() - start) / 1e6));
            });
        }
        done.removeFirst();
        extra.put("rollout_ms", rounded(median(done.stream().map(Ppo.Iteration::rolloutMs).toList())));
        extra.put("score_ms", rounded(median(done.stream().map(Ppo.Iteration::scoreMs).toList())));
        extra.put("update_ms", rounded(median(done.stream().map(Ppo.Iteration::updateMs).toList())));
        return ms;
    }

    private List<Double> timed(Runnable work) {
        work.run();
        List<Double> ms = new ArrayList<>();
        try (Progress progress = new Progress("bench " + task.name().toLowerCase(java.util.Locale.ROOT), "steps", steps)) {
            for (int i = 0; i < steps; i++) {
                long start = System.nanoTime();
                work.run();
                ms.add((System.nanoTime() - start) / 1e6);
                progress.step();
            }
        }
        return ms;
    }

    private List<Integer> sequenceLengths() {
        if (lengths == null) {
            return java.util.Collections.nCopies(batch, seq);
        }
        try {
            JsonElement array = com.google.gson.JsonParser.parseString(JsonFile.text(lengths, 16 << 20));
            List<Integer> all = new ArrayList<>();
            array.getAsJsonArray().forEach(n -> all.add(n.getAsInt()));
            if (all.isEmpty() || all.stream().anyMatch(n -> n < 2)) {
                throw new InputError("%s: a list of lengths, each at least 2, is needed.", lengths);
            }
            return all.subList(0, Math.min(batch, all.size()));
        } catch (com.google.gson.JsonParseException | IllegalStateException | UnsupportedOperationException | NumberFormatException e) {
            throw new InputError("%s is no JSON array of whole numbers.", lengths);
        }
    }

    private List<int[]> prompts(Session session) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            prompts.add(tokens(session, prompt));
        }
        return prompts;
    }

    private int[] tokens(Session session, int n) {
        int first = Math.min(FIRST_TOKEN, session.config().vocab() - 1);
        return random.ints(n, first, session.config().vocab()).toArray();
    }

    private static void check(Session session, String what, int length) {
        if (length > session.config().maxPositions()) {
            throw new InputError("This model has %d positions: %s of %d tokens is too long.", session.config().maxPositions(), what, length);
        }
    }

    /** The most memory that this process had, in MiB; null where the system does not tell. */
    private static Long peakMebibytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        return !Files.exists(status) ? null : Files.readAllLines(status).stream().filter(l -> l.startsWith("VmHWM:"))
                .map(l -> Long.parseLong(l.replaceAll("\\D", "")) / 1024).findFirst().orElse(null);
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static double rounded(double x) {
        return Math.round(x * 100) / 100.0;
    }
}
