package io.reft.python.runtime;

import java.util.function.IntFunction;

/** Iterators over the built-in containers. */
public final class Iteration {
    static final PyType LIST_ITERATOR = new PyType("list_iterator", PyType.OBJECT);
    static final PyType TUPLE_ITERATOR = new PyType("tuple_iterator", PyType.OBJECT);
    static final PyType STR_ITERATOR = new PyType("str_iterator", PyType.OBJECT);
    static final PyType RANGE_ITERATOR = new PyType("range_iterator", PyType.OBJECT);
    static final PyType SET_ITERATOR = new PyType("set_iterator", PyType.OBJECT);
    static final PyType KEY_ITERATOR = new PyType("dict_keyiterator", PyType.OBJECT);
    static final PyType VALUE_ITERATOR = new PyType("dict_valueiterator", PyType.OBJECT);
    static final PyType ITEM_ITERATOR = new PyType("dict_itemiterator", PyType.OBJECT);
    static final PyType DEQUE_ITERATOR = new PyType("_deque_iterator", "collections", PyType.OBJECT);

    private Iteration() {}

    public static boolean isIterable(Object x) {
        return x instanceof PyList || x instanceof PyTuple || x instanceof String || x instanceof PyDict || x instanceof PySet
                || x instanceof PyRange || x instanceof PyIterator || x instanceof DictView || x instanceof PyDeque;
    }

    public static PyIterator iterator(Machine m, Object iterable) {
        return switch (iterable) {
            case PyIterator i -> i;
            case PyRange r -> new RangeIterator(r.start(), r.step(), r.length());
            case PyList l -> new ListIterator(l);
            case PyTuple t -> new ArrayIterator(TUPLE_ITERATOR, t.items().length, i -> t.items()[i]);
            case String s -> {
                m.charge(s.length() >> 5);
                Strings.counted(s);
                yield new ArrayIterator(STR_ITERATOR, s.length(), i -> Strings.character(s.charAt(i)));
            }
            case PyDict d -> new DictIterator(d, DictView.Kind.KEYS);
            case DictView v -> new DictIterator(v.dict(), v.kind());
            case PySet s -> new SetIterator(s);
            case PyDeque d -> new DequeIterator(d);
            default -> throw Errors.typeError("'%s' object is not iterable", Errors.typeName(iterable));
        };
    }

    /** {@code reversed(x)}. */
    public static PyIterator reversed(Machine m, Object x) {
        return switch (x) {
            case PyList l -> new ArrayIterator(new PyType("list_reverseiterator", PyType.OBJECT), l.size,
                    i -> l.size > l.size - 1 - i && i < l.size ? l.items[l.size - 1 - i] : null);
            case PyTuple t -> new ArrayIterator(PyType.REVERSED, t.items().length, i -> t.items()[t.items().length - 1 - i]);
            case String s -> {
                Strings.counted(s);
                yield new ArrayIterator(PyType.REVERSED, s.length(), i -> Strings.character(s.charAt(s.length() - 1 - i)));
            }
            case PyRange r -> iterator(m, r.reversed());
            case PyDict d -> reversedDict(m, d);
            case DictView v -> reversedDict(m, v);
            case PyDeque d -> reversed(m, d.toList(m));
            default -> throw Errors.typeError("'%s' object is not reversible", Errors.typeName(x));
        };
    }

    private static PyIterator reversedDict(Machine m, Object view) {
        PyList items = m.newList();
        items.extend(m, view);
        return reversed(m, items);
    }

    /** Goes by index over what has a fixed length. */
    private static final class ArrayIterator extends PyIterator {
        private final int length;
        private final IntFunction<Object> items;
        private int at;

        ArrayIterator(PyType type, int length, IntFunction<Object> items) {
            super(type);
            this.length = length;
            this.items = items;
        }

        @Override
        public Object next(Machine m) {
            return at < length ? items.apply(at++) : null;
        }

        @Override
        public long remaining() {
            return length - at;
        }
    }

    private static final class RangeIterator extends PyIterator {
        private final long step;
        private long next;
        private long left;

        RangeIterator(long start, long step, long length) {
            super(RANGE_ITERATOR);
            this.next = start;
            this.step = step;
            this.left = length;
        }

        @Override
        public Object next(Machine m) {
            if (left <= 0) {
                return null;
            }
            left--;
            long value = next;
            next += step;
            return value;
        }

        @Override
        public long remaining() {
            return left;
        }
    }

    /** The list may grow or shrink meanwhile. */
    private static final class ListIterator extends PyIterator {
        private PyList list;
        private int at;

        ListIterator(PyList list) {
            super(LIST_ITERATOR);
            this.list = list;
        }

        @Override
        public Object next(Machine m) {
            if (list == null) {
                return null;
            }
            if (at < list.size) {
                return list.items[at++];
            }
            list = null;
            return null;
        }

        @Override
        public long remaining() {
            return list == null ? 0 : list.size - at;
        }
    }

    private static final class DictIterator extends PyIterator {
        private final PyDict dict;
        private final DictView.Kind kind;
        private final int size;
        private int at;
        private int given;

        DictIterator(PyDict dict, DictView.Kind kind) {
            super(switch (kind) {
                case KEYS -> KEY_ITERATOR;
                case VALUES -> VALUE_ITERATOR;
                case ITEMS -> ITEM_ITERATOR;
            });
            this.dict = dict;
            this.kind = kind;
            this.size = dict.size;
        }

        @Override
        public Object next(Machine m) {
            if (given < 0) {
                return null;
            }
            if (dict.size != size) {
                throw Errors.raise(ExceptionTypes.RUNTIME_ERROR, "dictionary changed size during iteration");
            }
            for (; at < dict.end; at++) {
                if (dict.keys[at] != null) {
                    if (given++ >= size) {
                        throw Errors.raise(ExceptionTypes.RUNTIME_ERROR, "dictionary keys changed during iteration");
                    }
                    Object key = dict.keys[at];
                    Object value = dict.values[at++];
                    return switch (kind) {
                        case KEYS -> key;
                        case VALUES -> value;
                        case ITEMS -> PyTuple.of(key, value);
                    };
                }
                m.charge(1);
            }
            given = -1;
            return null;
        }

        @Override
        public long remaining() {
            return Math.max(0, size - given);
        }
    }

    private static final class SetIterator extends PyIterator {
        private final PySet set;
        private final int size;
        private int at;

        SetIterator(PySet set) {
            super(SET_ITERATOR);
            this.set = set;
            this.size = set.size;
        }

        @Override
        public Object next(Machine m) {
            if (at < 0) {
                return null;
            }
            if (set.size != size) {
                throw Errors.raise(ExceptionTypes.RUNTIME_ERROR, "Set changed size during iteration");
            }
            for (; at < set.keys.length; at++) {
                Object key = set.at(at);
                if (key != null) {
                    at++;
                    return key;
                }
                m.charge(at & 1);
            }
            at = -1;
            return null;
        }
    }

    private static final class DequeIterator extends PyIterator {
        private final PyDeque deque;
        private final long version;
        private int at;

        DequeIterator(PyDeque deque) {
            super(DEQUE_ITERATOR);
            this.deque = deque;
            this.version = deque.version();
        }

        @Override
        public Object next(Machine m) {
            if (deque.version() != version) {
                throw Errors.raise(ExceptionTypes.RUNTIME_ERROR, "deque mutated during iteration");
            }
            return at < deque.size() ? deque.get(at++) : null;
        }
    }

    /** {@code len(x)}. */
    public static long length(Machine m, Object x) {
        return switch (x) {
            case String s -> {
                m.charge(s.length() >> 5);
                yield Strings.counted(s).length();
            }
            case PyList l -> l.size;
            case PyTuple t -> t.items().length;
            case PyDict d -> d.size;
            case PySet s -> s.size;
            case PyRange r -> r.length();
            case DictView v -> v.dict().size;
            case PyDeque d -> d.size();
            default -> throw Errors.typeError("object of type '%s' has no len()", Errors.typeName(x));
        };
    }
}
