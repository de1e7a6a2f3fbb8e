package io.reft.python.runtime;

/** {@code d.keys()}, {@code d.values()}, {@code d.items()}. */
public record DictView(PyDict dict, Kind kind) implements PyValue {
    public enum Kind { KEYS, VALUES, ITEMS }

    @Override
    public PyType type() {
        return switch (kind) {
            case KEYS -> PyType.DICT_KEYS;
            case VALUES -> PyType.DICT_VALUES;
            case ITEMS -> PyType.DICT_ITEMS;
        };
    }

    /** Whether it takes part in set operations. */
    public boolean isSet() {
        return kind != Kind.VALUES;
    }

    boolean contains(Machine m, Object item) {
        switch (kind) {
            case KEYS:
                return dict.containsKey(m, item);
            case ITEMS:
                if (!(item instanceof PyTuple t) || t.items().length != 2) {
                    return false;
                }
                Object value = dict.get(m, t.items()[0]);
                return value != null && Comparison.same(m, value, t.items()[1]);
            default:
                for (int i = 0; i < dict.end; i++) {
                    m.charge(1);
                    if (dict.keys[i] != null && Comparison.same(m, dict.values[i], item)) {
                        return true;
                    }
                }
                return false;
        }
    }
}
