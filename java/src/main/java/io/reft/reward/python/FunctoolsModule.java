package io.reft.reward.python;

import java.util.HashMap;
import java.util.Map;

/** {@code functools}: reduce and partial; and {@code operator}, whose functions mostly go to reduce. */
final class FunctoolsModule {
    /** {@code functools.partial(function, *arguments)}. */
    record Partial(Object function, Object[] arguments, String[] names) implements PyValue {
        private static final PyType TYPE = new PyType("partial", "functools", PyType.OBJECT);

        @Override
        public PyType type() {
            return TYPE;
        }

        Object call(Machine m, Object[] more, String[] moreNames) {
            if (names != null || moreNames != null) {
                throw Stop.unsupported("partial with keywords");
            }
            Object[] all = new Object[arguments.length + more.length];
            System.arraycopy(arguments, 0, all, 0, arguments.length);
            System.arraycopy(more, 0, all, arguments.length, more.length);
            m.enter();
            Object result = m.call(function, all);
            m.leave();
            return result;
        }
    }

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
            })), null);

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
        t.put("itemgetter", Builtin.of("", "itemgetter(item, /)", (m, a) ->
                Builtin.of("", "itemgetter(obj, /)", (machine, b) -> Subscripts.get(machine, b[0], a[0]))));
        OPERATOR = new PyModule("operator", Map.copyOf(t), null);
    }

    private FunctoolsModule() {}
}
