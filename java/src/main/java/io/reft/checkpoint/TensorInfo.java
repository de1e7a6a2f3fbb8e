package io.reft.checkpoint;

/**
 * What a file says of one tensor.
 *
 * @param name  such as {@code model.layers.0.mlp.up_proj.weight}
 * @param dtype as stored
 * @param shape sizes, none negative; empty for a scalar
 */
public record TensorInfo(String name, DataType dtype, long[] shape) {
    /** Number of elements. */
    public long size() {
        long size = 1;
        for (long extent : shape) {
            size *= extent; // cannot overflow: the readers have checked the product
        }
        return size;
    }
}
