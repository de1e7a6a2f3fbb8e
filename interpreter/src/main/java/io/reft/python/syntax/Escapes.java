package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Stop;

/** Escapes in the contents of strings. */
final class Escapes {
    private Escapes() {}

    /** A string's contents with its escapes decoded. */
    static String decode(String text) {
        int slash = text.indexOf('\\');
        if (slash < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\' || i >= text.length()) {
                out.append(c);
                continue;
            }
            c = text.charAt(i++);
            switch (c) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(c);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int value = c - '0';
                    for (int n = 1; n < 3 && i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '7'; n++) {
                        value = value * 8 + text.charAt(i++) - '0';
                    }
                    out.append((char) value);
                }
                case 'x' -> i = hexadecimal(text, i, 2, out);
                case 'u' -> i = hexadecimal(text, i, 4, out);
                case 'U' -> i = hexadecimal(text, i, 8, out);
                case 'N' -> {
                    int end = text.indexOf('}', i);
                    if (i >= text.length() || text.charAt(i) != '{' || end < 0) {
                        throw Errors.syntaxError("(unicode error) 'unicodeescape' codec can't decode bytes: "
                                + "malformed \\N character escape");
                    }
                    try {
                        out.appendCodePoint(Character.codePointOf(text.substring(i + 1, end)));
                    } catch (IllegalArgumentException e) {
                        throw Stop.unsupported("\\N escape");
                    }
                    i = end + 1;
                }
                default -> out.append('\\').append(c);
            }
        }
        return out.toString();
    }

    private static int hexadecimal(String text, int at, int length, StringBuilder out) {
        long value = 0;
        for (int i = at; i < at + length; i++) {
            int digit = i < text.length() && text.charAt(i) < 128 ? Character.digit(text.charAt(i), 16) : -1;
            if (digit < 0) {
                throw Errors.syntaxError("(unicode error) 'unicodeescape' codec can't decode bytes: truncated escape");
            }
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw Errors.syntaxError("(unicode error) 'unicodeescape' codec can't decode bytes: illegal Unicode character");
        }
        if (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
            throw Stop.unsupported("lone surrogates");
        }
        out.appendCodePoint((int) value);
        return at + length;
    }
}
