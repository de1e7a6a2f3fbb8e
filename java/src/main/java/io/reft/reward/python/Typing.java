package io.reft.reward.python;

import java.util.Map;

/** What annotations are made of: {@code List[int]}, {@code int | None}. It says nothing and can be subscripted. */
enum Typing implements PyValue {
    ALIAS, FORM;

    static final PyModule MODULE = new PyModule("typing", Map.ofEntries(
            Map.entry("Any", FORM), Map.entry("Callable", FORM), Map.entry("Dict", FORM), Map.entry("FrozenSet", FORM),
            Map.entry("Generator", FORM), Map.entry("Iterable", FORM), Map.entry("Iterator", FORM), Map.entry("List", FORM),
            Map.entry("Optional", FORM), Map.entry("Sequence", FORM), Map.entry("Set", FORM), Map.entry("Tuple", FORM),
            Map.entry("Type", FORM), Map.entry("Union", FORM)), null);

    @Override
    public PyType type() {
        return this == ALIAS ? PyType.GENERIC_ALIAS : PyType.TYPING;
    }

    /** Whether {@code |} joins the value to another type. */
    static boolean isType(Object x) {
        return x instanceof Typing || x instanceof PyType || x == None.NONE;
    }
}
