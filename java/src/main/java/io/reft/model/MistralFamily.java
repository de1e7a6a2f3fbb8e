package io.reft.model;

import io.reft.checkpoint.JsonFields;
import java.util.Map;

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
    public ModelConfig.Builder read(JsonFields config) {
        ModelConfig.Builder m = LlamaFamily.likeLlama(this, config);
        m.kvHeads = LlamaFamily.kvHeads(config, m.heads, 8);
        m.slidingWindow = config.absent("sliding_window") ? 4096 : config.size("sliding_window", 0);
        m.bosId = config.id("bos_token_id", 1);
        m.eosIds = config.ids("eos_token_id", 2);
        return m;
    }
}
