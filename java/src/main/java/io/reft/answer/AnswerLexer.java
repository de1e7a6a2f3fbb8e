package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Divides an answer's text into {@link AnswerToken}s, in time linear in its length. TeX that only says how something looks goes here
 * ({@code \boxed}, {@code \text}, {@code \left}, {@code \,}), as do tags; what it wraps stays, in its braces.
 */
final class AnswerLexer {
    private static final String RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    private static final String CHECK_MARKS = "✓✔✅☑🎉∎■□◼◻⬛▪";

    /** TeX commands without a meaning for the value of their argument. */
    private static final Set<String> APPEARANCE =
            Set.of("boxed", "fbox", "framebox", "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal",
                    "textup", "emph", "underline", "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathcal", "mathnormal", "mbox",
                    "hbox", "bm", "boldsymbol", "pmb",
                    "operatorname", "ensuremath", "displaystyle", "textstyle", "scriptstyle", "left", "right", "big", "Big", "bigg", "Bigg",
                    "bigl", "bigr", "Bigl",
                    "Bigr", "large", "Large", "normalsize", "bf", "rm", "it", "sf", "tt");
    private static final Set<String> SPACES =
            Set.of("quad", "qquad", "thinspace", "medspace", "thickspace", "enspace", "nobreakspace", "space", "hfill",
                    "newline", "par", "noindent", "nonumber");
    private static final Map<String, String> SYMBOLS = Map.ofEntries(Map.entry("times", "×"), Map.entry("cdot", "·"), Map.entry("div", "÷"),
            Map.entry("approx", "≈"), Map.entry("approxeq", "≈"), Map.entry("sim", "≈"), Map.entry("simeq", "≈"), Map.entry("cong", "≈"),
            Map.entry("doteq", "≈"),
            Map.entry("circ", "°"), Map.entry("degree", "°"), Map.entry("textdegree", "°"), Map.entry("dots", "…"), Map.entry("ldots", "…"),
            Map.entry("cdots", "…"), Map.entry("textellipsis", "…"), Map.entry("colon", ":"), Map.entry("lbrace", "{"),
            Map.entry("rbrace", "}"),
            Map.entry("langle", "<"), Map.entry("rangle", ">"), Map.entry("percent", "%"), Map.entry("textendash", "-"),
            Map.entry("to", "→"), Map.entry("rightarrow", "→"), Map.entry("Rightarrow", "→"), Map.entry("implies", "→"));
    private static final Set<String> CURRENCIES =
            Set.of("pounds", "euro", "EUR", "texteuro", "textdollar", "dollar", "mathdollar", "textsterling", "rupee", "yen", "textyen");
    private static final Set<String> CHECKS = Set.of("checkmark", "blacksquare", "square", "qed", "Box", "QED");
    private static final Set<String> FRACTIONS = Set.of("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac");
    private static final int LONGEST_ENVIRONMENT = 16;
    private static final List<String> TAGS =
            List.of("<answer>", "</answer>", "<strong>", "</strong>", "<em>", "</em>", "<br>", "<br/>", "<code>", "</code>");

    private static final Map<String, Rational> FRACTION_SIGNS = fractionSigns();

    private final String text;
    private final List<AnswerToken> tokens = new ArrayList<>();
    private int at;
    private boolean spaced;
    private boolean line;
    /** The place of a dollar sign that still has no partner in its line; -1 where there is none. */
    private int dollar = -1;

    private AnswerLexer(String text) {
        this.text = text;
    }

    /** The tokens of a text; the last one is its end. */
    static List<AnswerToken> tokens(String text) {
        AnswerLexer lexer = new AnswerLexer(Characters.plain(text));
        while (lexer.at < lexer.text.length()) {
            lexer.next();
        }
        lexer.endLine();
        lexer.add(Kind.END, "");
        return lexer.tokens;
    }

    /** A dollar sign without a partner is money, or what is left of TeX; two are TeX's. */
    private void endLine() {
        if (dollar >= 0) {
            AnswerToken alone = tokens.get(dollar);
            tokens.set(dollar, new AnswerToken(Kind.CURRENCY, alone.text(), null, alone.spaced(), alone.line()));
            dollar = -1;
        }
    }

    private void add(Kind kind, String what) {
        add(kind, what, null);
    }

    private void add(Kind kind, String what, Numeral number) {
        tokens.add(new AnswerToken(kind, what, number, spaced, line));
        spaced = false;
        line = false;
    }

    private void next() {
        int c = text.codePointAt(at);
        // TeX's, between a number and its unit
        boolean tie = c == '~' && at + 1 < text.length()
                && (text.charAt(at + 1) == '\\' || Character.isLetter(text.codePointAt(at + 1)));
        if (c == ' ' || c == '\n' || tie) {
            space(c == '\n');
            at++;
        } else if (c >= '0' && c <= '9'
                || c == '.' && !afterLetterOrDigit() && at + 1 < text.length() && Character.isDigit(text.charAt(at + 1))) {
            Numeral.Found found = Numeral.at(text, at);
            String digits = text.substring(at, found.end());
            at = found.end();
            add(Kind.NUMERAL, digits, found.numeral());
        } else if (Character.isLetter(c)) {
            word();
        } else if (c == '\\') {
            command();
        } else if (c == '<' && tag() != null) {
            at += tag().length();
            add(Kind.MARK, "<>");
        } else if (raised(c) >= 0 || c == '⁻' && at + 1 < text.length() && raised(text.charAt(at + 1)) >= 0) {
            exponent();
        } else {
            at += Character.charCount(c);
            symbol(c);
        }
    }

    private void space(boolean newLine) {
        spaced = true;
        line |= newLine;
        if (newLine) {
            endLine();
        }
    }

    private boolean afterLetterOrDigit() {
        return at > 0 && Character.isLetterOrDigit(text.codePointBefore(at));
    }

    /** Letters with apostrophes among them, as in {@code that's}. */
    private void word() {
        int start = at;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            boolean inner = c == '\'' && at > start && at + 1 < text.length() && Character.isLetter(text.codePointAt(at + 1));
            boolean accent = at > start && Character.getType(c) == Character.NON_SPACING_MARK;
            if (!Character.isLetter(c) && !inner && !accent) {
                break;
            }
            at += Character.charCount(c);
        }
        add(Kind.WORD, text.substring(start, at));
    }

    private String tag() {
        return TAGS.stream().filter(t -> text.regionMatches(true, at, t, 0, t.length())).findFirst().orElse(null);
    }

    private static int raised(int c) {
        return RAISED.indexOf(c);
    }

    private void exponent() {
        int start = at;
        at += text.charAt(at) == '⁻' ? 1 : 0;
        StringBuilder digits = new StringBuilder(at > start ? "-" : "");
        for (; at < text.length() && raised(text.charAt(at)) >= 0; at++) {
            digits.append(raised(text.charAt(at)));
        }
        boolean readable = digits.length() <= 4; // no answer has an exponent of five digits
        add(Kind.RAISED, text.substring(start, at), new Numeral(readable ? Rational.of(Integer.parseInt(digits.toString())) : null, 0));
    }

    private void command() {
        int end = at + 1;
        while (end < text.length()
                && (text.charAt(end) >= 'a' && text.charAt(end) <= 'z' || text.charAt(end) >= 'A' && text.charAt(end) <= 'Z')) {
            end++;
        }
        String name = text.substring(at + 1, end);
        if (!name.isEmpty()) {
            at = end;
            named(name);
        } else {
            int c = end < text.length() ? text.codePointAt(end) : ' ';
            at = Math.min(text.length(), end + Character.charCount(c));
            escaped(c);
        }
    }

    private void named(String name) {
        if (SPACES.contains(name)) {
            space(false);
        } else if (SYMBOLS.containsKey(name)) {
            symbol(SYMBOLS.get(name).codePointAt(0));
        } else if (CURRENCIES.contains(name)) {
            add(Kind.CURRENCY, name);
        } else if (CHECKS.contains(name)) {
            add(Kind.MARK, name);
        } else if (FRACTIONS.contains(name)) {
            add(Kind.COMMAND, AnswerToken.FRACTION);
        } else if (name.equals("end") && environment() > 0) {
            at += environment();
        } else if (!APPEARANCE.contains(name)) {
            add(Kind.COMMAND, name);
        }
    }

    /** How long the name in braces is that follows {@code \end}; 0 where none does. */
    private int environment() {
        return text.startsWith("{", at) ? text.substring(at, Math.min(text.length(), at + LONGEST_ENVIRONMENT)).indexOf('}') + 1 : 0;
    }

    /** What follows a backslash and is no letter. */
    private void escaped(int c) {
        switch (c) {
            case ' ', ',', ';', ':', '!', '>' -> space(false);
            case '\n', '\\' -> space(true);
            case '(', ')', '[', ']' -> add(Kind.MARK, "\\");
            case '$' -> add(Kind.CURRENCY, "$");
            default -> symbol(c);
        }
    }

    private void symbol(int c) {
        String sign = Character.toString(c);
        int before = at - Character.charCount(c);
        if (c == '$') {
            dollar = dollar < 0 ? tokens.size() : -1;
        }
        if (c == '$' || c == '`' || c == '"' || c == '\'' || c == '#' || c == '_') {
            add(Kind.MARK, sign);
        } else if (c == '*') {
            boolean twice = at < text.length() && text.charAt(at) == '*' && text.charAt(before) == '*';
            at += twice ? 1 : 0;
            add(Kind.MARK, twice ? "**" : "*");
        } else if (Character.getType(c) == Character.CURRENCY_SYMBOL) {
            add(Kind.CURRENCY, sign);
        } else if (CHECK_MARKS.indexOf(c) >= 0 || c >= 0x1f300 && c <= 0x1faff) { // and emoji
            add(Kind.MARK, sign);
        } else if ((c == '=' || c == '-') && text.startsWith(">", at)) {
            at++;
            add(Kind.SYMBOL, "→");
        } else if (c == '.' && text.startsWith("..", at)) {
            while (at < text.length() && text.charAt(at) == '.') {
                at++;
            }
            add(Kind.SYMBOL, "…");
        } else if (FRACTION_SIGNS.containsKey(sign)) {
            add(Kind.FRACTION, sign, new Numeral(FRACTION_SIGNS.get(sign), Numeral.EXACT));
        } else {
            add(Kind.SYMBOL, sign);
        }
    }

    /** The fractions of one character. Unicode has them as ½ = 1⁄2; ⅟ and ① are none. */
    private static Map<String, Rational> fractionSigns() {
        Map<String, Rational> fractions = new HashMap<>();
        for (String sign : "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞".split("")) {
            String[] parts = Normalizer.normalize(sign, Normalizer.Form.NFKC).split("⁄");
            fractions.put(sign, Rational.of(Long.parseLong(parts[0])).over(Rational.of(Long.parseLong(parts[1]))));
        }
        return Map.copyOf(fractions);
    }
}
