package io.reft.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.InputError;
import io.reft.Shared;
import io.reft.checkpoint.Mutations;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what SentencePiece and Hugging Face's library say (src/test/python/make_tokenizer_golden.py), and broken files. */
class TokenizersTest {
    private static final JsonObject GOLDEN = golden();

    @TempDir
    Path dir;

    private static Path resource(String name) {
        try {
            return Path.of(TokenizersTest.class.getResource("/tokenizer/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonObject golden() {
        try {
            return JsonParser.parseString(Files.readString(resource("golden.json"))).getAsJsonObject();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int[] ints(JsonElement array) {
        return array.getAsJsonArray().asList().stream().mapToInt(JsonElement::getAsInt).toArray();
    }

    private static String roundTrip(Tokenizer tokenizer, String text) {
        return tokenizer.decode(tokenizer.encode(text));
    }

    private static void compare(Tokenizer tokenizer, JsonObject golden) {
        JsonArray texts = GOLDEN.getAsJsonArray("texts");
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i).getAsString();
            int[] ids = tokenizer.encode(text);
            assertArrayEquals(ints(golden.getAsJsonArray("ids").get(i)), ids, text);
            // SentencePiece writes a space and U+2581 alike
            String restored = tokenizer instanceof SentencePieceTokenizer ? text.replace('▁', ' ') : text;
            assertEquals(restored, tokenizer.decode(ids));
        }
        JsonArray random = golden.getAsJsonArray("random");
        for (int i = 0; i < random.size(); i++) {
            assertEquals(golden.getAsJsonArray("decoded").get(i).getAsString(), tokenizer.decode(ints(random.get(i))),
                    random.get(i).toString());
        }
        assertEquals(golden.get("size").getAsInt(), tokenizer.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sentencepiece-bpe", "sentencepiece-unigram", "json", "gpt2"})
    void ownTokenizers(String name) {
        try (Tokenizer tokenizer = Tokenizers.open(resource(name))) {
            compare(tokenizer, GOLDEN.getAsJsonObject("own").getAsJsonObject(name));
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"tokenizers/llama2", "tokenizers/codellama-rebuilt", "tokenizers/opt"})
    void sharedTokenizers(String name) throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(Shared.path(name))) {
            compare(tokenizer, GOLDEN.getAsJsonObject("shared").getAsJsonObject(name));
            String problems = Files.readString(Shared.path("data/reft/svamp_python_sdp.json"));
            JsonArray rows = JsonParser.parseString(problems).getAsJsonArray();
            for (int i = 0; i < rows.size(); i += 3) {
                String program = rows.get(i).getAsJsonObject().get("answer_cot").getAsString();
                assertEquals(program, roundTrip(tokenizer, program));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"sentencepiece-bpe, 1, 2", "sentencepiece-unigram, 1, 2", "json, 0, 2", "gpt2, 0, 2"})
    void specialTokensAreKnownSkippedAndNotFoundInText(String name, int bos, int eos) {
        try (Tokenizer tokenizer = Tokenizers.open(resource(name))) {
            assertEquals(bos, tokenizer.idOf("<s>"));
            assertEquals(eos, tokenizer.idOf("</s>"));
            assertEquals(-1, tokenizer.idOf("no such token"));
            int[] ids = tokenizer.encode("a</s>b");
            assertTrue(Arrays.stream(ids).noneMatch(id -> id == eos));
            int[] whole = new int[ids.length + 3];
            whole[0] = bos;
            System.arraycopy(ids, 0, whole, 1, ids.length);
            Arrays.fill(whole, ids.length + 1, whole.length, eos);
            assertEquals("a</s>b", tokenizer.decode(whole));
            int a = tokenizer.idOf("a");
            assertEquals("a\uFFFD\uFFFDa", tokenizer.decode(new int[] {a, -1, tokenizer.size(), a}));
        }
    }

    @Test
    void tokensBeyondTheVocabulary() {
        try (Tokenizer tokenizer = Tokenizers.open(resource("json"))) {
            assertEquals(400, tokenizer.idOf("<|endoftext|>"));
            assertEquals(402, tokenizer.idOf("<|im_start|>"));
            assertEquals("x_italics_y", tokenizer.decode(new int[] {tokenizer.idOf("x"), 400, 401, 402, tokenizer.idOf("y")}));
            assertEquals(1, Arrays.stream(tokenizer.encode("a _italics_ b")).filter(id -> id == 401).count());
        }
    }

    @Test
    void brokenCharactersBecomeReplacements() {
        try (Tokenizer tokenizer = Tokenizers.open(resource("sentencepiece-bpe"))) {
            int zero = tokenizer.idOf("<0x00>");
            int[] bytes = {0xF0, 0x9F, 0x98, 0x80, 0xF0, 0x9F, 0x0A, 0x41, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0xE2, 0x82, 0xAC, 0};
            int[] ids = Arrays.stream(bytes).map(b -> zero + b).toArray();
            assertEquals("😀\uFFFD\uFFFD\nA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD€\0", tokenizer.decode(ids));
            assertEquals("\uFFFD", roundTrip(tokenizer, "\uD83D"));
            assertEquals("\uFFFDx😀", roundTrip(tokenizer, "\uDE00x😀"));
        }
        try (Tokenizer tokenizer = Tokenizers.open(resource("json"))) {
            assertEquals("a\uFFFDb", roundTrip(tokenizer, "a\uD83Db"));
        }
    }

    /** Prompt, head and continuation are encoded apart: each must come back exactly from its own ids. */
    @ParameterizedTest
    @ValueSource(strings = {"sentencepiece-bpe", "sentencepiece-unigram", "json", "gpt2"})
    void everyTextComesBack(String name) {
        try (Tokenizer tokenizer = Tokenizers.open(resource(name))) {
            String[] parts = {" ", "\n", "    ", "\t", "def", "x", "=", "1", "é", "😀", "\0", "</s>", "中", "\u0300", "'", "s", "."};
            Random random = new Random(1);
            for (int i = 0; i < 2000; i++) {
                StringBuilder text = new StringBuilder();
                for (int length = random.nextInt(12); length > 0; length--) {
                    text.append(parts[random.nextInt(parts.length)]);
                }
                assertEquals(text.toString(), roundTrip(tokenizer, text.toString()));
            }
            String huge = "    x = 1\n".repeat(20_000);
            assertEquals(huge, roundTrip(tokenizer, huge));
        }
    }

    @Test
    void threadsShareATokenizer() throws InterruptedException {
        for (String name : List.of("sentencepiece-bpe", "json")) {
            try (Tokenizer tokenizer = Tokenizers.open(resource(name))) {
                AtomicReference<Throwable> failure = new AtomicReference<>();
                List<Thread> threads = new ArrayList<>();
                for (int t = 0; t < 4; t++) {
                    threads.add(Thread.ofPlatform().start(() -> {
                        try {
                            for (int i = 0; i < 10; i++) {
                                compare(tokenizer, GOLDEN.getAsJsonObject("own").getAsJsonObject(name));
                            }
                        } catch (Throwable e) {
                            failure.set(e);
                        }
                    }));
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                if (failure.get() != null) {
                    throw new AssertionError(failure.get());
                }
            }
        }
    }

    @Test
    void tokensAddedBesideASentencePieceModel() throws IOException {
        Files.copy(resource("sentencepiece-bpe/tokenizer.model"), dir.resolve("tokenizer.model"));
        Files.writeString(dir.resolve("tokenizer.json"), "{}"); // must not be looked at
        Files.writeString(dir.resolve("added_tokens.json"), "{\"<pad>\": 400, \"<think>\": 402}");
        Files.writeString(dir.resolve("tokenizer_config.json"), """
                {"pad_token": {"__type": "AddedToken", "content": "<pad>"}, "tokenizer_class": "LlamaTokenizer",
                 "added_tokens_decoder": {"2": {"content": "</s>", "special": true}, "401": {"content": "<end>", "special": true}}}""");
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            assertEquals(403, tokenizer.size());
            assertEquals(400, tokenizer.idOf("<pad>"));
            assertEquals("<think>", tokenizer.decode(new int[] {400, 402, 401, 2}));
            assertEquals("<pad>", roundTrip(tokenizer, "<pad>"));
        }
    }

    @Test
    void codeLlamasInfillingMarksAreSpecial() throws IOException {
        Files.copy(Shared.path("tokenizers/codellama-rebuilt/tokenizer.model"), dir.resolve("tokenizer.model"));
        Files.writeString(dir.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"CodeLlamaTokenizer\"}");
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            assertEquals(32016, tokenizer.size());
            assertEquals(32007, tokenizer.idOf("▁<PRE>"));
            assertEquals("", tokenizer.decode(new int[] {32007, 32008, 32009, 32010}));
        }
    }

    @Test
    void closedTokenizersSaySo() {
        for (String name : List.of("sentencepiece-bpe", "json")) {
            Tokenizer tokenizer = Tokenizers.open(resource(name));
            tokenizer.close();
            tokenizer.close();
            assertThrows(IllegalStateException.class, () -> tokenizer.encode("x"));
        }
    }

    @Test
    void foldersWithoutATokenizer() throws IOException {
        String none = assertThrows(InputError.class, () -> Tokenizers.open(dir)).getMessage();
        assertEquals(dir + ": no tokenizer; looked for tokenizer.model, tokenizer.json, and vocab.json with merges.txt.", none);
        Files.writeString(dir.resolve("vocab.json"), "{}");
        assertThrows(InputError.class, () -> Tokenizers.open(dir));
    }

    private String opening(String file, byte[] bytes) throws IOException {
        Files.write(dir.resolve(file), bytes);
        return assertThrows(InputError.class, () -> Tokenizers.open(dir)).getMessage();
    }

    @Test
    void brokenSentencePieceModels() throws IOException {
        byte[] good = Files.readAllBytes(resource("sentencepiece-bpe/tokenizer.model"));
        for (int length : new int[] {0, 1, 5, 100, good.length - 1}) {
            String message = opening("tokenizer.model", Arrays.copyOf(good, length));
            assertTrue(message.contains("not a SentencePiece model"), message);
        }
        byte[] rules = Arrays.copyOf(good, good.length + 5);
        System.arraycopy(new byte[] {0x1a, 3, 0x12, 1, 'x'}, 0, rules, good.length, 5); // normalizer_spec.precompiled_charsmap
        assertTrue(opening("tokenizer.model", rules).contains("normaliser rewrites characters"));
        byte[] suffix = Arrays.copyOf(good, good.length + 5);
        System.arraycopy(new byte[] {0x12, 3, (byte) 0xc0, 1, 1}, 0, suffix, good.length, 5); // trainer_spec.treat_whitespace_as_suffix
        assertTrue(opening("tokenizer.model", suffix).contains("suffix"));
        assertTrue(
                opening("tokenizer.model", "version https://git-lfs.github.com/spec/v1\n".getBytes()).contains("only a Git LFS pointer"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
            "'' | not a JSON object",
            "[] | not a JSON object",
            "{} | no object \"model\"",
            "{\"model\": {\"type\": \"Unigram\"}} | only BPE is known",
            "{\"model\": {\"type\": \"BPE\"}} | no object \"vocab\"",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}} | -1 is no token id",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 4294967296}, \"merges\": []}} | 4294967296 is no token id",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []}} | two tokens have the id 0",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\", \"z\"]]}} | the tokenizers library cannot load it",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"added_tokens\": [{\"id\": 5, \"content\": "
                    + "\"x\", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": false}]} | "
                    + "has the id 5, where the vocabulary gives it 1",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"added_tokens\": [{\"id\": 5}]} | an added "
                    + "token has no content",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"added_tokens\": [{\"id\": 1, \"content\": "
                    + "\"x\"}]} | added_tokens[0]: field \"single_word\" is missing",
    })
    void brokenTokenizerJson(String json, String said) throws IOException {
        String message = opening("tokenizer.json", json.replace("''", "").getBytes());
        assertTrue(message.contains(said), message);
    }

    @Test
    void brokenMerges() throws IOException {
        Files.writeString(dir.resolve("vocab.json"), "{\"a\": 0, \"b\": 1, \"ab\": 2}");
        assertTrue(opening("merges.txt", "#version: 0.2\na b\nab\n".getBytes()).contains("line 3 is not two tokens"));
        Files.writeString(dir.resolve("merges.txt"), "#version: 0.2\na b\n");
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            assertArrayEquals(new int[] {2, 0}, tokenizer.encode("aba"));
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"sentencepiece-bpe, tokenizer.model", "json, tokenizer.json"})
    void damagedTokenizersAreReadOrExplained(String folder, String file) throws IOException {
        byte[] good = Files.readAllBytes(resource(folder).resolve(file));
        int read = 0;
        for (int seed = 0; seed < 500; seed++) {
            Files.write(dir.resolve(file), Mutations.of(good, seed));
            read += Mutations.succeedsOrExplains(this::use, folder + ", seed " + seed) ? 1 : 0;
        }
        assertTrue(read > 0 && read < 500, read + " of 500 were read");
    }

    private void use() {
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            roundTrip(tokenizer, "def f():\n    return \"é😀\" + 1\0</s>");
            int[] all = new int[tokenizer.size()];
            Arrays.setAll(all, id -> id);
            tokenizer.decode(all);
        }
    }
}
