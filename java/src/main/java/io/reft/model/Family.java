package io.reft.model;

import io.reft.checkpoint.JsonFields;
import java.util.List;
import java.util.Map;

/**
 * A family of checkpoints: how its {@code config.json} is read and what it calls its tensors. One file a family, and a line in
 * {@link #ALL}; what a family computes is said by the capabilities in {@link ModelConfig}, never asked of the family itself.
 */
public interface Family {
    /** All that can be read. */
    List<Family> ALL = List.of(new LlamaFamily(), new MistralFamily(), new OptFamily(), new Qwen2Family());

    /** {@code model_type} in {@code config.json}. */
    String modelType();

    /** What the names of transformers' classes begin with, such as {@code Llama}. */
    String className();

    /** Reads {@code config.json}, but for what all families have alike: classes, and the end tokens of {@code generation_config.json}. */
    ModelConfig.Builder read(JsonFields config);

    /** What each part is called, without {@code .weight} and {@code .bias}; {@code #} stands for the layer's number. */
    Map<Part, String> names();
}
