package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Strings;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** The methods of str. Left out: encode, translate, maketrans, format_map. */
final class StringMethods {
    static final Map<String, Builtin> TABLE;

    /** A method without arguments that gives a string of about the same length. */
    private interface Change {
        String apply(Machine m, String s);
    }

    static {
        Map<String, Builtin> t = new HashMap<>();
        change(t, "upper", StringMethods::upper);
        change(t, "lower", StringMethods::lower);
        change(t, "casefold", (m, s) -> lower(m, upper(m, s)));
        change(t, "capitalize", (m, s) -> s.isEmpty() ? s
                : Character.toString(Character.toTitleCase(s.charAt(0))) + lower(m, s.substring(1)));
        change(t, "title", (m, s) -> title(s));
        change(t, "swapcase", StringMethods::swapcase);
        test(t, "isdigit", c -> Character.isDigit(c) || isSuperscript(c));
        test(t, "isdecimal", Character::isDigit);
        test(t, "isnumeric", c -> Character.isDigit(c) || isSuperscript(c) || Character.getType(c) == Character.OTHER_NUMBER
                || Character.getType(c) == Character.LETTER_NUMBER);
        test(t, "isalpha", Character::isLetter);
        test(t, "isalnum", c -> Character.isLetter(c) || Character.isDigit(c) || isSuperscript(c)
                || Character.getType(c) == Character.OTHER_NUMBER || Character.getType(c) == Character.LETTER_NUMBER);
        test(t, "isspace", c -> Strings.isSpace((char) c));
        define(t, "isascii(self, /)", (m, a) -> self(m, a).chars().allMatch(c -> c < 128));
        define(t, "isprintable(self, /)", (m, a) -> self(m, a).codePoints().allMatch(Repr::isPrintable));
        define(t, "isidentifier(self, /)", (m, a) -> {
            String s = self(m, a);
            return !s.isEmpty() && (s.charAt(0) == '_' || Character.isUnicodeIdentifierStart(s.charAt(0)))
                    && s.chars().allMatch(Strings::isNamePart);
        });
        define(t, "isupper(self, /)", (m, a) -> self(m, a).chars().anyMatch(Character::isUpperCase)
                && self(m, a).chars().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c)));
        define(t, "islower(self, /)", (m, a) -> self(m, a).chars().anyMatch(Character::isLowerCase)
                && self(m, a).chars().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c)));
        define(t, "istitle(self, /)", (m, a) -> self(m, a).chars().anyMatch(Character::isLetter)
                && self(m, a).equals(title(self(m, a))));
        define(t, "strip(self, chars=, /)", (m, a) -> Strings.strip(m, self(m, a), characters(a, "strip"), true, true));
        define(t, "lstrip(self, chars=, /)", (m, a) -> Strings.strip(m, self(m, a), characters(a, "lstrip"), true, false));
        define(t, "rstrip(self, chars=, /)", (m, a) -> Strings.strip(m, self(m, a), characters(a, "rstrip"), false, true));
        define(t, "split(self, /, sep=, maxsplit=)", (m, a) -> Splitting.split(m, self(m, a), separator(a[1]), most(a[2]), false));
        define(t, "rsplit(self, /, sep=, maxsplit=)", (m, a) -> Splitting.split(m, self(m, a), separator(a[1]), most(a[2]), true));
        define(t, "splitlines(self, /, keepends=)", (m, a) -> Splitting.lines(m, self(m, a),
                a[1] != null && Operators.truth(a[1])));
        define(t, "partition(self, sep, /)", (m, a) -> Splitting.partition(m, self(m, a), text(a[1], "must be str, not %s"), false));
        define(t, "rpartition(self, sep, /)", (m, a) -> Splitting.partition(m, self(m, a), text(a[1], "must be str, not %s"), true));
        define(t, "join(self, iterable, /)", (m, a) -> join(m, self(m, a), a[1]));
        define(t, "replace(self, old, new, count=, /)", (m, a) -> replace(m, self(m, a),
                text(a[1], "replace() argument 1 must be str, not %s"), text(a[2], "replace() argument 2 must be str, not %s"),
                most(a[3])));
        define(t, "find(self, sub, start=, end=, /)", (m, a) -> find(m, a, false));
        define(t, "rfind(self, sub, start=, end=, /)", (m, a) -> find(m, a, true));
        define(t, "index(self, sub, start=, end=, /)", (m, a) -> found(find(m, a, false)));
        define(t, "rindex(self, sub, start=, end=, /)", (m, a) -> found(find(m, a, true)));
        define(t, "count(self, sub, start=, end=, /)", StringMethods::count);
        define(t, "startswith(self, prefix, start=, end=, /)", (m, a) -> affix(m, a, "startswith", true));
        define(t, "endswith(self, suffix, start=, end=, /)", (m, a) -> affix(m, a, "endswith", false));
        define(t, "removeprefix(self, prefix, /)", (m, a) -> {
            String prefix = text(a[1], "removeprefix() argument must be str, not %s");
            String s = self(m, a);
            return s.startsWith(prefix) ? s.substring(s.length() - m.text(s.length() - prefix.length())) : s;
        });
        define(t, "removesuffix(self, suffix, /)", (m, a) -> {
            String suffix = text(a[1], "removesuffix() argument must be str, not %s");
            String s = self(m, a);
            return s.endsWith(suffix) ? s.substring(0, m.text(s.length() - suffix.length())) : s;
        });
        define(t, "zfill(self, width, /)", (m, a) -> {
            String s = Strings.counted(self(m, a));
            int missing = Math.max(0, Ints.index(a[1]) - s.length());
            m.text((long) s.length() + missing);
            boolean signed = s.startsWith("+") || s.startsWith("-");
            return signed ? s.charAt(0) + "0".repeat(missing) + s.substring(1) : "0".repeat(missing) + s;
        });
        define(t, "center(self, width, fillchar=, /)", (m, a) -> {
            int missing = missing(m, a);
            // CPython puts the odd one to the left where the width is odd
            int left = missing / 2 + (missing & Ints.index(a[1]) & 1);
            return fill(a).repeat(left) + a[0] + fill(a).repeat(missing - left);
        });
        define(t, "ljust(self, width, fillchar=, /)", (m, a) -> a[0] + fill(a).repeat(missing(m, a)));
        define(t, "rjust(self, width, fillchar=, /)", (m, a) -> fill(a).repeat(missing(m, a)) + a[0]);
        define(t, "expandtabs(self, /, tabsize=)", (m, a) -> expandTabs(m, self(m, a), a[1] == null ? 8 : Ints.index(a[1])));
        t.put("format", Builtin.withKeywords("str", "format", (m, a, names) -> {
            self(m, a);
            return StringFormat.format(m, a, names);
        }));
        TABLE = Map.copyOf(t);
    }

    private StringMethods() {}

    private static void define(Map<String, Builtin> table, String signature, Builtin.Body body) {
        ListMethods.define(table, "str", signature, body);
    }

    private static void change(Map<String, Builtin> table, String name, Change change) {
        define(table, name + "(self, /)", (m, a) -> {
            String s = self(m, a);
            m.text(s.length());
            m.charge(s.length() >> 3);
            return change.apply(m, s);
        });
    }

    /** A method that asks the same of every character, and says False of the empty string. */
    private static void test(Map<String, Builtin> table, String name, IntPredicate test) {
        define(table, name + "(self, /)", (m, a) -> !self(m, a).isEmpty() && self(m, a).codePoints().allMatch(test));
    }

    private static boolean isSuperscript(int c) {
        return c == 0xb2 || c == 0xb3 || c == 0xb9 || c == 0x2070 || c >= 0x2074 && c <= 0x2079 || c >= 0x2080 && c <= 0x2089;
    }

    private static String self(Machine m, Object[] a) {
        if (!(a[0] instanceof String s)) {
            throw Errors.typeError("descriptor requires a 'str' object but received a '%s'", Errors.typeName(a[0]));
        }
        m.charge(s.length() >> 4);
        return s;
    }

    private static String text(Object value, String message) {
        if (!(value instanceof String s)) {
            throw Errors.typeError(message, Errors.typeName(value));
        }
        return s;
    }

    private static String characters(Object[] a, String method) {
        if (a[1] == null || a[1] == None.NONE) {
            return null;
        }
        return Strings.counted(text(a[1], method + " arg must be None or str"));
    }

    private static String separator(Object value) {
        if (value == null || value == None.NONE) {
            return null;
        }
        String separator = text(value, "must be str or None, not %s");
        if (separator.isEmpty()) {
            throw Errors.valueError("empty separator");
        }
        return separator;
    }

    private static int most(Object value) {
        int most = value == null ? -1 : Ints.index(value);
        return most < 0 ? Integer.MAX_VALUE : most;
    }

    private static String title(String s) {
        StringBuilder out = new StringBuilder(s.length());
        boolean inside = false;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            out.append(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inside = Character.isLetter(c);
        }
        return out.toString();
    }

    /** Character by character: Java's own takes time by the square where characters become several. */
    private static String upper(Machine m, String s) {
        chargeOthers(m, s);
        StringBuilder out = new StringBuilder(s.length());
        s.codePoints().forEach(c -> upper(c, out));
        return out.toString();
    }

    /** What is not ASCII takes a look at Java's tables, and may become longer. */
    private static void chargeOthers(Machine m, String s) {
        m.charge(s.chars().filter(c -> c >= 128).count());
    }

    private static void upper(int c, StringBuilder out) {
        if (c < 128) {
            out.append((char) Character.toUpperCase(c));
        } else {
            out.append(Character.toString(c).toUpperCase(Locale.ROOT));
        }
    }

    /**
     * As Java has it; but Java looks for a word's ends from each capital sigma, so that those are done here, one pass over what is between.
     */
    private static String lower(Machine m, String s) {
        m.charge(s.chars().filter(c -> c == '\u0130').count() * s.length() >> 6);
        if (s.indexOf('Σ') < 0) {
            return s.toLowerCase(Locale.ROOT);
        }
        StringBuilder out = new StringBuilder(s.length());
        boolean[] casedNext = new boolean[s.length()];
        boolean cased = false;
        for (int i = s.length(); i > 0;) {
            int c = s.codePointBefore(i);
            i -= Character.charCount(c);
            casedNext[i] = cased;
            cased = isIgnorable(c) ? cased : isCased(c);
        }
        cased = false;
        for (int i = 0; i < s.length();) {
            int c = s.codePointAt(i);
            if (c == 'Σ') {
                out.append(cased && !casedNext[i] ? 'ς' : 'σ');
            } else {
                out.append(Character.toString(c).toLowerCase(Locale.ROOT));
            }
            cased = isIgnorable(c) ? cased : isCased(c);
            i += Character.charCount(c);
        }
        return out.toString();
    }

    /** Unicode's {@code Cased}. */
    private static boolean isCased(int c) {
        return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
    }

    /** Unicode's {@code Case_Ignorable}. */
    private static boolean isIgnorable(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT, Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL -> true;
            default -> "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a".indexOf(c) >= 0;
        };
    }

    private static String swapcase(Machine m, String s) {
        chargeOthers(m, s);
        StringBuilder out = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (Character.isUpperCase(c)) {
                out.append(String.valueOf(c).toLowerCase(Locale.ROOT));
            } else {
                upper(c, out);
            }
        }
        return out.toString();
    }

    private static String join(Machine m, String separator, Object iterable) {
        if (!Iteration.isIterable(iterable)) {
            throw Errors.typeError("can only join an iterable");
        }
        StringBuilder out = new StringBuilder();
        PyIterator iterator = Iteration.iterator(m, iterable);
        int count = 0;
        for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
            if (!(x instanceof String s)) {
                throw Errors.typeError("sequence item %d: expected str instance, %s found", count, Errors.typeName(x));
            }
            long length = s.length() + (count == 0 ? 0L : separator.length());
            m.allocate(4 * length);
            m.charge(length >> 4);
            out.append(count++ == 0 ? "" : separator).append(s);
        }
        m.text(0);
        return out.toString();
    }

    private static String replace(Machine m, String s, String old, String fresh, int most) {
        int count = 0;
        int limit = s.length() + 1;
        if (old.isEmpty()) {
            Strings.counted(s);
            count = Math.min(most, limit);
        } else {
            for (int at = Strings.find(m, s, old, 0, s.length()); at >= 0 && count < most; count++) {
                m.charge(1);
                at = s.indexOf(old, at + old.length());
            }
        }
        if (count == 0) {
            return s;
        }
        StringBuilder out = new StringBuilder(m.text(s.length() + (long) count * (fresh.length() - old.length())));
        int at = 0;
        for (int i = 0; i < count; i++) {
            int next = old.isEmpty() ? i : s.indexOf(old, at);
            out.append(s, at, next).append(fresh);
            at = next + old.length();
        }
        return out.append(s, at, s.length()).toString();
    }

    /** The bounds that optional arguments give, clipped to the length. */
    private static int bound(Object value, int length, int initial) {
        if (value == null || value == None.NONE) {
            return initial;
        }
        if (!Ints.isInt(value)) {
            throw Errors.typeError("slice indices must be integers or None or have an __index__ method");
        }
        long at = Ints.clamped(value, Integer.MAX_VALUE);
        return (int) Math.max(0, at < 0 ? at + length : at);
    }

    private static Object find(Machine m, Object[] a, boolean last) {
        String s = Strings.counted(self(m, a));
        String part = text(a[1], "must be str, not %s");
        int from = bound(a[2], s.length(), 0);
        int to = Math.min(bound(a[3], s.length(), s.length()), s.length());
        return (long) (last ? Strings.findLast(m, s, part, from, to) : Strings.find(m, s, part, from, to));
    }

    private static Object found(Object at) {
        if ((Long) at < 0) {
            throw Errors.valueError("substring not found");
        }
        return at;
    }

    private static Object count(Machine m, Object[] a) {
        String s = Strings.counted(self(m, a));
        String part = text(a[1], "must be str, not %s");
        int from = bound(a[2], s.length(), 0);
        int to = Math.min(bound(a[3], s.length(), s.length()), s.length());
        if (from > to) {
            return 0L;
        }
        if (part.isEmpty()) {
            return to - from + 1L;
        }
        long count = 0;
        for (int at = Strings.find(m, s, part, from, to); at >= 0 && at + part.length() <= to; count++) {
            m.charge(1);
            at = s.indexOf(part, at + part.length());
        }
        return count;
    }

    private static Object affix(Machine m, Object[] a, String method, boolean start) {
        String s = self(m, a);
        int from = 0;
        int to = s.length();
        if (a[2] != null || a[3] != null) {
            Strings.counted(s);
            from = bound(a[2], s.length(), 0);
            to = Math.min(bound(a[3], s.length(), s.length()), s.length());
        }
        if (a[1] instanceof PyTuple options) {
            for (Object option : options.items()) {
                m.charge(1 + (option instanceof String part ? Math.min(part.length(), s.length()) >> 6 : 0));
                if (affix(s, text(option, "tuple for " + method + " must only contain str, not %s"), from, to, start)) {
                    return true;
                }
            }
            return false;
        }
        return affix(s, text(a[1], method + " first arg must be str or a tuple of str, not %s"), from, to, start);
    }

    private static boolean affix(String s, String part, int from, int to, boolean start) {
        return to - from >= part.length() && s.startsWith(part, start ? from : to - part.length());
    }

    private static int missing(Machine m, Object[] a) {
        int missing = Math.max(0, Ints.index(a[1]) - Strings.counted(self(m, a)).length());
        fill(a);
        m.text((long) missing + self(m, a).length());
        return missing;
    }

    private static String fill(Object[] a) {
        if (a[2] == null) {
            return " ";
        }
        String fill = text(a[2], "The fill character must be a unicode character, not %s");
        if (Strings.counted(fill).length() != 1) {
            throw Errors.typeError("The fill character must be exactly one character long");
        }
        return fill;
    }

    private static String expandTabs(Machine m, String s, int size) {
        m.text(s.length() + s.chars().filter(c -> c == '\t').count() * Math.max(0, size));
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '\t') {
                int spaces = size > 0 ? size - column % size : 0;
                out.repeat(" ", spaces);
                column += spaces;
            } else {
                out.append(c);
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return out.toString();
    }
}
