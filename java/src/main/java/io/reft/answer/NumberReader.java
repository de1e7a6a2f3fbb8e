package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;
import java.util.List;
import java.util.Set;

/**
 * Reads the number that a text gives for an answer, to the text's end. The grammar:
 * <pre>
 * answer  = before form (form | what a {@link Tail} allows)*
 * before  = ("about" | "≈" | "=" | name "=" | …)*
 * form    = sum ["%" | "percent" | "million" …]
 * sum     = ["-"] product (("+" | "-") product)*
 * product = power (("×" | "/" | …) power)*
 * power   = (numeral | "(" before form ")") ["^" exponent] | words | mixed | fraction
 * mixed   = numeral fraction | numeral "and" fraction | numeral "and a half"
 * </pre>
 * with currency before a number and TeX, Markdown and quotes around anything. A number is a numeral, a fraction, a power, or a numeral
 * times a power of ten. A sum or another product was left to be worked out and is none; but it may stand beside one, behind an equals
 * sign or in parentheses. All forms that a text gives must have one value: {@code 0.5 (1/2)}, {@code 6 × 7 = 42}.
 */
final class NumberReader {
    private static final int DEEPEST = 16;
    private static final int LONGEST_NAME = 12;
    /** What may stand before a number, as words may. */
    private static final Set<String> SIGNS = Set.of("=", ":", "≈", "~", "→", "•");

    private final Cursor cursor;
    private int depth;

    private NumberReader(String text) {
        cursor = new Cursor(text);
    }

    /** Reads a whole text. */
    static Reading read(String text) {
        try {
            return Reading.of(new NumberReader(text).answer(false));
        } catch (Unreadable e) {
            return e.reading;
        }
    }

    /** Reads the number that a text begins with, whatever stands behind its unit. */
    static Reading readLeading(String text) {
        try {
            return Reading.of(new NumberReader(text).answer(true));
        } catch (Unreadable e) {
            return e.reading;
        }
    }

    /** The number up to the text's end, or up to where its own clause ends, if {@code leading}. */
    private Answer answer(boolean leading) {
        before();
        Form said = form();
        Tail tail = new Tail(cursor);
        tail.afterNumber(said);
        while (!cursor.atEnd() && !(leading && tail.isPast())) {
            if (tail.numberFollows()) {
                Form form = form();
                said = said.and(form);
                tail.afterNumber(form);
            } else {
                tail.pass();
            }
        }
        return said.answer();
    }

    /** Goes past what may stand before a number. */
    private void before() {
        while (true) {
            while (cursor.peek().is(Kind.MARK) || cursor.peek().is(Kind.SYMBOL) && SIGNS.contains(cursor.peek().text())) {
                cursor.take();
            }
            String word = cursor.peek().word(), next = cursor.peek(1).word();
            boolean counted = Words.COUNTED.contains(word) && cursor.peek(1).is(Kind.NUMERAL);
            if (counted || Words.BEFORE.contains(word)) {
                cursor.take();
                cursor.takes(".");
            } else if (word.equals("the") && isOrdinal()) {
                cursor.take();
            } else if (word.equals("equal") && next.equals("to")) {
                cursor.skip(2);
            } else if (word.equals("a") && next.equals("total") && cursor.peek(2).word().equals("of")) {
                cursor.skip(3);
            } else if (function() > 0) {
                cursor.skip(function());
            } else if (name() > 0) {
                cursor.skip(name());
            } else {
                return;
            }
        }
    }

    /** Whether a numeral with its ending comes next but one: {@code the 7th}. */
    private boolean isOrdinal() {
        return cursor.peek(1).is(Kind.NUMERAL) && !cursor.peek(2).spaced() && Words.ORDINAL.contains(cursor.peek(2).word());
    }

    /** How many tokens {@code f(2) =} takes but for its sign; 0 where there is none. */
    private int function() {
        boolean argument = cursor.peek(2).is(Kind.NUMERAL) || cursor.peek(2).is(Kind.WORD);
        boolean call = cursor.peek().is(Kind.WORD) && cursor.peek(1).is("(") && argument && cursor.peek(3).is(")");
        return call && (cursor.peek(4).is("=") || cursor.peek(4).is("≈")) ? 4 : 0;
    }

    /** How many tokens the name in {@code x =}, {@code total cost:} or {@code the total is} takes; 0 where there is none. */
    private int name() {
        int words = 0, end = 0;
        for (int i = 0; words <= LONGEST_NAME && i < 3 * LONGEST_NAME; i++) {
            AnswerToken token = cursor.peek(i);
            boolean link = token.is("=") || token.is("≈") || token.is(":");
            if (words > 0 && (link || Words.LINKS.contains(token.word()))) {
                end = link ? i : Words.OBJECTS.contains(cursor.peek(i + 1).word()) ? i + 2 : i + 1;
            } else if (Words.HEDGES.contains(token.word()) || Words.isDoubt(token.word()) || Words.isValue(token.word())
                    || !token.is(Kind.WORD) && !token.is(Kind.MARK) && !token.is("{") && !token.is("}")) {
                return end;
            }
            words += token.is(Kind.WORD) ? 1 : 0;
        }
        return end;
    }

    private Form form() {
        Form form = sum();
        int next = nextWord();
        boolean perCent = cursor.peek(next).word().equals("per") && cursor.peek(next + 1).word().equals("cent");
        if (perCent || cursor.peek(next).is("%") || Words.PERCENT.contains(cursor.peek(next).word())) {
            cursor.skip(next + (perCent ? 2 : 1));
            return form.asPercent();
        }
        for (Long scale; (scale = scale(cursor.peek(next), form)) != null; next = nextWord()) {
            cursor.skip(next + 1);
            form = form.scaled(scale);
        }
        return form;
    }

    /** How far off the next token is that is neither a mark nor the brace of {@code \text{ million}}. */
    private int nextWord() {
        int next = 0;
        while (cursor.peek(next).is(Kind.MARK) || cursor.peek(next).is("{") && cursor.peek(next + 1).is(Kind.WORD)) {
            next++;
        }
        return next;
    }

    /** What the word multiplies the number before it by; null for any other word. */
    private static Long scale(AnswerToken word, Form number) {
        Long scale = Words.SCALES.get(word.word());
        return scale == null && number.money() && !word.spaced() ? Words.MONEY_SCALES.get(word.word()) : scale;
    }

    private Form sum() {
        boolean negative = cursor.peek().is("-") || Words.NEGATIVE.contains(cursor.peek().word());
        if (negative || cursor.peek().is("+")) {
            cursor.take();
        }
        Form sum = product();
        sum = negative ? sum.negated() : sum;
        for (AnswerToken sign; (sign = operator("-", "+")) != null;) {
            Form next = product();
            sum = sum.plus(sign.is("-") ? next.negated() : next);
        }
        return sum;
    }

    private Form product() {
        Form product = power();
        for (AnswerToken sign; (sign = operator("×", "·", "/", "÷")) != null;) {
            boolean bare = cursor.back(1).is(Kind.NUMERAL); // no units before the stroke
            boolean divided = sign.is("/") || sign.is("÷");
            product = divided ? product.over(power(), bare && sign.is("/")) : product.times(power());
        }
        return product;
    }

    /** Goes past one of these signs, and units before it, where a number follows; null where none stands here. */
    private AnswerToken operator(String... signs) {
        int units = 0;
        while (units < 3 && cursor.peek(units).is(Kind.WORD) && Words.isUnit(cursor.peek(units).word())) {
            units++;
        }
        AnswerToken sign = cursor.peek(units);
        boolean star = sign.isMark("*") && sign.spaced() == cursor.peek(units + 1).spaced(); // else it is emphasis
        String known = star || sign.word().equals("x") ? "×" : sign.is(Kind.SYMBOL) ? sign.text() : "";
        if (!List.of(signs).contains(known) || !cursor.startsNumber(units + 1)) {
            return null;
        }
        cursor.skip(units + 1);
        return sign;
    }

    private Form power() {
        cursor.skipMarks();
        if (money()) {
            boolean negative = cursor.takes("-");
            if (!negative) {
                cursor.takes("+");
            }
            cursor.skipMarks();
            Unreadable.unless(!money()); // $€42
            Form amount = power().asMoney();
            return negative ? amount.negated() : amount;
        }
        AnswerToken token = cursor.peek();
        if (token.is(Kind.NUMERAL)) {
            return numeral();
        }
        if (token.isFraction()) {
            return fraction();
        }
        Form words = NumberWords.read(cursor);
        if (words != null) {
            return mixed(words, cursor.peek().word().equals("and") ? part() : null);
        }
        Unreadable.unless(token.isOpener());
        return raised(group());
    }

    /** Goes past a currency: {@code $}, {@code US$}, {@code Rs.}, {@code \text{Rs. }}; false where there is none. */
    private boolean money() {
        int start = cursor.peek().is("{") ? 1 : 0;
        AnswerToken token = cursor.peek(start);
        boolean country = cursor.isCountry(start), name = Words.MONEY.contains(token.word());
        if (!country && !name && !token.is(Kind.CURRENCY)) {
            return false;
        }
        int end = start + (country ? 2 : 1);
        end += name && cursor.peek(end).is(".") ? 1 : 0;
        if (start > 0 && !cursor.peek(end).is("}")) {
            return false; // the braces hold the number as well
        }
        cursor.skip(end + start);
        cursor.skipMarks();
        return true;
    }

    private Form numeral() {
        AnswerToken token = cursor.take();
        Form number = Form.of(token.number().value(), token.number().places(), Form.Kind.NUMERAL);
        boolean digits = token.text().chars().allMatch(c -> c >= '0' && c <= '9' || c == ',');
        Form part = digits ? part() : null;
        return part == null ? raised(number) : mixed(number, part);
    }

    /** A whole number and the part behind it; null for none. */
    private static Form mixed(Form number, Form part) {
        if (part == null) {
            return number;
        }
        boolean proper = part.value().top().signum() > 0 && part.value().top().compareTo(part.value().bottom()) < 0;
        Unreadable.unless(proper && part.isNumber()); // 2\frac{3}{2} may be a product
        return Form.of(number.value().plus(part.value()), Numeral.EXACT, Form.Kind.NUMBER);
    }

    /** The part of a mixed number: {@code 1/2}, {@code ½}, {@code \frac{1}{2}}, {@code and a half}; null where there is none. */
    private Form part() {
        boolean and = cursor.peek().word().equals("and");
        int next = and ? 1 : 0;
        AnswerToken token = cursor.peek(next);
        boolean stroke = token.is(Kind.NUMERAL) && !token.line() && cursor.peek(next + 1).is("/") && cursor.peek(next + 2).is(Kind.NUMERAL);
        if (stroke || token.isFraction() && (and || cursor.unitFraction() == 0)) {
            cursor.skip(next);
            return stroke ? ratio() : fraction();
        }
        return and ? NumberWords.readPart(cursor, next) : null;
    }

    /** A fraction of two numerals with a stroke. */
    private Form ratio() {
        Numeral top = cursor.take().number();
        cursor.take();
        Numeral bottom = cursor.take().number();
        boolean wholes = top.value() != null && bottom.value() != null && top.value().isWhole() && bottom.value().isWhole();
        return Form.of(wholes ? top.value().over(bottom.value()) : null, Numeral.EXACT, Form.Kind.NUMBER);
    }

    /** A fraction in one character, or by TeX's command; both arguments of {@code \frac12} are digits. */
    private Form fraction() {
        AnswerToken token = cursor.take();
        if (token.is(Kind.FRACTION)) {
            return Form.of(token.number().value(), Numeral.EXACT, Form.Kind.NUMBER);
        }
        if (cursor.peek().text().matches("[0-9]{2}")) {
            String digits = cursor.take().text();
            return Form.of(Rational.of(digits.charAt(0) - '0').over(Rational.of(digits.charAt(1) - '0')), Numeral.EXACT, Form.Kind.NUMBER);
        }
        Form top = argument(), bottom = argument();
        Form quotient = top.over(bottom, true);
        boolean number = top.isNumber() && bottom.isNumber();
        return new Form(quotient.value(), Numeral.EXACT, number ? Form.Kind.NUMBER : Form.Kind.EXPRESSION, false,
                top.signed() || bottom.signed(), quotient.money());
    }

    private Form argument() {
        if (cursor.peek().is(Kind.NUMERAL) && cursor.peek().text().length() == 1) {
            return Form.of(cursor.take().number().value(), 0, Form.Kind.NUMERAL);
        }
        Unreadable.unless(cursor.peek().is("{"));
        Form argument = group();
        Unreadable.unless(cursor.previous().is("}"));
        return argument;
    }

    /** What brackets hold; the closing one may be missing, as where units stand before it. */
    private Form group() {
        Unreadable.unless(++depth <= DEEPEST);
        AnswerToken open = cursor.take();
        before();
        Form inside = form();
        cursor.skipMarks();
        if (cursor.peek().is(".") && cursor.peek(1).closes(open)) {
            cursor.take();
        }
        boolean closed = cursor.peek().closes(open);
        Unreadable.unless(closed || !open.is("<")); // less than
        cursor.skip(closed ? 1 : 0);
        depth--;
        return inside;
    }

    /** The number to the power behind it, where there is one. */
    private Form raised(Form base) {
        AnswerToken sign = cursor.peek();
        boolean stars = sign.isMark("**") && sign.spaced() == cursor.peek(1).spaced()
                && (cursor.peek(1).is(Kind.NUMERAL) || cursor.peek(1).is("-"));
        int first = cursor.peek(1).is("{") ? 2 : 1;
        boolean caret = sign.is("^") && (cursor.peek(first).is(Kind.NUMERAL) || cursor.peek(first).is("-"));
        Integer word = sign.spaced() ? Words.POWERS.get(sign.word()) : null;
        if (!caret && !stars && word == null && (!sign.is(Kind.RAISED) || sign.spaced())) {
            return base;
        }
        cursor.take();
        Rational exponent = word != null ? Rational.of(word) : sign.is(Kind.RAISED) ? sign.number().value() : exponent();
        boolean whole = exponent != null && exponent.isWhole() && exponent.top().bitLength() < 16;
        Unreadable.unless(whole && !base.percent() && base.value().top().signum() != 0);
        boolean ten = base.kind() == Form.Kind.NUMERAL && base.value().equals(Rational.of(10));
        Form.Kind kind = !base.isNumber() ? Form.Kind.EXPRESSION : ten ? Form.Kind.POWER_OF_TEN : Form.Kind.NUMBER;
        Form power = Form.of(base.value().power(exponent.top().intValue()),
                base.places() == 0 && exponent.top().signum() >= 0 ? 0 : Numeral.EXACT, kind);
        return base.money() ? power.asMoney() : power;
    }

    private Rational exponent() {
        boolean braces = cursor.takes("{"), negative = cursor.takes("-");
        Rational value = cursor.peek().is(Kind.NUMERAL) ? cursor.take().number().value() : null;
        Unreadable.unless(value != null && (!braces || cursor.takes("}")));
        return negative ? value.negated() : value;
    }
}
