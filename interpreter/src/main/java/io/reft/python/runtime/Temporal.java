package io.reft.python.runtime;

/** What module datetime has: {@link DateValue} (date and datetime) and {@link TimeDelta}. Left out: time, time zones. */
public sealed interface Temporal extends PyValue permits DateValue, TimeDelta {
    /** {@code str}, {@code repr}. */
    String text(Machine m);

    String repr(Machine m);

    /** An attribute, or null. */
    Object attribute(String name);

    /** {@code format(value, spec)}. */
    String format(Machine m, String spec);

    static boolean equal(Temporal a, Temporal b) {
        return a.type() == b.type() && a.equals(b);
    }

    /** The order, or null where the two do not compare. */
    static Integer compare(Operator operator, Temporal a, Temporal b) {
        if (a instanceof TimeDelta x && b instanceof TimeDelta y) {
            return Long.compare(x.microseconds(), y.microseconds());
        }
        if (a instanceof DateValue x && b instanceof DateValue y) {
            if (x.hasTime() != y.hasTime()) {
                throw Errors.typeError("can't compare %s to %s", a.type().shown(), b.type().shown());
            }
            return x.value().compareTo(y.value());
        }
        return null;
    }

    /** An operator with one of these on one side; null where it is not defined. */
    static Object binary(Machine m, Operator operator, Object a, Object b) {
        m.charge(4);
        m.allocate(48);
        if (a instanceof DateValue x) {
            if (b instanceof TimeDelta t && (operator == Operator.ADD || operator == Operator.SUB)) {
                return x.plus(t, operator == Operator.ADD ? 1 : -1);
            }
            return b instanceof DateValue y && operator == Operator.SUB && x.hasTime() == y.hasTime() ? x.minus(y) : null;
        }
        if (a instanceof TimeDelta t && b instanceof DateValue x) {
            return operator == Operator.ADD ? x.plus(t, 1) : null;
        }
        return TimeDelta.binary(m, operator, a, b);
    }
}
