package io.reft.cli;

import io.reft.checkpoint.DataType;

/** The number types of stored weights, as the command line calls them. */
enum StoredType {
    FP32(DataType.F32), FP16(DataType.F16), BF16(DataType.BF16);

    final DataType dtype;

    StoredType(DataType dtype) {
        this.dtype = dtype;
    }
}
