package io.reft.python.library;

import io.reft.python.runtime.BoundMethod;
import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.DecimalContext;
import io.reft.python.runtime.DictView;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.ExceptionTypes;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.Memo;
import io.reft.python.runtime.NamedTuple;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyDeque;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyException;
import io.reft.python.runtime.PyFunction;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyRange;
import io.reft.python.runtime.PySet;
import io.reft.python.runtime.PySlice;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Stop;
import io.reft.python.runtime.Temporal;
import io.reft.python.runtime.Typing;
import java.util.Map;
import java.util.Set;

/** {@code object.name}. Names with double underscores are refused, except a type's or function's {@code __name__}. */
final class Attributes {
    /** What CPython's types have and these have not. */
    private static final Set<String> LEFT_OUT = Set.of("encode", "hex", "translate", "maketrans", "to_bytes", "from_bytes", "fromhex",
            "with_traceback", "add_note", "send", "throw", "close", "gi_frame", "gi_code", "gi_running", "gi_suspended", "gi_yieldfrom",
            "name",
            "obj", "code", "filename", "lineno", "msg", "offset", "text", "errno", "strerror", "filename2", "characters_written", "mapping",
            "mro", "path", "print_file_and_line", "end_lineno", "end_offset", "indices", "func", "keywords", "cache_parameters",
            "format_map",
            "fromkeys");

    private Attributes() {}

    /** A method of the value's type, or null. */
    static Builtin method(Object self, String name) {
        Map<String, Builtin> table = switch (self) {
            case String s -> StringMethods.TABLE;
            case PyList l -> ListMethods.TABLE;
            case PyDict d -> CollectionsModule.methods(d.type);
            case PySet s -> s.frozen ? SetMethods.FROZEN : SetMethods.TABLE;
            case Long l -> NumberMethods.INT;
            case Double d -> NumberMethods.FLOAT;
            case PyTuple t -> t.type() instanceof NamedTuple && NamedTuples.METHODS.containsKey(name) ? NamedTuples.METHODS
                    : ListMethods.TUPLE;
            case Boolean b -> NumberMethods.INT;
            case java.math.BigInteger i -> NumberMethods.INT;
            case Fraction f -> NumberMethods.FRACTION;
            case Decimal d -> DecimalModule.METHODS;
            case Memo f -> FunctoolsModule.MEMO_METHODS;
            case PyDeque d -> CollectionsModule.DEQUE_METHODS;
            case Temporal t -> DatetimeModule.METHODS.get(t.type());
            case PyRange r -> ListMethods.RANGE;
            case DictView v -> v.isSet() ? SetMethods.VIEW : Map.of();
            default -> Map.of();
        };
        return table.get(name);
    }

    /** A type's method, unbound, or what can be called on the type itself. */
    private static Object ofType(Machine m, PyType type, String name) {
        Map<String, Builtin> table = switch (type.name) {
            case "str" -> StringMethods.TABLE;
            case "list" -> ListMethods.TABLE;
            case "tuple" -> ListMethods.TUPLE;
            case "dict", "defaultdict", "Counter", "OrderedDict" -> name.equals("fromkeys") ? Map.of("fromkeys", DictMethods.FROM_KEYS)
                    : CollectionsModule.methods(type);
            case "Decimal" -> DecimalModule.METHODS;
            case "set" -> SetMethods.TABLE;
            case "frozenset" -> SetMethods.FROZEN;
            case "int", "bool" -> NumberMethods.INT;
            case "float" -> NumberMethods.FLOAT;
            default -> Map.of();
        };
        if (type instanceof NamedTuple named) {
            return NamedTuples.member(m, named, name);
        }
        return type != PyType.DICT && name.equals("fromkeys") ? null : table.get(name);
    }

    static Object get(Machine m, Object object, String name) {
        if (name.startsWith("__")) {
            if (name.equals("__name__")) {
                switch (object) {
                    case PyType t -> {
                        return t.name;
                    }
                    case PyFunction f -> {
                        return f.code().name();
                    }
                    case Builtin b -> {
                        return b.name;
                    }
                    default -> {}
                }
            }
            throw Stop.unsupported("attribute " + name);
        }
        if (object instanceof PyModule module) {
            return module.attribute(name);
        }
        if (object instanceof PyType type) {
            Object member = type.module.equals("datetime") ? DatetimeModule.ofType(type, name) : ofType(m, type, name);
            if (member == null) {
                throw Stop.unsupported("attribute " + type.name + "." + name);
            }
            return member;
        }
        Builtin method = method(object, name);
        if (method != null) {
            return new BoundMethod(object, method);
        }
        Object value = switch (object) {
            case PyTuple t when t.type() instanceof NamedTuple named -> {
                int field = named.field(name);
                yield field >= 0 ? t.items()[field] : NamedTuples.member(m, named, name);
            }
            case Fraction f -> name.equals("numerator") ? Ints.normalize(f.numerator())
                    : name.equals("denominator") ? Ints.normalize(f.denominator()) : null;
            case PyRange r -> switch (name) {
                case "start" -> r.start();
                case "stop" -> r.stop();
                case "step" -> r.step();
                default -> null;
            };
            case PySlice s -> switch (name) {
                case "start" -> s.start();
                case "stop" -> s.stop();
                case "step" -> s.step();
                default -> null;
            };
            case PyException e -> name.equals("args") ? new PyTuple(e.args)
                    : name.equals("value") && e.type == ExceptionTypes.STOP_ITERATION
                            ? (e.args.length == 0 ? None.NONE : e.args[0])
                    : null;
            case Temporal t -> t.attribute(name);
            case DecimalContext c -> c.attribute(name);
            case PyDeque d -> name.equals("maxlen") ? (d.limit() < 0 ? None.NONE : (Object) (long) d.limit()) : null;
            case PyDict d -> name.equals("default_factory") && d.type == PyType.DEFAULTDICT
                    ? (d.factory == null ? None.NONE : d.factory) : null;
            default -> Ints.isInt(object) ? switch (name) {
                case "real", "numerator" -> Ints.plain(object);
                case "imag" -> 0L;
                case "denominator" -> 1L;
                default -> null;
            } : object instanceof Double ? switch (name) {
                case "real" -> object;
                case "imag" -> 0.0;
                default -> null;
            } : null;
        };
        if (value != null) {
            return value;
        }
        if (LEFT_OUT.contains(name) || object instanceof Typing || object instanceof PyFunction || object instanceof Builtin
                || object instanceof BoundMethod || object instanceof Temporal || object instanceof DictView
                || object instanceof FunctoolsModule.Partial || object instanceof Decimal || object instanceof Fraction
                || object instanceof PyDeque) {
            throw Stop.unsupported("attribute " + PyType.of(object).name + "." + name);
        }
        throw Errors.attributeError("'%s' object has no attribute '%s'", Errors.typeName(object), name);
    }

    /** Only a decimal context's attributes can be set. */
    static void set(Object object, String name, Object value) {
        if (object instanceof DecimalContext context) {
            context.set(name, value);
            return;
        }
        if (object instanceof PyTuple t && t.type() instanceof NamedTuple named && named.field(name) >= 0) {
            throw Errors.attributeError("can't set attribute");
        }
        throw Stop.unsupported("setting attribute " + PyType.of(object).name + "." + name);
    }
}
