package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;
import java.util.Set;

/**
 * What may stand behind the number of an answer without making it another one: units, things, punctuation, further sentences, and
 * forms of the same number. Anything that may belong to the value, and anything unknown, makes the text unreadable: an operator, a
 * number in words, a letter that may be a variable, a word that takes the number back.
 */
final class Tail {
    private static final Set<String> CELSIUS = Set.of("c", "f");

    private final Cursor cursor;
    /** What stands before this place, marks left out. */
    private AnswerToken before;
    /** Nothing but marks and closing brackets stands between the number and this place. */
    private boolean atNumber;
    /** The number is an amount of money. */
    private boolean money;
    /** What stands here explains the number, to the end of the sentence. */
    private boolean explained;
    /** The number's sentence is over. */
    private boolean later;

    Tail(Cursor cursor) {
        this.cursor = cursor;
    }

    /** A number was read, and the cursor is behind it. */
    void afterNumber(Form number) {
        atNumber = true;
        money = number.money();
        before = cursor.previous();
        AnswerToken next = cursor.peek();
        boolean bare = number.kind() == Form.Kind.NUMERAL && number.value().isWhole() && number.places() == 0 && !number.percent()
                && !number.money();
        boolean factorial = next.is("!") && !next.spaced() && bare && before.is(Kind.NUMERAL);
        boolean cut = next.is("…") && !next.spaced() && !number.hasDigits(3);
        Unreadable.unless(!factorial && !cut && !next.is("?"));
    }

    /** Whether another form begins here; one that cannot stand here ends the reading. */
    boolean numberFollows() {
        if (explained) {
            return false;
        }
        AnswerToken token = cursor.peek();
        boolean words = before.word().equals("or") && !later && NumberWords.start(cursor, 0);
        if (words || token.is("(") && token.spaced() && NumberWords.start(cursor, 1)) {
            return true; // 42 (forty-two)
        }
        if (cursor.unitFraction() > 0) {
            return false;
        }
        boolean signed = (token.is("-") || token.is("+")) && mayHaveSign() && cursor.startsNumber(1);
        if (!signed && (token.is(Kind.MARK) || !cursor.startsNumber(0)) || isFigure()) {
            return false;
        }
        boolean apart = !atNumber || token.line() || token.is("(") && token.spaced();
        if (!apart && token.is(Kind.CURRENCY)) {
            return false; // 42 $
        }
        boolean glued = token.is(Kind.NUMERAL) && !token.spaced() && before.is(Kind.WORD); // x2
        if (!apart || glued || Words.RELATIONS.contains(before.word())) {
            throw Unreadable.several();
        }
        return true;
    }

    /** Whether the numeral here is no number of its own: the 2 of {@code m2}, {@code CO2} or {@code 2 decimal places}. */
    private boolean isFigure() {
        AnswerToken token = cursor.peek();
        boolean ofWord = !token.spaced() && before.is(Kind.WORD) && Words.takesFigure(before.text());
        return token.is(Kind.NUMERAL) && (ofWord || Words.DIGITS.contains(cursor.peek(1).word()));
    }

    private boolean mayHaveSign() {
        boolean list = before.is(",") || before.is(";") || before.is(":") && !atNumber || before.word().equals("or");
        return before.isOpener() || before.is("=") || before.is("≈") || list;
    }

    /** Whether the number's own clause is over: behind a word that says something, or a point or comma. */
    boolean isPast() {
        boolean word = before.word().length() > 2 && !before.word().equals("and");
        return !atNumber && (word || before.is(".") || before.is(",") || before.is(";"));
    }

    /** Goes past one token, or a few, that are no number. */
    void pass() {
        if (explained) {
            explanation(cursor.take());
            return;
        }
        if (isFigure()) {
            cursor.take();
            return;
        }
        boolean lowers = cursor.startsSubscript();
        int quotient = cursor.unitFraction() - 1;
        AnswerToken token = cursor.take();
        later |= token.line();
        switch (token.kind()) {
            case WORD -> word(token);
            case SYMBOL -> symbol(token);
            case MARK -> Unreadable.unless(!lowers);
            case RAISED -> Unreadable.unless(followsUnit()); // m²
            case CURRENCY -> {}
            case COMMAND -> {
                cursor.skip(quotient);
                Unreadable.unless(quotient > 0);
                atNumber = false;
            }
            default -> throw Unreadable.text();
        }
        before = token.is(Kind.MARK) ? before : token;
    }

    /** Goes past one token of an explanation, in which anything may stand but second thoughts. */
    private void explanation(AnswerToken token) {
        Unreadable.unless(!Words.isRetraction(token.word()));
        boolean ends = (token.is(".") || token.is("!") || token.is("?")) && cursor.peek().spaced() || cursor.peek().line();
        explained = !ends;
        later |= ends;
        before = token;
    }

    /** Whether the token just taken stands behind a unit: {@code cm} or {@code \text{cm}}. */
    private boolean followsUnit() {
        return cursor.back(1).is(Kind.WORD) || cursor.back(1).is("}") && cursor.back(2).is(Kind.WORD) && cursor.back(3).is("{");
    }

    private void word(AnswerToken token) {
        String word = token.word();
        AnswerToken next = cursor.peek();
        if (word.equals("or") && !later) {
            Unreadable.unless(cursor.startsNumber(0) || NumberWords.start(cursor, 0)); // 42 or more
        } else if (Words.EXPLAINING.contains(word) && !before.is(".")) {
            explained = true;
        } else if (word.equals("not") && before.is(",") && next.is(Kind.NUMERAL)) {
            cursor.take(); // 42, not 43
        } else if (word.equals("and")) {
            int article = next.word().equals("a") ? 1 : 0;
            Unreadable.unless(later || !Words.AND_MORE.contains(cursor.peek(article).word()));
        } else if (word.equals("i") && next.is(".") && cursor.peek(1).word().equals("e")) {
            cursor.skip(2); // i.e.
        } else if (word.equals("nearest") && next.is(Kind.WORD)) {
            cursor.take(); // tenth
        } else if (!Words.DIGITS.contains(next.word())) { // two decimal places
            Unreadable.unless(isUnitOrWord(token) && !isValue(token) && !(later ? Words.isRetraction(word) : Words.isDoubt(word)));
        }
        atNumber = false;
    }

    /** Whether a word is one, and no letters that may be variables. */
    private boolean isUnitOrWord(AnswerToken token) {
        String word = token.word();
        AnswerToken next = cursor.peek();
        boolean glued = atNumber && !token.spaced();
        boolean fits = glued ? Words.fitsGlued(token.text()) : Words.fitsUnit(token.text());
        boolean abbreviation = word.length() < 3 && !Words.isShort(word);
        boolean ordinal = glued && Words.ORDINAL.contains(word);
        boolean article = !glued && next.is(Kind.WORD) && (word.equals("a") || token.text().equals("I"));
        boolean degrees = CELSIUS.contains(word) && (before.is("°") || before.word().startsWith("degree"));
        boolean figure = next.is(Kind.NUMERAL) && !next.spaced() && Words.takesFigure(token.text()); // CO2
        boolean variable = later || before.word().equals("where"); // where x is the number of apples
        return Words.isLatin(word) && (fits && !(money && atNumber && abbreviation) || ordinal || article || degrees || figure || variable);
    }

    /** Whether a word changes the number, makes it a bound, or is another one. */
    private boolean isValue(AnswerToken token) {
        String word = token.word(), next = cursor.peek().word().equals("the") ? cursor.peek(1).word() : cursor.peek().word();
        boolean bound = word.equals("at") && Words.LEAST_OR_MOST.contains(next) || atNumber && Words.BOUNDS.contains(word);
        if (!later && (bound || word.equals("raised") && next.equals("to")
                || word.equals("less") && Words.DETERMINERS.contains(cursor.peek().word()))) {
            return true;
        }
        boolean ofUnit = !atNumber && (word.equals("squared") || word.equals("cubed")); // meters squared
        return Words.isValue(word) && !ofUnit && !(later && word.equals("one"));
    }

    private void symbol(AnswerToken token) {
        AnswerToken next = cursor.peek();
        switch (token.text()) {
            case ".", "!", "?", "…" -> {
                later |= !token.is(".") || next.spaced();
                atNumber = false;
            }
            case ",", ";", "=", "≈" -> atNumber = false;
            case ":" -> Unreadable.unless(!atNumber || !cursor.startsNumber(0)); // 3:4
            case "(", "[" -> atNumber &= !token.spaced(); // 6(7) is a product
            case ")", "]", "}", "{", "°", "℃", "℉" -> {}
            case "-" -> {
                boolean line = next.is("-") && !cursor.startsNumber(1) || next.is(Kind.END) || next.line() || next.is("}") || next.is(")");
                Unreadable.unless(line || next.is(Kind.WORD));
            }
            case "/" -> {
                boolean unit = next.is(Kind.WORD) || next.is("{") && cursor.peek(1).is(Kind.WORD);
                boolean rupees = !unit && !next.spaced() && cursor.takes("-") && !cursor.startsNumber(0); // 500/-
                Unreadable.unless(unit || rupees);
            }
            case "·" -> Unreadable.unless(before.is(Kind.WORD) && next.is(Kind.WORD)); // N·m
            case "^" -> exponent();
            default -> throw Unreadable.text();
        }
    }

    /** Goes past the exponent of a unit, {@code ^\circ} or {@code ^{th}}. */
    private void exponent() {
        boolean ofUnit = followsUnit();
        int braces = 0;
        for (; cursor.takes("{"); braces++) {
            Unreadable.unless(braces < 3);
        }
        boolean negative = cursor.takes("-");
        AnswerToken token = cursor.take();
        boolean power = ofUnit && token.is(Kind.NUMERAL) && token.text().length() == 1;
        boolean name = !negative && !ofUnit && (token.is("°") || Words.ORDINAL.contains(token.word()));
        Unreadable.unless(power || name);
        for (; braces > 0; braces--) {
            Unreadable.unless(cursor.takes("}"));
        }
        atNumber = false;
    }
}
