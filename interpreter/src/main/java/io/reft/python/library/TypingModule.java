package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Typing;
import java.util.HashMap;
import java.util.Map;

/** {@code typing}: names for annotations. */
final class TypingModule {
    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        for (String name : new String[] {"Any", "Callable", "ClassVar", "Collection", "Counter", "DefaultDict", "Deque", "Dict", "Final",
                "FrozenSet", "Generator", "Generic", "Hashable", "Iterable", "Iterator", "List", "Literal", "Mapping", "MutableMapping",
                "MutableSequence", "NamedTuple", "NoReturn", "Optional", "OrderedDict", "Protocol", "Sequence", "Set", "Tuple", "Type",
                "TypeAlias", "TypedDict", "Union"}) {
            t.put(name, Typing.FORM);
        }
        t.put("Text", PyType.STR);
        t.put("TypeVar", Builtin.withKeywords("", "TypeVar", (m, a, names) -> Typing.FORM));
        t.put("cast", Builtin.of("", "cast(typ, val)", (m, a) -> a[1]));
        MODULE = new PyModule("typing", Map.copyOf(t), null);
    }

    private TypingModule() {}
}
