package io.reft.python.runtime;

/** What sets a {@code collections.Counter} apart from other dicts: order by counts, equality and its operators. */
public final class Counters {
    private Counters() {}

    /** The same counts, the highest first; equal ones in their order. */
    public static PyDict mostCommonFirst(Machine m, PyDict counter) {
        PyList items = m.newList();
        items.extend(m, new DictView(counter, DictView.Kind.ITEMS));
        Sorting.sort(m, items, Builtin.of("", "count(item, /)", (machine, a) -> ((PyTuple) a[0]).items()[1]), true);
        PyDict sorted = m.newDict();
        sorted.type = PyType.COUNTER;
        sorted.update(m, items);
        return sorted;
    }

    /** Whether the counts are equal, a missing one being 0. */
    static boolean countersEqual(Machine m, PyDict a, PyDict b) {
        return covers(m, a, b) && covers(m, b, a);
    }

    private static boolean covers(Machine m, PyDict a, PyDict b) {
        for (int i = 0; i < a.end; i++) {
            m.charge(1);
            if (a.keys[i] != null) {
                Object other = b.get(m, a.keys[i]);
                if (!Comparison.equal(m, a.values[i], other == null ? 0L : other)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** {@code + - & |} of Counters: only positive counts are kept; null for other operators. */
    static Object combine(Machine m, Operator operator, PyDict a, PyDict b) {
        if (operator != Operator.ADD && operator != Operator.SUB && operator != Operator.AND && operator != Operator.OR) {
            return null;
        }
        PyDict result = m.newDict();
        result.type = PyType.COUNTER;
        for (int pass = 0; pass < (operator == Operator.AND ? 1 : 2); pass++) {
            PyDict from = pass == 0 ? a : b;
            m.charge(from.end >> 2);
            for (int i = 0; i < from.end; i++) {
                Object key = from.keys[i];
                if (key == null || pass == 1 && a.containsKey(m, key)) {
                    continue;
                }
                m.charge(1);
                Object x = pass == 0 ? from.values[i] : 0L;
                Object y = b.get(m, key);
                y = y == null ? 0L : y;
                Object count = switch (operator) {
                    case ADD, SUB -> Operators.binary(m, operator, x, y);
                    case AND -> Comparison.less(m, x, y) ? x : y;
                    default -> Comparison.less(m, x, y) ? y : x;
                };
                if (Comparison.less(m, 0L, count)) {
                    result.put(m, key, count);
                }
            }
        }
        return result;
    }
}
