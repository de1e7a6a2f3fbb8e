package io.reft.python.syntax;

/**
 * One word of the source.
 *
 * @param kind  what it is
 * @param text  the operator, keyword or name; for a string its undecoded contents; otherwise null
 * @param value a number's value, a string's {@link Quote}, or for ERROR what to raise where the parser gets so far
 */
record Token(Kind kind, String text, Object value) {
    enum Kind { NAME, KEYWORD, NUMBER, STRING, OPERATOR, NEWLINE, INDENT, DEDENT, ERROR, END }

    /** How a string was written: {@code r'…'}, {@code f'…'}. */
    record Quote(boolean raw, boolean formatted) {}

    boolean is(String operatorOrKeyword) {
        return (kind == Kind.OPERATOR || kind == Kind.KEYWORD) && text.equals(operatorOrKeyword);
    }
}
