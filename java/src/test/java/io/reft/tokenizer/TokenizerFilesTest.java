package io.reft.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of a tokenizer as users have them: null and mistyped fields, pointers in place of files, several forms beside each other. */
class TokenizerFilesTest {
    private static final String TIKTOKEN = "IQ== 0\nIg== 1\nIw== 2\n",
            POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";

    @TempDir
    Path dir;

    private void copy(String from, String to) throws IOException {
        try {
            Files.copy(Path.of(TokenizerFilesTest.class.getResource("/tokenizer/" + from).toURI()), dir.resolve(to));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private String refusal() {
        String message = assertThrows(InputError.class, () -> {
            Tokenizers.addsBos(dir);
            Tokenizers.open(dir).close();
        }).getMessage();
        assertTrue(message.startsWith(dir + "/") && message.endsWith("."), message);
        return message.substring(dir.toString().length() + 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
            "tokenizer_config.json | {\"bos_token\": 5} | field \"bos_token\" is 5; tokens are texts, or objects with a text \"content\".",
            "tokenizer_config.json | {\"eos_token\": {\"content\": null}} | field \"eos_token\" is an object; tokens are texts, or objects "
                    + "with a text \"content\".",
            "tokenizer_config.json | {\"unk_token\": [\"<unk>\"]} | field \"unk_token\" is a list; tokens are texts, or objects with a "
                    + "text \"content\".",
            "tokenizer_config.json | {\"add_bos_token\": \"true\"} | field \"add_bos_token\" is \"true\"; it must be true or false.",
            "tokenizer_config.json | {\"add_prefix_space\": 1} | field \"add_prefix_space\" is 1; it must be true or false.",
            "tokenizer_config.json | {\"tokenizer_class\": {}} | field \"tokenizer_class\" is an object; it must be a text.",
            "tokenizer_config.json | {\"additional_special_tokens\": \"<x>\"} | field \"additional_special_tokens\" is \"<x>\"; it must be "
                    + "a list.",
            "tokenizer_config.json | {\"extra_special_tokens\": [null]} | field \"extra_special_tokens\" is a list; tokens are texts, or "
                    + "objects with a text \"content\".",
            "tokenizer_config.json | {\"added_tokens_decoder\": []} | field \"added_tokens_decoder\" is a list; it must be an object.",
            "tokenizer_config.json | {\"added_tokens_decoder\": {\"1\": \"<s>\"}} | added_tokens_decoder: 1 is \"<s>\"; it must be an "
                    + "object.",
            "tokenizer_config.json | {\"added_tokens_decoder\": {\"-1\": {\"content\": \"x\"}}} | added_tokens_decoder: -1 is no token id; "
                    + "they run from 0 to 1048575.",
            "tokenizer_config.json | {\"added_tokens_decoder\": {\"99999999999\": {\"content\": \"x\"}}} | added_tokens_decoder: "
                    + "99999999999 is no token id; they run from 0 to 1048575.",
            "tokenizer_config.json | {\"added_tokens_decoder\": {\"1\": {\"content\": \"<s>\", \"lstrip\": \"no\"}}} | "
                    + "added_tokens_decoder: 1: field \"lstrip\" is \"no\"; it must be true or false.",
            "special_tokens_map.json | {\"bos_token\": true} | field \"bos_token\" is true; tokens are texts, or objects with a "
                    + "text \"content\".",
            "added_tokens.json | {\"<x>\": null} | null is no token id; they run from 0 to 1048575.",
            "added_tokens.json | {\"<x>\": \"5\"} | \"5\" is no token id; they run from 0 to 1048575.",
            "added_tokens.json | {\"<x>\": 400.0} | 400.0 is no token id; they run from 0 to 1048575.",
            "added_tokens.json | [] | not a JSON object.",
    })
    void mistypedFieldsAreNamed(String file, String content, String said) throws IOException {
        copy("gpt2/vocab.json", "vocab.json");
        copy("gpt2/merges.txt", "merges.txt");
        Files.writeString(dir.resolve(file), content);
        assertEquals(file + ": " + said, refusal());
    }

    /** As transformers takes them. */
    @Test
    void nullIsAsGoodAsAbsent() throws IOException {
        copy("sentencepiece-bpe/tokenizer.model", "tokenizer.model");
        Files.writeString(dir.resolve("tokenizer_config.json"), """
                {"bos_token": null, "eos_token": {"__type": "AddedToken", "content": "</s>"}, "pad_token": null, "add_bos_token": null,
                "tokenizer_class": null,
                 "additional_special_tokens": null, "added_tokens_decoder": null, "add_prefix_space": null,
                 "extra_special_tokens": {"image_token": "<s>"}}""");
        Files.writeString(dir.resolve("special_tokens_map.json"),
                "{\"bos_token\": null, \"additional_special_tokens\": [{\"content\": \"<s>\"}]}");
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            assertEquals("x", tokenizer.decode(tokenizer.encode("x")));
        }
        assertTrue(Tokenizers.addsBos(dir));
    }

    @Test
    void theTemplateSaysWhetherBosComesFirst() throws IOException {
        copy("json/tokenizer.json", "tokenizer.json");
        assertFalse(Tokenizers.addsBos(dir));
        String sequence = "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}",
                token = "{\"SpecialToken\": {\"id\": \"<s>\", \"type_id\": 0}}";
        String file = Files.readString(dir.resolve("tokenizer.json"));
        for (boolean first : new boolean[] {true, false}) {
            String template = "{ \"type\": \"TemplateProcessing\", \"single\" : [ " + (first ? token + ", " + sequence : sequence + ", "
                    + token) + " ], \"pair\": [], \"special_tokens\": {}}";
            Files.writeString(dir.resolve("tokenizer.json"), file.replace("\"post_processor\":null",
                    "\"post_processor\": {\"type\": \"Sequence\", \"processors\": [" + template + "]}"));
            assertEquals(first, Tokenizers.addsBos(dir));
            Tokenizers.open(dir).close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer.model", "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json",
            "special_tokens_map.json", "added_tokens.json"})
    void pointersOfGitLfsAreNamed(String file) throws IOException {
        copy("gpt2/vocab.json", "vocab.json");
        copy("gpt2/merges.txt", "merges.txt");
        Files.writeString(dir.resolve(file), POINTER);
        assertEquals(file + ": only a Git LFS pointer; fetch the file with \"git lfs pull\".", refusal());
    }

    @Test
    void aVocabularyOfTiktokenGivesWayToTokenizerJson() throws IOException {
        Files.writeString(dir.resolve("tokenizer.model"), TIKTOKEN);
        assertEquals("tokenizer.model: a vocabulary of tiktoken, which is not read; put the model's tokenizer.json beside it.",
                refusal());
        copy("json/tokenizer.json", "tokenizer.json");
        assertEquals(dir.resolve("tokenizer.json"), Tokenizers.file(dir));
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            assertEquals("Tom has 3.", tokenizer.decode(tokenizer.encode("Tom has 3.")));
        }
    }

    @Test
    void sentencePiecesThatEndItsLibraryAreRefused() throws IOException {
        copy("sentencepiece-bpe/tokenizer.model", "tokenizer.model");
        byte[] good = Files.readAllBytes(dir.resolve("tokenizer.model"));
        for (String piece : new String[] {"a\0b", "x".repeat(600)}) {
            byte[] bytes = java.util.Arrays.copyOf(good, good.length + piece.length() + 6);
            int length = piece.length();
            byte[] head = {0x0a, (byte) (0x80 | (length + 3) & 0x7f), (byte) (length + 3 >> 7), 0x0a, (byte) (0x80 | length & 0x7f),
                    (byte) (length >> 7)};
            System.arraycopy(head, 0, bytes, good.length, head.length);
            System.arraycopy(piece.getBytes(), 0, bytes, good.length + head.length, length);
            Files.write(dir.resolve("tokenizer.model"), bytes);
            assertEquals("tokenizer.model: piece 400 has a NUL, or more than 512 bytes; the file is broken.", refusal());
        }
    }

    @Test
    void hugeFilesAreRefusedByTheNumberOfTheirValues() throws IOException {
        Files.writeString(dir.resolve("tokenizer.json"), "{\"x\": [" + "1,".repeat(5_000_000) + "1]}");
        assertEquals("tokenizer.json: 5000002 values are too many for such a file (limit 4194304).", refusal());
    }

    @Test
    void legacyMergesAndBothFormsOfGpt2AreTheSame() throws IOException {
        copy("gpt2/vocab.json", "vocab.json");
        copy("gpt2/merges.txt", "merges.txt");
        int[] ids;
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            ids = tokenizer.encode("Tom has 12 apples.\n    x");
        }
        Files.writeString(dir.resolve("merges.txt"), Files.readString(dir.resolve("merges.txt")).replace("\n", "\r\n"));
        try (Tokenizer tokenizer = Tokenizers.open(dir)) {
            assertArrayEquals(ids, tokenizer.encode("Tom has 12 apples.\n    x"));
        }
    }
}
