/**
 * Where tensors live: memory, copies, one stream of work and its recording as a graph, on the host
 * ({@link io.reft.device.CpuDevice}) or on an NVIDIA GPU ({@link io.reft.device.CudaDevice}). A {@link io.reft.device.Tensor} is an
 * address with a type and a shape, and owns nothing; a {@link io.reft.device.TensorBlock} is memory for many of them, counted before
 * it is allocated.
 *
 * <p>Left out: arithmetic ({@code kernels}). All calls of a device come from one thread.
 */
package io.reft.device;
