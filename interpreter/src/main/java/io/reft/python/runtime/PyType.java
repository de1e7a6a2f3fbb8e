package io.reft.python.runtime;

import java.math.BigInteger;

/** A class of Python: its name, where it is from, and its base. All but a {@link NamedTuple} are the same object for all runs. */
public class PyType implements PyValue {
    public static final PyType OBJECT = new PyType("object", null);
    public static final PyType TYPE = of("type");
    public static final PyType INT = of("int");
    public static final PyType BOOL = new PyType("bool", INT);
    public static final PyType FLOAT = of("float");
    public static final PyType STR = of("str");
    public static final PyType LIST = of("list");
    public static final PyType TUPLE = of("tuple");
    public static final PyType DICT = of("dict");
    public static final PyType SET = of("set");
    public static final PyType FROZENSET = of("frozenset");
    public static final PyType RANGE = of("range");
    public static final PyType SLICE = of("slice");
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
    public static final PyType ENUMERATE = of("enumerate");
    public static final PyType FILTER = of("filter");
    public static final PyType MAP = of("map");
    public static final PyType ZIP = of("zip");
    public static final PyType REVERSED = of("reversed");
    static final PyType GENERIC_ALIAS = new PyType("GenericAlias", "types", OBJECT);
    static final PyType TYPING = new PyType("_SpecialForm", "typing", OBJECT);
    public static final PyType FRACTION = new PyType("Fraction", "fractions", OBJECT);
    public static final PyType DATE = new PyType("date", "datetime", OBJECT);
    public static final PyType DATETIME = new PyType("datetime", "datetime", DATE);
    public static final PyType TIMEDELTA = new PyType("timedelta", "datetime", OBJECT);
    public static final PyType COUNTER = new PyType("Counter", "collections", DICT);
    public static final PyType DEFAULTDICT = new PyType("defaultdict", "collections", DICT);
    public static final PyType ORDEREDDICT = new PyType("OrderedDict", "collections", DICT);
    public static final PyType DECIMAL = new PyType("Decimal", "decimal", OBJECT);
    public static final PyType DEQUE = new PyType("deque", "collections", OBJECT);

    public final String name;
    public final String module;
    final PyType base;

    public PyType(String name, String module, PyType base) {
        this.name = name;
        this.module = module;
        this.base = base;
    }

    public PyType(String name, PyType base) {
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
    public boolean isException() {
        return isSubclassOf(ExceptionTypes.BASE_EXCEPTION);
    }

    /** The type of any value. */
    public static PyType of(Object value) {
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

    /** Whether a type is one of those that {@code isinstance} or {@code issubclass}, whichever is meant, was given. */
    public static boolean isInstance(Machine m, PyType type, Object of, String function) {
        m.charge(1);
        if (of instanceof PyTuple options) {
            m.enter();
            for (Object option : options.items()) {
                if (isInstance(m, type, option, function)) {
                    m.leave();
                    return true;
                }
            }
            m.leave();
            return false;
        }
        if (of instanceof Typing) {
            throw Stop.unsupported(function + " with typing");
        }
        if (!(of instanceof PyType t)) {
            throw Errors.typeError("%s() arg 2 must be a type, a tuple of types, or a union", function);
        }
        return type.isSubclassOf(t);
    }
}
