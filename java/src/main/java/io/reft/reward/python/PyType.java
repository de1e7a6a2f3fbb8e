package io.reft.reward.python;

import java.math.BigInteger;

/** A class of Python: its name, where it is from, and its base. All but a {@link NamedTuple} are the same object for all runs. */
class PyType implements PyValue {
    static final PyType OBJECT = new PyType("object", null);
    static final PyType TYPE = of("type");
    static final PyType INT = of("int");
    static final PyType BOOL = new PyType("bool", INT);
    static final PyType FLOAT = of("float");
    static final PyType STR = of("str");
    static final PyType LIST = of("list");
    static final PyType TUPLE = of("tuple");
    static final PyType DICT = of("dict");
    static final PyType SET = of("set");
    static final PyType FROZENSET = of("frozenset");
    static final PyType RANGE = of("range");
    static final PyType SLICE = of("slice");
    static final PyType NONE = of("NoneType");
    static final PyType ELLIPSIS = of("ellipsis");
    static final PyType NOT_IMPLEMENTED = of("NotImplementedType");
    static final PyType FUNCTION = of("function");
    static final PyType BUILTIN = of("builtin_function_or_method");
    static final PyType MODULE = of("module");
    static final PyType GENERATOR = of("generator");
    static final PyType DICT_KEYS = of("dict_keys");
    static final PyType DICT_VALUES = of("dict_values");
    static final PyType DICT_ITEMS = of("dict_items");
    static final PyType ENUMERATE = of("enumerate");
    static final PyType FILTER = of("filter");
    static final PyType MAP = of("map");
    static final PyType ZIP = of("zip");
    static final PyType REVERSED = of("reversed");
    static final PyType GENERIC_ALIAS = new PyType("GenericAlias", "types", OBJECT);
    static final PyType TYPING = new PyType("_SpecialForm", "typing", OBJECT);
    static final PyType FRACTION = new PyType("Fraction", "fractions", OBJECT);
    static final PyType DATE = new PyType("date", "datetime", OBJECT);
    static final PyType DATETIME = new PyType("datetime", "datetime", DATE);
    static final PyType TIMEDELTA = new PyType("timedelta", "datetime", OBJECT);
    static final PyType COUNTER = new PyType("Counter", "collections", DICT);
    static final PyType DEFAULTDICT = new PyType("defaultdict", "collections", DICT);
    static final PyType ORDEREDDICT = new PyType("OrderedDict", "collections", DICT);
    static final PyType DECIMAL = new PyType("Decimal", "decimal", OBJECT);
    static final PyType DEQUE = new PyType("deque", "collections", OBJECT);

    final String name;
    final String module;
    final PyType base;

    PyType(String name, String module, PyType base) {
        this.name = name;
        this.module = module;
        this.base = base;
    }

    PyType(String name, PyType base) {
        this(name, "builtins", base);
    }

    private static PyType of(String name) {
        return new PyType(name, OBJECT);
    }

    @Override
    public final PyType type() {
        return TYPE;
    }

    boolean isSubclassOf(PyType other) {
        for (PyType t = this; t != null; t = t.base) {
            if (t == other) {
                return true;
            }
        }
        return false;
    }

    /** Whether this type is one of the builtin exceptions. */
    boolean isException() {
        return isSubclassOf(ExceptionTypes.BASE_EXCEPTION);
    }

    /** The type of any value. */
    static PyType of(Object value) {
        return switch (value) {
            case PyValue v -> v.type();
            case Long l -> INT;
            case Double d -> FLOAT;
            case String s -> STR;
            case Boolean b -> BOOL;
            case BigInteger i -> INT;
            default -> throw new IllegalStateException("not a Python value: " + value.getClass());
        };
    }

    /** As error messages name a type: {@code int}, {@code fractions.Fraction}. */
    String shown() {
        return module.equals("builtins") || module.equals("__main__") || this == FRACTION || this == COUNTER ? name : module + "." + name;
    }
}
