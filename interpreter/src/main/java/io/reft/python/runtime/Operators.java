package io.reft.python.runtime;

import io.reft.python.numeric.Accurate;
import java.util.Arrays;

/** The operators on all types, by Python's rules and with CPython's messages. */
public final class Operators {
    private Operators() {}

    public static boolean truth(Object x) {
        return switch (x) {
            case Boolean b -> b;
            case Long l -> l != 0;
            case Double d -> d != 0;
            case String s -> !s.isEmpty();
            case None n -> n != None.NONE;
            case PyList l -> l.size != 0;
            case PyTuple t -> t.items().length != 0;
            case PyDict d -> d.size != 0;
            case PySet s -> s.size != 0;
            case PyRange r -> r.length() != 0;
            case Fraction f -> f.numerator().signum() != 0;
            case PyDeque d -> d.size() != 0;
            case TimeDelta t -> t.microseconds() != 0;
            case Decimal d -> !d.isZero();
            case DictView v -> v.dict().size != 0;
            default -> true;
        };
    }

    public static Object unary(Machine m, Operator operator, Object x) {
        if (operator == Operator.NOT) {
            return !truth(x);
        }
        Object a = Ints.plain(x);
        if (a instanceof Double d && operator != Operator.INVERT) {
            return operator == Operator.NEGATIVE ? -d : (Object) d;
        }
        if (Ints.isInt(a)) {
            return switch (operator) {
                case NEGATIVE -> Ints.negate(a);
                case POSITIVE -> a;
                default -> Ints.subtract(m, Ints.negate(a), 1L);
            };
        }
        if (a instanceof Fraction f && operator != Operator.INVERT) {
            return operator == Operator.NEGATIVE ? f.negate() : f;
        }
        if (a instanceof Decimal d && operator != Operator.INVERT) {
            return (operator == Operator.NEGATIVE ? d.negated() : d).unsignedZero().rounded(m);
        }
        if (a instanceof TimeDelta t && operator != Operator.INVERT) {
            return operator == Operator.NEGATIVE ? t.times(-1) : t;
        }
        if (a instanceof PyDict d && d.type == PyType.COUNTER) {
            throw Stop.unsupported("unary operators on Counter");
        }
        throw Errors.typeError("bad operand type for unary %s: '%s'", operator.symbol, Errors.typeName(x));
    }

    public static Object binary(Machine m, Operator operator, Object a, Object b) {
        return binary(m, operator, a, b, "");
    }

    /** {@code a += b}: lists, sets and dicts change where they are. */
    static Object inPlace(Machine m, Operator operator, Object a, Object b) {
        if (a instanceof PyList list) {
            if (operator == Operator.ADD) {
                list.extend(m, b);
                return list;
            }
            if (operator == Operator.MUL && Ints.isInt(b)) {
                list.repeat(m, b);
                return list;
            }
        } else if (a instanceof PySet set && !set.frozen && b instanceof PySet other) {
            switch (operator) {
                case OR -> set.update(m, other);
                case AND -> set.become(set.intersection(m, other));
                case SUB -> set.subtract(m, other);
                case XOR -> set.toggle(m, other);
                default -> {
                    return binary(m, operator, a, b, "=");
                }
            }
            return set;
        } else if (a instanceof PyDict dict && dict.type != PyType.COUNTER && operator == Operator.OR) {
            dict.update(m, b);
            return dict;
        } else if (a instanceof PyDeque deque && operator == Operator.ADD) {
            deque.extend(m, b);
            return deque;
        }
        return binary(m, operator, a, b, "=");
    }

    private static Object binary(Machine m, Operator operator, Object left, Object right, String inPlace) {
        if (operator == Operator.POW) {
            m.charge(left instanceof Long && right instanceof Long y && y >= 0 ? 1 : Accurate.COST);
        }
        if (left instanceof Double x && right instanceof Double y && Floats.supports(operator)) {
            return Floats.binary(m, operator, x, y);
        }
        Object a = Ints.plain(left);
        Object b = Ints.plain(right);
        if (Ints.isInt(a)) {
            if (Ints.isInt(b)) {
                if (left instanceof Boolean x && right instanceof Boolean y && (operator == Operator.AND
                        || operator == Operator.OR || operator == Operator.XOR)) {
                    return operator == Operator.AND ? x & y : operator == Operator.OR ? x | y : (Object) (x ^ y);
                }
                return ints(m, operator, a, b, left, right, inPlace);
            }
            if (b instanceof Double y && Floats.supports(operator)) {
                return Floats.binary(m, operator, Ints.toDouble(a), y);
            }
        } else if (a instanceof Double x && Floats.supports(operator)) {
            if (Ints.isInt(b)) {
                return Floats.binary(m, operator, x, Ints.toDouble(b));
            }
        }
        Object result = others(m, operator, a, b);
        if (result != null) {
            return result;
        }
        if (operator == Operator.ADD && (left instanceof String || left instanceof PyList || left instanceof PyTuple)) {
            String name = PyType.of(left).name;
            throw Errors.typeError("can only concatenate %s (not \"%s\") to %s", name, Errors.typeName(right), name);
        }
        boolean container = left instanceof PyDict || left instanceof PySet || left instanceof PyRange || left instanceof Fraction
                || left instanceof Decimal;
        if (operator == Operator.MUL && (isSequence(left) || isSequence(right) && !(container && !inPlace.isEmpty()))) {
            throw Errors.typeError("can't multiply sequence by non-int of type '%s'",
                    Errors.typeName(isSequence(left) ? right : left));
        }
        throw unsupported(operator, left, right, inPlace);
    }

    static Raised unsupported(Operator operator, Object left, Object right, String inPlace) {
        String symbol = operator == Operator.POW && inPlace.isEmpty() ? "** or pow()" : operator.symbol + inPlace;
        return Errors.typeError("unsupported operand type(s) for %s: '%s' and '%s'", symbol, Errors.typeName(left),
                Errors.typeName(right));
    }

    private static Object ints(Machine m, Operator operator, Object a, Object b, Object left, Object right, String inPlace) {
        return switch (operator) {
            case ADD -> Ints.add(m, a, b);
            case SUB -> Ints.subtract(m, a, b);
            case MUL -> Ints.multiply(m, a, b);
            case TRUE_DIV -> Ints.trueDivide(m, a, b);
            case FLOOR_DIV -> Ints.floorDivide(m, a, b, "integer division or modulo by zero");
            case MOD -> Ints.modulo(m, a, b, "integer modulo by zero");
            case POW -> Ints.sign(b) < 0 ? Floats.power(Ints.toDouble(a), Ints.toDouble(b)) : Ints.power(m, a, b);
            case LSHIFT -> Ints.shift(m, a, b, true);
            case RSHIFT -> Ints.shift(m, a, b, false);
            case AND, OR, XOR -> Ints.bitwise(m, operator, a, b);
            default -> throw unsupported(operator, left, right, inPlace);
        };
    }

    private static boolean isSequence(Object x) {
        return x instanceof String || x instanceof PyList || x instanceof PyTuple;
    }

    /** Operators on what is neither int nor float; null where they are not defined. */
    private static Object others(Machine m, Operator operator, Object a, Object b) {
        if (operator == Operator.MOD && a instanceof String s) {
            return PercentFormat.format(m, s, b);
        }
        if (operator == Operator.POW && (a instanceof Fraction || b instanceof Fraction)
                && !(Comparison.isNumber(a) && Comparison.isNumber(b))) {
            // Fraction turns itself into a float before it looks at the other operand
            throw unsupported(operator, a instanceof Fraction f ? f.toDouble(m) : a, b instanceof Fraction f ? f.plain(m) : b, "");
        }
        if (a instanceof Fraction || b instanceof Fraction) {
            return Fraction.binary(m, operator, a, b);
        }
        if (a instanceof Decimal || b instanceof Decimal) {
            return Decimal.binary(m, operator, a, b);
        }
        if (a instanceof Temporal || b instanceof Temporal) {
            return Temporal.binary(m, operator, a, b);
        }
        switch (operator) {
            case ADD:
                if (a instanceof String x && b instanceof String y) {
                    m.text((long) x.length() + y.length());
                    return x.concat(y);
                } else if (a instanceof PyList x && b instanceof PyList y) {
                    return new PyList(concatenate(m, x.items, x.size, y.items, y.size), x.size + y.size);
                } else if (a instanceof PyTuple x && b instanceof PyTuple y) {
                    return new PyTuple(concatenate(m, x.items(), x.items().length, y.items(), y.items().length));
                } else if (a instanceof PyDeque x && b instanceof PyDeque y) {
                    PyDeque sum = x.copy(m);
                    sum.extend(m, y);
                    return sum;
                }
                break;
            case MUL:
                if (isSequence(a) && Ints.isInt(b)) {
                    return repeat(m, a, b);
                } else if (isSequence(b) && Ints.isInt(a)) {
                    return repeat(m, b, a);
                }
                break;
            case OR, AND, SUB, XOR:
                if (a instanceof PySet || a instanceof DictView v && v.isSet()) {
                    return sets(m, operator, a, b);
                } else if (operator == Operator.OR && a instanceof PyDict x && b instanceof PyDict y
                        && x.type != PyType.COUNTER) {
                    PyDict both = x.copy(m);
                    both.putAll(m, y);
                    return both;
                } else if (operator == Operator.OR && Typing.isType(a) && Typing.isType(b) && a != b) {
                    return Typing.ALIAS;
                }
                break;
            default:
                break;
        }
        if (a instanceof PyDict x && x.type == PyType.COUNTER && b instanceof PyDict y && y.type == PyType.COUNTER) {
            return Counters.combine(m, operator, x, y);
        }
        if (a instanceof PyDeque || b instanceof PyDeque) {
            throw Stop.unsupported("an operator on deque");
        }
        return null;
    }

    private static Object sets(Machine m, Operator operator, Object a, Object b) {
        if (!(b instanceof PySet || b instanceof DictView w && w.isSet())) {
            return a instanceof DictView ? setOperation(m, operator, PySet.from(m, a), b) : null;
        }
        return setOperation(m, operator, PySet.from(m, a), b);
    }

    private static PySet setOperation(Machine m, Operator operator, PySet a, Object b) {
        if (b instanceof DictView) {
            b = PySet.from(m, b);
        }
        return switch (operator) {
            case OR -> a.union(m, b);
            case AND -> a.intersection(m, b);
            case SUB -> a.difference(m, b);
            default -> a.symmetricDifference(m, b);
        };
    }

    private static Object[] concatenate(Machine m, Object[] a, int countA, Object[] b, int countB) {
        Object[] both = Arrays.copyOf(a, m.slots((long) countA + countB));
        System.arraycopy(b, 0, both, countA, countB);
        return both;
    }

    static Object repeat(Machine m, Object sequence, Object count) {
        long times = Math.max(0, Ints.clamped(count, Integer.MAX_VALUE));
        switch (sequence) {
            case String s:
                return s.isEmpty() || times == 0 ? "" : s.repeat(m.text(s.length() * times) / s.length());
            case PyTuple t:
                return new PyTuple(repeat(m, t.items(), t.items().length, times));
            default:
                PyList l = (PyList) sequence;
                Object[] items = repeat(m, l.items, l.size, times);
                return new PyList(items, items.length);
        }
    }

    static Object[] repeat(Machine m, Object[] items, int size, long times) {
        int count = m.slots(size * times);
        Object[] all = new Object[count];
        if (size == 1) {
            Arrays.fill(all, items[0]);
        } else {
            for (int at = 0; at < count; at += size) {
                System.arraycopy(items, 0, all, at, size);
            }
        }
        return all;
    }
}
