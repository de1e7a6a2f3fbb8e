package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;
import java.util.List;

/** A place among the tokens of a text. */
final class Cursor {
    /** How much may stand before a number's digits: brackets, marks, currency. */
    private static final int LOOK_AHEAD = 8;

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
}
