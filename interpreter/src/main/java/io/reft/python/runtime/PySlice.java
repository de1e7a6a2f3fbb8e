package io.reft.python.runtime;

/** {@code slice(start, stop, step)}; {@link None#NONE} stands where nothing was written. */
public record PySlice(Object start, Object stop, Object step) implements PyValue {
    /** A slice's indices within a sequence; {@code count} is how many items it takes. */
    record Indices(int start, int stop, int step, int count) {}

    @Override
    public PyType type() {
        return PyType.SLICE;
    }

    Indices indices(int length) {
        long by = step == None.NONE ? 1 : clip(step);
        if (by == 0) {
            throw Errors.valueError("slice step cannot be zero");
        }
        by = Math.clamp(by, -Integer.MAX_VALUE, Integer.MAX_VALUE);
        int low = by < 0 ? -1 : 0;
        int high = by < 0 ? length - 1 : length;
        int from = start == None.NONE ? (by < 0 ? high : low) : place(clip(start), length, low, high);
        int to = stop == None.NONE ? (by < 0 ? low : high) : place(clip(stop), length, low, high);
        long count = by > 0 ? (from < to ? ((long) to - from - 1) / by + 1 : 0)
                : (to < from ? ((long) from - to - 1) / -by + 1 : 0);
        return new Indices(from, to, (int) by, (int) count);
    }

    private static int place(long index, int length, int low, int high) {
        return Math.clamp(index < 0 ? index + length : index, low, high);
    }

    private static long clip(Object index) {
        if (!Ints.isInt(index)) {
            throw Errors.typeError("slice indices must be integers or None or have an __index__ method");
        }
        return Ints.clamped(index, Long.MAX_VALUE / 4);
    }
}
