/**
 * From prompts to completions with their log-probabilities: {@link io.reft.generate.Generator} admits sequences to the batch and lets
 * the finished ones go, over a paged key/value cache; {@link io.reft.generate.Decoder} takes several steps without a look of the host.
 * A completion depends on the seed, its number and its prompt, never on who shares the batch.
 *
 * <p>Left out: text (a prompt is token ids), scores ({@code reward}, {@code rollout}), the arithmetic ({@code model}).
 */
package io.reft.generate;
