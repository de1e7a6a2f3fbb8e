/**
 * How good a model is: accuracy with intervals, majority votes, pass@k, rerankers in use, probes for reward hacking, paired tests.
 *
 * <p>{@link io.reft.evaluate.Evaluation} works everything out from samples, drawn here or read from a {@link
 * io.reft.evaluate.SamplesFile}. Left out: training, of rerankers too ({@code train}, {@code run}).
 */
package io.reft.evaluate;
