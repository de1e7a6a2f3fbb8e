package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.reft.DrawnSamples;
import io.reft.Golden;
import io.reft.InputError;
import io.reft.rollout.ScoredCompletion;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples of a run: what is written is read, bounded, cut back where a run goes on, and tokens find their characters. */
class SampleStoreTest {
    private static Tokenizer tokenizer;

    @TempDir
    private Path dir;

    @BeforeAll
    static void open() {
        tokenizer = Tokenizers.open(Golden.repository("models/demo"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private RunFolder folder(String name) {
        return RunFolder.create(dir.resolve(name), "ppo", Map.of(), true);
    }

    private static List<JsonObject> read(Path run) throws IOException {
        List<JsonObject> all = new ArrayList<>();
        for (Path file : SampleStore.files(run)) {
            try (FileChannel channel = FileChannel.open(file)) {
                long at = 0;
                for (SampleBlock block; (block = SampleBlock.read(file, channel, at)) != null; at += block.length()) {
                    all.addAll(block.lines(file, channel));
                    assertTrue(block.samples().size() <= SampleBlock.SAMPLES);
                }
                assertEquals(channel.size(), at);
            }
        }
        return all;
    }

    private static String zcat(Path file) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void write(SampleStore store, int from, int to) {
        for (int i = from; i <= to; i++) {
            store.completions(DrawnSamples.of(tokenizer, i, 40));
        }
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        DrawnCompletions drawn = DrawnSamples.of(tokenizer, 3, 40);
        try (RunFolder run = folder("a"); SampleStore store = new SampleStore(run, 1 << 20)) {
            store.completions(drawn);
        }
        List<JsonObject> read = read(dir.resolve("a"));
        assertEquals(40, read.size());
        int at = 0;
        for (int i = 0; i < 40; i++) {
            ScoredCompletion s = drawn.scored().get(i);
            JsonObject line = read.get(i);
            assertEquals(3, line.get("iteration").getAsInt());
            assertEquals("svamp_" + i / 2, line.get("item_id").getAsString());
            assertEquals(i / 2, line.get("group").getAsInt());
            assertEquals(s.text(), line.get("text").getAsString());
            assertEquals(s.score().right() ? "right" : "wrong", line.get("verdict").getAsString());
            assertEquals(s.completion().finished() ? "eos" : "length", line.get("finish").getAsString());
            int[] ids = line.getAsJsonArray("completion_ids").asList().stream().mapToInt(JsonElement::getAsInt).toArray();
            assertArrayEquals(s.completion().ids(), ids);
            for (int t = 0; t < ids.length; t++) {
                assertEquals(s.completion().logprobs()[t], line.getAsJsonArray("logprobs").get(t).getAsDouble(), 5.1e-6);
                assertEquals(at + t, line.getAsJsonArray("advantages").get(t).getAsDouble(), 5.1e-6);
            }
            at += ids.length;
            assertTrue(!line.has("ref_logprobs") && !line.has("values"), line.toString());
            assertEquals(s.text().length(), line.getAsJsonArray("token_chars").asList().stream().mapToInt(JsonElement::getAsInt).sum());
        }
        Path file = SampleStore.files(dir.resolve("a")).getFirst();
        assertEquals(40, zcat(file).lines().count(), "any reader of gzip files reads them");
        try (FileChannel channel = FileChannel.open(file)) {
            SampleBlock first = SampleBlock.read(file, channel, 0);
            assertEquals("svamp_7", first.questions().get(first.samples().get(15).question()).id());
            assertEquals("7", first.samples().get(0).answer());
        }
    }

    @Test
    void goesOnWithoutGapsOrDoubles() throws IOException {
        try (RunFolder run = folder("whole"); SampleStore store = new SampleStore(run, 100_000)) {
            write(store, 1, 60);
        }
        try (RunFolder run = folder("stopped"); SampleStore store = new SampleStore(run, 100_000)) {
            write(store, 1, 33);
        }
        Path torn = SampleStore.files(dir.resolve("stopped")).getLast();
        byte[] bytes = Files.readAllBytes(torn);
        Files.write(torn, Arrays.copyOf(bytes, bytes.length - 100)); // as a kill leaves it
        RunFolder again = RunFolder.resume(dir.resolve("stopped"), "ppo");
        try (again; SampleStore store = new SampleStore(again, 100_000)) {
            store.resumed(29);
            assertEquals(29, read(dir.resolve("stopped")).getLast().get("iteration").getAsInt());
            write(store, 30, 60);
        }
        List<Path> whole = SampleStore.files(dir.resolve("whole")), stopped = SampleStore.files(dir.resolve("stopped"));
        assertTrue(whole.size() > 5 && !whole.getFirst().endsWith("000001.jsonl.gz"), whole.toString());
        assertEquals(whole.stream().map(Path::getFileName).toList(), stopped.stream().map(Path::getFileName).toList());
        for (int i = 0; i < whole.size(); i++) {
            assertArrayEquals(Files.readAllBytes(whole.get(i)), Files.readAllBytes(stopped.get(i)), whole.get(i).toString());
        }
        List<Integer> iterations = read(dir.resolve("whole")).stream().map(line -> line.get("iteration").getAsInt()).distinct().toList();
        assertEquals(IntStream.rangeClosed(iterations.getFirst(), 60).boxed().toList(), iterations);
        long size = whole.stream().mapToLong(f -> f.toFile().length()).sum();
        assertTrue(size <= 110_000 && size > 80_000, "kept " + size);
    }

    @Test
    void noneWhereNoneAreWanted() {
        try (RunFolder run = folder("none"); SampleStore store = new SampleStore(run, 0)) {
            store.completions(DrawnSamples.of(tokenizer, 1, 4));
        }
        assertEquals(List.of(), SampleStore.files(dir.resolve("none")));
    }

    @Test
    void changedFilesAreRefusedOrEnd() throws IOException {
        try (RunFolder run = folder("a"); SampleStore store = new SampleStore(run, 1 << 20)) {
            write(store, 1, 1);
        }
        Path file = SampleStore.files(dir.resolve("a")).getFirst();
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(i % 2 == 0 ? 200 : bad.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, Arrays.copyOf(bad, i % 3 == 0 ? random.nextInt(bad.length) : bad.length));
            try {
                long at = 0;
                try (FileChannel channel = FileChannel.open(file)) {
                    for (SampleBlock block; (block = SampleBlock.read(file, channel, at)) != null; at += block.length()) {
                        block.lines(file, channel);
                    }
                }
            } catch (InputError e) {
                assertTrue(e.getMessage().contains("block of samples"), e.getMessage());
            }
        }
        Files.write(file, new byte[100]);
        try (FileChannel channel = FileChannel.open(file)) {
            assertThrows(InputError.class, () -> SampleBlock.read(file, channel, 0));
            assertNull(SampleBlock.read(file, channel, 95));
        }
    }

    /** Characters of several tokens, and texts that begin with spaces. */
    @Test
    void everyCharacterHasItsToken() {
        TokenSpans spans = new TokenSpans(tokenizer);
        for (String text : List.of("    return 3", "x é 漢字 😀 = 1", "", "\n\n  a", "1 + 1")) {
            int[] ids = tokenizer.encode(text);
            String decoded = tokenizer.decode(ids);
            int[] chars = spans.of(ids, decoded);
            assertEquals(decoded.length(), IntStream.of(chars).sum(), text);
        }
    }
}
