package io.reft.device;

/** Storage type of a tensor's elements. The codes are those of {@code reft.h}; integers never cross as a dtype. */
public enum DType {
    F32(0, 4), BF16(1, 2), F16(2, 2), I32(-1, 4), I64(-1, 8);

    /** {@code REFT_F32}, {@code REFT_BF16} or {@code REFT_F16}; -1 for integers. */
    public final int code;
    /** Bytes of one element. */
    public final int bytes;

    DType(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }
}
