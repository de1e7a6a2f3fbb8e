package io.reft.generate;

import java.util.Arrays;

/**
 * What the model wrote after a prompt.
 *
 * @param ids      the tokens, EOS included where it was drawn
 * @param logprobs log-probability of each token under the model (temperature 1, uncut)
 * @param values   the value head's estimate before each token; null without a value head
 * @param finished whether EOS was drawn; otherwise the text was cut at its length limit
 */
public record Completion(int[] ids, float[] logprobs, float[] values, boolean finished) {
    /** The tokens of the text, without EOS. */
    public int[] text() {
        return finished ? Arrays.copyOf(ids, ids.length - 1) : ids;
    }
}
