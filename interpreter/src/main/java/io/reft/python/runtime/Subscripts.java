package io.reft.python.runtime;

import java.util.Arrays;

/** {@code x[i]}, {@code x[i] = v}, {@code del x[i]}, with slices. */
public final class Subscripts {
    private Subscripts() {}

    public static Object get(Machine m, Object container, Object index) {
        switch (container) {
            case PyList l:
                if (index instanceof PySlice s) {
                    PySlice.Indices i = s.indices(l.size);
                    return i.step() == 1 ? l.slice(m, i.start(), i.start() + i.count())
                            : new PyList(pick(m, l.items, i), i.count());
                }
                return l.items[place(index, l.size, "list")];
            case PyTuple t:
                if (index instanceof PySlice s) {
                    return new PyTuple(pick(m, t.items(), s.indices(t.items().length)));
                }
                return t.items()[place(index, t.items().length, "tuple")];
            case PyDict d:
                return get(m, d, index);
            case String s:
                m.charge(s.length() >> 5);
                Strings.counted(s);
                if (index instanceof PySlice slice) {
                    return slice(m, s, slice.indices(s.length()));
                }
                return Strings.character(s.charAt(place(index, s.length(), "string")));
            case PyRange r:
                return get(r, index);
            case PyDeque d:
                return d.get(place(index, d.size(), "deque"));
            case PyType t:
                if (t == PyType.LIST || t == PyType.DICT || t == PyType.TUPLE || t == PyType.SET || t == PyType.FROZENSET
                        || t == PyType.TYPE || t == PyType.DEQUE || t == PyType.DEFAULTDICT || t == PyType.COUNTER) {
                    return Typing.ALIAS;
                }
                throw Errors.typeError("type '%s' is not subscriptable", t.name);
            case Typing t:
                return Typing.ALIAS;
            default:
                throw Errors.typeError("'%s' object is not subscriptable", Errors.typeName(container));
        }
    }

    private static Object get(Machine m, PyDict dict, Object key) {
        Object value = dict.get(m, key);
        if (value != null) {
            return value;
        }
        if (dict.type == PyType.COUNTER) {
            return 0L;
        }
        if (dict.factory == null) {
            throw Errors.keyError(key);
        }
        value = m.call(dict.factory);
        dict.put(m, key, value);
        return value;
    }

    private static Object get(PyRange r, Object index) {
        if (index instanceof PySlice s) {
            if (r.length() > Integer.MAX_VALUE) {
                throw Stop.unsupported("a slice of a long range");
            }
            PySlice.Indices i = s.indices((int) r.length());
            return PyRange.of(r.start() + i.start() * r.step(), r.start() + i.stop() * r.step(), r.step() * i.step());
        }
        if (!Ints.isInt(index)) {
            throw Errors.typeError("range indices must be integers or slices, not %s", Errors.typeName(index));
        }
        long i = Ints.clamped(index, Long.MAX_VALUE / 2);
        i = i < 0 ? i + r.length() : i;
        if (i < 0 || i >= r.length()) {
            throw Errors.indexError("range object index out of range");
        }
        return r.get(i);
    }

    /** An index within the length, or CPython's error. */
    private static int place(Object index, int length, String type) {
        return place(index, length, type, type + " index out of range");
    }

    private static int place(Object index, int length, String type, String message) {
        if (!Ints.isInt(index)) {
            throw Errors.typeError(type.equals("deque") ? "sequence index must be integer, not '%2$s'"
                    : type.equals("string") ? "string indices must be integers, not '%2$s'"
                    : "%s indices must be integers or slices, not %s", type, Errors.typeName(index));
        }
        if (Ints.plain(index) instanceof java.math.BigInteger) {
            throw Errors.indexError("cannot fit 'int' into an index-sized integer");
        }
        long i = Ints.toLong(index);
        i = i < 0 ? i + length : i;
        if (i < 0 || i >= length) {
            throw Errors.indexError(type.equals("deque") ? "deque index out of range" : message);
        }
        return (int) i;
    }

    private static Object[] pick(Machine m, Object[] items, PySlice.Indices at) {
        Object[] picked = new Object[m.slots(at.count())];
        m.charge(at.count() >> 3);
        for (int i = 0; i < picked.length; i++) {
            picked[i] = items[at.start() + i * at.step()];
        }
        return picked;
    }

    private static String slice(Machine m, String s, PySlice.Indices at) {
        m.text(at.count());
        if (at.step() == 1) {
            return s.substring(at.start(), at.start() + at.count());
        }
        StringBuilder picked = new StringBuilder(at.count());
        for (int i = 0; i < at.count(); i++) {
            picked.append(s.charAt(at.start() + i * at.step()));
        }
        return picked.toString();
    }

    static void set(Machine m, Object container, Object index, Object value) {
        switch (container) {
            case PyList l -> {
                if (index instanceof PySlice s) {
                    setSlice(m, l, s, value);
                } else {
                    l.items[place(index, l.size, "list", "list assignment index out of range")] = value;
                }
            }
            case PyDict d -> d.put(m, index, value);
            case PyDeque d -> d.set(place(index, d.size(), "deque"), value);
            default -> throw Errors.typeError("'%s' object does not support item assignment", Errors.typeName(container));
        }
    }

    private static void setSlice(Machine m, PyList list, PySlice slice, Object value) {
        if (!Iteration.isIterable(value)) {
            throw Errors.typeError(slice.step() == None.NONE ? "can only assign an iterable"
                    : "must assign iterable to extended slice");
        }
        PyList values = m.newList();
        values.extend(m, value);
        PySlice.Indices at = slice.indices(list.size);
        if (at.step() == 1) {
            int end = Math.max(at.start(), at.stop());
            int grown = values.size - (end - at.start());
            m.charge(list.size >> 3);
            list.reserve(m, (long) list.size + grown);
            System.arraycopy(list.items, end, list.items, end + grown, list.size - end);
            System.arraycopy(values.items, 0, list.items, at.start(), values.size);
            if (grown < 0) {
                Arrays.fill(list.items, list.size + grown, list.size, null);
            }
            list.size += grown;
            return;
        }
        if (values.size != at.count()) {
            throw Errors.valueError("attempt to assign sequence of size %d to extended slice of size %d", values.size,
                    at.count());
        }
        for (int i = 0; i < at.count(); i++) {
            list.items[at.start() + i * at.step()] = values.items[i];
        }
    }

    static void delete(Machine m, Object container, Object index) {
        switch (container) {
            case PyList l -> {
                if (index instanceof PySlice s) {
                    deleteSlice(m, l, s.indices(l.size));
                } else {
                    int i = place(index, l.size, "list", "list assignment index out of range");
                    l.removeRange(m, i, i + 1);
                }
            }
            case PyDict d -> {
                if (d.remove(m, index) == null && d.type != PyType.COUNTER) {
                    throw Errors.keyError(index);
                }
            }
            case PyDeque d -> {
                int i = place(index, d.size(), "deque");
                PyList items = d.toList(m);
                items.removeRange(m, i, i + 1);
                d.become(items);
            }
            default -> throw Errors.typeError("'%s' object doesn't support item deletion", Errors.typeName(container));
        }
    }

    private static void deleteSlice(Machine m, PyList l, PySlice.Indices at) {
        if (at.count() == 0) {
            return;
        }
        if (at.step() == 1) {
            l.removeRange(m, at.start(), at.start() + at.count());
            return;
        }
        m.charge(l.size >> 2);
        boolean[] gone = new boolean[l.size];
        for (int i = 0; i < at.count(); i++) {
            gone[at.start() + i * at.step()] = true;
        }
        int kept = 0;
        for (int i = 0; i < l.size; i++) {
            if (!gone[i]) {
                l.items[kept++] = l.items[i];
            }
        }
        Arrays.fill(l.items, kept, l.size, null);
        l.size = kept;
    }
}
