package io.reft.tokenizer;

/**
 * Text to token ids and back. Both directions are byte-exact on program text (indentation, newlines), and nothing is
 * added: no BOS, no EOS; prompts and answers are encoded apart and joined (METHOD: token boundaries).
 * Implementations are safe for use by several threads.
 */
public interface Tokenizer extends AutoCloseable {
    /**
     * Token ids of {@code text}, with no special token added. Special tokens written out in the text are ordinary text. An
     * {@link io.reft.InputError} where the tokenizer cannot take it: too long, or with a character that it has no token for.
     */
    int[] encode(String text);

    /**
     * The text of {@code ids}; special tokens (BOS, EOS, PAD, UNK) give nothing, ids outside the vocabulary and bytes that
     * are no UTF-8 give U+FFFD. {@code decode(encode(text))} is {@code text}, unless the tokenizer itself changes text: {@link RoundTrip}.
     */
    String decode(int[] ids);

    /** Number of token ids, added tokens included: ids run from 0 to {@code size() - 1}. */
    int size();

    /** The id of a token written as the vocabulary has it, special tokens included ({@code </s>}); -1 where there is none. */
    int idOf(String token);

    @Override
    void close();
}
