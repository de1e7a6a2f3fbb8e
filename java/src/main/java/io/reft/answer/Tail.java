package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;

/**
 * What may stand behind the number of an answer without making it another one: units, things, punctuation, further sentences, and
 * forms of the same number.
 */
final class Tail {
    private final Cursor cursor;
    /** What stands before this place, marks left out. */
    private AnswerToken before;
    /** Nothing but marks and closing brackets stands between the number and this place. */
    private boolean atNumber;

    Tail(Cursor cursor) {
        this.cursor = cursor;
    }

    /** A number was read, and the cursor is behind it. */
    void afterNumber(Form number) {
        atNumber = true;
        before = cursor.previous();
        AnswerToken next = cursor.peek();
        boolean bare = number.kind() == Form.Kind.NUMERAL && number.value().isWhole() && number.places() == 0 && !number.percent()
                && !number.money();
        boolean factorial = next.is("!") && !next.spaced() && bare && cursor.previous().is(Kind.NUMERAL);
        boolean cut = next.is("…") && !next.spaced() && !number.hasDigits(3);
        if (factorial || cut || next.is("?")) {
            throw Unreadable.text();
        }
    }

    /** Whether another form begins here, which may stand here. */
    boolean numberFollows() {
        AnswerToken token = cursor.peek();
        boolean signed = (token.is("-") || token.is("+")) && mayHaveSign() && NumberReader.startsNumber(cursor, 1);
        boolean figure = token.is(Kind.NUMERAL) && !token.spaced() && before.is(Kind.WORD); // of m2, CO2 or x2
        boolean rounding = token.is(Kind.NUMERAL) && Words.DIGITS.contains(cursor.peek(1).word()); // to 2 decimal places
        if (rounding || figure && Words.takesFigure(before.text())
                || !signed && (token.is(Kind.MARK) || !NumberReader.startsNumber(cursor, 0))) {
            return false;
        }
        if (atNumber && !token.line() && token.is(Kind.CURRENCY)) {
            return false; // 42 $
        }
        boolean apart = !atNumber || token.line() || token.is("(") && token.spaced();
        if (!apart || figure || Words.RELATIONS.contains(before.word())) {
            throw Unreadable.several();
        }
        return true;
    }

    private boolean mayHaveSign() {
        boolean list = before.is(",") || before.is(";") || before.is(":") && !atNumber || before.word().equals("or");
        return NumberReader.isOpener(before) || before.is("=") || before.is("≈") || list;
    }

    /** Whether the number's own clause is over: behind a word that says something, or a point or comma. */
    boolean isPast() {
        boolean word = before.word().length() > 2 && !before.word().equals("and") && cursor.previous() == before;
        return !atNumber && (word || before.is(".") || before.is(",") || before.is(";"));
    }

    /** Goes past one token that is no number. */
    void pass() {
        AnswerToken token = cursor.take(), next = cursor.peek();
        switch (token.kind()) {
            case WORD -> word(token);
            case SYMBOL -> symbol(token);
            case CURRENCY -> {}
            // else a subscript
            case MARK -> require(!token.isMark("_") || next.spaced() || !next.is(Kind.WORD) && !next.is(Kind.NUMERAL) && !next.is("{"));
            case RAISED, NUMERAL ->
                    require((token.is(Kind.RAISED) || !token.spaced()) && followsUnit() || Words.DIGITS.contains(next.word())); // m², m2
            default -> throw Unreadable.text();
        }
        before = token.is(Kind.MARK) ? before : token;
    }

    /** Whether the token just taken stands behind a unit: {@code cm} or {@code \text{cm}}. */
    private boolean followsUnit() {
        return cursor.back(1).is(Kind.WORD) || cursor.back(1).is("}") && cursor.back(2).is(Kind.WORD) && cursor.back(3).is("{");
    }

    private void word(AnswerToken token) {
        String word = token.word();
        AnswerToken next = cursor.peek();
        boolean glued = atNumber && !token.spaced();
        if (word.equals("or")) {
            require(NumberReader.startsNumber(cursor, 0));
        } else if (word.equals("i") && next.is(".") && cursor.peek(1).word().equals("e")) {
            cursor.skip(2); // i.e.
        } else if (word.equals("nearest") && next.is(Kind.WORD)) {
            cursor.take(); // tenth
        } else if (!(glued && Words.ORDINAL.contains(word)) && !Words.DIGITS.contains(next.word())) {
            boolean figure = next.is(Kind.NUMERAL) && !next.spaced() && Words.takesFigure(token.text()); // CO2
            boolean known =
                    word.length() > 2 || figure || Words.fitsUnit(token.text()) || before.is("°") && (word.equals("c") || word.equals("f"));
            boolean article = !glued && (word.equals("a") && next.is(Kind.WORD) || token.text().equals("I"));
            boolean unitSquared = (word.equals("squared") || word.equals("cubed")) && !atNumber;
            require((known || article) && Words.isLatin(word) && !Words.isDoubt(word) && (unitSquared || !Words.isValue(word)));
        }
        atNumber = false;
    }

    private void symbol(AnswerToken token) {
        AnswerToken next = cursor.peek();
        switch (token.text()) {
            case ".", ",", ";", "=", "≈", "!", "?", "…" -> atNumber = false;
            case ":" -> require(!atNumber || !NumberReader.startsNumber(cursor, 0));
            case "(", "[" -> atNumber &= !token.spaced(); // 6(7) is a product
            case ")", "]", "}", "{", "°", "℃", "℉" -> {}
            case "-" -> require(next.is(Kind.WORD) || next.is("}") || next.is(")") || next.is("-") && !NumberReader.startsNumber(cursor, 1)
                    || next.is(Kind.END) || next.line());
            case "/" -> {
                boolean unit = next.is(Kind.WORD) || next.is("{") && cursor.peek(1).is(Kind.WORD);
                boolean rupees = !unit && cursor.takes("-") && !NumberReader.startsNumber(cursor, 0); // 500/-
                require(unit || rupees);
            }
            case "·" -> require(before.is(Kind.WORD) && next.is(Kind.WORD));
            case "^" -> exponent();
            default -> throw Unreadable.text();
        }
    }

    /** Goes past the exponent of a unit, {@code ^\circ} or {@code ^{th}}. */
    private void exponent() {
        boolean ofUnit = followsUnit();
        int braces = 0;
        for (; cursor.takes("{"); braces++) {
            require(braces < 3);
        }
        boolean negative = cursor.takes("-");
        AnswerToken token = cursor.take();
        boolean power = ofUnit && token.is(Kind.NUMERAL) && token.text().length() == 1;
        boolean name = !negative && !ofUnit && (token.is("°") || Words.ORDINAL.contains(token.word()));
        require(power || name);
        for (; braces > 0; braces--) {
            require(cursor.takes("}"));
        }
        atNumber = false;
    }

    private static void require(boolean readable) {
        if (!readable) {
            throw Unreadable.text();
        }
    }
}
