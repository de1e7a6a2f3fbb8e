package io.reft.python.runtime;

import java.util.Arrays;
import java.util.Map;

/** The less frequent instructions of {@link Machine}. They find the stack's height in the frame, and leave it there. */
final class Instructions {
    private Instructions() {}

    static void execute(Machine m, Frame f, int op, int arg) {
        Object[] s = f.slots;
        int top = f.top;
        switch (op) {
            case Op.BUILD_SET -> {
                PySet set = m.newSet(false);
                for (int i = top - arg; i < top; i++) {
                    set.add(m, s[i]);
                }
                f.top = top - arg;
                s[f.top++] = set;
            }
            case Op.BUILD_CONSTANT_SET -> {
                // CPython: a frozenset when compiled, another one of its items, and a set out of that when run
                PySet first = m.newSet(true);
                for (int i = top - (arg >> 1); i < top; i++) {
                    first.add(m, s[i]);
                }
                PySet second = m.newSet(true);
                for (int i = 0; i < first.keys.length; i++) {
                    if (first.at(i) != null) {
                        second.add(m, first.at(i));
                    }
                }
                f.top = top - (arg >> 1);
                s[f.top++] = (arg & 1) == 1 ? second : second.copy(m, false);
            }
            case Op.BUILD_DICT -> {
                PyDict dict = m.newDict();
                for (int i = top - 2 * arg; i < top; i += 2) {
                    dict.put(m, s[i], s[i + 1]);
                }
                f.top = top - 2 * arg;
                s[f.top++] = dict;
            }
            case Op.BUILD_SLICE -> {
                f.top = top - 2;
                s[top - 3] = new PySlice(s[top - 3], s[top - 2], s[top - 1]);
            }
            case Op.BUILD_STRING -> {
                long length = 0;
                for (int i = top - arg; i < top; i++) {
                    length += ((String) s[i]).length();
                }
                StringBuilder joined = new StringBuilder(m.text(length));
                for (int i = top - arg; i < top; i++) {
                    joined.append((String) s[i]);
                }
                f.top = top - arg;
                s[f.top++] = joined.toString();
            }
            case Op.EXTEND -> {
                f.top = top - 1;
                if (s[top - 2] instanceof PySet set) {
                    set.update(m, s[top - 1]);
                } else {
                    if (!Iteration.isIterable(s[top - 1])) {
                        throw Errors.typeError("Value after * must be an iterable, not %s", Errors.typeName(s[top - 1]));
                    }
                    ((PyList) s[top - 2]).extend(m, s[top - 1]);
                }
            }
            case Op.MERGE -> {
                f.top = top - 1;
                merge(m, (PyDict) s[top - 2], s[top - 1], arg == 1);
            }
            case Op.LIST_TO_TUPLE -> s[top - 1] = new PyTuple(((PyList) s[top - 1]).toArray(m));
            case Op.FORMAT -> {
                Object value = switch (arg) {
                    case 's' -> Repr.str(m, s[top - 2]);
                    case 'r' -> Repr.repr(m, s[top - 2]);
                    case 'a' -> Repr.ascii(m, Repr.repr(m, s[top - 2]));
                    default -> s[top - 2];
                };
                f.top = top - 1;
                s[top - 2] = Format.format(m, value, (String) s[top - 1]);
            }
            case Op.UNPACK -> {
                f.top = top - 1;
                Object[] items = unpack(m, s[top - 1], arg, -1);
                for (int i = arg - 1; i >= 0; i--) {
                    s[f.top++] = items[i];
                }
            }
            case Op.UNPACK_STARRED -> {
                f.top = top - 1;
                Object[] items = unpack(m, s[top - 1], arg >> 8, arg & 255);
                for (int i = items.length - 1; i >= 0; i--) {
                    s[f.top++] = items[i];
                }
            }
            case Op.STORE_ATTRIBUTE -> {
                f.top = top - 2;
                m.library.setAttribute(s[top - 1], f.code.names()[arg], s[top - 2]);
            }
            case Op.DELETE_SUBSCRIPT -> {
                f.top = top - 2;
                Subscripts.delete(m, s[top - 2], s[top - 1]);
            }
            case Op.MATCH_SEQUENCE -> {
                Object value = s[top - 1];
                long length = value instanceof PyList || value instanceof PyTuple || value instanceof PyRange || value instanceof PyDeque
                        ? Iteration.length(m, value) : -1;
                s[top - 1] = length >= 0 && ((arg & 1) == 1 ? length >= arg >> 1 : length == arg >> 1);
            }
            case Op.MATCH_MAPPING -> s[top - 1] = s[top - 1] instanceof PyDict;
            case Op.MATCH_CLASS -> {
                f.top = top - 1;
                m.charge(1);
                s[top - 2] = PyType.isInstance(m, PyType.of(s[top - 2]), s[top - 1], "isinstance");
            }
            case Op.LOAD_HANDLED -> s[f.top++] = f.handled();
            case Op.MATCH_EXCEPTION -> s[top - 1] = matches(m, f.handled(), s[top - 1]);
            case Op.RAISE -> throw raise(f, arg);
            case Op.RAISE_AGAIN -> throw new Raised(f.handled());
            case Op.RAISE_ASSERTION -> throw new Raised(arg == 0 ? new PyException(ExceptionTypes.ASSERTION_ERROR)
                    : new PyException(ExceptionTypes.ASSERTION_ERROR, s[top - 1]));
            case Op.IMPORT -> s[f.top++] = m.library.module(f.code.names()[arg]);
            case Op.IMPORT_FROM -> s[f.top++] = ((PyModule) s[top - 1]).imported(f.code.names()[arg]);
            case Op.IMPORT_STAR -> {
                PyModule module = (PyModule) s[--f.top];
                m.charge(module.members().size() >> 1);
                for (Map.Entry<String, Object> member : module.members().entrySet()) {
                    m.globals.put(member.getKey(), member.getValue());
                }
            }
            default -> throw new IllegalStateException("no such instruction: " + op);
        }
    }

    private static void merge(Machine m, PyDict into, Object mapping, boolean forCall) {
        if (!(mapping instanceof PyDict dict)) {
            throw forCall ? Errors.typeError("argument after ** must be a mapping, not %s", Errors.typeName(mapping))
                    : Errors.typeError("'%s' object is not a mapping", Errors.typeName(mapping));
        }
        m.charge(dict.end >> 4);
        for (int i = 0; i < dict.end; i++) {
            Object key = dict.keys[i];
            if (key != null) {
                m.charge(1);
                if (forCall && !(key instanceof String)) {
                    throw Errors.typeError("keywords must be strings");
                }
                if (forCall && into.containsKey(m, key)) {
                    throw Errors.typeError("got multiple values for keyword argument '%s'", key);
                }
                into.put(m, key, dict.values[i]);
            }
        }
    }

    /** The items for an assignment to several targets; with {@code after} ≥ 0 a list for the starred one is among them. */
    private static Object[] unpack(Machine m, Object value, int before, int after) {
        if (after < 0 && value instanceof PyTuple t && t.items().length == before) {
            return t.items();
        }
        if (!Iteration.isIterable(value)) {
            throw Errors.typeError("cannot unpack non-iterable %s object", Errors.typeName(value));
        }
        PyIterator iterator = Iteration.iterator(m, value);
        Object[] items = new Object[before + 1 + Math.max(after, 0)];
        for (int i = 0; i < before; i++) {
            items[i] = m.next(iterator);
            if (items[i] == null) {
                throw Errors.valueError("not enough values to unpack (expected %s%d, got %d)", after < 0 ? "" : "at least ",
                        before + Math.max(after, 0), i);
            }
        }
        if (after < 0) {
            if (m.next(iterator) != null) {
                throw Errors.valueError("too many values to unpack (expected %d)", before);
            }
            return items;
        }
        PyList rest = m.newList();
        rest.extend(m, iterator);
        if (rest.size < after) {
            throw Errors.valueError("not enough values to unpack (expected at least %d, got %d)", before + after,
                    before + rest.size);
        }
        int count = rest.size - after;
        for (int i = 0; i < after; i++) {
            items[before + 1 + i] = rest.items[count + i];
        }
        Arrays.fill(rest.items, count, rest.size, null);
        rest.size = count;
        items[before] = rest;
        return items;
    }

    private static boolean matches(Machine m, PyException exception, Object type) {
        m.charge(1);
        if (type instanceof PyTuple types) {
            m.enter();
            for (Object t : types.items()) {
                if (matches(m, exception, t)) {
                    m.leave();
                    return true;
                }
            }
            m.leave();
            return false;
        }
        if (!(type instanceof PyType t) || !t.isException()) {
            throw Errors.typeError("catching classes that do not inherit from BaseException is not allowed");
        }
        return exception.type.isSubclassOf(t);
    }

    private static Raised raise(Frame f, int count) {
        if (count == 0) {
            for (Frame frame = f; frame != null; frame = frame.back) {
                if (frame.handled() != null) {
                    return new Raised(frame.handled());
                }
            }
            return Errors.raise(ExceptionTypes.RUNTIME_ERROR, "No active exception to reraise");
        }
        Object exception = f.slots[f.top - count];
        if (count == 2) {
            Object cause = f.slots[f.top - 1];
            if (cause != None.NONE && !(cause instanceof PyException)
                    && !(cause instanceof PyType t && t.isException())) {
                return Errors.typeError("exception causes must derive from BaseException");
            }
        }
        if (exception instanceof PyType t && t.isException()) {
            return new Raised(new PyException(t));
        }
        if (exception instanceof PyException e) {
            return new Raised(e);
        }
        return Errors.typeError("exceptions must derive from BaseException");
    }
}
