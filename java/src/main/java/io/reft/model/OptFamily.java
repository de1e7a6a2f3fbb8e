package io.reft.model;

import static java.util.Map.entry;

import com.google.gson.JsonPrimitive;
import io.reft.checkpoint.JsonFields;
import java.util.Map;
import java.util.Set;

/** OPT and Galactica: layer norms, learned positions, a plain MLP; OPT-350m projects in and out and has its norms behind the sums. */
final class OptFamily implements Family {
    private static final Map<Part, String> NAMES = Map.ofEntries(
            entry(Part.EMBEDDING, "model.decoder.embed_tokens"),
            entry(Part.POSITIONS, "model.decoder.embed_positions"),
            entry(Part.PROJECT_OUT, "model.decoder.project_out"),
            entry(Part.PROJECT_IN, "model.decoder.project_in"),
            entry(Part.ATTENTION_NORM, "model.decoder.layers.#.self_attn_layer_norm"),
            entry(Part.QUERY, "model.decoder.layers.#.self_attn.q_proj"),
            entry(Part.KEY, "model.decoder.layers.#.self_attn.k_proj"),
            entry(Part.VALUE, "model.decoder.layers.#.self_attn.v_proj"),
            entry(Part.ATTENTION_OUT, "model.decoder.layers.#.self_attn.out_proj"),
            entry(Part.MLP_NORM, "model.decoder.layers.#.final_layer_norm"),
            entry(Part.UP, "model.decoder.layers.#.fc1"),
            entry(Part.DOWN, "model.decoder.layers.#.fc2"),
            entry(Part.FINAL_NORM, "model.decoder.final_layer_norm"),
            entry(Part.HEAD, "lm_head"),
            entry(Part.SCORE, "score"));
    /** The table of positions starts with two rows for padding. */
    private static final int POSITION_OFFSET = 2;

    @Override
    public String modelType() {
        return "opt";
    }

    @Override
    public String className() {
        return "OPT";
    }

    @Override
    public Map<Part, String> names() {
        return NAMES;
    }

    @Override
    public Set<String> unused() {
        return Set.of("dropout", "activation_dropout", "layerdrop", "init_std");
    }

    @Override
    public ModelConfig.Builder read(JsonFields config) {
        ModelConfig.Builder m = new ModelConfig.Builder(this);
        m.norm = Norm.Kind.LAYER;
        m.normEps = 1e-5f;
        m.vocab = config.size("vocab_size");
        m.channels = config.size("hidden_size");
        m.embedWidth = config.has("word_embed_proj_dim") ? config.size("word_embed_proj_dim") : m.channels;
        m.layers = config.size("num_hidden_layers");
        m.heads = config.size("num_attention_heads");
        m.kvHeads = m.heads;
        m.headSize = ModelConfig.headSize(config, m.channels, m.heads);
        m.ffn = config.size("ffn_dim");
        m.maxPositions = config.size("max_position_embeddings");
        m.positionOffset = POSITION_OFFSET;
        m.activation = activation(config);
        m.normParameters = config.flag("layer_norm_elementwise_affine", true);
        m.preNorm = config.flag("do_layer_norm_before", true);
        boolean removed = config.flag("_remove_final_layer_norm", false);
        m.finalNorm = !m.preNorm || !removed;
        // Galactica's first release said "bias" where later ones say "enable_bias"
        m.qkvBias = config.flag("enable_bias", config.flag("bias", true));
        m.outBias = m.qkvBias;
        m.mlpBias = m.qkvBias;
        config.refuse("learned_embeddings", "positions of another kind are not known", new JsonPrimitive(true));
        config.refuse("scale_embeddings", "embeddings are not scaled here", new JsonPrimitive(false));
        m.tiedHead = config.flag("tie_word_embeddings", true);
        m.bosId = config.id("bos_token_id", 2);
        m.eosIds = config.ids("eos_token_id", 2);
        m.padId = config.id("pad_token_id", 1);
        return m;
    }

    private static ModelConfig.Activation activation(JsonFields config) {
        String name = config.text("activation_function", "relu");
        return switch (name) {
            case "relu" -> ModelConfig.Activation.RELU;
            case "gelu", "gelu_python" -> ModelConfig.Activation.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> ModelConfig.Activation.GELU_TANH;
            default -> throw config.error("activation_function", new JsonPrimitive(name), "relu, gelu and gelu_new are known");
        };
    }
}
