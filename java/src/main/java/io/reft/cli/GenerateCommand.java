package io.reft.cli;

import io.reft.Count;
import io.reft.InputError;
import io.reft.generate.Completion;
import io.reft.generate.Generator;
import io.reft.generate.Sampling;
import io.reft.run.Session;
import io.reft.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft generate}: prompts in, completions out. */
@Command(name = "generate", description = "Continues prompts; writes the completions alone to standard output.",
        footer = "  reft generate --model ../models/tiny --prompt \"Once upon a time\" --greedy")
final class GenerateCommand implements Callable<Integer> {
    private static final int BATCH = 64;
    private static final int USUAL_TOKENS = 256;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder.")
    private Path model;

    @ArgGroup(multiplicity = "1")
    private Prompts prompts;

    private static final class Prompts {
        @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "The prompt.")
        private String text;

        @Option(names = "--prompts", required = true, paramLabel = "FILE",
                description = "A file with one prompt a line; \\n in it is a line break.")
        private Path file;
    }

    @Option(names = "--max-new-tokens", paramLabel = "N",
            description = "Longest completion (default: to 256 tokens in all, BOS not counted, but at least 128).")
    @Range(min = 1, max = Range.TOKENS)
    private Integer maxNewTokens;

    @Option(names = "--greedy", description = "Always the most likely token.")
    private boolean greedy;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T",
            description = "Flattens (> 1) or sharpens (< 1) the distribution (default: ${DEFAULT-VALUE}).")
    @Range(orZero = true, min = Range.COLDEST, max = Range.HOTTEST)
    private float temperature;

    @Option(names = "--top-k", defaultValue = "0", paramLabel = "K",
            description = "Only the K most likely tokens; 0: all (default: ${DEFAULT-VALUE}).")
    @Range(min = 0)
    private int topK;

    @Option(names = "--top-p", defaultValue = "1", paramLabel = "P",
            description = "Only the most likely tokens that together reach P (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = 1)
    private float topP;

    @Option(names = "--samples", defaultValue = "1", paramLabel = "K",
            description = "Completions of each prompt (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.SAMPLES)
    private int samples;

    @Option(names = "--strict", description = "Refuse prompts that leave no room for a completion, instead of writing empty lines.")
    private boolean strict;

    @Mixin
    private EngineOptions engine;

    @Override
    public Integer call() throws IOException {
        List<String> texts = prompts.text != null ? List.of(prompts.text) : read(prompts.file);
        try (Session session = Session.open(model, engine::open, false, Console.JOURNAL)) {
            boolean bos = Tokenizers.addsBos(model) && session.config().bosId() >= 0;
            List<int[]> ids = new ArrayList<>();
            for (String text : texts) {
                int[] encoded = session.tokenizer().encode(text);
                ids.add(bos ? IntStream.concat(IntStream.of(session.config().bosId()), IntStream.of(encoded)).toArray() : encoded);
                if (ids.getLast().length == 0) {
                    throw new InputError("Prompt %d is empty: there is nothing to continue.", ids.size());
                }
            }
            int positions = session.config().maxPositions();
            List<String> tooLong =
                    IntStream.range(0, ids.size()).filter(i -> ids.get(i).length >= positions).mapToObj(i -> "prompt " + (i + 1)).toList();
            if (!tooLong.isEmpty()) {
                tellTooLong(tooLong, ids.size(), positions);
            }
            List<int[]> asked = ids.stream().filter(p -> p.length < positions).toList();
            int longest = asked.stream().mapToInt(p -> p.length).max().orElse(0) - (bos ? 1 : 0);
            int limit = maxNewTokens != null ? maxNewTokens : Math.max(USUAL_TOKENS - longest, USUAL_TOKENS / 2);
            List<Completion> completions;
            try (Generator generator = new Generator(session.transformer(), session.engine(), BATCH);
                    Progress progress = new Progress("generate", "completions", (long) asked.size() * samples)) {
                int[] done = {0};
                completions = generator.generate(session.model().weights(),
                        new Generator.Request(asked, samples, limit, positions, 0, false),
                        greedy ? Sampling.GREEDY : new Sampling(temperature, topK, topP, engine.seed), n -> {
                            progress.step(n - done[0]);
                            done[0] = n;
                        });
            }
            Iterator<Completion> written = completions.iterator();
            for (int[] prompt : ids) {
                for (int n = 0; n < samples; n++) {
                    System.out.println(prompt.length >= positions ? "" : session.tokenizer().decode(written.next().text()));
                }
            }
        }
        return 0;
    }

    private static List<String> read(Path file) throws IOException {
        try {
            return Files.readAllLines(file).stream().map(line -> line.replace("\\n", "\n")).toList();
        } catch (CharacterCodingException e) {
            throw new InputError("%s: not UTF-8.", file);
        }
    }

    private void tellTooLong(List<String> tooLong, int all, int positions) {
        String words = String.format("%d of %s leave%s no room for a completion within the model's %d positions (%s)", tooLong.size(),
                Count.of(all, "prompt"), tooLong.size() == 1 ? "s" : "", positions, EvalCommand.named(tooLong));
        if (strict || tooLong.size() == all) {
            throw new InputError("%s: shorten such prompts, or leave them out.", words);
        }
        Console.CONSOLE.message(words + "; an empty line stands for each completion.");
    }
}
