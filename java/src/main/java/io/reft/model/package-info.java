/**
 * The transformer: what a checkpoint's {@code config.json} and tensors mean, and the arithmetic, forward over backward.
 *
 * <p>A {@link io.reft.model.Family} reads {@code config.json} into a {@link io.reft.model.ModelConfig}, which says what the model is
 * capable of, and names the tensors. {@link io.reft.model.Weights} lays them over one flat buffer as {@link io.reft.model.Linear} and
 * {@link io.reft.model.Norm}; {@link io.reft.model.Model} owns that buffer and reads checkpoints into it.
 * {@link io.reft.model.Transformer} is a list of op calls over {@link io.reft.model.Activations}, and {@link io.reft.model.Heads} makes
 * logits, losses and values of its hidden states.
 *
 * <ul>
 * <li>A new family: one file that implements {@link io.reft.model.Family}, and its line in {@link io.reft.model.Family#ALL}. What it
 *     computes that nobody did before is a capability in {@link io.reft.model.ModelConfig}, and an op call where it belongs.
 * <li>An adapter or a quantised base: {@link io.reft.model.Linear}, which has the forward, the backward and the tensors of every
 *     trained matrix.
 * <li>Recomputation: {@code Transformer.layerForward}, called again in the backward.
 * </ul>
 *
 * <p>Left out: losses that are not of one token each, optimizers and loops ({@code train}), sampling ({@code generate}), file formats
 * ({@code checkpoint}). There is no automatic differentiation: each op's backward is called where its forward stands above it.
 */
package io.reft.model;
