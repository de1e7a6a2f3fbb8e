package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax.Expr;
import java.util.List;
import java.util.function.Function;

/**
 * Cuts an f-string into text and values by the rules of Python 3.11 (no quote of the string's own kind, no backslash and
 * no comment inside the braces), and decodes escapes.
 */
final class FString {
    private final String text;
    private final boolean raw;
    private final Function<String, Expr> expressions;
    private int at;

    FString(String text, boolean raw, Function<String, Expr> expressions) {
        this.text = text;
        this.raw = raw;
        this.expressions = expressions;
    }

    /** Adds the parts; text gathers in {@code literal}, which may already hold some and may hold some at the end. */
    void parts(StringBuilder literal, List<Expr> parts) {
        parts(literal, parts, 0);
        if (at < text.length()) {
            throw Errors.syntaxError("f-string: single '}' is not allowed");
        }
    }

    private void parts(StringBuilder literal, List<Expr> parts, int level) {
        while (at < text.length()) {
            int start = at;
            boolean brace = false;
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '\\' && !raw && at + 1 < text.length()) {
                    if (text.startsWith("\\N{", at) && text.indexOf('}', at) > 0) {
                        at = text.indexOf('}', at);
                    } else if (text.charAt(at + 1) != '{' && text.charAt(at + 1) != '}') {
                        at++;
                    }
                } else if (c == '{' || c == '}') {
                    brace = true;
                    break;
                }
                at++;
            }
            String chunk = text.substring(start, at);
            literal.append(raw ? chunk : unescape(chunk));
            if (!brace) {
                return;
            }
            char c = text.charAt(at);
            if (level == 0 && at + 1 < text.length() && text.charAt(at + 1) == c) {
                literal.append(c);
                at += 2;
            } else if (c == '}') {
                return;
            } else {
                if (level > 1) {
                    throw Errors.syntaxError("f-string: expressions nested too deeply");
                }
                at++;
                value(literal, parts, level);
            }
        }
    }

    private void value(StringBuilder literal, List<Expr> parts, int level) {
        int start = at;
        skipExpression();
        String source = text.substring(start, at);
        if (source.isBlank()) {
            throw Errors.syntaxError("f-string: empty expression not allowed");
        }
        Expr value = expressions.apply(source);
        boolean debug = false;
        if (peek() == '=') {
            debug = true;
            at++;
            while (Character.isWhitespace(peek())) {
                at++;
            }
            literal.append(text, start, at);
        }
        char conversion = 0;
        if (peek() == '!') {
            at++;
            conversion = peek();
            if (conversion != 's' && conversion != 'r' && conversion != 'a') {
                throw Errors.syntaxError("f-string: invalid conversion character: expected 's', 'r', or 'a'");
            }
            at++;
        }
        Expr spec = null;
        if (peek() == ':') {
            at++;
            List<Expr> specParts = new java.util.ArrayList<>();
            StringBuilder specLiteral = new StringBuilder();
            parts(specLiteral, specParts, level + 1);
            if (!specLiteral.isEmpty()) {
                specParts.add(new Syntax.Constant(specLiteral.toString()));
            }
            spec = new Syntax.Joined(specParts);
        }
        if (peek() != '}') {
            throw Errors.syntaxError("f-string: expecting '}'");
        }
        at++;
        if (debug && conversion == 0 && spec == null) {
            conversion = 'r';
        }
        if (!literal.isEmpty()) {
            parts.add(new Syntax.Constant(literal.toString()));
            literal.setLength(0);
        }
        parts.add(new Syntax.Formatted(value, conversion, spec));
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    /** Moves to the character that ends the expression: {@code ! : = }} outside brackets and quotes. */
    private void skipExpression() {
        int open = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            switch (c) {
                case '\\' -> throw Errors.syntaxError("f-string expression part cannot include a backslash");
                case '#' -> throw Errors.syntaxError("f-string expression part cannot include '#'");
                case '\'', '"' -> skipString(c);
                case '(', '[', '{' -> open++;
                case ')', ']' -> open--;
                case '}' -> {
                    if (open <= 0) {
                        return;
                    }
                    open--;
                }
                case '!', '=', '<', '>' -> {
                    if (open == 0) {
                        if (at + 1 < text.length() && text.charAt(at + 1) == '=') {
                            at++;
                        } else if (c == '!' || c == '=') {
                            return;
                        }
                    }
                }
                case ':' -> {
                    if (open == 0) {
                        return;
                    }
                }
                default -> { }
            }
            at++;
        }
        throw Errors.syntaxError("f-string: expecting '}'");
    }

    /** Moves from a string's first quote to its last. */
    private void skipString(char quote) {
        String close = text.startsWith(String.valueOf(quote).repeat(3), at) ? String.valueOf(quote).repeat(3)
                : String.valueOf(quote);
        int end = text.indexOf(close, at + close.length());
        if (end < 0) {
            throw Errors.syntaxError("f-string: unterminated string");
        }
        if (text.substring(at, end).indexOf('\\') >= 0) {
            throw Errors.syntaxError("f-string expression part cannot include a backslash");
        }
        at = end + close.length() - 1;
    }

    /** A string's contents with its escapes decoded. */
    static String unescape(String text) {
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
                case '\n' -> { }
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
