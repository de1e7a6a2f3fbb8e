package io.reft.rollout;

import io.reft.data.Prompt;
import io.reft.generate.Completion;
import io.reft.reward.Score;

/**
 * A completion and what it earned.
 *
 * @param prompt     what was asked
 * @param completion what the model wrote
 * @param text       that, decoded
 * @param score      what it earned
 */
public record ScoredCompletion(Prompt prompt, Completion completion, String text, Score score) {
    /** Prompt and completion as one sequence of tokens. */
    public int[] sequence() {
        int[] head = prompt.ids(), tail = completion.ids();
        int[] all = java.util.Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, all, head.length, tail.length);
        return all;
    }
}
