package io.reft.python.runtime;

import io.reft.python.runtime.PyFunction.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Calls of all kinds, and the binding of arguments to parameters with CPython's messages. */
final class Calls {
    private Calls() {}

    /** A call instruction: a new frame for a function of the program, otherwise the value. Takes all off the stack. */
    static Object instruction(Machine m, Frame frame, int op, int arg) {
        Object[] s = frame.slots;
        int top = frame.top;
        Object function;
        Object[] arguments;
        String[] names = null;
        switch (op) {
            case Op.CALL -> {
                function = s[top - arg - 1];
                frame.top = top - arg - 1;
                if (function instanceof PyFunction f && isPlain(f.code(), arg)) {
                    return enter(m, frame, callee(m, f, s, top - arg, arg));
                }
                arguments = Arrays.copyOfRange(s, top - arg, top);
            }
            case Op.CALL_METHOD -> {
                int at = top - arg - 1;
                frame.top = at - 1;
                if (s[at - 1] instanceof Builtin method) {
                    m.charge(1);
                    return method.call(m, Arrays.copyOfRange(s, at, top), null);
                }
                function = s[at];
                arguments = Arrays.copyOfRange(s, at + 1, top);
            }
            case Op.CALL_NAMED -> {
                Object[] shape = (Object[]) frame.code.constants()[arg];
                int count = (Integer) shape[0];
                names = (String[]) shape[1];
                frame.top = top - count - 1;
                function = s[frame.top];
                arguments = Arrays.copyOfRange(s, top - count, top);
            }
            default -> {
                frame.top = top - 3;
                function = s[top - 3];
                PyList positional = (PyList) s[top - 2];
                PyDict named = (PyDict) s[top - 1];
                m.slots(positional.size + named.end);
                arguments = Arrays.copyOf(positional.items, positional.size + named.size);
                names = named.size == 0 ? null : new String[named.size];
                for (int i = 0, n = 0; i < named.end; i++) {
                    if (named.keys[i] != null) {
                        names[n] = (String) named.keys[i];
                        arguments[positional.size + n++] = named.values[i];
                    }
                }
            }
        }
        if (function instanceof PyFunction f) {
            return enter(m, frame, bind(m, f, arguments, names));
        }
        m.charge(1);
        if (function instanceof Memo memo) {
            Object result = memo.call(m, arguments, names);
            if (result instanceof Frame callee) {
                callee.back = frame;
            }
            return result;
        }
        return callOther(m, function, arguments, names);
    }

    private static Object enter(Machine m, Frame caller, Frame callee) {
        if (callee.code.generator()) {
            return generator(m, callee);
        }
        callee.back = caller;
        return callee;
    }

    /** A generator, which keeps its frame. */
    static PyGenerator generator(Machine m, Frame frame) {
        m.allocate(64 + 8L * frame.slots.length);
        return new PyGenerator(frame);
    }

    private static boolean isPlain(Code code, int count) {
        return count == code.positional() && code.keywordOnly() == 0 && code.args() < 0 && code.keywords() < 0;
    }

    private static Frame callee(Machine m, PyFunction f, Object[] from, int at, int count) {
        Frame callee = frame(m, f);
        System.arraycopy(from, at, callee.slots, 0, count);
        return shareParameters(f.code(), callee);
    }

    private static Frame frame(Machine m, PyFunction f) {
        Code code = f.code();
        m.charge(code.cost());
        Frame callee = new Frame(code);
        for (int i = 0; i < code.captured().length; i++) {
            callee.slots[code.captured()[i]] = f.captured()[i];
        }
        for (int slot : code.owned()) {
            callee.slots[slot] = new Cell(null);
        }
        return callee;
    }

    private static Frame shareParameters(Code code, Frame callee) {
        for (int slot : code.cells()) {
            callee.slots[slot] = new Cell(callee.slots[slot]);
        }
        return callee;
    }

    static PyFunction makeFunction(Machine m, Frame frame, FunctionTemplate template) {
        Code code = template.code();
        int kept = code.sources().length + template.initials() + template.keywordInitials().length;
        m.allocate(64 + 8L * kept);
        m.charge(kept >> 4);
        boolean[] given = template.keywordInitials();
        Object[] keywordInitials = new Object[given.length];
        for (int i = given.length - 1; i >= 0; i--) {
            if (given[i]) {
                keywordInitials[i] = frame.slots[--frame.top];
            }
        }
        Object[] initials = Arrays.copyOfRange(frame.slots, frame.top - template.initials(), frame.top);
        frame.top -= initials.length;
        Cell[] captured = new Cell[code.sources().length];
        for (int i = 0; i < captured.length; i++) {
            captured[i] = (Cell) frame.slots[code.sources()[i]];
        }
        return new PyFunction(code, initials, keywordInitials, captured);
    }

    /** A new frame with the arguments bound; the last of them belong to {@code names}, which may be null. */
    static Frame bind(Machine m, PyFunction f, Object[] arguments, String[] names) {
        Code code = f.code();
        int named = names == null ? 0 : names.length;
        int given = arguments.length - named;
        if (named == 0 && isPlain(code, given)) {
            return callee(m, f, arguments, 0, given);
        }
        Frame callee = frame(m, f);
        Object[] slots = callee.slots;
        int taken = Math.min(given, code.positional());
        System.arraycopy(arguments, 0, slots, 0, taken);
        if (code.args() >= 0) {
            slots[code.args()] = m.newTuple(Arrays.copyOfRange(arguments, taken, given));
        }
        PyDict extra = null;
        if (code.keywords() >= 0) {
            extra = m.newDict();
            slots[code.keywords()] = extra;
        }
        int parameters = code.positional() + code.keywordOnly();
        m.charge((long) named * parameters >> 5);
        for (int i = 0; i < named; i++) {
            int slot = -1;
            for (int p = code.positionalOnly(); p < parameters && slot < 0; p++) {
                slot = code.variables()[p].equals(names[i]) ? p : -1;
            }
            if (slot >= 0) {
                if (slots[slot] != null) {
                    throw Errors.typeError("%s() got multiple values for argument '%s'", code.qualname(), names[i]);
                }
                slots[slot] = arguments[given + i];
            } else if (extra != null) {
                extra.put(m, names[i], arguments[given + i]);
            } else {
                for (int p = 0; p < code.positionalOnly(); p++) {
                    if (code.variables()[p].equals(names[i])) {
                        throw Errors.typeError("%s() got some positional-only arguments passed as keyword arguments: '%s'",
                                code.qualname(), names[i]);
                    }
                }
                throw Errors.typeError("%s() got an unexpected keyword argument '%s'", code.qualname(), names[i]);
            }
        }
        if (given > code.positional() && code.args() < 0) {
            throw tooMany(f, given, slots);
        }
        int firstInitial = code.positional() - f.initials().length;
        List<String> missing = new ArrayList<>();
        for (int p = 0; p < code.positional(); p++) {
            if (slots[p] == null) {
                if (p < firstInitial) {
                    missing.add(code.variables()[p]);
                } else {
                    slots[p] = f.initials()[p - firstInitial];
                }
            }
        }
        refuseMissing(m, code.qualname(), missing, "positional");
        for (int k = 0; k < code.keywordOnly(); k++) {
            int p = code.positional() + k;
            if (slots[p] == null) {
                slots[p] = f.keywordInitials()[k];
                if (slots[p] == null) {
                    missing.add(code.variables()[p]);
                }
            }
        }
        refuseMissing(m, code.qualname(), missing, "keyword-only");
        return shareParameters(code, callee);
    }

    static void refuseMissing(Machine m, String function, List<String> missing, String kind) {
        int count = missing.size();
        if (count == 0) {
            return;
        }
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < count; i++) {
            m.text(missing.get(i).length() + 8L);
            list.append(i == 0 ? "" : i < count - 1 ? ", " : count == 2 ? " and " : ", and ");
            list.append('\'').append(missing.get(i)).append('\'');
        }
        throw Errors.typeError("%s() missing %d required %s argument%s: %s", function, count, kind,
                count == 1 ? "" : "s", list);
    }

    private static Raised tooMany(PyFunction f, int given, Object[] slots) {
        Code code = f.code();
        int most = code.positional();
        int least = most - f.initials().length;
        int keywordsGiven = 0;
        for (int k = 0; k < code.keywordOnly(); k++) {
            keywordsGiven += slots[most + k] != null ? 1 : 0;
        }
        String takes = least == most ? String.valueOf(most) : "from " + least + " to " + most;
        String was = keywordsGiven == 0 ? given + (given == 1 ? " was" : " were")
                : given + " positional argument" + (given == 1 ? "" : "s") + " (and " + keywordsGiven
                        + " keyword-only argument" + (keywordsGiven == 1 ? "" : "s") + ") were";
        return Errors.typeError("%s() takes %s positional argument%s but %s given", code.qualname(), takes,
                least == most && most == 1 ? "" : "s", was);
    }

    /** Calls what is not a function of the program. */
    static Object callOther(Machine m, Object function, Object[] arguments, String[] names) {
        switch (function) {
            case PyCallable c:
                return c.call(m, arguments, names);
            case PyType t:
                return m.library.make(m, t, arguments, names);
            case Typing t:
                throw Stop.unsupported("calling what typing has");
            default:
                throw Errors.typeError("'%s' object is not callable", Errors.typeName(function));
        }
    }
}
