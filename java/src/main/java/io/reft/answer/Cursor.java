package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;
import java.util.List;

/** A place among the tokens of a text. */
final class Cursor {
    /** How much may stand before a number's digits: brackets, marks, currency. */
    private static final int LOOK_AHEAD = 8;
    private static final int LONGEST_QUOTIENT = 24;

    private final List<AnswerToken> tokens;
    private int at;

    Cursor(String text) {
        tokens = AnswerLexer.tokens(text);
    }

    /** The token here; the end's, once it is reached. */
    AnswerToken peek() {
        return tokens.get(at);
    }

    /** The token so many places ahead, or the end's. */
    AnswerToken peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    /** The token that was taken last; the end's before the first. */
    AnswerToken previous() {
        return back(0);
    }

    /** The token taken so many before {@link #previous}; the end's before the first. */
    AnswerToken back(int steps) {
        return at > steps ? tokens.get(at - 1 - steps) : tokens.getLast();
    }

    /** The token here, and goes past it. */
    AnswerToken take() {
        AnswerToken token = tokens.get(at);
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    void skip(int count) {
        at = Math.min(at + count, tokens.size() - 1);
    }

    boolean atEnd() {
        return peek().is(Kind.END);
    }

    /** Takes the token here if it is this symbol. */
    boolean takes(String symbol) {
        boolean here = peek().is(symbol);
        at += here ? 1 : 0;
        return here;
    }

    void skipMarks() {
        while (peek().is(Kind.MARK)) {
            at++;
        }
    }

    /** Whether the word so many tokens ahead belongs to a currency's sign: the US of {@code US$}. */
    boolean isCountry(int ahead) {
        AnswerToken sign = peek(ahead + 1);
        return Words.COUNTRY.contains(peek(ahead).word()) && (sign.is(Kind.CURRENCY) || sign.isMark("$"));
    }

    /** Whether a number or an expression begins so many tokens ahead, a sign before it left out. */
    boolean startsNumber(int ahead) {
        for (int i = ahead; i < ahead + LOOK_AHEAD; i++) {
            AnswerToken token = peek(i);
            if (token.is(Kind.NUMERAL) || token.isFraction()) {
                return true;
            }
            boolean money = token.is(Kind.CURRENCY) || Words.MONEY.contains(token.word()) || isCountry(i);
            boolean inside = i > ahead && (token.is("-") || token.is("=") || token.is("≈") || token.is("."));
            if (!money && !inside && !token.isOpener() && !token.is(Kind.MARK)) {
                return false;
            }
        }
        return false;
    }

    /** Whether an underscore comes next that lowers what follows it. */
    boolean startsSubscript() {
        AnswerToken next = peek(1);
        return peek().isMark("_") && !next.spaced() && (next.is(Kind.WORD) || next.is(Kind.NUMERAL) || next.is("{"));
    }

    /** How many tokens a quotient of units takes, <code>\frac{\text{km}}{\text{h}}</code>; 0 where there is none. */
    int unitFraction() {
        if (!peek().is(Kind.COMMAND) || !peek().isFraction()) {
            return 0;
        }
        int end = 1;
        for (int part = 0; part < 2; part++) {
            int depth = 0, units = 0;
            do {
                AnswerToken token = peek(end++);
                boolean power = token.is("^") || token.is(Kind.RAISED) || token.is(Kind.NUMERAL) && peek(end - 2).is("^");
                boolean unit = token.is(Kind.WORD) && Words.isUnit(token.text()) && depth > 0;
                units += unit ? 1 : 0;
                depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
                if (!unit && !power && !token.is("{") && !token.is("}") || end > LONGEST_QUOTIENT) {
                    return 0;
                }
            } while (depth > 0);
            if (units == 0) {
                return 0;
            }
        }
        return end;
    }
}
