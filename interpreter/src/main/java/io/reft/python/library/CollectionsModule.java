package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Counters;
import io.reft.python.runtime.DictView;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyDeque;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyType;
import java.util.HashMap;
import java.util.Map;

/** {@code collections}: Counter, defaultdict, OrderedDict, deque and namedtuple. */
final class CollectionsModule {
    static final PyModule MODULE = new PyModule("collections", Map.of("Counter", PyType.COUNTER, "defaultdict",
            PyType.DEFAULTDICT, "deque", PyType.DEQUE, "OrderedDict", PyType.ORDEREDDICT, "namedtuple", NamedTuples.NAMEDTUPLE), null);
    static final Builtin DEFAULTDICT = Builtin.withKeywords("", "defaultdict", (m, a, names) -> {
        int given = a.length - (names == null ? 0 : names.length);
        PyDict dict = m.newDict();
        dict.type = PyType.DEFAULTDICT;
        if (given > 0 && a[0] != None.NONE) {
            if (Builtins.get("callable") instanceof Builtin callable && !(Boolean) callable.call(m, new Object[] {a[0]}, null)) {
                throw Errors.typeError("first argument must be callable or None");
            }
            dict.factory = a[0];
        }
        if (given > 1) {
            dict.update(m, a[1]);
        }
        for (int i = 0; names != null && i < names.length; i++) {
            dict.put(m, names[i], a[given + i]);
        }
        return dict;
    });
    static final Builtin COUNTER = Builtin.withKeywords("", "Counter", (m, a, names) -> {
        int given = a.length - (names == null ? 0 : names.length);
        PyDict counter = m.newDict();
        counter.type = PyType.COUNTER;
        if (given > 0 && a[0] != None.NONE) {
            count(m, counter, a[0], 1);
        }
        for (int i = 0; names != null && i < names.length; i++) {
            counter.put(m, names[i], a[given + i]);
        }
        return counter;
    });
    static final Builtin ORDEREDDICT = Builtin.withKeywords("", "OrderedDict", (m, a, names) -> {
        PyDict dict = (PyDict) Constructors.call(m, PyType.DICT, a, names);
        dict.type = PyType.ORDEREDDICT;
        return dict;
    });
    static final Builtin DEQUE = Builtin.of("", "deque(iterable=, maxlen=)", (m, a) -> {
        boolean unlimited = a[1] == null || a[1] == None.NONE;
        if (!unlimited && Ints.index(a[1]) < 0) {
            throw Errors.valueError("maxlen must be non-negative");
        }
        m.slots(8);
        PyDeque deque = new PyDeque(unlimited ? -1 : Ints.index(a[1]));
        if (a[0] != null) {
            deque.extend(m, a[0]);
        }
        return deque;
    });
    private static final Map<String, Builtin> COUNTER_METHODS;
    private static final Map<String, Builtin> ORDERED_METHODS;
    static final Map<String, Builtin> DEQUE_METHODS;

    static {
        Map<String, Builtin> c = new HashMap<>(DictMethods.TABLE);
        ListMethods.define(c, "Counter", "most_common(self, n=)", (m, a) -> {
            PyDict sorted = Counters.mostCommonFirst(m, DictMethods.dict(a));
            PyList items = m.newList();
            items.extend(m, new DictView(sorted, DictView.Kind.ITEMS));
            return a[1] == null || a[1] == None.NONE ? items
                    : items.slice(m, 0, Math.clamp(Ints.index(a[1]), 0, items.size));
        });
        ListMethods.define(c, "Counter", "elements(self)", (m, a) -> {
            PyDict counter = DictMethods.dict(a);
            PyList items = m.newList();
            m.charge(counter.end >> 4);
            for (int i = 0; i < counter.end; i++) {
                if (counter.keys[i] != null) {
                    for (long n = Ints.clamped(counter.values[i], Integer.MAX_VALUE); n > 0; n--) {
                        m.charge(1);
                        items.add(m, counter.keys[i]);
                    }
                }
            }
            return Iteration.iterator(m, items);
        });
        ListMethods.define(c, "Counter", "total(self)", (m, a) -> Builtins.sum(m,
                new DictView(DictMethods.dict(a), DictView.Kind.VALUES), 0L));
        ListMethods.define(c, "Counter", "update(self, iterable=, /)", (m, a) -> {
            if (a[1] != null && a[1] != None.NONE) {
                count(m, DictMethods.dict(a), a[1], 1);
            }
            return None.NONE;
        });
        ListMethods.define(c, "Counter", "subtract(self, iterable=, /)", (m, a) -> {
            if (a[1] != null && a[1] != None.NONE) {
                count(m, DictMethods.dict(a), a[1], -1);
            }
            return None.NONE;
        });
        COUNTER_METHODS = Map.copyOf(c);
        Map<String, Builtin> o = new HashMap<>(DictMethods.TABLE);
        ListMethods.define(o, "OrderedDict", "popitem(self, last=)", (m, a) -> {
            PyDict dict = DictMethods.dict(a);
            if (a[1] == null || Operators.truth(a[1]) || dict.size == 0) {
                if (dict.size == 0) {
                    throw Errors.keyError("dictionary is empty");
                }
                return DictMethods.TABLE.get("popitem").call(m, new Object[] {dict}, null);
            }
            return dict.removeFirst(m);
        });
        ListMethods.define(o, "OrderedDict", "move_to_end(self, key, last=)", (m, a) -> {
            PyDict dict = DictMethods.dict(a);
            Object value = dict.remove(m, a[1]);
            if (value == null) {
                throw Errors.keyError(a[1]);
            }
            if (a[2] == null || Operators.truth(a[2])) {
                dict.put(m, a[1], value);
            } else {
                PyDict rest = dict.copy(m);
                dict.clear(m);
                dict.put(m, a[1], value);
                dict.putAll(m, rest);
            }
            return None.NONE;
        });
        ORDERED_METHODS = Map.copyOf(o);
        Map<String, Builtin> d = new HashMap<>();
        deque(d, "append(self, x, /)", (m, a) -> {
            self(a).append(m, a[1]);
            return None.NONE;
        });
        deque(d, "appendleft(self, x, /)", (m, a) -> {
            self(a).appendFirst(m, a[1]);
            return None.NONE;
        });
        deque(d, "pop(self, /)", (m, a) -> self(a).popLast());
        deque(d, "popleft(self, /)", (m, a) -> self(a).popFirst());
        deque(d, "extend(self, iterable, /)", (m, a) -> {
            self(a).extend(m, a[1]);
            return None.NONE;
        });
        deque(d, "extendleft(self, iterable, /)", (m, a) -> {
            PyList items = m.newList();
            items.extend(m, a[1]);
            for (int i = 0; i < items.size; i++) {
                self(a).appendFirst(m, items.items[i]);
            }
            return None.NONE;
        });
        deque(d, "clear(self, /)", (m, a) -> {
            self(a).clear();
            return None.NONE;
        });
        deque(d, "copy(self, /)", (m, a) -> self(a).copy(m));
        deque(d, "count(self, x, /)", (m, a) -> ListMethods.TABLE.get("count").call(m,
                new Object[] {self(a).toList(m), a[1]}, null));
        deque(d, "rotate(self, n=, /)", (m, a) -> {
            PyDeque deque = self(a);
            int by = a[1] == null ? 1 : Ints.index(a[1]);
            by = deque.size() == 0 ? 0 : Math.floorMod(by, deque.size());
            m.charge(by);
            for (int i = 0; i < by; i++) {
                deque.appendFirst(m, deque.popLast());
            }
            return None.NONE;
        });
        deque(d, "reverse(self, /)", (m, a) -> {
            PyList items = self(a).toList(m);
            PyList.reverse(m, items.items, items.size);
            self(a).become(items);
            return None.NONE;
        });
        DEQUE_METHODS = Map.copyOf(d);
    }

    private CollectionsModule() {}

    /** The methods of a kind of dict. */
    static Map<String, Builtin> methods(PyType type) {
        return type == PyType.COUNTER ? COUNTER_METHODS : type == PyType.ORDEREDDICT ? ORDERED_METHODS : DictMethods.TABLE;
    }

    private static void deque(Map<String, Builtin> table, String signature, Builtin.Body body) {
        ListMethods.define(table, "deque", signature, body);
    }

    private static PyDeque self(Object[] a) {
        return (PyDeque) a[0];
    }

    private static void count(Machine m, PyDict counter, Object source, long sign) {
        if (source instanceof PyDict other) {
            m.charge(other.end >> 4);
            for (int i = 0; i < other.end; i++) {
                if (other.keys[i] != null) {
                    m.charge(1);
                    Object old = counter.get(m, other.keys[i]);
                    Object by = other.values[i];
                    counter.put(m, other.keys[i], old == null && sign > 0 ? by : Operators.binary(m,
                            sign > 0 ? Operator.ADD : Operator.SUB, sign > 0 ? by : old == null ? 0L : old,
                            sign > 0 ? old : by));
                }
            }
            return;
        }
        PyIterator iterator = Iteration.iterator(m, source);
        for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
            Object old = counter.get(m, x);
            counter.put(m, x, Operators.binary(m, Operator.ADD, old == null ? 0L : old, sign));
        }
    }
}
