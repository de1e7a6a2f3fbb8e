package io.reft.train;

/**
 * What one optimizer step on a batch of examples did.
 *
 * @param loss     of the batch, before the step
 * @param gradNorm of its gradient, before clipping
 * @param tokens   that were computed
 */
public record Update(float loss, float gradNorm, int tokens) {}
