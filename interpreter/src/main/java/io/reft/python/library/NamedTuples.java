package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.NamedTuple;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Stop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code collections.namedtuple}, and what its types and their values have. */
final class NamedTuples {
    static final Builtin NAMEDTUPLE = Builtin.of("", "namedtuple(typename, field_names, *, rename=, defaults=, module=)", (m, a) -> {
        if (a[2] != null || a[4] != null) {
            throw Stop.unsupported("namedtuple with rename or module");
        }
        PyList fields = m.newList();
        fields.extend(m, a[1] instanceof String s ? Splitting.split(m, s.replace(',', ' '), null, -1, false) : a[1]);
        PyList initials = m.newList();
        if (a[3] != null && a[3] != None.NONE) {
            initials.extend(m, a[3]);
        }
        return of(m, Repr.str(m, a[0]), fields, initials);
    });
    /** Methods of the values, beside those of tuple. */
    static final Map<String, Builtin> METHODS = Map.of(
            "_asdict", Builtin.of("", "_asdict(self, /)", (m, a) -> {
                PyDict dict = m.newDict();
                NamedTuple type = type(a);
                for (int i = 0; i < type.fields.length; i++) {
                    m.charge(1);
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
                m.slots(type.fields.length);
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

    /** Every message about a value shows its type's name. */
    private static final int MAX_NAME = 1000;

    private NamedTuples() {}

    private static NamedTuple of(Machine m, String name, PyList fields, PyList initials) {
        m.slots(3L * fields.size);
        String[] names = new String[fields.size];
        for (int i = 0; i < names.length; i++) {
            names[i] = Repr.str(m, fields.items[i]);
        }
        for (int i = -1; i < names.length; i++) {
            String id = i < 0 ? name : names[i];
            m.charge(4 + (id.length() >> 1));
            if (id.length() > MAX_NAME) {
                throw Stop.unsupported("a namedtuple with a name of more than " + MAX_NAME + " characters");
            }
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

    /** {@code Point._fields} and {@code Point._make}; null for other names. */
    static Object member(Machine m, NamedTuple type, String name) {
        return switch (name) {
            case "_fields" -> {
                m.slots(type.fields.length);
                yield new PyTuple(type.fields.clone());
            }
            case "_make" -> Builtin.of("", "_make(iterable, /)", (machine, a) -> {
                PyList items = machine.newList();
                items.extend(machine, a[0]);
                if (items.size != type.fields.length) {
                    throw Errors.typeError("Expected %d arguments, got %d", type.fields.length, items.size);
                }
                return new PyTuple(items.toArray(machine), type);
            });
            default -> null;
        };
    }
}
