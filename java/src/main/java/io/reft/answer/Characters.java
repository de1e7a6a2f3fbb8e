package io.reft.answer;

import java.text.Normalizer;

/**
 * One spelling for what is written with many characters: full-width, mathematical and foreign digits and letters, dashes, quotes,
 * spaces. Characters without width go. Superscripts and fractions such as ½ stay, since they mean something else than their digits.
 */
final class Characters {
    private Characters() {}

    /** The text in plain characters: at most as many as there were. Its spaces are ASCII's, its line breaks {@code \n}. */
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            c = plain(c);
            if (c != 0) {
                plain.appendCodePoint(c);
            }
        }
        return plain.toString();
    }

    /** The character's plain spelling; 0 where it is nothing to be seen. */
    private static int plain(int c) {
        if (c < 0x80) {
            return c == '\t' ? ' ' : c == '\r' || c == '\f' || c == 0x0b ? '\n' : c;
        }
        if (c >= 0xff01 && c <= 0xff5e) {
            return c - 0xfee0; // full-width ASCII
        }
        if (c >= 0x1d400 && c <= 0x1d7ff) { // mathematical letters and digits
            String letter = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC);
            return letter.codePointAt(0);
        }
        if (c >= 0x24b6 && c <= 0x24e9) { // circled letters
            return c - 0x24b6 < 26 ? 'A' + c - 0x24b6 : 'a' + c - 0x24d0;
        }
        return switch (c) {
            case 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0xfeff, 0xad, 0xfe0e, 0xfe0f -> 0;
            case 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xfe58, 0xfe63, 0x2796 -> '-';
            case 0x2018, 0x2019, 0x201a, 0x201b, 0x2032, 0xb4, 0x2bc -> '\'';
            case 0x201c, 0x201d, 0x201e, 0x201f, 0x2033, 0xab, 0xbb, 0x2039, 0x203a, 0x300c, 0x300d -> '"';
            case 0x2044, 0x2215 -> '/';
            case 0x2217 -> '*';
            case 0x22c5, 0x2219 -> '·';
            case 0x2715, 0x2a2f -> '×';
            case 0x2245, 0x2243, 0x223c, 0x2252, 0x2248 -> '≈';
            case 0x21d2, 0x27f9, 0x27f6, 0x279c, 0x2794 -> '→';
            case 0x3002, 0xff61 -> '.';
            case 0x3010 -> '[';
            case 0x3011 -> ']';
            case 0x85, 0x2028, 0x2029 -> '\n';
            default -> Character.isSpaceChar(c) ? ' '
                    : Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER ? '0' + Character.digit(c, 10) : c;
        };
    }
}
