package io.reft.tokenizer;

/**
 * Text to token ids and back. Both directions are byte-exact on program text (indentation, newlines), and nothing is
 * added: no BOS, no EOS; prompts and answers are encoded apart and joined (METHOD: token boundaries).
 * Implementations are safe for use by several threads.
 */
public interface Tokenizer extends AutoCloseable {
    /** Token ids of {@code text}, with no special token added. Special tokens written out in the text are ordinary text. */
    int[] encode(String text);

    /** The text of {@code ids}; special tokens (BOS, EOS, PAD) give nothing, unknown ids give U+FFFD. */
    String decode(int[] ids);

    /** Number of token ids, added tokens included: ids run from 0 to {@code size() - 1}. */
    int size();

    @Override
    void close();
}
