package io.reft.benchmarks;

import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** How fast text becomes tokens and tokens text: the programs of {@link Programs}, by the demo's tokenizer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"})
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 7, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class Tokenizing {
    /** Its form: {@code tokenizer.model} is read by SentencePiece, {@code tokenizer.json} by Hugging Face's library. */
    @Param({"tokenizer.model", "tokenizer.json"})
    public String form;

    private Path folder;
    private Tokenizer tokenizer;
    private List<String> texts;
    private List<int[]> ids;

    /** Tokens that went through. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Done {
        /** Their number. */
        public long tokens;
    }

    /** Opens the tokenizer. */
    @Setup
    public void open() throws IOException {
        folder = Files.createTempDirectory("reft-tokenizer");
        for (String name : List.of(form, "tokenizer_config.json", "special_tokens_map.json")) {
            try (InputStream in = Tokenizers.class.getResourceAsStream("/models/demo/" + name)) {
                Files.copy(in, folder.resolve(name));
            }
        }
        tokenizer = Tokenizers.open(folder);
        texts = Programs.read();
        ids = texts.stream().map(tokenizer::encode).toList();
    }

    /** Closes it and removes its files. */
    @TearDown
    public void close() throws IOException {
        tokenizer.close();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /** Text to tokens. */
    @Benchmark
    public void encode(Done done) {
        for (String text : texts) {
            done.tokens += tokenizer.encode(text).length;
        }
    }

    /** Tokens to text. */
    @Benchmark
    public int decode(Done done) {
        int characters = 0;
        for (int[] text : ids) {
            characters += tokenizer.decode(text).length();
            done.tokens += text.length;
        }
        return characters;
    }
}
