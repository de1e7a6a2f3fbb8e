package io.reft.python.runtime;

import java.util.BitSet;

/**
 * What strings need below the level of their methods. Python counts code points; Java counts UTF-16 units. A string with
 * characters outside the basic multilingual plane may be carried, joined and compared, but whatever counts its characters
 * refuses it.
 */
public final class Strings {
    private Strings() {}

    /** The same string, if Java counts its characters as Python does. */
    public static String counted(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (Character.isSurrogate(s.charAt(i))) {
                throw Stop.unsupported("counting characters outside the basic multilingual plane");
            }
        }
        return s;
    }

    /** Order by code points. */
    static int compare(String a, String b) {
        int common = Math.min(a.length(), b.length());
        for (int i = 0; i < common; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                return Character.isSurrogate(x) == Character.isSurrogate(y) ? x - y : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return a.length() - b.length();
    }

    /** The first place of a part between two indices, or -1; charged for the search. */
    public static int find(Machine m, String s, String part, int from, int to) {
        if (from > to) {
            return -1;
        }
        chargeSearch(m, to - from, part.length());
        int at = s.indexOf(part, from);
        return at >= 0 && at + part.length() <= to ? at : -1;
    }

    public static int findLast(Machine m, String s, String part, int from, int to) {
        if (from > to) {
            return -1;
        }
        chargeSearch(m, to - from, part.length());
        int at = s.lastIndexOf(part, to - part.length());
        return at >= from && part.length() <= to - from ? at : -1;
    }

    /** Whether names may go on with it; with what is not seen, such as a zero-width space, they do in Java and do not in Python. */
    public static boolean isNamePart(int c) {
        return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    /** Java's search is by brute force: in the worst case the product of the lengths. */
    private static void chargeSearch(Machine m, int length, int part) {
        m.charge((length >> 4) + ((long) length * part >> 6));
    }

    public static boolean isSpace(char c) {
        return c == ' ' || c >= 9 && c <= 13 || c >= 0x1c && c <= 0x1f || c == 0x85 || c == 0xa0
                || c > 0xff && Character.isSpaceChar(c) && c != 0x180e;
    }

    /** Without white space, or the given characters, at the ends. */
    public static String strip(Machine m, String s, String characters, boolean left, boolean right) {
        BitSet stripped = null;
        m.charge(s.length() >> 4);
        if (characters != null) {
            m.charge(1 + (characters.length() >> 3));
            stripped = new BitSet();
            characters.chars().forEach(stripped::set);
        }
        int from = 0;
        int to = s.length();
        while (left && from < to && isStripped(s.charAt(from), stripped)) {
            from++;
        }
        while (right && to > from && isStripped(s.charAt(to - 1), stripped)) {
            to--;
        }
        m.text(to - from < s.length() ? to - from : 0);
        return s.substring(from, to);
    }

    private static boolean isStripped(char c, BitSet stripped) {
        return stripped == null ? isSpace(c) : stripped.get(c);
    }

    /** One character as a string. */
    static String character(char c) {
        return String.valueOf(c);
    }

    /** {@code chr(code)}. */
    public static String ofCodePoint(Object code) {
        long c = Ints.clamped(Ints.require(code), 1L << 32);
        if (c != (int) c) {
            throw Errors.overflow("Python int too large to convert to C int");
        }
        if (c < 0 || c > Character.MAX_CODE_POINT) {
            throw Errors.valueError("chr() arg not in range(0x110000)");
        }
        if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
            throw Stop.unsupported("lone surrogates");
        }
        return Character.toString((int) c);
    }

    /** A number that is not negative, with zeros in front up to a width. */
    static String padded(long number, int width) {
        String digits = Long.toString(number);
        return digits.length() >= width ? digits : "0".repeat(width - digits.length()) + digits;
    }
}
