package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.ExceptionTypes;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Raised;
import io.reft.python.runtime.Stop;
import io.reft.python.runtime.Strings;
import java.math.BigInteger;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Cuts source text into tokens, with Python's own rules for indentation, continuation lines and literals. Strings stay
 * undecoded here; an f-string is cut into its parts, whose expressions are tokens too. Bytes and imaginary literals are left out.
 */
final class Lexer {
    private static final Set<String> KEYWORDS = Set.of("False", "None", "True", "and", "as", "assert", "async", "await",
            "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
            "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
            "with", "yield");
    private static final String[] OPERATORS = {"**=", "//=", ">>=", "<<=", "...", "!=", "%=", "&=", "**", "*=", "+=",
            "-=", "->", "//", "/=", ":=", "<<", "<=", "==", ">=", ">>", "@=", "^=", "|=", "%", "&", "(", ")", "*", "+",
            ",", "-", ".", "/", ":", ";", "<", "=", ">", "@", "[", "]", "^", "{", "|", "}", "~"};
    /** Operators by their first character, longest first. */
    private static final Token[][] BY_FIRST = new Token[128][];
    private static final Map<String, Token> WORDS = KEYWORDS.stream()
            .collect(Collectors.toUnmodifiableMap(Function.identity(), k -> new Token(Token.Kind.KEYWORD, k, null)));
    private static final Token NEWLINE = new Token(Token.Kind.NEWLINE, null, null);
    private static final Token INDENT = new Token(Token.Kind.INDENT, null, null);
    private static final Token DEDENT = new Token(Token.Kind.DEDENT, null, null);
    private static final Token END = new Token(Token.Kind.END, null, null);
    private static final int MAX_INDENTS = 100;
    private static final int MAX_PARENTHESES = 200;
    /** How deep fields may lie in the formats of fields. */
    private static final int MAX_FIELDS = 2;

    static {
        for (int c = 0; c < 128; c++) {
            List<Token> starting = new ArrayList<>();
            for (String operator : OPERATORS) {
                if (operator.charAt(0) == c) {
                    starting.add(new Token(Token.Kind.OPERATOR, operator, null));
                }
            }
            BY_FIRST[c] = starting.toArray(Token[]::new);
        }
    }

    private final String source;
    private List<Token> tokens = new ArrayList<>();
    /** Names by themselves: equal ones are the same object, and found as fast as short ones. */
    private final Map<String, String> names = new HashMap<>();
    private int fstrings;
    private int at;

    private Lexer(String source) {
        this.source = source;
    }

    /** The tokens of a whole program. */
    static List<Token> program(String source) {
        if (source.indexOf('\0') >= 0) {
            throw Errors.valueError("source code string cannot contain null bytes");
        }
        if (source.indexOf('\r') >= 0) {
            source = source.replace("\r\n", "\n").replace('\r', '\n');
        }
        Lexer lexer = new Lexer(source.startsWith("\ufeff") ? source.substring(1) : source);
        try {
            lexer.lines();
        } catch (Raised error) {
            // what the parser refuses before this comes first
            lexer.tokens.add(new Token(Token.Kind.ERROR, null, error));
            lexer.tokens.add(END);
        }
        return lexer.tokens;
    }

    private void lines() {
        int[] columns = new int[MAX_INDENTS + 1];
        int[] tabless = new int[MAX_INDENTS + 1];
        int indents = 0;
        StringBuilder open = new StringBuilder();
        boolean lineStart = true;
        while (true) {
            if (lineStart) {
                int column = 0;
                int alternate = 0;
                for (; at < source.length(); at++) {
                    char c = source.charAt(at);
                    if (c == ' ') {
                        column++;
                        alternate++;
                    } else if (c == '\t') {
                        column = (column / 8 + 1) * 8;
                        alternate++;
                    } else if (c == '\f') {
                        column = 0;
                        alternate = 0;
                    } else if (c == '\\' && at + 1 < source.length() && source.charAt(at + 1) == '\n') {
                        throw Stop.unsupported("a line continuation inside an indentation");
                    } else {
                        break;
                    }
                }
                if (at >= source.length()) {
                    break;
                }
                char c = source.charAt(at);
                if (c == '#') {
                    skipComment();
                    continue;
                }
                if (c == '\n') {
                    at++;
                    continue;
                }
                lineStart = false;
                if (column == columns[indents]) {
                    if (alternate != tabless[indents]) {
                        throw tabError();
                    }
                } else if (column > columns[indents]) {
                    if (alternate <= tabless[indents]) {
                        throw tabError();
                    }
                    if (++indents >= MAX_INDENTS) {
                        throw Errors.raise(ExceptionTypes.INDENTATION_ERROR, "too many levels of indentation");
                    }
                    columns[indents] = column;
                    tabless[indents] = alternate;
                    tokens.add(INDENT);
                } else {
                    while (column < columns[indents]) {
                        indents--;
                        tokens.add(DEDENT);
                    }
                    if (column != columns[indents]) {
                        throw Errors.raise(ExceptionTypes.INDENTATION_ERROR,
                                "unindent does not match any outer indentation level");
                    }
                    if (alternate != tabless[indents]) {
                        throw tabError();
                    }
                }
            }
            if (at >= source.length()) {
                break;
            }
            if (source.charAt(at) == '\n') {
                at++;
                if (open.isEmpty()) {
                    tokens.add(NEWLINE);
                    lineStart = true;
                }
            } else {
                token(open);
            }
        }
        if (!open.isEmpty()) {
            throw Errors.syntaxError("'" + open.charAt(open.length() - 1) + "' was never closed");
        }
        if (!lineStart) {
            tokens.add(NEWLINE);
        }
        for (; indents > 0; indents--) {
            tokens.add(DEDENT);
        }
        tokens.add(END);
    }

    private static Raised tabError() {
        return Errors.raise(ExceptionTypes.TAB_ERROR, "inconsistent use of tabs and spaces in indentation");
    }

    private void skipComment() {
        int end = source.indexOf('\n', at);
        at = end < 0 ? source.length() : end;
    }

    /** One token, or the space before it; {@code open} holds the brackets that are open. */
    private void token(StringBuilder open) {
        char c = source.charAt(at);
        if (c == ' ' || c == '\t' || c == '\f') {
            at++;
        } else if (c == '#') {
            skipComment();
        } else if (c == '\\') {
            if (at + 1 >= source.length() || source.charAt(at + 1) != '\n') {
                throw Errors.syntaxError("unexpected character after line continuation character");
            }
            at += 2;
            if (at >= source.length()) {
                throw Errors.syntaxError("unexpected EOF while parsing");
            }
        } else if (isNameStart(c)) {
            word();
        } else if (isDigit(c) || c == '.' && at + 1 < source.length() && isDigit(source.charAt(at + 1))) {
            number();
        } else if (c == '"' || c == '\'') {
            string(false);
        } else {
            operator(c, open);
        }
    }

    private void operator(char c, StringBuilder open) {
        if (c < 128) {
            for (Token operator : BY_FIRST[c]) {
                if (source.startsWith(operator.text(), at)) {
                    at += operator.text().length();
                    if (c == '(' || c == '[' || c == '{') {
                        open.append(c);
                        if (open.length() > MAX_PARENTHESES) {
                            throw Errors.syntaxError("too many nested parentheses");
                        }
                    } else if (c == ')' || c == ']' || c == '}') {
                        int last = open.length() - 1;
                        if (last < 0) {
                            throw Errors.syntaxError("unmatched '" + c + "'");
                        }
                        if ("([{".indexOf(open.charAt(last)) != ")]}".indexOf(c)) {
                            throw Errors.syntaxError("closing parenthesis '" + c
                                    + "' does not match opening parenthesis '" + open.charAt(last) + "'");
                        }
                        open.setLength(last);
                    }
                    tokens.add(operator);
                    return;
                }
            }
            throw Errors.syntaxError("invalid syntax");
        }
        throw Errors.syntaxError("invalid character '%s' (U+%04X)",
                Character.toString(source.codePointAt(at)), source.codePointAt(at));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(char c) {
        return c < 128 ? c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
                : Character.isUnicodeIdentifierStart(c) || Character.isSurrogate(c);
    }

    private void word() {
        int start = at;
        boolean ascii = true;
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c < 128 ? !isNameStart(c) && !isDigit(c) : !Strings.isNamePart(c)) {
                break;
            }
            ascii &= c < 128;
            at++;
        }
        if (at < source.length() && Character.isSurrogate(source.charAt(at))) {
            int c = source.codePointAt(at);
            if (Strings.isNamePart(c)) {
                throw Stop.unsupported("names outside the basic multilingual plane");
            }
            throw Errors.syntaxError("invalid character '%s' (U+%04X)", Character.toString(c), c);
        }
        String word = source.substring(start, at);
        if (at < source.length() && word.length() <= 2 && (source.charAt(at) == '"' || source.charAt(at) == '\'')) {
            String prefix = word.toLowerCase(java.util.Locale.ROOT);
            switch (prefix) {
                case "r", "u" -> {
                    string(prefix.equals("r"));
                    return;
                }
                case "f", "fr", "rf" -> {
                    fstring(prefix.length() == 2);
                    return;
                }
                case "b", "br", "rb" -> throw Stop.unsupported("bytes");
                default -> {}
            }
        }
        Token keyword = WORDS.get(word);
        if (keyword != null) {
            tokens.add(keyword);
        } else {
            String name = ascii ? word : Normalizer.normalize(word, Normalizer.Form.NFKC);
            tokens.add(new Token(Token.Kind.NAME, names.computeIfAbsent(name, Function.identity()), null));
        }
    }

    /** Goes past the quotes that open a string, and gives those that close it. */
    private String openingQuotes() {
        String one = source.substring(at, at + 1);
        String quotes = source.startsWith(one.repeat(3), at) ? one.repeat(3) : one;
        at += quotes.length();
        return quotes;
    }

    private static Raised unterminated(String quotes, String what) {
        return Errors.syntaxError("unterminated %s%s", quotes.length() == 3 ? "triple-quoted " : "", what);
    }

    private void string(boolean raw) {
        String quotes = openingQuotes();
        int body = at;
        while (!source.startsWith(quotes, at)) {
            if (at >= source.length() || source.charAt(at) == '\n' && quotes.length() == 1) {
                throw unterminated(quotes, "string literal");
            }
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        tokens.add(new Token(Token.Kind.STRING, source.substring(body, at), raw));
        at += quotes.length();
    }

    // ---- f-strings

    private void fstring(boolean raw) {
        if (++fstrings > TokenReader.MAX_NESTING) {
            throw Stop.limit("nesting of the source");
        }
        String quotes = openingQuotes();
        FString string = parts(quotes, raw, 0);
        at += quotes.length();
        fstrings--;
        tokens.add(new Token(Token.Kind.FSTRING, null, string));
    }

    /** What stands up to the closing quotes, or, as the format of fields {@code level} deep, up to the closing brace. */
    private FString parts(String quotes, boolean raw, int level) {
        List<Object> parts = new ArrayList<>();
        int start = at;
        while (true) {
            if (at >= source.length()) {
                throw unterminated(quotes, "f-string literal");
            }
            char c = source.charAt(at);
            if (source.startsWith(quotes, at)) {
                if (level > 0) {
                    throw Errors.syntaxError("f-string: expecting '}'");
                }
                break;
            } else if (c == '\n' && quotes.length() == 1) {
                if (level > 0) {
                    throw Stop.unsupported("a line break in the format of an f-string");
                }
                throw unterminated(quotes, "f-string literal");
            } else if (c == '\\') {
                int close = raw || !source.startsWith("N{", at + 1) ? -1 : source.indexOf('}', at);
                char escaped = at + 1 < source.length() ? source.charAt(at + 1) : 0;
                at = close > 0 ? close + 1 : escaped == '{' || escaped == '}' ? at + 1 : at + 2;
            } else if (c != '{' && c != '}') {
                at++;
            } else if (level == 0 && at + 1 < source.length() && source.charAt(at + 1) == c) {
                parts.add(source.substring(start, at + 1));
                at += 2;
                start = at;
            } else if (c == '{') {
                parts.add(source.substring(start, at++));
                parts.add(field(quotes, raw, level));
                start = at;
            } else if (level > 0) {
                break;
            } else {
                throw Errors.syntaxError("f-string: single '}' is not allowed");
            }
        }
        parts.add(source.substring(start, at));
        return new FString(raw, parts);
    }

    /** A field, behind its opening brace up to behind its closing one. */
    private FString.Field field(String quotes, boolean raw, int level) {
        if (level > MAX_FIELDS) {
            throw Errors.syntaxError("f-string: expressions nested too deeply");
        }
        int start = at;
        List<Token> outer = tokens;
        tokens = new ArrayList<>();
        List<Token> expression = tokens;
        try {
            fieldExpression();
        } finally {
            tokens = outer;
        }
        if (expression.isEmpty()) {
            throw Errors.syntaxError("f-string: valid expression required before '%s'", source.charAt(at));
        }
        expression.add(END);
        String shown = null;
        if (source.charAt(at) == '=') {
            at++;
            skipSpace();
            shown = source.substring(start, at);
            if (shown.indexOf('\\') >= 0 || shown.indexOf('#') >= 0) {
                // CPython 3.12 does not show them as they are written
                throw Stop.unsupported("a backslash or # in what an f-string shows before =");
            }
        }
        char conversion = source.startsWith("!", at) ? conversion() : 0;
        FString format = null;
        if (source.startsWith(":", at)) {
            at++;
            format = parts(quotes, raw, level + 1);
        }
        if (!source.startsWith("}", at)) {
            throw Errors.syntaxError("f-string: expecting '}'");
        }
        at++;
        return new FString.Field(expression, shown, conversion, format);
    }

    /** The tokens up to what ends an expression outside brackets: {@code = ! : }}}. */
    private void fieldExpression() {
        StringBuilder open = new StringBuilder();
        while (true) {
            if (at >= source.length()) {
                throw Errors.syntaxError("f-string: expecting '}'");
            }
            char c = source.charAt(at);
            boolean equals = source.startsWith("=", at + 1);
            if (open.isEmpty() && (c == '}' || c == ':' || (c == '!' || c == '=') && !equals)) {
                return;
            }
            if (c == '\n') {
                at++;
            } else {
                token(open);
            }
        }
    }

    private void skipSpace() {
        while (at < source.length() && " \t\f\n".indexOf(source.charAt(at)) >= 0) {
            at++;
        }
    }

    private char conversion() {
        char conversion = ++at < source.length() ? source.charAt(at) : 0;
        boolean more = at + 1 < source.length() && (isNameStart(source.charAt(at + 1)) || isDigit(source.charAt(at + 1)));
        if (conversion != 's' && conversion != 'r' && conversion != 'a' || more) {
            throw Errors.syntaxError("f-string: invalid conversion character: expected 's', 'r', or 'a'");
        }
        at++;
        skipSpace();
        return conversion;
    }

    private void number() {
        int start = at;
        char second = at + 1 < source.length() ? Character.toLowerCase(source.charAt(at + 1)) : ' ';
        int radix = source.charAt(at) != '0' ? 10 : second == 'x' ? 16 : second == 'o' ? 8 : second == 'b' ? 2 : 10;
        if (radix != 10) {
            at += 2;
            if (at < source.length() && source.charAt(at) == '_') {
                at++;
            }
            int digits = at;
            skipDigits(radix);
            String text = source.substring(digits, at).replace("_", "");
            if (text.isEmpty() || at < source.length() && isDigit(source.charAt(at))) {
                throw Errors.syntaxError("invalid %s literal",
                        radix == 16 ? "hexadecimal" : radix == 8 ? "octal" : "binary");
            }
            add(Ints.normalize(new BigInteger(text, radix)));
            return;
        }
        boolean isInt = true;
        if (source.charAt(at) != '.') {
            skipDigits(10);
        }
        int intEnd = at;
        if (at < source.length() && source.charAt(at) == '.') {
            isInt = false;
            at++;
            if (at < source.length() && isDigit(source.charAt(at))) {
                skipDigits(10);
            }
        }
        if (at < source.length() && (source.charAt(at) == 'e' || source.charAt(at) == 'E')) {
            int exponent = at + 1;
            if (exponent < source.length() && (source.charAt(exponent) == '+' || source.charAt(exponent) == '-')) {
                exponent++;
            }
            if (exponent < source.length() && isDigit(source.charAt(exponent))) {
                isInt = false;
                at = exponent;
                skipDigits(10);
            }
        }
        if (at < source.length() && (source.charAt(at) == 'j' || source.charAt(at) == 'J')) {
            throw Stop.unsupported("complex");
        }
        String text = source.substring(start, at).replace("_", "");
        if (!isInt) {
            add(Double.parseDouble(text));
            return;
        }
        int length = intEnd - start;
        if (text.charAt(0) == '0' && !text.chars().allMatch(d -> d == '0')) {
            throw Errors.syntaxError("leading zeros in decimal integer literals are not permitted; "
                    + "use an 0o prefix for octal integers");
        }
        if (length < 18) {
            add(Long.parseLong(text));
        } else if (text.length() > Ints.MAX_DIGITS) {
            throw Errors.syntaxError("Exceeds the limit (%d digits) for integer string conversion: value has %d digits; "
                    + "use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer "
                    + "literals to avoid decimal conversion limits.", Ints.MAX_DIGITS, text.length());
        } else {
            add(Ints.normalize(new BigInteger(text)));
        }
    }

    /** Digits with single underscores between them. */
    private void skipDigits(int radix) {
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '_') {
                if (at + 1 >= source.length() || Character.digit(source.charAt(at + 1), radix) < 0
                        || source.charAt(at + 1) > 127) {
                    throw Errors.syntaxError("invalid decimal literal");
                }
            } else if (c > 127 || Character.digit(c, radix) < 0) {
                return;
            }
            at++;
        }
    }

    private void add(Object number) {
        if (at < source.length() && (isNameStart(source.charAt(at)) || source.charAt(at) == '_')) {
            // CPython lets a keyword stand right behind a number: 1if x else 2
            String rest = source.substring(at, Math.min(source.length(), at + 4));
            boolean keyword = false;
            for (String k : new String[] {"and", "else", "for", "if", "in", "is", "not", "or"}) {
                keyword |= rest.startsWith(k);
            }
            if (!keyword) {
                throw Errors.syntaxError("invalid decimal literal");
            }
        }
        tokens.add(new Token(Token.Kind.NUMBER, null, number));
    }
}
