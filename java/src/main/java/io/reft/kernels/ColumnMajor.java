package io.reft.kernels;

import io.reft.device.Tensor;

/**
 * A product of row-major matrices as a library of column-major ones takes it. What a row-major [R,C] matrix holds is, read
 * by columns, its transpose [C,R] with C elements from one column to the next. So {@code out = op(a)·op(b)} is asked for
 * as {@code outᵀ = op(b)ᵀ·op(a)ᵀ}: the operands change places, and each keeps its transposition.
 *
 * @param first  left operand, our b
 * @param second right operand, our a
 * @param out    m × n
 * @param m      rows of the result, our N
 * @param n      its columns, our M
 * @param k      terms of each sum
 */
record ColumnMajor(Operand first, Operand second, Operand out, long m, long n, long k) {
    /**
     * A stored matrix.
     *
     * @param address   of its first element
     * @param rows      that follow each other in memory
     * @param cols      columns
     * @param ld        elements from one column to the next
     * @param transpose whether its transpose is meant
     */
    record Operand(long address, long rows, long cols, long ld, boolean transpose) {
        private Operand(Tensor t, boolean transpose) {
            this(t.address(), t.cols(), t.rows(), t.cols(), transpose);
        }
    }

    /** {@code out = op(a)·op(b)}, all row-major. */
    static ColumnMajor of(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        long k = transposeA ? a.rows() : a.cols();
        boolean fit = out.rows() == (transposeA ? a.cols() : a.rows()) && out.cols() == (transposeB ? b.rows() : b.cols())
                && k == (transposeB ? b.cols() : b.rows()) && a.dtype() == b.dtype();
        if (!fit) {
            throw new IllegalArgumentException(
                    "no product of the shapes " + out + ", " + a + (transposeA ? "ᵀ" : "") + ", " + b + (transposeB ? "ᵀ" : ""));
        }
        return new ColumnMajor(new Operand(b, transposeB), new Operand(a, transposeA), new Operand(out, false), out.cols(), out.rows(), k);
    }
}
