/**
 * Every call into native code that computes. {@link io.reft.kernels.Kernels} has the ops of {@code reft.h}, with their shapes checked;
 * {@link io.reft.kernels.Gemm} is one library's matrix products: our own, oneDNN's, cuBLASLt's, or the faster of several;
 * {@link io.reft.kernels.Matmul} does a linear layer by one of them in the precision asked for, and
 * {@link io.reft.kernels.WeightMatrix} holds the copies of a weight that it reads. {@link io.reft.kernels.Engine} opens all of it for a
 * run.
 *
 * <p>Left out: what is computed and in which order ({@code model}), memory and streams ({@code device}). A wrong shape is an
 * {@link java.lang.IllegalArgumentException}, a call that fails a {@link io.reft.kernels.KernelError}.
 */
package io.reft.kernels;
