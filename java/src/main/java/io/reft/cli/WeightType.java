package io.reft.cli;

import io.reft.checkpoint.DataType;

/** The number types of weights in files, as the command line calls them. */
enum WeightType {
    FP32(DataType.F32), FP16(DataType.F16), BF16(DataType.BF16);

    final DataType dtype;

    WeightType(DataType dtype) {
        this.dtype = dtype;
    }
}
