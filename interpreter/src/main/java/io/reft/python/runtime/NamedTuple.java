package io.reft.python.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A type that {@code collections.namedtuple} made. */
public final class NamedTuple extends PyType {
    public final String[] fields;
    private final Map<String, Integer> places = new HashMap<>();
    /** Defaults of the last fields. */
    private final Object[] initials;

    public NamedTuple(String name, String[] fields, Object[] initials) {
        super(name, "__main__", PyType.TUPLE);
        this.fields = fields;
        this.initials = initials;
        for (int i = 0; i < fields.length; i++) {
            places.put(fields[i], i);
        }
    }

    /** A type of the library's, without defaults. */
    public static NamedTuple of(String name, String... fields) {
        return new NamedTuple(name, fields, new Object[0]);
    }

    /** The field's number, or -1. */
    public int field(String name) {
        return places.getOrDefault(name, -1);
    }

    /** {@code Point(3, y=4)}. */
    public PyTuple make(Machine m, Object[] arguments, String[] names) {
        int given = arguments.length - (names == null ? 0 : names.length);
        if (given > fields.length) {
            throw Errors.typeError("%s.__new__() takes %s positional arguments but %d were given", name,
                    initials.length == 0 ? fields.length + 1
                            : "from " + (fields.length + 1 - initials.length) + " to " + (fields.length + 1),
                    given + 1);
        }
        Object[] items = Arrays.copyOf(arguments, m.slots(fields.length));
        Arrays.fill(items, given, items.length, null);
        for (int i = 0; names != null && i < names.length; i++) {
            int at = field(names[i]);
            if (at < 0) {
                throw Errors.typeError("%s.__new__() got an unexpected keyword argument '%s'", name, names[i]);
            }
            if (items[at] != null) {
                throw Errors.typeError("%s.__new__() got multiple values for argument '%s'", name, names[i]);
            }
            items[at] = arguments[given + i];
        }
        m.charge(items.length >> 3);
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < items.length; i++) {
            int initial = i - (items.length - initials.length);
            if (items[i] == null && initial >= 0) {
                items[i] = initials[initial];
            } else if (items[i] == null) {
                missing.add(fields[i]);
            }
        }
        Calls.refuseMissing(m, name + ".__new__", missing, "positional");
        return new PyTuple(items, this);
    }
}
