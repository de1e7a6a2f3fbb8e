package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;
import java.util.Set;

/**
 * Reads the choice that a text gives for an answer: {@code C}, {@code (C)}, {@code c ) 27.5}, {@code C - 42}, {@code option c},
 * {@code \textbf{(C)}}, {@code $C$}. Another letter behind it makes several, a word that takes it back none; {@code a dog} is no choice.
 */
final class ChoiceReader {
    private static final String LETTERS = "abcde";
    private static final Set<String> NAMES = Set.of("option", "choice", "letter", "answer", "alternative");
    private static final Set<String> ADJECTIVES = Set.of("the", "correct", "right", "best", "final", "my");
    private static final Set<String> ADVERBS =
            Set.of("therefore", "thus", "hence", "so", "clearly", "indeed", "definitely", "simply", "just");
    private static final Set<String> REASONS = Set.of("is", "because", "since", "as", "which", "or", "and");
    private static final Set<String> LIST = Set.of("or", "and", "not", "nor");

    private ChoiceReader() {}

    /** Reads a whole text. */
    static Reading read(String text) {
        try {
            return Reading.of(choice(new Cursor(text)));
        } catch (Unreadable e) {
            return e.reading;
        }
    }

    private static Answer choice(Cursor cursor) {
        boolean named = before(cursor);
        AnswerToken letter = cursor.take();
        Unreadable.unless(isLetter(letter) && ends(letter, cursor, named));
        boolean alone = true;
        for (AnswerToken before = letter; !cursor.atEnd(); before = cursor.previous()) {
            AnswerToken token = cursor.take();
            // elsewhere it may be the choice's text: none of these
            boolean denied = before.word().equals("is") && Words.isDoubt(token.word());
            Unreadable.unless(!denied && !Words.isRetraction(token.word()));
            alone &= !(before == letter && (token.word().equals("or") || token.word().equals("and")));
            if (isLetter(token) && !token.word().equals(letter.word()) && isChoice(token, before, cursor.peek())) {
                throw Unreadable.several();
            }
        }
        Unreadable.unless(alone);
        return Answer.of(letter.word());
    }

    /** Goes past what may stand before a letter, such as {@code the correct option is}; whether the letter is called a choice there. */
    private static boolean before(Cursor cursor) {
        boolean named = false;
        while (true) {
            int words = 0;
            while (words < 3 && ADJECTIVES.contains(cursor.peek(words).word())) {
                words++;
            }
            AnswerToken token = cursor.peek(words);
            boolean name = NAMES.contains(token.word()) || named && words == 0 && token.word().equals("is");
            boolean mark = words == 0 && (token.is(Kind.MARK) || token.isOpener() || token.is(":") || token.is("="));
            boolean adverb = words == 0 && ADVERBS.contains(token.word());
            if (!name && !mark && !adverb) {
                return named;
            }
            named |= name;
            cursor.skip(words + 1);
        }
    }

    private static boolean isLetter(AnswerToken token) {
        return token.word().length() == 1 && LETTERS.contains(token.word());
    }

    /** Whether what follows leaves the letter a choice, not an article or a variable. */
    private static boolean ends(AnswerToken letter, Cursor cursor, boolean named) {
        if (cursor.peek().line()) {
            return true;
        }
        AnswerToken next = cursor.peek(cursor.peek().is("{") ? 1 : 0), second = cursor.peek(1); // \text{. }
        boolean abbreviation = next.is(".") && second.word().length() == 1 && !second.spaced(); // e.g.
        boolean capital = !letter.text().equals(letter.word());
        boolean joined = next.word().equals("or") || next.word().equals("and");
        return switch (next.kind()) {
            case END -> true;
            case MARK -> !cursor.startsSubscript();
            case SYMBOL -> !abbreviation && "→()]}>.,:;!".contains(next.text()) || next.is("-") && next.spaced();
            case WORD -> named || joined || capital && REASONS.contains(next.word());
            default -> named;
        };
    }

    /** Whether a letter in the text behind the choice is another choice: not an article, and in small letters no unit or variable. */
    private static boolean isChoice(AnswerToken letter, AnswerToken before, AnswerToken next) {
        boolean word = next.is(Kind.WORD), joined = next.word().equals("or") || next.word().equals("and");
        boolean article = letter.word().equals("a") && word && !joined;
        boolean capital = !letter.text().equals(letter.word()) && !letter.word().equals("a");
        boolean listed = before.is("(") || before.is(",") || before.is("/") || LIST.contains(before.word());
        return !article && (capital || listed || !before.is(Kind.NUMERAL) && !word && !next.is(Kind.NUMERAL));
    }
}
