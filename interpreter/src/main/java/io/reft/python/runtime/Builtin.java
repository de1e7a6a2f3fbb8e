package io.reft.python.runtime;

import java.util.ArrayList;
import java.util.List;

/**
 * A function that is written in Java. Its signature is text: {@code "sorted(iterable, /, *, key=, reverse=)"}. A parameter
 * with {@code =} may be left out, and the body then gets null; {@code *args} gets the rest as an Object array in one slot.
 */
public final class Builtin implements PyCallable {
    /** What the function does with its arguments, one a parameter. */
    public interface Body {
        Object call(Machine m, Object[] arguments);
    }

    /** The same for functions that take any keyword: their arguments as {@link #call} gets them. */
    public interface KeywordBody {
        Object call(Machine m, Object[] arguments, String[] names);
    }

    /** The function's name, and the same as messages show it: {@code list.append}. */
    public final String name;
    public final String shown;
    private final Body body;
    private final KeywordBody keywordBody;
    private final String[] parameters;
    private final int positionalOnly;
    private final int positional;
    private final int required;
    private final boolean variadic;

    private Builtin(String name, String shown, Body body, KeywordBody keywordBody, String[] parameters,
            int positionalOnly, int positional, int required, boolean variadic) {
        this.name = name;
        this.shown = shown;
        this.body = body;
        this.keywordBody = keywordBody;
        this.parameters = parameters;
        this.positionalOnly = positionalOnly;
        this.positional = positional;
        this.required = required;
        this.variadic = variadic;
    }

    /** A function by its signature; {@code owner} is its module or type for messages, or empty. */
    public static Builtin of(String owner, String signature, Body body) {
        int open = signature.indexOf('(');
        String name = signature.substring(0, open);
        String inside = signature.substring(open + 1, signature.length() - 1);
        List<String> parameters = new ArrayList<>();
        int positionalOnly = 0;
        int positional = -1;
        int required = 0;
        boolean variadic = false;
        for (String p : inside.isEmpty() ? new String[0] : inside.split(", ")) {
            if (p.equals("/")) {
                positionalOnly = parameters.size();
            } else if (p.startsWith("*")) {
                positional = parameters.size();
                if (p.length() > 1) {
                    variadic = true;
                    parameters.add(p.substring(1));
                }
            } else {
                boolean optional = p.endsWith("=");
                parameters.add(optional ? p.substring(0, p.length() - 1) : p);
                if (!optional && positional < 0) {
                    required = parameters.size();
                }
            }
        }
        positional = positional < 0 ? parameters.size() : positional;
        return new Builtin(name, owner.isEmpty() ? name : owner + "." + name, body, null,
                parameters.toArray(String[]::new), positionalOnly, positional, required, variadic);
    }

    /** A function that takes any arguments. */
    public static Builtin withKeywords(String owner, String name, KeywordBody body) {
        return new Builtin(name, owner.isEmpty() ? name : owner + "." + name, null, body, new String[0], 0, 0, 0, true);
    }

    @Override
    public PyType type() {
        return PyType.BUILTIN;
    }

    @Override
    public Object call(Machine m, Object[] arguments, String[] names) {
        if (keywordBody != null) {
            return keywordBody.call(m, arguments, names);
        }
        int given = arguments.length - (names == null ? 0 : names.length);
        if (names == null && given == parameters.length && !variadic && given == positional) {
            return body.call(m, arguments);
        }
        if (given < required && names == null || given > positional && !variadic) {
            throw arity(given);
        }
        Object[] bound = new Object[parameters.length];
        System.arraycopy(arguments, 0, bound, 0, Math.min(given, positional));
        if (variadic) {
            Object[] rest = new Object[Math.max(0, given - positional)];
            System.arraycopy(arguments, given - rest.length, rest, 0, rest.length);
            bound[positional] = rest;
        }
        for (int i = 0; names != null && i < names.length; i++) {
            int at = find(names[i]);
            if (at < 0) {
                throw parameters.length == positionalOnly ? Errors.typeError("%s() takes no keyword arguments", shown)
                        : Errors.typeError("'%s' is an invalid keyword argument for %s()", names[i], name);
            }
            if (bound[at] != null) {
                throw Errors.typeError("argument for %s() given by name ('%s') and position (%d)", name, names[i], at + 1);
            }
            bound[at] = arguments[given + i];
        }
        for (int i = 0; i < required; i++) {
            if (bound[i] == null) {
                throw Errors.typeError("%s() missing required argument '%s' (pos %d)", name, parameters[i], i + 1);
            }
        }
        return body.call(m, bound);
    }

    private int find(String parameter) {
        for (int i = positionalOnly; i < parameters.length; i++) {
            if (parameters[i].equals(parameter) && !(variadic && i == positional)) {
                return i;
            }
        }
        return -1;
    }

    private Raised arity(int given) {
        boolean method = parameters.length > 0 && parameters[0].equals("self");
        int self = method ? 1 : 0;
        int least = required - self;
        int most = positional - self;
        int had = given - self;
        if (most == 0) {
            return positional == parameters.length ? Errors.typeError("%s() takes no arguments (%d given)", shown, had)
                    : Errors.typeError("%s() takes no positional arguments", name);
        }
        if (least == 1 && most == 1 && positional == parameters.length) {
            return Errors.typeError("%s() takes exactly one argument (%d given)", shown, had);
        }
        String bound = least == most && !variadic ? "" : had < least ? "at least " : "at most ";
        int count = had < least ? least : most;
        return Errors.typeError("%s expected %s%d argument%s, got %d", name, bound, count, count == 1 ? "" : "s", had);
    }
}
