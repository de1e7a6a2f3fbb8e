package io.reft.python.library;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.Strings;

/** {@code split}, {@code rsplit}, {@code splitlines}, {@code partition}. */
final class Splitting {
    private Splitting() {}

    /** Splits at a separator, or at white space where it is null, at most so many times. */
    static PyList split(Machine m, String s, String separator, int most, boolean fromRight) {
        PyList parts = m.newList();
        if (separator == null) {
            if (fromRight) {
                whiteSpaceFromRight(m, s, most, parts);
            } else {
                whiteSpace(m, s, most, parts);
            }
        } else if (fromRight) {
            int end = s.length();
            for (int at = Strings.findLast(m, s, separator, 0, end); at >= 0 && parts.size < most;
                    at = s.lastIndexOf(separator, end - separator.length())) {
                add(m, parts, s, at + separator.length(), end);
                end = at;
                if (end < separator.length()) {
                    break;
                }
            }
            add(m, parts, s, 0, end);
        } else {
            int start = 0;
            for (int at = Strings.find(m, s, separator, 0, s.length()); at >= 0 && parts.size < most;
                    at = s.indexOf(separator, start)) {
                add(m, parts, s, start, at);
                start = at + separator.length();
            }
            add(m, parts, s, start, s.length());
        }
        if (fromRight) {
            PyList.reverse(m, parts.items, parts.size);
        }
        return parts;
    }

    private static void add(Machine m, PyList parts, String s, int from, int to) {
        m.text(to - from);
        parts.add(m, s.substring(from, to));
    }

    private static void whiteSpace(Machine m, String s, int most, PyList parts) {
        int at = 0;
        while (true) {
            while (at < s.length() && Strings.isSpace(s.charAt(at))) {
                at++;
            }
            if (at == s.length()) {
                return;
            }
            if (parts.size == most) {
                m.text(s.length() - at);
                parts.add(m, Strings.strip(m, s.substring(at), null, false, true));
                return;
            }
            int start = at;
            while (at < s.length() && !Strings.isSpace(s.charAt(at))) {
                at++;
            }
            add(m, parts, s, start, at);
        }
    }

    private static void whiteSpaceFromRight(Machine m, String s, int most, PyList parts) {
        int at = s.length();
        while (true) {
            while (at > 0 && Strings.isSpace(s.charAt(at - 1))) {
                at--;
            }
            if (at == 0) {
                return;
            }
            if (parts.size == most) {
                m.text(at);
                parts.add(m, Strings.strip(m, s.substring(0, at), null, true, false));
                return;
            }
            int end = at;
            while (at > 0 && !Strings.isSpace(s.charAt(at - 1))) {
                at--;
            }
            add(m, parts, s, at, end);
        }
    }

    static PyList lines(Machine m, String s, boolean keepEnds) {
        PyList parts = m.newList();
        int start = 0;
        while (start < s.length()) {
            int at = start;
            while (at < s.length() && !isLineEnd(s.charAt(at))) {
                at++;
            }
            int end = at;
            if (at < s.length()) {
                at += s.startsWith("\r\n", at) ? 2 : 1;
            }
            add(m, parts, s, start, keepEnds ? at : end);
            start = at;
        }
        return parts;
    }

    private static boolean isLineEnd(char c) {
        return c >= 10 && c <= 13 || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    static PyTuple partition(Machine m, String s, String separator, boolean last) {
        if (separator.isEmpty()) {
            throw Errors.valueError("empty separator");
        }
        int at = last ? Strings.findLast(m, s, separator, 0, s.length()) : Strings.find(m, s, separator, 0, s.length());
        m.text(s.length());
        if (at < 0) {
            return last ? PyTuple.of("", "", s) : PyTuple.of(s, "", "");
        }
        return PyTuple.of(s.substring(0, at), separator, s.substring(at + separator.length()));
    }
}
