package io.reft.python.runtime;

/** A Python range within 64 bits. */
public record PyRange(long start, long stop, long step, long length) implements PyValue {
    public static PyRange of(long start, long stop, long step) {
        if (step == 0) {
            throw Errors.valueError("range() arg 3 must not be zero");
        }
        if (step > 0 ? start >= stop : start <= stop) {
            return new PyRange(start, stop, step, 0);
        }
        try {
            long span = step > 0 ? Math.subtractExact(stop, start) : Math.subtractExact(start, stop);
            return new PyRange(start, stop, step, (span - 1) / Math.absExact(step) + 1);
        } catch (ArithmeticException e) {
            throw Stop.unsupported("a range beyond 64 bits");
        }
    }

    @Override
    public PyType type() {
        return PyType.RANGE;
    }

    long get(long index) {
        return start + index * step;
    }

    /** Where a number stands in the range, or -1. */
    public long indexOf(long x) {
        if (length == 0 || (step > 0 ? x < start || x >= stop : x > start || x <= stop)) {
            return -1;
        }
        return (x - start) % step == 0 ? (x - start) / step : -1;
    }

    PyRange reversed() {
        return length == 0 ? this : of(get(length - 1), start - step, -step);
    }
}
