package io.reft.model;

import io.reft.checkpoint.JsonFields;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A family of checkpoints: how its {@code config.json} is read and what it calls its tensors. One file a family, and a line in
 * {@link #ALL}; what a family computes is said by the capabilities in {@link ModelConfig}, never asked of the family itself.
 */
public interface Family {
    /** All that can be read. */
    List<Family> ALL = List.of(new LlamaFamily(), new MistralFamily(), new OptFamily(), new Qwen2Family());

    /**
     * Fields that change nothing here in any family: how the weights are stored, how they were drawn at first, dropout (there is
     * none), what transformers caches and returns, and how it samples.
     */
    Set<String> UNUSED = Set.of(
            "_name_or_path", "name_or_path", "_commit_hash", "transformers_version", "torch_dtype", "dtype", "use_cache",
            "initializer_range", "attention_dropout", "gradient_checkpointing", "tokenizer_class", "prefix", "sep_token_id", "cls_token_id",
            "decoder_start_token_id", "output_attentions", "output_hidden_states", "output_scores", "return_dict",
            "return_dict_in_generate", "torchscript", "use_bfloat16", "tf_legacy_loss", "attn_implementation", "_attn_implementation",
            "_attn_implementation_autoset", "_flash_attn_2_enabled", "chunk_size_feed_forward", "is_decoder", "label2id", "problem_type",
            "finetuning_task", "task_specific_params", "max_length", "min_length", "do_sample", "early_stopping", "num_beams",
            "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty",
            "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "forced_bos_token_id",
            "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens");

    /** {@code model_type} in {@code config.json}. */
    String modelType();

    /** What the names of transformers' classes begin with, such as {@code Llama}. */
    String className();

    /**
     * Reads {@code config.json}, but for what all families have alike: classes, and the end tokens of {@code generation_config.json}.
     * A field that it asks for is used, or refused; what it does not ask for and is not among {@link #unused} is told to the user.
     */
    ModelConfig.Builder read(JsonFields config);

    /** Fields of {@code config.json} that are known to change nothing here, beside {@link #UNUSED}. */
    Set<String> unused();

    /** What each part is called, without {@code .weight} and {@code .bias}; {@code #} stands for the layer's number. */
    Map<Part, String> names();
}
