package io.reft.checkpoint;

import java.util.Locale;

/** Element types of stored tensors, named as in safetensors. Only the floating-point ones can be read; the others are listed. */
public enum DataType {
    F64(8), F32(4), F16(2), BF16(2), I64(8), I32(4), I16(2), I8(1), U64(8), U32(4), U16(2), U8(1), BOOL(1), F8_E4M3(1), F8_E5M2(1);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Whether tensors of this type can be read and written here. */
    public boolean isReadable() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /** PyTorch's name, as {@code config.json} has it: {@code float32}, {@code bfloat16}; of the readable types. */
    public String torchName() {
        return switch (this) {
            case F64 -> "float64";
            case F32 -> "float32";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> throw new IllegalArgumentException(name().toLowerCase(Locale.ROOT) + " is no type of weights");
        };
    }
}
