package io.reft.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import io.reft.reward.Score.Verdict;
import io.reft.run.SampleBlock;
import io.reft.run.SampleQuery;
import io.reft.run.SampleStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft samples}: the completions that a training run drew. */
@Command(name = "samples",
        description = "Prints the completions that a run of ppo, rl or self-train drew, in their order: all, or those that the options "
                + "choose.",
        footer = {"  reft samples runs/reft --verdict wrong --iteration 10-20",
                "  reft samples runs/reft --item svamp_12 --json | jq .score"})
final class SamplesCommand implements Callable<Integer> {
    private static final int LINE = 100_000;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's folder: its --out.")
    private Path run;

    @Option(names = "--verdict", split = ",", paramLabel = "VERDICT",
            description = "Only samples with one of these verdicts: ${COMPLETION-CANDIDATES}.")
    private List<Verdict> verdicts = List.of();

    @Option(names = "--min-score", paramLabel = "S", description = "Only samples with at least this score.")
    @Range(min = 0, max = 1e6)
    private Double least;

    @Option(names = "--max-score", paramLabel = "S", description = "Only samples with at most this score.")
    @Range(min = 0, max = 1e6)
    private Double most;

    @Option(names = "--iteration", paramLabel = "N[-M]", description = "Only samples of iteration N, or of N to M.")
    private String iterations;

    @Option(names = "--item", paramLabel = "ID", description = "Only samples of the question with this item_id.")
    private String item;

    @Option(names = "--text", paramLabel = "TEXT", description = "Only samples whose question or completion holds this, in any case.")
    private String text;

    @Option(names = "--limit", paramLabel = "N", description = "At most N samples.")
    @Range(min = 1)
    private Integer limit;

    @Option(names = "--json", description = "Print a JSON object a line, with tokens, log-probabilities and advantages.")
    private boolean json;

    private int printed;

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(run.resolve("run/options.json"))) {
            throw new InputError("%s holds no run: name the --out of a training command.", run);
        }
        List<Path> files = SampleStore.files(run);
        if (files.isEmpty()) {
            throw new InputError("%s holds no samples: ppo, rl and self-train write them, unless --keep-samples is 0.", run);
        }
        SampleQuery query = query();
        for (Path file : files) {
            if (!print(file, query)) {
                break;
            }
        }
        return 0;
    }

    private SampleQuery query() {
        int first = 0, last = Integer.MAX_VALUE;
        if (iterations != null) {
            if (!iterations.matches("\\d{1,9}(-\\d{1,9})?")) {
                throw new InputError("--iteration is %s; it must be a number, or two as in 10-20.", iterations);
            }
            String[] bounds = iterations.split("-");
            first = Integer.parseInt(bounds[0]);
            last = Integer.parseInt(bounds[bounds.length - 1]);
        }
        Set<Verdict> chosen = EnumSet.noneOf(Verdict.class);
        chosen.addAll(verdicts);
        return new SampleQuery(chosen, least != null ? least : Double.NEGATIVE_INFINITY, most != null ? most : Double.POSITIVE_INFINITY,
                first,
                last, item, null);
    }

    /** Prints those of a file; false where there are enough. */
    private boolean print(Path file, SampleQuery query) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long at = 0;
            for (SampleBlock block; (block = SampleBlock.read(file, channel, at)) != null; at += block.length()) {
                List<JsonObject> lines = null;
                for (int i = 0; i < block.samples().size(); i++) {
                    if (query.accepts(block, block.samples().get(i))) {
                        lines = lines != null ? lines : block.lines(file, channel);
                        print(lines.get(i));
                        if (limit != null && printed == limit) {
                            return false;
                        }
                    }
                }
            }
            return true;
        } catch (IOException e) {
            throw new InputError("%s cannot be read (%s).", file, JsonFile.reason(e));
        }
    }

    private void print(JsonObject sample) {
        if (text != null && !SampleQuery.holds(word(sample, "question"), text) && !SampleQuery.holds(word(sample, "text"), text)) {
            return;
        }
        printed++;
        if (json) {
            System.out.println(sample);
            return;
        }
        System.out.println(printable(String.format(Locale.ROOT, "iteration %s, %s: %s, score %s; answer %s, gold %s; %d tokens%s%n%s%n%s%n",
                word(sample, "iteration"), word(sample, "item_id"), word(sample, "verdict"), word(sample, "score"), word(sample, "answer"),
                word(sample, "gold"), sample.getAsJsonArray("completion_ids").size(),
                word(sample, "finish").equals("length") ? ", cut at the length limit" : "", word(sample, "question"),
                word(sample, "text"))));
    }

    private static String word(JsonObject sample, String field) {
        JsonElement value = sample.get(field);
        return value == null || value.isJsonNull() ? "none" : value.getAsString();
    }

    private static String printable(String lines) {
        return lines.lines().map(line -> InputError.printable(line, LINE)).collect(Collectors.joining("\n")) + "\n";
    }
}
