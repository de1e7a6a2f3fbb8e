package io.reft.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.InputError;
import io.reft.Shared;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.Mutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms of config.json met in the wild, and what is said of the impossible ones. */
class ModelConfigTest {
    private static final String LLAMA = """
            {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 5, "intermediate_size": 172,
             "vocab_size": 512, "max_position_embeddings": 512}""";
    private static final String OPT = """
            {"model_type": "opt", "hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": 12, "ffn_dim": 3072,
             "vocab_size": 50000, "max_position_embeddings": 2048}""";

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    /** The base with further fields laid over it. */
    private static ModelConfig read(String base, String more) {
        JsonObject config = json(base);
        json(more).entrySet().forEach(field -> config.add(field.getKey(), field.getValue()));
        return ModelConfig.from(config, "config.json");
    }

    private static ModelConfig read(JsonObject config, JsonObject generation) {
        return ModelConfig.from(new JsonFields(config, "config.json"), new JsonFields(generation, "generation_config.json"), note -> {});
    }

    @Test
    void llamaDefaultsAreThoseOfTransformers() {
        ModelConfig config = read(LLAMA, "{}");
        assertEquals(8, config.kvHeads());
        assertEquals(8, config.headSize());
        assertEquals(1e-6f, config.normEps());
        assertFalse(config.tiedHead() || config.qkvBias() || config.outBias() || config.mlpBias());
        assertEquals(new Rope(10000, 1, 0, 0, 0), config.rope());
        assertEquals(1, config.bosId());
        assertArrayEquals(new int[] {2}, config.eosIds());
        assertEquals(-1, config.padId());
    }

    @Test
    void optDefaultsAreThoseOfTransformers() {
        ModelConfig config = read(OPT, "{}");
        assertEquals(ModelConfig.Activation.RELU, config.activation());
        assertTrue(config.tiedHead() && config.finalNorm() && config.qkvBias() && config.outBias() && config.mlpBias());
        assertTrue(config.normParameters());
        assertEquals(2, config.bosId());
        assertEquals(1, config.padId());
        assertEquals(1e-5f, config.normEps());
        assertNull(config.rope());
    }

    @Test
    void galacticaInItsFirstFormHasNoBiases() {
        ModelConfig old = read(OPT, "{\"bias\": false, \"layer_norm_elementwise_affine\": false, \"activation_function\": \"gelu\"}");
        assertFalse(old.qkvBias() || old.outBias() || old.mlpBias() || old.normParameters());
        assertEquals(ModelConfig.Activation.GELU, old.activation());
        assertTrue(read(OPT, "{\"bias\": false, \"enable_bias\": true}").mlpBias());
    }

    @Test
    void configsOfTheHub() throws IOException {
        Path configs = Shared.path("configs");
        ModelConfig galactica =
                ModelConfig.from(json(Files.readString(configs.resolve("galactica/galactica-125m.config.json"))), "config.json");
        assertEquals(ModelConfig.Activation.GELU, galactica.activation());
        assertEquals(64, galactica.headSize());
        assertTrue(galactica.tiedHead() && galactica.mlpBias());
        ModelConfig codeLlama = read(json(Files.readString(configs.resolve("codellama-7b-hf/config.json"))),
                json(Files.readString(configs.resolve("codellama-7b-hf/generation_config.json"))));
        assertEquals(1e6, codeLlama.rope().theta());
        assertEquals(32016, codeLlama.vocab());
        assertArrayEquals(new int[] {2}, codeLlama.eosIds());
    }

    @Test
    void opt350mNormsBehindAndProjects() {
        ModelConfig config = read(OPT, "{\"do_layer_norm_before\": false, \"word_embed_proj_dim\": 512}");
        assertFalse(config.preNorm());
        assertTrue(config.finalNorm());
        assertEquals(512, config.embedWidth());
        assertTrue(read(OPT, "{\"do_layer_norm_before\": true, \"word_embed_proj_dim\": 768}").preNorm());
        assertFalse(read(OPT, "{\"_remove_final_layer_norm\": true}").finalNorm());
        JsonObject released = json(OPT);
        released.addProperty("do_layer_norm_before", false);
        released.addProperty("_remove_final_layer_norm", false);
        List<String> notes = new ArrayList<>();
        ModelConfig.from(new JsonFields(released, "config.json"), null, notes::add);
        assertEquals(List.of(), notes);
    }

    @Test
    void headDimMayBeNullAbsentOrItsOwn() {
        assertEquals(8, read(LLAMA, "{\"head_dim\": null, \"num_key_value_heads\": null}").headSize());
        assertEquals(128, read(LLAMA, "{\"head_dim\": 128}").headSize());
        assertEquals(64, read(LLAMA, "{\"hidden_size\": 64.0}").channels());
    }

    @Test
    void slidingWindowsOfMistralAndQwen2() {
        String mistral = LLAMA.replace("llama", "mistral");
        assertEquals(4096, read(mistral, "{}").slidingWindow());
        assertEquals(0, read(mistral, "{\"sliding_window\": null}").slidingWindow());
        assertEquals(8, read(mistral, "{\"num_attention_heads\": 16}").kvHeads());
        assertEquals(16, read(mistral, "{\"num_attention_heads\": 16, \"num_key_value_heads\": null}").kvHeads());
        assertEquals(7, read(mistral, "{\"sliding_window\": 7, \"layer_types\": " + layerTypes(5, 5) + "}").slidingWindow());
        assertEquals(0, read(mistral, "{\"sliding_window\": null, \"layer_types\": " + layerTypes(0, 5) + "}").slidingWindow());
        for (int windowed : new int[] {0, 1, 4}) {
            String types = "{\"sliding_window\": 7, \"layer_types\": " + layerTypes(windowed, 5) + "}";
            assertEquals("config.json: field \"layer_types\" is a list with sliding attention in " + windowed
                    + " of 5 layers; sliding_window is 7, "
                    + "and here all layers must be alike.", assertThrows(InputError.class, () -> read(mistral, types)).getMessage());
        }
        String qwen = LLAMA.replace("llama", "qwen2").replace("}", ", \"num_key_value_heads\": 8}");
        assertEquals(0, read(qwen, "{\"sliding_window\": 100}").slidingWindow());
        assertEquals(0, read(qwen, "{\"sliding_window\": 100, \"use_sliding_window\": true}").slidingWindow());
        assertEquals(100, read(qwen, "{\"sliding_window\": 100, \"use_sliding_window\": true, \"max_window_layers\": 0}").slidingWindow());
        assertTrue(read(qwen, "{}").qkvBias());
        assertFalse(read(qwen, "{}").outBias());
        InputError mixed = assertThrows(InputError.class,
                () -> read(qwen, "{\"use_sliding_window\": true, \"max_window_layers\": 2}"));
        assertTrue(mixed.getMessage().contains("3 of 5 layers"), mixed.getMessage());
        // a list says it better than max_window_layers
        String listed = "{\"sliding_window\": 9, \"use_sliding_window\": true, \"max_window_layers\": 2, \"layer_types\": " + layerTypes(5,
                5) + "}";
        assertEquals(9, read(qwen, listed).slidingWindow());
        assertThrows(InputError.class, () -> read(qwen, listed.replace("true", "false")));
        assertThrows(InputError.class, () -> read(qwen, "{\"layer_types\": " + layerTypes(0, 4) + "}"), "of another number of layers");
        assertThrows(InputError.class, () -> read(LLAMA, "{\"layer_types\": " + layerTypes(1, 5) + "}"));
    }

    /** The first of {@code layers} layers with a window. */
    private static String layerTypes(int windowed, int layers) {
        return IntStream.range(0, layers).mapToObj(i -> i < windowed ? "\"sliding_attention\"" : "\"full_attention\"")
                .collect(Collectors.joining(", ", "[", "]"));
    }

    @Test
    void ropeInBothForms() {
        assertEquals(1e6, read(LLAMA, "{\"rope_theta\": 1000000}").rope().theta());
        assertEquals(1e6, read(LLAMA, "{\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 1000000.0}}").rope().theta());
        assertEquals(new Rope(10000, 4, 0, 0, 0),
                read(LLAMA, "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}}").rope());
        String llama3 = """
                {"rope_theta": 500000.0, "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                 "original_max_position_embeddings": 8192, "rope_type": "llama3"}}""";
        Rope rope = read(LLAMA, llama3).rope();
        assertEquals(new Rope(500000, 8, 1, 4, 8192), rope);
        // transformers 5.17, ROPE_INIT_FUNCTIONS["llama3"], head size 16
        assertArrayEquals(new float[] {1f, 0.19392276f, 0.03760603f, 0.007292665f, 5.24846e-4f, 3.4281024e-5f, 6.6478697e-6f,
                1.2891732e-6f}, rope.frequencies(16), 2e-8f);
    }

    private static Rope ropes(String scaling, String parameters) {
        return read(LLAMA, "{\"rope_theta\": 9, \"rope_scaling\": " + scaling + ", \"rope_parameters\": " + parameters + "}").rope();
    }

    /** Transformers 5 beside 4: two that say the same are one, else neither is believed. */
    @Test
    void ropeInBothFormsAtOnce() {
        String yarn = "{\"rope_type\": \"yarn\", \"factor\": 4.0}", plain = "{\"rope_type\": \"default\", \"rope_theta\": 500.0}";
        String linear = "{\"rope_type\": \"linear\", \"factor\": 4.0, \"rope_theta\": 500.0}";
        assertEquals(new Rope(500, 4, 0, 0, 0), ropes(linear, linear));
        assertEquals(new Rope(500, 1, 0, 0, 0), ropes("null", plain));
        assertEquals(new Rope(500, 1, 0, 0, 0), ropes("{}", plain));
        assertEquals(new Rope(9, 1, 0, 0, 0), ropes("null", "{}"));
        assertThrows(InputError.class, () -> ropes(yarn, plain));
        assertEquals("config.json: field \"rope_scaling\" is another rotary embedding than rope_parameters; leave in the one that the "
                + "model was trained with.", assertThrows(InputError.class, () -> ropes(linear, plain)).getMessage());
        InputError layered = assertThrows(InputError.class, () -> ropes("null", "{\"full_attention\": " + plain + "}"));
        assertTrue(layered.getMessage().contains("\"full_attention\" is unknown"), layered.getMessage());
    }

    @Test
    void endTokensComeFromBothFiles() {
        JsonObject config = json(LLAMA);
        config.add("eos_token_id", json("{\"a\": [7, 9]}").get("a"));
        config.add("bos_token_id", JsonNull.INSTANCE);
        ModelConfig read = read(config, json("{\"eos_token_id\": [9, 2]}"));
        assertArrayEquals(new int[] {7, 9, 2}, read.eosIds());
        assertTrue(read.isEos(2));
        assertFalse(read.isEos(3));
        assertEquals(-1, read.bosId());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "hidden_size | 0",
            "hidden_size | -64",
            "hidden_size | 64.5",
            "hidden_size | 1e400",
            "hidden_size | 99999999999",
            "hidden_size | \"64\"",
            "hidden_size | null",
            "hidden_size | 60",
            "vocab_size | []",
            "num_hidden_layers | true",
            "num_key_value_heads | 3",
            "head_dim | 7",
            "head_dim | 2147483646",
            "rms_norm_eps | 0",
            "rms_norm_eps | -1e-5",
            "hidden_act | \"relu\"",
            "rope_theta | 0",
            "rope_scaling | {\"type\": \"yarn\", \"factor\": 2}",
            "rope_scaling | {\"type\": \"linear\"}",
            "rope_scaling | 3",
            "tie_word_embeddings | 1",
            "eos_token_id | \"</s>\"",
            "eos_token_id | [1, {}]",
            "quantization_config | {\"bits\": 4}",
            "hidden_act | []",
            "hidden_act | null",
            "tie_word_embeddings | null",
            "tie_word_embeddings | \"true\"",
            "attention_bias | {\"a\": 1}",
            "rms_norm_eps | \"1e-5\"",
            "rms_norm_eps | null",
            "architectures | \"LlamaForCausalLM\"",
            "architectures | [7]",
            "id2label | 3",
            "eos_token_id | 512",
            "eos_token_id | [1, 512]",
            "bos_token_id | 1000000000",
            "bos_token_id | \"1\"",
            "pad_token_id | 512",
            "max_position_embeddings | 2147483647",
            "num_hidden_layers | 1000000000",
            "num_attention_heads | 2147483647",
            "rope_theta | 1e-308",
            "rope_theta | null",
            "per_layer_config | {\"0\": {\"head_dim\": 4}}",
            "is_encoder_decoder | true",
            "partial_rotary_factor | 0.5",
            "hidden_act | \"\\u001b[31m\\nred\"",
    })
    void nonsenseIsNamed(String field, String value) {
        InputError error = assertThrows(InputError.class, () -> read(LLAMA, "{\"" + field + "\": " + value + "}"));
        assertTrue(error.getMessage().startsWith("config.json: ") && error.getMessage().endsWith("."), error.getMessage());
        assertTrue(error.getMessage().contains(field.equals("rope_scaling") ? "" : field), error.getMessage());
        assertTrue(error.getMessage().chars().noneMatch(Character::isISOControl) && error.getMessage().length() < 300, error.getMessage());
    }

    /** Each is possible alone; together they make a model that no machine holds, which is said before anything is allocated. */
    @Test
    void absurdSizesAreRefusedAtOnce() {
        String sizes = "{\"hidden_size\": 2147483632, \"head_dim\": 64, \"intermediate_size\": 2147483647, \"vocab_size\": 2147483647, "
                + "\"num_hidden_layers\": 10000}";
        assertTrue(assertThrows(InputError.class, () -> read(LLAMA, sizes)).getMessage().endsWith("parameters, which no machine holds."));
    }

    @Test
    void idsOfGenerationConfigAreChecked() {
        for (String field : List.of("eos_token_id", "bos_token_id")) {
            JsonObject generation = json("{\"" + field + "\": 512}");
            assertEquals("generation_config.json: field \"" + field + "\" is 512; the vocabulary has 512 tokens, from 0 to 511.",
                    assertThrows(InputError.class, () -> read(json(LLAMA), generation)).getMessage());
        }
        assertThrows(InputError.class, () -> read(json(LLAMA), json("{\"eos_token_id\": {\"a\": 1}}")));
        assertArrayEquals(new int[] {2}, read(json(LLAMA), json("{\"eos_token_id\": null}")).eosIds());
    }

    @Test
    void longValuesAreCut() {
        String type = "x".repeat(100_000);
        String message = assertThrows(InputError.class, () -> read(LLAMA, "{\"model_type\": \"" + type + "\"}")).getMessage();
        assertTrue(message.length() < 400 && message.contains("(100000 characters)"), message);
    }

    @Test
    void damagedConfigsAreReadOrExplained() {
        String whole = """
                {"model_type": "qwen2", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 5, "intermediate_size": 172,
                 "vocab_size": 512, "max_position_embeddings": 512, "num_key_value_heads": 4, "head_dim": 8, "use_sliding_window": true,
                 "sliding_window": 10, "max_window_layers": 5, "rms_norm_eps": 1e-05,
                 "rope_parameters": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
                 "eos_token_id": [1, 2], "bos_token_id": null, "tie_word_embeddings": true}""";
        List<JsonElement> values = new ArrayList<>(List.of(JsonNull.INSTANCE, new JsonArray(), new JsonObject()));
        for (String value : "0 -1 1 7 2147483647 2147483648 1e30 1e999999999 1e-999999999 0.5 true \"a\" \"\" [1] [null] [{}] {\"a\":1}"
                .split(" ")) {
            values.add(JsonParser.parseString(value));
        }
        int read = 0;
        int tried = 0;
        for (String field : json(whole).keySet()) {
            for (JsonElement value : values) {
                JsonObject config = json(whole);
                config.add(field, value);
                tried++;
                read += Mutations.succeedsOrExplains(() -> read(config, config), field + " = " + value) ? 1 : 0;
            }
        }
        assertTrue(read > 20 && read < tried, read + " of " + tried);
    }

    @Test
    void unknownAndMissingModelTypes() {
        InputError unknown = assertThrows(InputError.class, () -> read(LLAMA, "{\"model_type\": \"gpt2\"}"));
        assertEquals("config.json: model_type \"gpt2\" is not known here; known are llama, mistral, opt, qwen2.", unknown.getMessage());
        InputError missing = assertThrows(InputError.class, () -> ModelConfig.from(new JsonObject(), "config.json"));
        assertEquals("config.json: field \"model_type\" is missing.", missing.getMessage());
    }
}
