/**
 * What a completion is worth: its answer is read, compared with the gold one and scored.
 *
 * <p>A {@link io.reft.reward.Reward} scores completions; {@link io.reft.reward.Verifier} has our rules and {@link
 * io.reft.reward.PaperVerifier} the published ones, faults included. {@link io.reft.reward.Audit} tries a reward on gold solutions, and
 * {@link io.reft.reward.Grading} names the choices a run makes. Programs run in the interpreter ({@code io.reft.python}) or in CPython.
 *
 * <p>Left out: rewards per token, advantages and returns ({@code train}).
 */
package io.reft.reward;
