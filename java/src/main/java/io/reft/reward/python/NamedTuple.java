package io.reft.reward.python;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A type that {@code collections.namedtuple} made. */
final class NamedTuple extends PyType {
    static final Builtin NAMEDTUPLE = Builtin.of("", "namedtuple(typename, field_names, *, rename=, defaults=, module=)", (m, a) -> {
        if (a[2] != null || a[4] != null) {
            throw Stop.unsupported("namedtuple with rename or module");
        }
        PyList fields = m.newList();
        ListMethods.extend(m, fields, a[1] instanceof String s ? Splitting.split(m, s.replace(',', ' '), null, -1, false) : a[1]);
        PyList initials = m.newList();
        if (a[3] != null && a[3] != None.NONE) {
            ListMethods.extend(m, initials, a[3]);
        }
        return of(m, Repr.str(m, a[0]), fields, initials);
    });
    /** Methods of the values, beside those of tuple. */
    static final Map<String, Builtin> METHODS = Map.of(
            "_asdict", Builtin.of("", "_asdict(self, /)", (m, a) -> {
                PyDict dict = m.newDict();
                NamedTuple type = type(a);
                for (int i = 0; i < type.fields.length; i++) {
                    dict.put(m, type.fields[i], ((PyTuple) a[0]).items()[i]);
                }
                return dict;
            }),
            "_replace", Builtin.withKeywords("", "_replace", (m, a, names) -> {
                NamedTuple type = type(a);
                if (names == null || a.length - names.length > 1) {
                    if (names == null && a.length == 1) {
                        return a[0];
                    }
                    throw Stop.unsupported("_replace with positional arguments");
                }
                Object[] items = ((PyTuple) a[0]).items().clone();
                List<String> unknown = new ArrayList<>();
                for (int i = 0; i < names.length; i++) {
                    int at = type.field(names[i]);
                    if (at < 0) {
                        unknown.add("'" + names[i] + "'");
                    } else {
                        items[at] = a[1 + i];
                    }
                }
                if (!unknown.isEmpty()) {
                    throw Errors.valueError("Got unexpected field names: %s", unknown);
                }
                return new PyTuple(items, type);
            }));
    private static final Set<String> KEYWORDS = Set.of("False", "None", "True", "and", "as", "assert", "async", "await", "break",
            "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
            "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield");

    final String[] fields;
    /** Defaults of the last fields. */
    private final Object[] initials;

    private NamedTuple(String name, String[] fields, Object[] initials) {
        super(name, "__main__", PyType.TUPLE);
        this.fields = fields;
        this.initials = initials;
    }

    /** A type of the library's, without defaults. */
    static NamedTuple of(String name, String... fields) {
        return new NamedTuple(name, fields, new Object[0]);
    }

    private static NamedTuple of(Machine m, String name, PyList fields, PyList initials) {
        String[] names = new String[fields.size];
        for (int i = 0; i < names.length; i++) {
            names[i] = Repr.str(m, fields.items[i]);
        }
        for (int i = -1; i < names.length; i++) {
            String id = i < 0 ? name : names[i];
            if (!id.matches("[A-Za-z_][A-Za-z_0-9]*")) {
                throw Errors.valueError("Type names and field names must be valid identifiers: %s", Repr.repr(m, id));
            }
            if (KEYWORDS.contains(id)) {
                throw Errors.valueError("Type names and field names cannot be a keyword: %s", Repr.repr(m, id));
            }
        }
        if (Builtins.isType(name) || name.equals("Fraction") || name.equals("Decimal")) {
            // an outcome names its value's type, which must not be taken for another
            throw Stop.unsupported("a namedtuple called " + name);
        }
        Set<String> seen = new HashSet<>();
        for (String id : names) {
            if (id.startsWith("_")) {
                throw Errors.valueError("Field names cannot start with an underscore: %s", Repr.repr(m, id));
            }
            if (!seen.add(id)) {
                throw Errors.valueError("Encountered duplicate field name: %s", Repr.repr(m, id));
            }
        }
        if (initials.size > names.length) {
            throw Errors.typeError("Got more default values than field names");
        }
        return new NamedTuple(name, names, initials.toArray(m));
    }

    private static NamedTuple type(Object[] a) {
        if (!(PyType.of(a[0]) instanceof NamedTuple type)) {
            throw Stop.unsupported("a named tuple's method on another type");
        }
        return type;
    }

    /** The field's number, or -1. */
    int field(String name) {
        return Arrays.asList(fields).indexOf(name);
    }

    /** {@code Point(3, y=4)}. */
    PyTuple make(Machine m, Object[] arguments, String[] names) {
        int given = arguments.length - (names == null ? 0 : names.length);
        if (given > fields.length) {
            throw Errors.typeError("%s.__new__() takes %s positional arguments but %d were given", name,
                    initials.length == 0 ? fields.length + 1
                            : "from " + (fields.length + 1 - initials.length) + " to " + (fields.length + 1), given + 1);
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
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < items.length; i++) {
            int initial = i - (items.length - initials.length);
            if (items[i] == null && initial >= 0) {
                items[i] = initials[initial];
            } else if (items[i] == null) {
                missing.add(fields[i]);
            }
        }
        Calls.refuseMissing(name + ".__new__", missing, "positional");
        return new PyTuple(items, this);
    }

    /** {@code Point._fields} and {@code Point._make}; null for other names. */
    Object member(String name) {
        return switch (name) {
            case "_fields" -> new PyTuple(fields.clone());
            case "_make" -> Builtin.of("", "_make(iterable, /)", (m, a) -> {
                PyList items = m.newList();
                ListMethods.extend(m, items, a[0]);
                if (items.size != fields.length) {
                    throw Errors.typeError("Expected %d arguments, got %d", fields.length, items.size);
                }
                return new PyTuple(items.toArray(m), this);
            });
            default -> null;
        };
    }
}
