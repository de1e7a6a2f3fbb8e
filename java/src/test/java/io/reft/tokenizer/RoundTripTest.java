package io.reft.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import io.reft.Shared;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundTripTest {
    @TempDir
    Path dir;

    private static Path resource(String name) {
        try {
            return Path.of(RoundTripTest.class.getResource("/tokenizer/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> texts(String... more) {
        List<String> texts = new ArrayList<>(RoundTrip.PROGRAMS);
        texts.add("def f():\n\tfor i in range(10):\n\t\tprint({'A': [i]})");
        texts.addAll(List.of(more));
        return texts;
    }

    private Optional<String> losses(List<String> texts) {
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            return RoundTrip.losses(tokenizer, "texts", texts);
        }
    }

    /** The committed byte-level BPE with another normalizer or pre-tokenizer. */
    private String losses(String field, String part, String... more) throws IOException {
        var json = JsonParser.parseString(Files.readString(resource("json/tokenizer.json"))).getAsJsonObject();
        json.add(field, JsonParser.parseString(part));
        Files.writeString(dir.resolve("tokenizer.json"), json.toString());
        return losses(texts(more)).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sentencepiece-bpe", "sentencepiece-unigram", "json", "gpt2"})
    void tokenizersThatKeepTextLoseNothing(String name) {
        try (Tokenizer tokenizer = Tokenizers.open(resource(name))) {
            assertEquals(Optional.empty(), RoundTrip.losses(tokenizer, "texts", texts("a = 1\r\nb\r\n", "Ġ é 中文 😀\0 </s>", " ", "")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizers/llama2", "tokenizers/codellama-rebuilt", "tokenizers/opt"})
    void realTokenizersLoseNothingOfRealPrograms(String name) throws IOException {
        JsonArray rows = JsonParser.parseString(Files.readString(Shared.path("data/reft/svamp_python_sdp.json"))).getAsJsonArray();
        List<String> texts = texts();
        rows.asList().subList(0, 300).forEach(row -> texts.add(row.getAsJsonObject().get("answer_cot").getAsString()));
        try (Tokenizer tokenizer = Tokenizers.open(Shared.path(name))) {
            assertEquals(Optional.empty(), RoundTrip.losses(tokenizer, "texts", texts));
        }
    }

    @Test
    void indentationThatSentencePieceRemovesIsNamed() throws IOException {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        model.writeBytes(Files.readAllBytes(resource("sentencepiece-bpe/tokenizer.model")));
        model.writeBytes(HexFormat.of().parseHex("1a022001")); // normalizer_spec.remove_extra_whitespaces
        Files.write(dir.resolve("tokenizer.model"), model.toByteArray());
        assertEquals("2 of 4 texts do not come back from the tokenizer as they were: lost are the space (25 times); "
                + "for example \"…ution():\\n    total = 3 * (4 + …\" comes back as \"…ution():\\n total = 3 * (4 + 5)\\n…\".",
                losses(texts("x = 1")).orElseThrow());
        try (Tokenizer tokenizer = Tokenizers.open(Shared.path("models/stories260K-hf"))) { // a real one of this kind
            assertTrue(RoundTrip.losses(tokenizer, "texts", RoundTrip.PROGRAMS).orElseThrow().startsWith("2 of 2 texts"));
            assertEquals(Optional.empty(), RoundTrip.losses(tokenizer, "texts", List.of("Tom has 3 apples.\nHow many?")));
        }
    }

    @Test
    void whatPartsOfTokenizersLoseIsNamed() throws IOException {
        assertTrue(
                losses("normalizer", "{\"type\": \"Lowercase\"}", "Tom").contains("lost are \"A\" (1 time), \"T\" (1 time); for example"));
        assertEquals(
                "1 of 4 texts do not come back from the tokenizer as they were: lost are U+00BD (1 time), \"ﬁ\" (1 time); for "
                        + "example \"½ ﬁ\" comes back as \"1⁄2 fi\".",
                losses("normalizer", "{\"type\": \"NFKC\"}", "½ ﬁ"));
        String strip = losses("normalizer", "{\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}");
        assertTrue(strip.contains("lost are the space (4 times), the line end (1 time); for example"), strip);
        String words = losses("pre_tokenizer",
                "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"WhitespaceSplit\"}, {\"type\": \"ByteLevel\", "
                        + "\"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": true}]}",
                "a\r\nb");
        assertTrue(words
                .matches("4 of 4 texts .* lost are the space \\(\\d+ times\\), the line end \\(\\d+ times\\), the tab \\(\\d+ times\\), "
                        + "the carriage return \\(1 time\\); .*"),
                words);
        String prefix = losses("normalizer", "{\"type\": \"Prepend\", \"prepend\": \" \"}");
        assertTrue(prefix.contains("characters are added: the space (3 times)"), prefix);
    }

    /** SentencePiece writes a space and U+2581 alike. */
    @Test
    void theMarkForASpaceItselfIsLost() throws IOException {
        Files.copy(resource("sentencepiece-bpe/tokenizer.model"), dir.resolve("tokenizer.model"));
        assertEquals("1 of 4 texts do not come back from the tokenizer as they were: lost are U+2581 (2 times); for example \"a▁b▁\" "
                + "comes back as \"a b \".",
                losses(texts("a▁b▁")).orElseThrow());
    }
}
