package io.reft.reward.python;

import java.util.HashMap;
import java.util.Map;

/** What annotations are made of: {@code List[int]}, {@code int | None}. It says nothing and can be subscripted. */
enum Typing implements PyValue {
    ALIAS, FORM;

    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        for (String name : new String[] {"Any", "Callable", "ClassVar", "Collection", "Counter", "DefaultDict", "Deque", "Dict", "Final",
            "FrozenSet", "Generator", "Generic", "Hashable", "Iterable", "Iterator", "List", "Literal", "Mapping", "MutableMapping",
            "MutableSequence", "NamedTuple", "NoReturn", "Optional", "OrderedDict", "Protocol", "Sequence", "Set", "Tuple", "Type",
            "TypeAlias", "TypedDict", "Union"}) {
            t.put(name, FORM);
        }
        t.put("Text", PyType.STR);
        t.put("TypeVar", Builtin.withKeywords("", "TypeVar", (m, a, names) -> FORM));
        t.put("cast", Builtin.of("", "cast(typ, val)", (m, a) -> a[1]));
        MODULE = new PyModule("typing", Map.copyOf(t), null);
    }

    @Override
    public PyType type() {
        return this == ALIAS ? PyType.GENERIC_ALIAS : PyType.TYPING;
    }

    /** Whether {@code |} joins the value to another type. */
    static boolean isType(Object x) {
        return x instanceof Typing || x instanceof PyType || x == None.NONE;
    }
}
