package io.reft.python.syntax;

/**
 * One word of the source.
 *
 * @param kind  what it is
 * @param text  the operator, keyword or name; for a string its undecoded contents; otherwise null
 * @param value a number's value, whether a string is raw, an f-string's {@link FString}, or for ERROR what to raise where the parser gets
 *            so
 *              far
 */
record Token(Kind kind, String text, Object value) {
    enum Kind { NAME, KEYWORD, NUMBER, STRING, FSTRING, OPERATOR, NEWLINE, INDENT, DEDENT, ERROR, END }

    boolean is(String operatorOrKeyword) {
        return (kind == Kind.OPERATOR || kind == Kind.KEYWORD) && text.equals(operatorOrKeyword);
    }
}
