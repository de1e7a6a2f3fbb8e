package io.reft.model;

import com.google.gson.JsonElement;
import io.reft.checkpoint.JsonFields;
import java.util.Map;

/** Qwen2 and Qwen2.5: Llama with biases in the query, key and value projections, and a window that some layers may have. */
final class Qwen2Family implements Family {
    @Override
    public String modelType() {
        return "qwen2";
    }

    @Override
    public String className() {
        return "Qwen2";
    }

    @Override
    public Map<Part, String> names() {
        return LlamaFamily.NAMES;
    }

    @Override
    public ModelConfig.Builder read(JsonFields config) {
        ModelConfig.Builder m = LlamaFamily.likeLlama(this, config);
        m.kvHeads = LlamaFamily.kvHeads(config, m.heads, m.heads);
        m.qkvBias = true;
        m.slidingWindow = window(config, m.layers);
        m.bosId = config.id("bos_token_id", -1);
        m.eosIds = config.ids("eos_token_id");
        return m;
    }

    /** If asked to, it windows the layers from {@code max_window_layers} on; newer files list each layer's kind. */
    private static int window(JsonFields config, int layers) {
        boolean none = !config.absent("sliding_window") && !config.has("sliding_window");  // null
        if (!config.flag("use_sliding_window", false) || none) {
            return 0;
        }
        int window = config.size("sliding_window", 4096);
        int full = Math.min(config.count("max_window_layers", 28), layers);
        if (config.has("layer_types")) {
            full = 0;
            for (JsonElement kind : config.array("layer_types")) {
                full += kind.isJsonPrimitive() && kind.getAsString().equals("full_attention") ? 1 : 0;
            }
        }
        if (full >= layers) {
            return 0;
        }
        if (full > 0) {
            throw config.error("sliding_window", window, "it holds for " + (layers - full) + " of " + layers + " layers, and here all layers must be alike");
        }
        return window;
    }
}
