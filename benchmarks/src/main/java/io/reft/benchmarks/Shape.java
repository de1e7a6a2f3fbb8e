package io.reft.benchmarks;

import io.reft.kernels.Kernels;

/** The two models whose shapes are measured. Names of sizes are those of {@code reft.h}. */
public enum Shape {
    /** Galactica 125M, of the OPT family: 12 layers. */
    OPT_125M(768, 12, 12, 3072, 50000),
    /** SmolLM2 135M, of the Llama family, with three query heads on a key/value head: 30 layers. */
    SMOLLM2_135M(576, 9, 3, 1536, 49152);

    /** Tokens of a micro-batch. */
    static final int N = 2048;
    /** Channels of a head. */
    static final int HS = 64;

    final int c, nh, nkv, f, v;
    final Kernels.Attention attention;

    Shape(int c, int nh, int nkv, int f, int v) {
        this.c = c;
        this.nh = nh;
        this.nkv = nkv;
        this.f = f;
        this.v = v;
        attention = new Kernels.Attention(nh, nkv, HS, 0);
    }

    /** Rows of logits that stand in memory at a time: 64 MiB of them. */
    int chunk() {
        return (64 << 20) / (4 * v);
    }
}
