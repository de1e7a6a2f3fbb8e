package io.reft.answer;

/**
 * A piece of an answer's text.
 *
 * @param kind   what it is
 * @param text   as it stands there; a TeX command without its backslash, a symbol in the spelling that the readers know it by
 * @param number of a numeral, a fraction sign or an exponent; null elsewhere, and where a numeral cannot be read for certain
 * @param spaced whether white space stands before it
 * @param line   whether a line break does
 */
record AnswerToken(Kind kind, String text, Numeral number, boolean spaced, boolean line) {
    /** The text of the command that makes fractions, whichever it was. */
    static final String FRACTION = "frac";

    enum Kind {
        /** Digits, with what groups and divides them: {@code 1,234.5}, {@code 1e3}. */
        NUMERAL,
        /** A fraction in one character: ½. */
        FRACTION,
        /** A whole exponent in raised digits: ², ⁻³. */
        RAISED,
        /** Letters, with apostrophes among them. */
        WORD,
        /** A TeX command that says something about a value, or is not known. */
        COMMAND,
        /** A sign for money. */
        CURRENCY,
        /** Markup that says nothing about a value: {@code $}, {@code **}, {@code `}, quotes, check marks. */
        MARK,
        /** Any other character. */
        SYMBOL,
        /** After the last. */
        END
    }

    boolean is(Kind other) {
        return kind == other;
    }

    boolean is(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isMark(String mark) {
        return kind == Kind.MARK && text.equals(mark);
    }

    /** Whether it is a fraction by its sign or by TeX's command. */
    boolean isFraction() {
        return kind == Kind.FRACTION || kind == Kind.COMMAND && text.equals(FRACTION);
    }

    boolean isOpener() {
        return is("(") || is("[") || is("{") || is("<");
    }

    /** Whether this is the closing bracket of {@code opener}. */
    boolean closes(AnswerToken opener) {
        return switch (opener.text) {
            case "(" -> is(")");
            case "[" -> is("]");
            case "{" -> is("}");
            default -> is(">");
        };
    }

    /** The word in small letters; empty for anything else. */
    String word() {
        return kind == Kind.WORD ? text.toLowerCase(java.util.Locale.ROOT) : "";
    }
}
