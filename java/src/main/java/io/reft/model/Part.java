package io.reft.model;

/**
 * The parts of a model that have tensors of their own in a checkpoint. From {@link #ATTENTION_NORM} to {@link #DOWN} every layer has
 * one.
 */
public enum Part {
    EMBEDDING, POSITIONS, PROJECT_IN, PROJECT_OUT,
    /** The norm of the attention: before it, or, where norms stand behind the sums, behind it. */
    ATTENTION_NORM,
    QUERY, KEY, VALUE, ATTENTION_OUT,
    /** The norm of the MLP: before it, or, where norms stand behind the sums, behind it. */
    MLP_NORM,
    /** The first projection of a gated MLP, to which the activation function is applied. */
    GATE,
    UP, DOWN, FINAL_NORM, HEAD,
    /** The head of a classifier. */
    SCORE
}
