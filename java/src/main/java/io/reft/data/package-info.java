/**
 * Problems: data sets and their files, prompts, splits, and the demo's own problems.
 *
 * <p>{@link io.reft.data.Datasets} reads and writes them; {@link io.reft.data.Template} is the one place where prompts and training texts
 * come from; {@link io.reft.data.Encoder} makes token ids of them. Left out: what a right answer is ({@code reward}).
 */
package io.reft.data;
