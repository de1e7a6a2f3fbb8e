package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Golden;
import io.reft.Shared;
import io.reft.checkpoint.Checkpoint;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model folders laid out as the hub has those of Galactica and CodeLlama, at tiny sizes: they train, generate and are saved alike. */
@Tag("slow")
class HubFoldersTest {
    @TempDir
    private Path temporary;
    private Path data;

    @BeforeEach
    void rows() throws IOException {
        data = Files.writeString(temporary.resolve("data.json"),
                """
                [{"item_id": "svamp_0", "question": "3 and 4?", "answer_cot": "def solution():\\n    return 3 + 4", "answer_value": \
                7.0}]""");
    }

    private static Run ok(Object... arguments) {
        Run run = Run.reft(arguments);
        assertEquals(0, run.code(), run.err());
        return run;
    }

    /** Random weights for a config, in a folder with the tokenizer's files and no others. */
    private Path model(String config, Path tokenizer) throws IOException {
        Path file = Files.writeString(temporary.resolve("config.json"), config), out = temporary.resolve("model");
        ok("init", "--config", file, "--tokenizer", tokenizer, "--out", out, "--threads", 1);
        return out;
    }

    /** SFT, generation and what was saved. */
    private Path train(Path model) {
        Path out = temporary.resolve("out");
        ok("sft", "--model", model, "--train", data, "--out", out, "--epochs", 1, "--max-length", 64, "--threads", 1);
        ok("generate", "--model", out, "--prompt", "3 and 4?", "--max-new-tokens", 5, "--threads", 1);
        return out;
    }

    private static void sameFile(Path one, Path other, String name) throws IOException {
        assertArrayEquals(Files.readAllBytes(one.resolve(name)), Files.readAllBytes(other.resolve(name)), name);
    }

    @Test
    void galactica() throws IOException {
        Path tokenizer = Files.createDirectory(temporary.resolve("tokenizer"));
        JsonObject json =
                JsonParser.parseString(Files.readString(Golden.repository("java/src/test/resources/tokenizer/json/tokenizer.json")))
                        .getAsJsonObject();
        added(json.getAsJsonArray("added_tokens"), 403, "[START_REF]");
        Files.writeString(tokenizer.resolve("tokenizer.json"), json.toString());
        Files.writeString(tokenizer.resolve("special_tokens_map.json"), "{}\n");
        Files.writeString(tokenizer.resolve("tokenizer_config.json"),
                "{\"name_or_path\": \"/content/tokenizer\", \"special_tokens_map_file\": \"/content/special_tokens_map.json\", "
                        + "\"tokenizer_class\": \"PreTrainedTokenizerFast\"}");
        Path model = model("""
                {"model_type": "opt", "architectures": ["OPTForCausalLM"], "activation_function": "gelu", "bias": false, \
                "layer_norm_elementwise_affine": false,
                 "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "do_layer_norm_before": true, "hidden_size": 8, "ffn_dim": 32,
                 "num_attention_heads": 2, "num_hidden_layers": 2, "max_position_embeddings": 128, "vocab_size": 416, \
                 "word_embed_proj_dim": 8,
                 "learned_embeddings": true, "scale_embeddings": false, "torch_dtype": "float16"}""", tokenizer);
        Run info = ok("info", "--model", model);
        assertTrue(info.out().contains("tokenizer.json, 404 tokens; BOS 0, EOS 2, padding 1\n"), info.out());
        String ids = Run.fed("\"</s>[START_REF] 7\"\n", "tokenize", "--model", model).out();
        assertFalse(ids.contains("403") || ids.startsWith("[2,"), "special tokens written out are ordinary text: " + ids);
        assertEquals("\"\"\n", Run.fed("[0,1,2,403]\n", "tokenize", "--model", model, "--decode").out());
        Path out = train(model);
        for (String name : List.of("tokenizer.json", "special_tokens_map.json", "tokenizer_config.json")) {
            sameFile(tokenizer, out, name);
        }
        try (Checkpoint saved = Checkpoint.open(out)) {
            assertFalse(saved.has("model.decoder.layers.0.fc1.bias") || saved.has("model.decoder.final_layer_norm.weight"));
            assertFalse(saved.config().get("bias").getAsBoolean());
        }
    }

    private static void added(JsonArray tokens, int id, String content) {
        JsonObject token = new JsonObject();
        token.addProperty("id", id);
        token.addProperty("content", content);
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
            token.addProperty(flag, false);
        }
        token.addProperty("special", true);
        tokens.add(token);
    }

    @Test
    void codeLlama() throws IOException {
        Path tokenizer = Files.createDirectory(temporary.resolve("tokenizer")), hub = Shared.path("configs", "codellama-7b-hf");
        Files.copy(Shared.path("tokenizers", "codellama-rebuilt", "tokenizer.model"), tokenizer.resolve("tokenizer.model"));
        for (String name : List.of("tokenizer_config.json", "special_tokens_map.json", "generation_config.json")) {
            Files.copy(hub.resolve(name), tokenizer.resolve(name));
        }
        JsonObject config = JsonParser.parseString(Files.readString(hub.resolve("config.json"))).getAsJsonObject();
        config.addProperty("hidden_size", 8);
        config.addProperty("intermediate_size", 12);
        config.addProperty("num_hidden_layers", 1);
        config.addProperty("num_attention_heads", 2);
        config.addProperty("num_key_value_heads", 2);
        config.addProperty("max_position_embeddings", 128);
        Path model = model(config.toString(), tokenizer);
        Run info = ok("info", "--model", model);
        assertTrue(info.out().contains("tokenizer.model, 32016 tokens; BOS 1 put first, EOS 2, padding none\n"), info.out());
        try (Tokenizer words = Tokenizers.open(model)) {
            assertEquals(List.of(32007, 32008, 32009, 32010),
                    List.of(words.idOf("▁<PRE>"), words.idOf("▁<SUF>"), words.idOf("▁<MID>"), words.idOf("▁<EOT>")));
        }
        assertEquals("\"\"\n", Run.fed("[1,2,32007,32008,32009,32010]\n", "tokenize", "--model", model, "--decode").out());
        String program = "\"def f(x):\\n        return  x\\n\"\n";
        assertEquals(program,
                Run.fed(Run.fed(program, "tokenize", "--model", model).out(), "tokenize", "--model", model, "--decode").out());
        Path out = train(model);
        for (String name : List.of("tokenizer.model", "special_tokens_map.json", "tokenizer_config.json", "generation_config.json")) {
            sameFile(tokenizer, out, name);
        }
    }
}
