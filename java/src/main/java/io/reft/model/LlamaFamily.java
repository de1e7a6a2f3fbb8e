package io.reft.model;

import static java.util.Map.entry;

import com.google.gson.JsonPrimitive;
import io.reft.checkpoint.JsonFields;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Llama, CodeLlama, SmolLM2 and many more: RMS norms before attention and MLP, rotary positions, a gated MLP. */
final class LlamaFamily implements Family {
    static final Map<Part, String> NAMES = Map.ofEntries(
            entry(Part.EMBEDDING, "model.embed_tokens"),
            entry(Part.ATTENTION_NORM, "model.layers.#.input_layernorm"),
            entry(Part.QUERY, "model.layers.#.self_attn.q_proj"),
            entry(Part.KEY, "model.layers.#.self_attn.k_proj"),
            entry(Part.VALUE, "model.layers.#.self_attn.v_proj"),
            entry(Part.ATTENTION_OUT, "model.layers.#.self_attn.o_proj"),
            entry(Part.MLP_NORM, "model.layers.#.post_attention_layernorm"),
            entry(Part.GATE, "model.layers.#.mlp.gate_proj"),
            entry(Part.UP, "model.layers.#.mlp.up_proj"),
            entry(Part.DOWN, "model.layers.#.mlp.down_proj"),
            entry(Part.FINAL_NORM, "model.norm"),
            entry(Part.HEAD, "lm_head"),
            entry(Part.SCORE, "score"));

    /** More than any model has; frequencies of positions are a table of that size. */
    private static final int MOST_HEAD_SIZE = 1 << 16;

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public String className() {
        return "Llama";
    }

    @Override
    public Map<Part, String> names() {
        return NAMES;
    }

    @Override
    public Set<String> unused() {
        // how many parts the products of the original training were cut into
        return Set.of("pretraining_tp");
    }

    @Override
    public ModelConfig.Builder read(JsonFields config) {
        ModelConfig.Builder m = likeLlama(this, config);
        m.kvHeads = kvHeads(config, m.heads, m.heads);
        m.qkvBias = config.flag("attention_bias", false);
        m.outBias = m.qkvBias;
        m.mlpBias = config.flag("mlp_bias", false);
        if (windowedLayers(config, m.layers) > 0) {
            throw config.error("layer_types", "a list with sliding attention in it", "a Llama model has none");
        }
        m.bosId = config.id("bos_token_id", 1);
        m.eosIds = config.ids("eos_token_id", 2);
        return m;
    }

    /** What Llama, Mistral and Qwen2 have alike. */
    static ModelConfig.Builder likeLlama(Family family, JsonFields config) {
        ModelConfig.Builder m = new ModelConfig.Builder(family);
        m.norm = Norm.Kind.RMS;
        m.activation = ModelConfig.Activation.SWIGLU;
        m.vocab = config.size("vocab_size");
        m.channels = config.size("hidden_size");
        m.embedWidth = m.channels;
        m.layers = config.size("num_hidden_layers");
        m.heads = config.size("num_attention_heads");
        m.headSize = headSize(config, m.channels, m.heads);
        m.ffn = config.size("intermediate_size");
        String activation = config.text("hidden_act", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw config.error("hidden_act", new JsonPrimitive(activation), "silu is the only one known for " + family.modelType());
        }
        m.maxPositions = config.size("max_position_embeddings");
        m.normEps = epsilon(config);
        m.tiedHead = config.flag("tie_word_embeddings", false);
        m.rope = Rope.read(config, m.headSize, m.maxPositions);
        m.padId = config.id("pad_token_id", -1);
        return m;
    }

    private static float epsilon(JsonFields config) {
        float epsilon = (float) config.number("rms_norm_eps", 1e-6);
        if (epsilon == 0 || epsilon >= 1) {
            throw config.error("rms_norm_eps", epsilon, "it must lie between 1e-45 and 1");
        }
        return epsilon;
    }

    private static int headSize(JsonFields config, int channels, int heads) {
        int headSize = config.has("head_dim") ? config.size("head_dim") : ModelConfig.headSize(config, channels, heads);
        if (headSize > MOST_HEAD_SIZE) {
            throw config.error("head_dim", headSize, "heads of more than " + MOST_HEAD_SIZE + " channels are not known");
        }
        if (headSize % 2 != 0) {
            throw config.error("head_dim", headSize, "rotary positions need an even head size");
        }
        return headSize;
    }

    /** {@code num_key_value_heads}: null means as many as query heads, and absent {@code otherwise}. */
    static int kvHeads(JsonFields config, int heads, int otherwise) {
        String field = "num_key_value_heads";
        int kvHeads = config.absent(field) ? otherwise : config.has(field) ? config.size(field) : heads;
        if (heads % kvHeads != 0) {
            throw config.error(field, kvHeads, "it must divide num_attention_heads, " + heads);
        }
        return kvHeads;
    }

    /** How many layers have a sliding window by {@code layer_types}; -1 where the field says nothing. */
    static int windowedLayers(JsonFields config, int layers) {
        String field = "layer_types";
        if (!config.has(field)) {
            return -1;
        }
        List<String> types = config.texts(field);
        if (types.size() != layers) {
            throw config.error(field, "a list of " + types.size() + " layers", "num_hidden_layers is " + layers);
        }
        for (String type : types) {
            if (!type.equals("full_attention") && !type.equals("sliding_attention")) {
                throw config.error(field, "a list with " + new JsonPrimitive(type) + " in it",
                        "full_attention and sliding_attention are known");
            }
        }
        return Collections.frequency(types, "sliding_attention");
    }
}
