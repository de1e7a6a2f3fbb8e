package io.reft.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.InputError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What tokenizers do to a text around their models, against what both libraries say (src/test/python/make_pipeline_golden.py). */
class PipelinesTest {
    private static final JsonObject GOLDEN = golden();

    @TempDir
    Path dir;

    private static Path resource(String name) {
        try {
            return Path.of(PipelinesTest.class.getResource("/tokenizer/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonObject golden() {
        try {
            return JsonParser.parseString(Files.readString(resource("pipelines.json"))).getAsJsonObject();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A complete {@code tokenizer.json} with the parts of a random case. */
    static JsonObject tokenizerJson(Random random) {
        JsonArray cases = GOLDEN.getAsJsonArray("cases");
        return tokenizerJson(cases.get(random.nextInt(cases.size())).getAsJsonObject());
    }

    private static JsonObject tokenizerJson(JsonObject part) {
        JsonObject json = new JsonObject();
        json.addProperty("version", "1.0");
        for (String field : List.of("added_tokens", "normalizer", "pre_tokenizer", "decoder")) {
            json.add(field, part.get(field).deepCopy());
        }
        JsonObject model = GOLDEN.getAsJsonObject("models").getAsJsonObject(part.get("model").getAsString()).deepCopy();
        JsonObject vocab = new JsonObject();
        model.getAsJsonArray("vocab").forEach(token -> vocab.addProperty(token.getAsString(), vocab.size()));
        model.add("vocab", vocab);
        model.add("ignore_merges", part.get("ignore_merges"));
        model.add("fuse_unk", part.get("fuse_unk"));
        json.add("model", model);
        return json;
    }

    private static String check(List<String> values) {
        CRC32 sum = new CRC32();
        values.forEach(value -> sum.update((value + "\n").getBytes(StandardCharsets.UTF_8)));
        return String.format(Locale.ROOT, "%08x", sum.getValue());
    }

    private static void compare(JsonObject golden, Tokenizer tokenizer, String what) {
        int size = golden.get("size").getAsInt();
        assertEquals(size, tokenizer.size(), what);
        List<int[]> ids = new ArrayList<>();
        List<String> written = new ArrayList<>();
        for (JsonElement text : GOLDEN.getAsJsonArray("texts")) {
            int[] encoded = tokenizer.encode(text.getAsString());
            StringJoiner joined = new StringJoiner(",");
            for (int id : encoded) {
                joined.add(String.valueOf(id));
            }
            ids.add(encoded);
            written.add(joined.toString());
        }
        assertEquals(golden.get("ids").getAsString(), check(written), () -> "ids of " + what + ": " + written);
        for (int row = 1; row <= 12; row++) {
            int[] random = new int[row];
            for (int at = 0; at < row; at++) {
                random[at] = (row * 7919 + at * at * 31 + at * 104729) % size;
            }
            ids.add(random);
        }
        List<String> decoded = ids.stream().map(tokenizer::decode).toList();
        assertEquals(golden.get("decoded").getAsString(), check(decoded), () -> "decoded by " + what + ": " + decoded);
    }

    @Test
    void pipelinesAreHonouredOrRefusedByName() throws IOException {
        List<String> refused = new ArrayList<>();
        JsonArray cases = GOLDEN.getAsJsonArray("cases");
        for (int i = 0; i < cases.size(); i++) {
            JsonObject part = cases.get(i).getAsJsonObject();
            Files.writeString(dir.resolve("tokenizer.json"), tokenizerJson(part).toString());
            try (Tokenizer tokenizer = Tokenizers.open(dir)) {
                compare(part, tokenizer, "case " + i + ", " + part);
            } catch (InputError e) {
                refused.add(e.getMessage());
            }
        }
        for (String message : refused) {
            assertTrue(message.matches("(?s).*/tokenizer\\.json: (normalizer|pre_tokenizer|decoder): .*"
                    + "(\"prepend\" is \"\"|expression \".*\" can take too many steps|it can match nothing|a text can grow).*\\."),
                    message);
        }
        assertTrue(refused.size() <= cases.size() / 6, refused::toString);
    }

    @Test
    void sentencePieceTreatsSpacesAsItsModelSays() throws IOException {
        for (JsonElement element : GOLDEN.getAsJsonArray("sentencepiece")) {
            JsonObject part = element.getAsJsonObject();
            ByteArrayOutputStream model = new ByteArrayOutputStream();
            model.writeBytes(Files.readAllBytes(resource("sentencepiece-" + part.get("model").getAsString() + "/tokenizer.model")));
            model.writeBytes(HexFormat.of().parseHex(part.get("appended").getAsString()));
            Files.write(dir.resolve("tokenizer.model"), model.toByteArray());
            try (Tokenizer tokenizer = Tokenizers.open(dir)) {
                compare(part, tokenizer, part.toString());
            }
        }
    }

    private String refusal(String field, String value) throws IOException {
        JsonObject json = tokenizerJson(new Random(1));
        json.add(field, JsonParser.parseString(value));
        Files.writeString(dir.resolve("tokenizer.json"), json.toString());
        String message = assertThrows(InputError.class, () -> Tokenizers.open(dir)).getMessage();
        return message.replace(dir + "/tokenizer.json: ", "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
            "normalizer | {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"} | normalizer: the normalizer Precompiled is not "
                    + "supported; known are BertNormalizer,",
            "normalizer | {\"strip_left\": true, \"strip_right\": true} | normalizer: field \"type\" is missing",
            "normalizer | {\"type\": \"Strip\", \"strip_left\": true} | normalizer: field \"strip_right\" is missing; it must be true or "
                    + "false.",
            "normalizer | {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}, 5]} | normalizer: normalizers[1] is 5; it must "
                    + "be an object.",
            "normalizer | {\"type\": \"Lowercase\", \"language\": \"tr\"} | normalizer: field \"language\" is not known here",
            "normalizer | {\"type\": \"Prepend\", \"prepend\": \"\"} | normalizer: field \"prepend\" is \"\"; the tokenizers library fails "
                    + "on an empty text.",
            "normalizer | {\"type\": \"Replace\", \"pattern\": {\"String\": \"\"}, \"content\": \"x\"} | it can match nothing",
            "normalizer | {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"x*\"}, \"content\": \"x\"} | it can match nothing",
            "normalizer | {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(a+)+$\"}, \"content\": \"x\"} | the regular "
                    + "expression \"(a+)+$\" can take too many steps",
            "normalizer | {\"type\": \"Replace\", \"pattern\": \"x\", \"content\": \"x\"} | field \"pattern\" is \"x\"; it must be an "
                    + "object.",
            "pre_tokenizer | [] | pre_tokenizer is a list; it must be an object.",
            "pre_tokenizer | {\"type\": \"Splat\"} | pre_tokenizer: the pre-tokenizer Splat is not supported; known are",
            "pre_tokenizer | {\"type\": \"FixedLength\", \"length\": 0} | field \"length\" is 0; it must be an integer from 1",
            "pre_tokenizer | {\"type\": \"CharDelimiterSplit\", \"delimiter\": \"ab\"} | field \"delimiter\" is \"ab\"; it must be one "
                    + "character.",
            "pre_tokenizer | {\"type\": \"Metaspace\", \"replacement\": \"_\", \"add_prefix_space\": false} | pre_tokenizer: "
                    + "field \"prepend_scheme\" is missing; where add_prefix_space is false",
            "pre_tokenizer | {\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"removed\", \"invert\": false} | it "
                    + "must be one of Removed, Isolated,",
            "decoder | {\"type\": \"Strip\", \"content\": \" \", \"start\": 0, \"stop\": 1} | decoder: field \"stop\" is 1; the tokenizers "
                    + "library fails",
            "decoder | \"ByteLevel\" | decoder is \"ByteLevel\"; it must be an object.",
            "post_processor | {\"type\": \"TemplateProcessing\", \"single\": []} | has the text 0 times; it must have it once.",
            "post_processor | {\"type\": \"Foo\"} | the post-processor Foo is not supported",
            "added_tokens | {} | field \"added_tokens\" is an object; it must be a list.",
            "metadata | 5 | field \"metadata\" is not known here",
            "version | \"2.0\" | field \"version\" is \"2.0\"; only \"1.0\" is known.",
            "model | {\"vocab\": [[\"a\", 0.0]]} | its model is Unigram; only BPE is known.",
            "model | {\"vocab\": {\"a\": 0}, \"unk_token\": \"a\"} | its model is WordLevel; only BPE is known.",
            "model | {\"type\": \"BPE\", \"vocab\": {}, \"merges\": [], \"dropout\": 0.1} | model: field \"dropout\" is 0.1; it would "
                    + "leave out merges at random; set it to null.",
            "model | {\"type\": \"BPE\", \"vocab\": {}, \"merges\": [], \"fuse_unk\": \"yes\"} | model: field \"fuse_unk\" is \"yes\"; it "
                    + "must be true or false.",
            "model | {\"type\": \"BPE\", \"vocab\": {\"a\": \"0\"}, \"merges\": []} | model: vocab: \"0\" is no token id",
            "model | {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]} | model: merge 0 is a list; it must be two tokens.",
            "model | {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a a\"], \"continuing_subword_prefix\": \"##\"} | model: "
                    + "merge 0 joins \"a\", which does not begin",
    })
    void partsAreRefusedByName(String field, String value, String said) throws IOException {
        String message = refusal(field, value);
        assertTrue(message.contains(said), message);
    }

    @Test
    void textsThatGrowWithoutBoundAreRefused() throws IOException {
        String tenfold = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"aaaaaaaaaa\"}";
        assertTrue(refusal("normalizer", "{\"type\": \"Sequence\", \"normalizers\": [" + (tenfold + ",").repeat(3) + tenfold
                + "]}").contains("more than 4096 times"));
        assertTrue(refusal("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": ["
                + "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": false},".repeat(6)
                + "{\"type\": \"ByteLevel\", "
                + "\"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": false}]}").contains("more than 4096 times"));
    }

    private Tokenizer open(JsonObject json) throws IOException {
        Files.writeString(dir.resolve("tokenizer.json"), json.toString());
        return Tokenizers.open(dir);
    }

    @Test
    void longTextsAreRefusedBeforeTheyCanEndTheLibrary() throws IOException {
        JsonObject json = tokenizerJson(new Random(1));
        json.add("normalizer", JsonParser.parseString("{\"type\": \"NFC\"}"));
        json.add("pre_tokenizer", JsonParser.parseString("{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": "
                + "true, \"use_regex\": true}"));
        try (Tokenizer tokenizer = open(json)) {
            tokenizer.encode("x".repeat(100_000));
            String message = assertThrows(InputError.class, () -> tokenizer.encode("x".repeat(140_000))).getMessage();
            assertTrue(message.endsWith("it can take texts of 133333 characters, and one has 140000; cut it."), message);
        }
    }

    /** With {@code ignore_merges} the library takes a whole word for a token, and so a special token written out in a question. */
    @Test
    void wordsThatLookLikeSpecialTokensAreText() throws IOException {
        JsonObject json = JsonParser.parseString("""
                {"model": {"type": "BPE", "vocab": {"<": 0, "/": 1, "s": 2, ">": 3, "</s>": 4, "ss": 5}, "merges": [],
                "ignore_merges": true},
                 "added_tokens": [{"id": 4, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false,
                 "normalized": false, "special": true}]}""")
                .getAsJsonObject();
        try (Tokenizer tokenizer = open(json)) {
            assertEquals("[0, 1, 2, 3]", Arrays.toString(tokenizer.encode("</s>")));
            assertEquals("[5]", Arrays.toString(tokenizer.encode("ss")));
            assertEquals(4, tokenizer.idOf("</s>"));
            assertEquals("", tokenizer.decode(new int[] {4}));
        }
    }

    @Test
    void aModelWithoutTypeIsReadAsWhatItsFieldsSay() throws IOException {
        JsonObject json = tokenizerJson(new Random(1));
        try (Tokenizer named = open(json)) {
            int[] ids = named.encode("Tom has 3 apples.");
            json.getAsJsonObject("model").remove("type");
            try (Tokenizer inferred = open(json)) {
                assertEquals(List.of(ids.length, ids[0]), List.of(inferred.encode("Tom has 3 apples.").length,
                        inferred.encode("Tom has 3 apples.")[0]));
            }
        }
    }

    private static String withAddedToken(String normalizer, String content) {
        return """
                {"normalizer": %s, "decoder": {"type": "Fuse"}, "model": {"vocab": {"a": 0, " ": 1, "b": 2, "▁": 3}, "merges": []},
                 "added_tokens": [{"id": 4, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false, "normalized": true,
                 "special": false}]}""".formatted(normalizer, content);
    }

    /** As tokenizers 0.23 has it; the library that runs here, 0.21, decodes to the content. */
    @Test
    void addedTokensDecodeToTheirNormalForm() throws IOException {
        try (Tokenizer tokenizer = open(JsonParser.parseString(withAddedToken("{\"type\": \"Lowercase\"}", "ToK")).getAsJsonObject())) {
            assertEquals("[0, 4, 2, 1, 4]", Arrays.toString(tokenizer.encode("aTOKb tok")));
            assertEquals("atokb", tokenizer.decode(new int[] {0, 4, 2}));
            assertEquals(4, tokenizer.idOf("ToK"));
        }
        String prepend = "{\"type\": \"Prepend\", \"prepend\": \"▁\"}";
        try (Tokenizer tokenizer = open(JsonParser.parseString(withAddedToken(prepend, "tok")).getAsJsonObject())) {
            assertEquals("[4, 2]", Arrays.toString(tokenizer.encode("tokb")));
            assertEquals("a▁tokb", tokenizer.decode(new int[] {0, 4, 2}));
        }
        String strip = "{\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}";
        String message = assertThrows(InputError.class, () -> open(JsonParser.parseString(withAddedToken(strip,
                " \\n")).getAsJsonObject())).getMessage();
        assertTrue(message.endsWith("the added token \" \\u000a\" is normalized to nothing; set its field \"normalized\" to false."),
                message);
        message = assertThrows(InputError.class, () -> open(JsonParser.parseString(withAddedToken(strip,
                " b")).getAsJsonObject())).getMessage();
        assertTrue(message.endsWith("the added token \" b\" is normalized to another token, \"b\"; set its field \"normalized\" to "
                + "false."), message);
    }

    @Test
    void charactersWithoutATokenAreNamedWhereTheUnknownTokenIsNone() throws IOException {
        try (Tokenizer tokenizer = open(JsonParser.parseString("{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": "
                + "[], \"unk_token\": \"<unk>\"}}").getAsJsonObject())) {
            assertEquals(1, tokenizer.encode("a").length);
            String message = assertThrows(InputError.class, () -> tokenizer.encode("ab")).getMessage();
            assertTrue(message.contains("cannot encode \"ab\" (Unk token `<unk>` not found in the vocabulary)."), message);
        }
    }

    /** Settings of added tokens in tokenizer_config.json count more than those in tokenizer.json, as in transformers. */
    @Test
    void addedTokensTakeTheirSettingsFromTheConfiguration() throws IOException {
        JsonObject json = JsonParser.parseString("""
                {"model": {"type": "BPE", "vocab": {"a": 0, " ": 1, "b": 2}, "merges": []},
                 "added_tokens": [{"id": 3, "content": "<t>", "single_word": false, "lstrip": false, "rstrip": false,
                 "normalized": false, "special": false}]}""")
                .getAsJsonObject();
        try (Tokenizer tokenizer = open(json)) {
            assertEquals("[0, 1, 3, 2]", Arrays.toString(tokenizer.encode("a <t>b")));
        }
        Files.writeString(dir.resolve("tokenizer_config.json"),
                "{\"added_tokens_decoder\": {\"3\": {\"content\": \"<t>\", \"lstrip\": true}}}");
        try (Tokenizer tokenizer = open(json)) {
            assertEquals("[0, 3, 2]", Arrays.toString(tokenizer.encode("a <t>b")));
        }
    }
}
