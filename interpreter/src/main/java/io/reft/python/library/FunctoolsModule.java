package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.Memo;
import io.reft.python.runtime.NamedTuple;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyCallable;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyFunction;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Stop;
import io.reft.python.runtime.Subscripts;
import java.util.HashMap;
import java.util.Map;

/** {@code functools}: reduce, partial, wraps and the caches; and {@code operator}, whose functions mostly go to reduce. */
final class FunctoolsModule {
    /** {@code functools.partial(function, *arguments)}. */
    record Partial(Object function, Object[] arguments, String[] names) implements PyCallable {
        private static final PyType TYPE = new PyType("partial", "functools", PyType.OBJECT);

        @Override
        public PyType type() {
            return TYPE;
        }

        @Override
        public Object call(Machine m, Object[] more, String[] moreNames) {
            PyDict named = m.newDict();
            int first = arguments.length - put(m, named, arguments, names);
            int second = more.length - put(m, named, more, moreNames);
            Object[] all = java.util.Arrays.copyOf(arguments, m.slots((long) first + second + named.size));
            System.arraycopy(more, 0, all, first, second);
            String[] allNames = named.size == 0 ? null : new String[named.size];
            for (int i = 0; i < named.size; i++) {
                allNames[i] = (String) named.keys[i];
                all[first + second + i] = named.values[i];
            }
            m.enter();
            Object result = m.call(function, all, allNames);
            m.leave();
            return result;
        }

        /** Puts the named ones among the arguments into a dict, and gives their number. */
        private static int put(Machine m, PyDict into, Object[] arguments, String[] names) {
            int count = names == null ? 0 : names.length;
            for (int i = 0; i < count; i++) {
                into.put(m, names[i], arguments[arguments.length - count + i]);
            }
            return count;
        }
    }

    private static final PyType CACHE_INFO = NamedTuple.of("CacheInfo", "hits", "misses", "maxsize", "currsize");
    static final Map<String, Builtin> MEMO_METHODS = Map.of(
            "cache_clear", Builtin.of("", "cache_clear(self, /)", (m, a) -> {
                ((Memo) a[0]).clear(m);
                return None.NONE;
            }),
            "cache_info", Builtin.of("", "cache_info(self, /)", (m, a) -> new PyTuple(((Memo) a[0]).info(m).items(), CACHE_INFO)));

    static final PyModule MODULE = new PyModule("functools", Map.of(
            "reduce", Builtin.of("", "reduce(function, iterable, initial=, /)", (m, a) -> {
                if (!Iteration.isIterable(a[1])) {
                    throw Errors.typeError("reduce() arg 2 must support iteration");
                }
                PyIterator iterator = Iteration.iterator(m, a[1]);
                Object total = a[2] == null ? m.next(iterator) : a[2];
                if (total == null) {
                    throw Errors.typeError("reduce() of empty iterable with no initial value");
                }
                for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
                    total = m.call(a[0], total, x);
                }
                return total;
            }),
            "partial", Builtin.withKeywords("", "partial", (m, a, names) -> {
                if (a.length == 0) {
                    throw Errors.typeError("type 'partial' takes at least one argument");
                }
                return new Partial(a[0], java.util.Arrays.copyOfRange(a, 1, a.length), names);
            }),
            "cache", Builtin.of("", "cache(user_function, /)", (m, a) -> new Memo(m, a[0], -1)),
            "lru_cache", Builtin.of("", "lru_cache(maxsize=, typed=)", (m, a) -> {
                if (a[1] != null && Operators.truth(a[1])) {
                    throw Stop.unsupported("lru_cache with typed");
                }
                if (a[0] instanceof PyFunction || a[0] instanceof Builtin) {
                    return new Memo(m, a[0], 128);
                }
                if (a[0] != null && a[0] != None.NONE && !Ints.isInt(a[0])) {
                    throw Errors.typeError("Expected first argument to be an integer, a callable, or None");
                }
                int most = a[0] == null ? 128 : a[0] == None.NONE ? -1 : Math.max(0, Ints.index(a[0]));
                return Builtin.of("", "decorating_function(user_function, /)", (machine, b) -> new Memo(machine, b[0], most));
            }),
            "wraps",
            Builtin.of("", "wraps(wrapped, assigned=, updated=)",
                    (m, a) -> Builtin.of("", "update_wrapper(wrapper, /)", (machine, b) -> a[0] instanceof PyFunction wrapped
                            && b[0] instanceof PyFunction wrapper ? wrapper.named(wrapped.code()) : b[0]))),
            null);

    static final PyModule OPERATOR;

    static {
        Map<String, Object> t = new HashMap<>();
        for (Object[] entry : new Object[][] {{"add", Operator.ADD}, {"sub", Operator.SUB}, {"mul", Operator.MUL},
                {"truediv", Operator.TRUE_DIV}, {"floordiv", Operator.FLOOR_DIV}, {"mod", Operator.MOD},
                {"pow", Operator.POW}, {"and_", Operator.AND}, {"or_", Operator.OR}, {"xor", Operator.XOR},
                {"lshift", Operator.LSHIFT}, {"rshift", Operator.RSHIFT}}) {
            t.put((String) entry[0], Builtin.of("", entry[0] + "(a, b, /)",
                    (m, a) -> Operators.binary(m, (Operator) entry[1], a[0], a[1])));
        }
        for (Object[] entry : new Object[][] {{"eq", Operator.EQ}, {"ne", Operator.NE}, {"lt", Operator.LT},
                {"le", Operator.LE}, {"gt", Operator.GT}, {"ge", Operator.GE}}) {
            t.put((String) entry[0], Builtin.of("", entry[0] + "(a, b, /)",
                    (m, a) -> Comparison.compare(m, (Operator) entry[1], a[0], a[1])));
        }
        t.put("neg", Builtin.of("", "neg(a, /)", (m, a) -> Operators.unary(m, Operator.NEGATIVE, a[0])));
        t.put("itemgetter", getter("itemgetter", Subscripts::get));
        t.put("attrgetter", getter("attrgetter", (m, object, path) -> {
            if (!(path instanceof String)) {
                throw Errors.typeError("attribute name must be a string");
            }
            Object value = object;
            m.charge(((String) path).length() >> 2);
            for (String name : ((String) path).split("\\.", -1)) {
                value = Attributes.get(m, value, name);
            }
            return value;
        }));
        OPERATOR = new PyModule("operator", Map.copyOf(t), null);
    }

    private FunctoolsModule() {}

    private interface Get {
        Object get(Machine m, Object object, Object what);
    }

    /** {@code itemgetter} or {@code attrgetter}: what it makes gets one thing, or several as a tuple. */
    private static Builtin getter(String name, Get get) {
        return Builtin.of("", name + "(item, /, *items)", (m, a) -> {
            Object[] more = (Object[]) a[1];
            return Builtin.of("", name + "(obj, /)", (machine, b) -> {
                Object first = get.get(machine, b[0], a[0]);
                if (more.length == 0) {
                    return first;
                }
                Object[] all = new Object[machine.slots(more.length + 1)];
                all[0] = first;
                for (int i = 0; i < more.length; i++) {
                    all[i + 1] = get.get(machine, b[0], more[i]);
                }
                return new PyTuple(all);
            });
        });
    }
}
