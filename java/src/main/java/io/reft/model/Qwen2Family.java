package io.reft.model;

import io.reft.checkpoint.JsonFields;
import java.util.Map;
import java.util.Set;

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
    public Set<String> unused() {
        return Set.of();
    }

    @Override
    public ModelConfig.Builder read(JsonFields config) {
        ModelConfig.Builder m = LlamaFamily.likeLlama(this, config);
        m.kvHeads = LlamaFamily.kvHeads(config, m.heads, 32);
        m.qkvBias = true;
        m.slidingWindow = window(config, m.layers);
        m.bosId = config.id("bos_token_id", -1);
        m.eosIds = config.ids("eos_token_id");
        return m;
    }

    /** If asked to, it windows the layers from {@code max_window_layers} on; newer files list each layer's kind. */
    private static int window(JsonFields config, int layers) {
        String field = "sliding_window";
        boolean used = config.flag("use_sliding_window", false);
        int window = config.absent(field) ? 4096 : config.has(field) ? config.size(field) : 0;
        int listed = LlamaFamily.windowedLayers(config, layers), last = Math.max(layers - config.count("max_window_layers", 28), 0);
        int windowed = listed >= 0 ? listed : used && window > 0 ? last : 0;
        if (windowed > 0 && (!used || window == 0)) {
            throw config.error("layer_types", "a list with sliding attention in it",
                    "use_sliding_window and sliding_window say that there is none");
        }
        if (windowed > 0 && windowed < layers) {
            throw config.error(field, window, "it holds for " + windowed + " of " + layers + " layers, and here all layers must be alike");
        }
        return windowed > 0 ? window : 0;
    }
}
