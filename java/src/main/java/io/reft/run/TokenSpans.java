package io.reft.run;

import io.reft.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which characters of a text came from which token. A tokenizer decodes sequences alone, so the text of a token is what it adds to that of
 * another; where those texts joined are not the whole (a character made of several tokens), the beginnings of the sequence are decoded.
 */
final class TokenSpans {
    /** Decoding the beginnings takes the square of so many tokens at most. */
    private static final int LONGEST = 1024;
    /** An ordinary token before the one that is asked about, which may treat the start of a text in another way. */
    private static final String ANCHOR = "1";

    private final Tokenizer tokenizer;
    private final int[] anchor;
    private final int anchorLength;
    private final Map<Integer, String> pieces = new HashMap<>();

    TokenSpans(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        anchor = tokenizer.encode(ANCHOR);
        anchorLength = tokenizer.decode(anchor).length();
    }

    /**
     * How many characters (UTF-16, as in Java and JavaScript) of {@code text} each token gave.
     *
     * @param ids  of the tokens; special ones give nothing
     * @param text what they decode to
     * @return as many as {@code ids}; null where nobody can tell
     */
    int[] of(int[] ids, String text) {
        int[] chars = joined(ids, text);
        return chars != null || ids.length > LONGEST ? chars : beginnings(ids, text);
    }

    private int[] joined(int[] ids, String text) {
        int[] chars = new int[ids.length];
        int at = 0;
        for (int i = 0; i < ids.length; i++) {
            String piece = pieces.computeIfAbsent(ids[i], this::piece);
            if (at == 0 && piece.startsWith(" ") && !text.startsWith(piece)) {
                piece = piece.substring(1); // SentencePiece drops the space at the start of a text
            }
            if (!text.startsWith(piece, at)) {
                return null;
            }
            chars[i] = piece.length();
            at += chars[i];
        }
        return at == text.length() ? chars : null;
    }

    private String piece(int id) {
        int[] both = Arrays.copyOf(anchor, anchor.length + 1);
        both[anchor.length] = id;
        return tokenizer.decode(both).substring(anchorLength);
    }

    private int[] beginnings(int[] ids, String text) {
        int[] chars = new int[ids.length];
        int at = 0;
        for (int i = 0; i < ids.length; i++) {
            String beginning = tokenizer.decode(Arrays.copyOf(ids, i + 1));
            int same = Arrays.mismatch(beginning.toCharArray(), text.toCharArray()), end = same < 0 ? text.length() : same;
            chars[i] = Math.max(0, end - at);
            at = Math.max(at, end);
        }
        return chars;
    }
}
