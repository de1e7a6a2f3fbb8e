package io.reft.device;

/**
 * A dense row-major matrix somewhere in the memory of a device: a view, which owns nothing. A vector is a matrix of one
 * column; a tensor of more dimensions folds the leading ones into rows.
 *
 * @param address of the first element
 * @param dtype   storage type
 * @param rows    rows, at least 0
 * @param cols    elements of a row
 */
public record Tensor(long address, DType dtype, long rows, long cols) {
    /** Number of elements. */
    public long size() {
        return rows * cols;
    }

    /** Number of bytes. */
    public long bytes() {
        return size() * dtype.bytes;
    }

    /** The {@code count} rows from row {@code first} on. */
    public Tensor rows(long first, long count) {
        if (first < 0 || count < 0 || first + count > rows) {
            throw new IndexOutOfBoundsException("rows " + first + " to " + (first + count) + " of " + rows);
        }
        return new Tensor(address + first * cols * dtype.bytes, dtype, count, cols);
    }

    /** The first {@code count} rows. */
    public Tensor first(long count) {
        return rows(0, count);
    }

    /** The same elements as {@code rows × cols}. */
    public Tensor reshape(long rows, long cols) {
        if (rows * cols != size()) {
            throw new IllegalArgumentException(this + " does not hold " + rows + " × " + cols);
        }
        return new Tensor(address, dtype, rows, cols);
    }

    @Override
    public String toString() {
        return dtype + "[" + rows + ", " + cols + "]";
    }
}
