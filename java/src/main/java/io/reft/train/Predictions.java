package io.reft.train;

import io.reft.model.Packed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences to run a model over, and the predictions wanted of it: of every token that follows a sequence's prompt. The
 * last token of a sequence is only ever predicted, so it is not part of the input.
 *
 * @param input     the sequences without their last tokens
 * @param rows      rows of the input whose next token is wanted [M], sequence after sequence
 * @param targets   those next tokens [M]
 * @param cuActions where each sequence's predictions start, and M at the end [B + 1]
 */
public record Predictions(Packed input, int[] rows, int[] targets, int[] cuActions) {
    /**
     * @param sequences     token ids of prompt and continuation
     * @param promptLengths tokens of each prompt, at least 1
     */
    public static Predictions of(List<int[]> sequences, List<Integer> promptLengths) {
        List<int[]> inputs = new ArrayList<>();
        int[] cu = new int[sequences.size() + 1];
        for (int b = 0; b < sequences.size(); b++) {
            int[] ids = sequences.get(b);
            inputs.add(Arrays.copyOf(ids, ids.length - 1));
            cu[b + 1] = cu[b] + ids.length - promptLengths.get(b);
        }
        Packed input = Packed.of(inputs);
        int[] rows = new int[cu[sequences.size()]], targets = new int[rows.length];
        for (int b = 0; b < sequences.size(); b++) {
            int prompt = promptLengths.get(b);
            for (int i = cu[b]; i < cu[b + 1]; i++) {
                int place = prompt + i - cu[b];     // of the target in its sequence
                rows[i] = input.cuSeqlens()[b] + place - 1;
                targets[i] = sequences.get(b)[place];
            }
        }
        return new Predictions(input, rows, targets, cu);
    }
}
