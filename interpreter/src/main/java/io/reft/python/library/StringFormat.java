package io.reft.python.library;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Format;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Subscripts;

/** {@code 'text {} {name:>8}'.format(…)}. */
final class StringFormat {
    private final Machine m;
    private final Object[] arguments;
    private final int positional;
    private final String[] names;
    /** The next automatic number, or -1 once a field had a number of its own. */
    private int automatic;

    private StringFormat(Machine m, Object[] arguments, String[] names) {
        this.m = m;
        this.arguments = arguments;
        this.names = names == null ? new String[0] : names;
        this.positional = arguments.length - this.names.length;
    }

    /** The first argument is the format string itself. */
    static String format(Machine m, Object[] arguments, String[] names) {
        return new StringFormat(m, arguments, names).expand((String) arguments[0], 2);
    }

    private String expand(String format, int levels) {
        if (levels == 0) {
            throw Errors.valueError("Max string recursion exceeded");
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c != '{' && c != '}') {
                out.append(c);
                m.charge(at & 1);
                continue;
            }
            if (at < format.length() && format.charAt(at) == c) {
                out.append(c);
                at++;
            } else if (c == '}') {
                throw Errors.valueError("Single '}' encountered in format string");
            } else if (at >= format.length()) {
                throw Errors.valueError("Single '{' encountered in format string");
            } else {
                int end = fieldEnd(m, format, at);
                String text = field(format.substring(at, end), levels);
                m.text(text.length());
                out.append(text);
                at = end + 1;
            }
        }
        m.text(out.length());
        return out.toString();
    }

    private static int fieldEnd(Machine m, String format, int from) {
        int open = 1;
        for (int i = from; i < format.length(); i++) {
            m.charge(i & 1);
            char c = format.charAt(i);
            if (c == '{') {
                open++;
            } else if (c == '}' && --open == 0) {
                return i;
            } else if (c == '[') {
                int close = format.indexOf(']', i);
                m.charge((close < 0 ? format.length() - i : close - i) >> 4);
                i = close < 0 ? i : close;
            }
        }
        throw Errors.valueError("expected '}' before end of string");
    }

    private String field(String field, int levels) {
        m.charge(1 + field.length());
        int nameEnd = 0;
        while (nameEnd < field.length() && field.charAt(nameEnd) != '!' && field.charAt(nameEnd) != ':') {
            if (field.charAt(nameEnd) == '[') {
                int close = field.indexOf(']', nameEnd);
                m.charge((close < 0 ? field.length() - nameEnd : close - nameEnd) >> 4);
                nameEnd = close < 0 ? nameEnd : close;
            }
            nameEnd++;
        }
        Object value = value(field.substring(0, nameEnd));
        int at = nameEnd;
        if (at < field.length() && field.charAt(at) == '!') {
            if (at + 1 >= field.length()) {
                throw Errors.valueError("end of string while looking for conversion specifier");
            }
            char conversion = field.charAt(at + 1);
            value = switch (conversion) {
                case 's' -> Repr.str(m, value);
                case 'r' -> Repr.repr(m, value);
                case 'a' -> Repr.ascii(m, Repr.repr(m, value));
                default -> throw Errors.valueError("Unknown conversion specifier '%s'", conversion);
            };
            at += 2;
            if (at < field.length() && field.charAt(at) != ':') {
                throw Errors.valueError("expected ':' after conversion specifier");
            }
        }
        String spec = at < field.length() ? field.substring(at + 1) : "";
        return Format.format(m, value, spec.indexOf('{') >= 0 || spec.indexOf('}') >= 0 ? expand(spec, levels - 1) : spec);
    }

    private Object value(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
            end++;
        }
        Object value = first(name.substring(0, end));
        while (end < name.length()) {
            int start = end + 1;
            if (name.charAt(end) == '.') {
                end = start;
                while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
                    end++;
                }
                if (end == start) {
                    throw Errors.valueError("Empty attribute in format string");
                }
                value = m.library.attribute(m, value, name.substring(start, end));
            } else {
                end = name.indexOf(']', start);
                if (end < 0) {
                    throw Errors.valueError("Missing ']' in format string");
                }
                String key = name.substring(start, end);
                if (key.isEmpty()) {
                    throw Errors.valueError("Empty attribute in format string");
                }
                value = Subscripts.get(m, value, isNumber(key) ? (Object) Long.parseLong(key) : key);
                end++;
            }
        }
        return value;
    }

    private static boolean isNumber(String s) {
        return !s.isEmpty() && s.length() < 10 && s.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Object first(String name) {
        if (name.isEmpty() || isNumber(name)) {
            if (name.isEmpty() ? automatic < 0 : automatic > 0) {
                throw Errors.valueError(name.isEmpty()
                        ? "cannot switch from manual field specification to automatic field numbering"
                        : "cannot switch from automatic field numbering to manual field specification");
            }
            int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
            automatic = name.isEmpty() ? automatic : -1;
            if (index + 1 >= positional) {
                throw Errors.indexError("Replacement index " + index + " out of range for positional args tuple");
            }
            return arguments[index + 1];
        }
        m.charge(names.length >> 2);
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name)) {
                return arguments[positional + i];
            }
        }
        throw Errors.keyError(name);
    }
}
