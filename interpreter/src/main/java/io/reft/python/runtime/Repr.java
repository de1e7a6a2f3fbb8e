package io.reft.python.runtime;

import java.util.IdentityHashMap;
import java.util.Map;

/** {@code repr}, {@code str} and {@code ascii}. Refuses what CPython shows by its address. */
public final class Repr {
    private final Machine m;
    private final StringBuilder out = new StringBuilder();
    /** Containers being shown, which show themselves as {@code [...]}. */
    private Map<Object, Object> open;

    private Repr(Machine m) {
        this.m = m;
    }

    public static String str(Machine m, Object value) {
        return switch (value) {
            case String s -> s;
            case PyException e -> e.message(m);
            case Fraction f -> f.text(m);
            case Decimal d -> d.text(m);
            case Temporal t -> t.text(m);
            default -> repr(m, value);
        };
    }

    public static String repr(Machine m, Object value) {
        switch (value) {
            case Long l:
                return Long.toString(l);
            case Double d:
                m.charge(2);
                return Floats.repr(d);
            case Boolean b:
                return b ? "True" : "False";
            case None n:
                return n.repr;
            default:
                Repr repr = new Repr(m);
                repr.append(value);
                return repr.out.toString();
        }
    }

    private void add(String text) {
        m.text(text.length());
        out.append(text);
    }

    private void append(Object value) {
        switch (value) {
            case String s -> quote(s);
            case Long l -> add(Long.toString(l));
            case Double d -> add(Floats.repr(d));
            case Boolean b -> add(b ? "True" : "False");
            case None n -> add(n.repr);
            case java.math.BigInteger i -> add(Ints.toString(m, i));
            case PyList l -> container(l, "[", l.items, l.size, "]");
            case PyTuple t when t.type() instanceof NamedTuple named -> named(t, named);
            case PyTuple t -> container(t, "(", t.items(), t.items().length, t.items().length == 1 ? ",)" : ")");
            case PySet s -> set(s);
            case PyDict d -> dict(d);
            case PyDeque d -> {
                container(d, "deque([", d.toList(m).items, d.size(), d.limit() < 0 ? "])" : "], maxlen=" + d.limit() + ")");
            }
            case DictView v -> {
                PyList items = m.newList();
                items.extend(m, v);
                container(v, PyType.of(v).name + "([", items.items, items.size, "])");
            }
            case PyRange r -> add(r.step() == 1 ? "range(" + r.start() + ", " + r.stop() + ")"
                    : "range(" + r.start() + ", " + r.stop() + ", " + r.step() + ")");
            case PySlice s -> container(s, "slice(", new Object[] {s.start(), s.stop(), s.step()}, 3, ")");
            case PyException e -> container(e, e.type.name + "(", e.args, e.args.length, ")");
            case Fraction f -> add("Fraction(" + Ints.toString(m, Ints.normalize(f.numerator())) + ", "
                    + Ints.toString(m, Ints.normalize(f.denominator())) + ")");
            case Temporal t -> add(t.repr(m));
            case Decimal d -> add("Decimal('" + d.text(m) + "')");
            case NamedTuple t -> throw Stop.unsupported("repr of a type of the program");
            case PyType t -> add("<class '" + (t.module.equals("builtins") ? "" : t.module + ".") + t.name + "'>");
            case Builtin b when b.shown.equals(b.name) -> add("<built-in function " + b.name + ">");
            default -> throw Stop.unsupported("repr of " + PyType.of(value).name);
        }
    }

    /** Whether the container is not being shown already; then it is from now on. */
    private boolean enter(Object container) {
        m.enter();
        if (open == null) {
            open = new IdentityHashMap<>();
        }
        return open.put(container, container) == null;
    }

    private void leave(Object container) {
        open.remove(container);
        m.leave();
    }

    private void container(Object container, String start, Object[] items, int count, String end) {
        if (!enter(container)) {
            m.leave();
            add(again(container));
            return;
        }
        out.append(start);
        for (int i = 0; i < count; i++) {
            m.charge(1);
            out.append(i == 0 ? "" : ", ");
            append(items[i]);
        }
        out.append(end);
        leave(container);
    }

    /** What stands for a container inside itself. */
    private static String again(Object container) {
        return switch (container) {
            case PyList l -> "[...]";
            case PyDeque d -> "[...]";
            case PyTuple t -> "(...)";
            case PyDict d when d.type == PyType.DICT -> "{...}";
            default -> throw Stop.unsupported("repr of " + PyType.of(container).name + " inside itself");
        };
    }

    private void named(PyTuple t, NamedTuple type) {
        m.enter();
        add(type.name);
        out.append('(');
        for (int i = 0; i < type.fields.length; i++) {
            add((i == 0 ? "" : ", ") + type.fields[i] + "=");
            append(t.items()[i]);
        }
        out.append(')');
        m.leave();
    }

    private void set(PySet s) {
        if (s.size == 0) {
            add(s.frozen ? "frozenset()" : "set()");
            return;
        }
        PyList items = m.newList();
        items.extend(m, s);
        for (int i = 0; i < items.size; i++) {
            if (s.size > 1 && !hasFixedOrder(items.items[i])) {
                throw Stop.unsupported("the order of a set of " + PyType.of(items.items[i]).name);
            }
        }
        container(s, s.frozen ? "frozenset({" : "{", items.items, items.size, s.frozen ? "})" : "}");
    }

    /** Whether CPython's hash of the value, and so its place in a set, is the same in every run. */
    private boolean hasFixedOrder(Object value) {
        m.charge(1);
        if (value instanceof PyTuple t) {
            for (Object item : t.items()) {
                if (!hasFixedOrder(item)) {
                    return false;
                }
            }
            return true;
        }
        return Comparison.isNumber(value);
    }

    private void dict(PyDict d) {
        if (d.type == PyType.COUNTER && d.size > 0) {
            d = Counters.mostCommonFirst(m, d);
        }
        if (!enter(d)) {
            m.leave();
            add(again(d));
            return;
        }
        if (d.type == PyType.ORDEREDDICT) {
            PyList items = m.newList();
            items.extend(m, new DictView(d, DictView.Kind.ITEMS));
            out.append("OrderedDict(");
            if (d.size > 0) {
                append(items);
            }
            out.append(')');
            leave(d);
            return;
        }
        if (d.type == PyType.COUNTER) {
            out.append(d.size == 0 ? "Counter()" : "Counter(");
        } else if (d.type == PyType.DEFAULTDICT) {
            out.append("defaultdict(");
            append(d.factory == null ? None.NONE : d.factory);
            out.append(", ");
        }
        if (d.type != PyType.COUNTER || d.size > 0) {
            out.append('{');
            boolean first = true;
            m.charge(d.end >> 4);
            for (int i = 0; i < d.end; i++) {
                if (d.keys[i] != null) {
                    m.charge(1);
                    out.append(first ? "" : ", ");
                    first = false;
                    append(d.keys[i]);
                    out.append(": ");
                    append(d.values[i]);
                }
            }
            out.append(d.type == PyType.DICT ? "}" : "})");
        }
        leave(d);
    }

    private void quote(String s) {
        m.charge(s.length() >> 3);
        char quote = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder q = new StringBuilder(s.length() + 2).append(quote);
        for (int i = 0; i < s.length();) {
            int c = s.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '\\' -> q.append("\\\\");
                case '\n' -> q.append("\\n");
                case '\r' -> q.append("\\r");
                case '\t' -> q.append("\\t");
                default -> {
                    if (c == quote) {
                        q.append('\\').append(quote);
                    } else if (c >= 32 && c < 127 || c > 160 && c != 0xad && isPrintable(c)) {
                        q.appendCodePoint(c);
                    } else {
                        escape(q, c);
                    }
                }
            }
        }
        add(q.append(quote).toString());
    }

    static void escape(StringBuilder q, int c) {
        int digits = c < 256 ? 2 : c < 65536 ? 4 : 8;
        q.append('\\').append(digits == 2 ? 'x' : digits == 4 ? 'u' : 'U');
        for (int shift = 4 * digits - 4; shift >= 0; shift -= 4) {
            q.append(Character.forDigit(c >> shift & 15, 16));
        }
    }

    /** As {@code str.isprintable} has it. */
    public static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                    Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    /** The text with all that is not ASCII escaped. */
    public static String ascii(Machine m, String text) {
        m.text(text.length() * 10L);
        StringBuilder q = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (c < 128) {
                q.append((char) c);
            } else {
                escape(q, c);
            }
        });
        return q.toString();
    }
}
