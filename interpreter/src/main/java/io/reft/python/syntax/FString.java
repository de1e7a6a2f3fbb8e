package io.reft.python.syntax;

import java.util.List;

/**
 * An f-string, or the format in one of its fields, cut into its parts by the rules of Python 3.12: between braces stands any expression,
 * with quotes of the string's own kind, backslashes, line breaks and comments.
 *
 * @param raw   whether backslashes are no escapes
 * @param parts text whose escapes are not decoded (a String), and {@link Field}s
 */
record FString(boolean raw, List<Object> parts) {
    /**
     * {@code {expression=!conversion:format}}.
     *
     * @param expression its tokens, an END behind them
     * @param shown      the text up to behind the {@code =}, as it is to be shown; null where there is none
     * @param conversion {@code s r a}, or 0
     * @param format     null where there is none
     */
    record Field(List<Token> expression, String shown, char conversion, FString format) {}
}
