/**
 * Model folders as Hugging Face lays them out, read and written: {@link io.reft.checkpoint.Checkpoint} opens one, whatever form its
 * weights are in (safetensors or PyTorch's {@code .bin}, one file or shards), {@link io.reft.checkpoint.CheckpointWriter} replaces one
 * so that a reader finds the old or the new model and nothing between. Files are not trusted: a broken or hostile one is an
 * {@link io.reft.InputError} that names it, and a {@code .bin} is unpickled by a reader that builds tensors alone.
 *
 * <p>Left out: what the tensors mean, and which must be there ({@code model}); the tokenizer's files ({@code tokenizer}), which are
 * only copied.
 */
package io.reft.checkpoint;
