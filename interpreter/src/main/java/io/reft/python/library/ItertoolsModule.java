package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Stop;
import java.util.HashMap;
import java.util.Map;

/** {@code itertools}; all of it is lazy, and charged item by item. Left out: tee, and rarer ones. */
final class ItertoolsModule {
    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        define(t, "product(*iterables, repeat=)", (m, a) -> {
            int repeat = a[1] == null ? 1 : Ints.index(a[1]);
            if (repeat < 0) {
                throw Errors.valueError("repeat argument cannot be negative");
            }
            Object[] given = repeat == 0 ? new Object[0] : (Object[]) a[0];
            int count = m.slots((long) given.length * repeat);
            Object[][] pools = new Object[count][];
            for (int i = 0; i < given.length; i++) {
                pools[i] = items(m, given[i]);
            }
            for (int i = given.length; i < count; i++) {
                pools[i] = pools[i - given.length];
            }
            return product(pools);
        });
        define(t, "permutations(iterable, r=)", (m, a) -> {
            Object[] pool = items(m, a[0]);
            int r = a[1] == null || a[1] == None.NONE ? pool.length : count(a[1]);
            return permutations(pool, r);
        });
        define(t, "combinations(iterable, r)", (m, a) -> combinations(items(m, a[0]), count(a[1]), false));
        define(t, "combinations_with_replacement(iterable, r)", (m, a) -> combinations(items(m, a[0]), count(a[1]), true));
        define(t, "count(start=, step=)", (m, a) -> {
            Object[] next = {a[0] == null ? 0L : Ints.plain(a[0])};
            Object step = a[1] == null ? 1L : a[1];
            if (!Comparison.isNumber(next[0]) || !Comparison.isNumber(step)) {
                throw Errors.typeError("a number is required");
            }
            if (!Fraction.isRational(next[0]) || !Fraction.isRational(step)) {
                throw Stop.unsupported("itertools.count of floats");
            }
            return lazy("count", machine -> {
                Object value = next[0];
                next[0] = Operators.binary(machine, Operator.ADD, value, step);
                return value;
            });
        });
        define(t, "repeat(object, times=)", (m, a) -> {
            long[] left = {a[1] == null ? Long.MAX_VALUE : Ints.toLong(a[1])};
            return lazy("repeat", machine -> left[0]-- > 0 ? a[0] : null);
        });
        define(t, "cycle(iterable, /)", (m, a) -> {
            PyIterator items = Iteration.iterator(m, a[0]);
            PyList saved = m.newList();
            int[] at = {-1};
            return lazy("cycle", machine -> {
                if (at[0] < 0) {
                    Object x = items.next(machine);
                    if (x != null) {
                        saved.add(machine, x);
                        return x;
                    }
                }
                return saved.size == 0 ? null : saved.items[at[0] = (at[0] + 1) % saved.size];
            });
        });
        define(t, "chain(*iterables)", (m, a) -> chain(Iteration.iterator(m, new PyTuple((Object[]) a[0]))));
        define(t, "accumulate(iterable, func=, *, initial=)", (m, a) -> {
            PyIterator items = Iteration.iterator(m, a[0]);
            boolean plain = a[1] == null || a[1] == None.NONE;
            Object[] total = {null};
            boolean[] start = {a[2] != null && a[2] != None.NONE};
            return lazy("accumulate", machine -> {
                if (start[0]) {
                    start[0] = false;
                    return total[0] = a[2];
                }
                Object x = items.next(machine);
                if (x == null) {
                    return null;
                }
                total[0] = total[0] == null ? x : plain ? Operators.binary(machine, Operator.ADD, total[0], x)
                        : machine.call(a[1], total[0], x);
                return total[0];
            });
        });
        define(t, "islice(iterable, start, stop=, step=, /)", (m, a) -> islice(m, a));
        define(t, "takewhile(predicate, iterable, /)", (m, a) -> {
            PyIterator items = Iteration.iterator(m, a[1]);
            boolean[] done = {false};
            return lazy("takewhile", machine -> {
                Object x = done[0] ? null : items.next(machine);
                done[0] = x == null || !Operators.truth(machine.call(a[0], x));
                return done[0] ? null : x;
            });
        });
        define(t, "dropwhile(predicate, iterable, /)", (m, a) -> {
            PyIterator items = Iteration.iterator(m, a[1]);
            boolean[] started = {false};
            return lazy("dropwhile", machine -> {
                Object x = machine.next(items);
                while (!started[0] && x != null && Operators.truth(machine.call(a[0], x))) {
                    x = machine.next(items);
                }
                started[0] = true;
                return x;
            });
        });
        define(t, "starmap(function, iterable, /)", (m, a) -> {
            PyIterator items = Iteration.iterator(m, a[1]);
            return lazy("starmap", machine -> {
                Object x = items.next(machine);
                return x == null ? null : machine.call(a[0], items(machine, x));
            });
        });
        define(t, "pairwise(iterable, /)", (m, a) -> {
            PyIterator items = Iteration.iterator(m, a[0]);
            Object[] previous = {null};
            return lazy("pairwise", machine -> {
                previous[0] = previous[0] == null ? items.next(machine) : previous[0];
                Object x = previous[0] == null ? null : items.next(machine);
                PyTuple pair = x == null ? null : machine.newTuple(previous[0], x);
                previous[0] = x;
                return pair;
            });
        });
        define(t, "compress(data, selectors)", (m, a) -> {
            PyIterator data = Iteration.iterator(m, a[0]);
            PyIterator selectors = Iteration.iterator(m, a[1]);
            return lazy("compress", machine -> {
                while (true) {
                    Object x = machine.next(data);
                    Object selected = x == null ? null : machine.next(selectors);
                    if (selected == null || Operators.truth(selected)) {
                        return selected == null ? null : x;
                    }
                }
            });
        });
        define(t, "filterfalse(function, iterable, /)", (m, a) -> {
            PyIterator items = Iteration.iterator(m, a[1]);
            return lazy("filterfalse", machine -> {
                for (Object x = machine.next(items); x != null; x = machine.next(items)) {
                    if (!Operators.truth(a[0] == None.NONE ? x : machine.call(a[0], x))) {
                        return x;
                    }
                }
                return null;
            });
        });
        define(t, "groupby(iterable, key=)", (m, a) -> groupby(Iteration.iterator(m, a[0]),
                a[1] == null || a[1] == None.NONE ? null : a[1]));
        define(t, "zip_longest(*iterables, fillvalue=)", (m, a) -> {
            Object[] given = (Object[]) a[0];
            PyIterator[] all = new PyIterator[given.length];
            for (int i = 0; i < all.length; i++) {
                all[i] = Iteration.iterator(m, given[i]);
            }
            return lazy("zip_longest", machine -> {
                Object[] row = new Object[machine.slots(all.length)];
                boolean any = false;
                for (int i = 0; i < all.length; i++) {
                    row[i] = machine.next(all[i]);
                    any |= row[i] != null;
                    row[i] = row[i] != null ? row[i] : a[1] == null ? None.NONE : a[1];
                }
                return any ? new PyTuple(row) : null;
            });
        });
        MODULE = new PyModule("itertools", Map.copyOf(t), null);
    }

    private ItertoolsModule() {}

    private static void define(Map<String, Object> table, String signature, Builtin.Body body) {
        Builtin b = Builtin.of("", signature, body);
        table.put(b.name, b);
    }

    private static PyIterator lazy(String name, java.util.function.Function<Machine, Object> next) {
        return new Constructors.Lazy(new PyType(name, "itertools", PyType.OBJECT), next);
    }

    private static Object[] items(Machine m, Object iterable) {
        PyList list = m.newList();
        list.extend(m, iterable);
        return list.toArray(m);
    }

    private static int count(Object r) {
        int count = Ints.index(r);
        if (count < 0) {
            throw Errors.valueError("r must be non-negative");
        }
        return count;
    }

    /** Groups share the iterator under them: going on to the next one empties the last. */
    private static PyIterator groupby(PyIterator items, Object keyFunction) {
        // the item that was read and its key, and the key of the current group, which is also the group's identity
        Object[] item = {null};
        Object[] key = {null};
        Object[] group = {null};
        int[] number = {0};
        java.util.function.Consumer<Machine> advance = m -> {
            item[0] = m.next(items);
            key[0] = item[0] == null || keyFunction == null ? item[0] : m.call(keyFunction, item[0]);
        };
        return lazy("groupby", m -> {
            int current = ++number[0];
            if (group[0] == null) {
                advance.accept(m);
            } else {
                while (item[0] != null && Comparison.equal(m, key[0], group[0])) {
                    advance.accept(m);
                }
            }
            if (item[0] == null) {
                return null;
            }
            Object own = key[0];
            group[0] = own;
            return m.newTuple(own, lazy("_grouper", machine -> {
                if (number[0] != current || item[0] == null || !Comparison.equal(machine, key[0], own)) {
                    return null;
                }
                Object x = item[0];
                advance.accept(machine);
                return x;
            }));
        });
    }

    private static PyIterator chain(PyIterator iterables) {
        PyIterator[] current = {null};
        return lazy("chain", m -> {
            while (true) {
                if (current[0] == null) {
                    Object next = m.next(iterables);
                    if (next == null) {
                        return null;
                    }
                    current[0] = Iteration.iterator(m, next);
                }
                Object x = current[0].next(m);
                if (x != null) {
                    return x;
                }
                current[0] = null;
            }
        });
    }

    private static PyIterator product(Object[][] pools) {
        int[] at = new int[pools.length];
        boolean[] state = {false, false};
        return lazy("product", m -> {
            m.charge(pools.length >> 2);
            if (state[1]) {
                return null;
            }
            if (!state[0]) {
                state[0] = true;
                for (Object[] pool : pools) {
                    state[1] |= pool.length == 0;
                }
            } else {
                int i = pools.length - 1;
                while (i >= 0 && ++at[i] == pools[i].length) {
                    at[i--] = 0;
                }
                state[1] = i < 0;
            }
            if (state[1]) {
                return null;
            }
            Object[] row = new Object[m.slots(pools.length)];
            for (int i = 0; i < row.length; i++) {
                row[i] = pools[i][at[i]];
            }
            return new PyTuple(row);
        });
    }

    private static PyIterator permutations(Object[] pool, int r) {
        int n = pool.length;
        int[] indices = java.util.stream.IntStream.range(0, n).toArray();
        int[] cycles = java.util.stream.IntStream.range(0, Math.min(r, n)).map(i -> n - i).toArray();
        boolean[] state = {false, r > n};
        return lazy("permutations", m -> {
            m.charge(n >> 2);
            if (state[0] && !state[1]) {
                int i = r - 1;
                for (; i >= 0; i--) {
                    if (--cycles[i] > 0) {
                        int j = n - cycles[i];
                        int x = indices[i];
                        indices[i] = indices[j];
                        indices[j] = x;
                        break;
                    }
                    int first = indices[i];
                    System.arraycopy(indices, i + 1, indices, i, n - 1 - i);
                    indices[n - 1] = first;
                    cycles[i] = n - i;
                }
                state[1] = i < 0;
            }
            state[0] = true;
            return state[1] ? null : row(m, pool, indices, r);
        });
    }

    private static PyIterator combinations(Object[] pool, int r, boolean replace) {
        int n = pool.length;
        boolean[] state = {false, replace ? n == 0 && r > 0 : r > n};
        int[][] at = {null};
        return lazy(replace ? "combinations_with_replacement" : "combinations", m -> {
            if (state[1]) {
                return null;
            }
            m.charge(r >> 2);
            if (at[0] == null) {
                at[0] = new int[m.slots(r)];
                for (int i = 0; i < r && !replace; i++) {
                    at[0][i] = i;
                }
            } else {
                int[] indices = at[0];
                int i = r - 1;
                while (i >= 0 && indices[i] == (replace ? n - 1 : i + n - r)) {
                    i--;
                }
                if (i < 0) {
                    state[1] = true;
                    return null;
                }
                int next = indices[i] + 1;
                for (int j = i; j < r; j++) {
                    indices[j] = replace ? next : next + j - i;
                }
            }
            return row(m, pool, at[0], r);
        });
    }

    private static PyTuple row(Machine m, Object[] pool, int[] indices, int r) {
        Object[] row = new Object[m.slots(r)];
        for (int i = 0; i < r; i++) {
            row[i] = pool[indices[i]];
        }
        return new PyTuple(row);
    }

    private static PyIterator islice(Machine m, Object[] a) {
        boolean one = a[2] == null;
        Object stop = one ? a[1] : a[2];
        long start = one || a[1] == None.NONE ? 0 : position(a[1]);
        long end = stop == None.NONE ? Long.MAX_VALUE : position(stop);
        long step = a[3] == null || a[3] == None.NONE ? 1 : position(a[3]);
        if (step == 0) {
            throw Errors.valueError("Step for islice() must be a positive integer or None.");
        }
        PyIterator items = Iteration.iterator(m, a[0]);
        long[] state = {0, start};
        return lazy("islice", machine -> {
            if (state[1] >= end) {
                return null;
            }
            Object x = null;
            while (state[0] <= state[1]) {
                x = machine.next(items);
                if (x == null) {
                    return null;
                }
                state[0]++;
            }
            state[1] += step;
            return x;
        });
    }

    private static long position(Object value) {
        if (!Ints.isInt(value) || Ints.sign(value) < 0) {
            throw Errors.valueError("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
        }
        return Ints.clamped(value, Long.MAX_VALUE / 2);
    }
}
