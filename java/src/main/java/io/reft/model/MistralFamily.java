package io.reft.model;

import io.reft.checkpoint.JsonFields;
import java.util.Map;
import java.util.Set;

/** Mistral: Llama without biases, with grouped key/value heads and a sliding window in every layer. */
final class MistralFamily implements Family {
    @Override
    public String modelType() {
        return "mistral";
    }

    @Override
    public String className() {
        return "Mistral";
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
        m.kvHeads = LlamaFamily.kvHeads(config, m.heads, 8);
        m.slidingWindow = window(config, m.layers);
        m.bosId = config.id("bos_token_id", 1);
        m.eosIds = config.ids("eos_token_id", 2);
        return m;
    }

    /** Null means no window. Newer files may list each layer's kind too: then all must be of the kind that {@code sliding_window} says. */
    private static int window(JsonFields config, int layers) {
        String field = "sliding_window";
        int window = config.absent(field) ? 4096 : config.has(field) ? config.size(field) : 0;
        int windowed = LlamaFamily.windowedLayers(config, layers);
        if (windowed >= 0 && windowed != (window > 0 ? layers : 0)) {
            throw config.error("layer_types", "a list with sliding attention in " + windowed + " of " + layers + " layers",
                    "sliding_window is " + (window > 0 ? window : "null") + ", and here all layers must be alike");
        }
        return window;
    }
}
