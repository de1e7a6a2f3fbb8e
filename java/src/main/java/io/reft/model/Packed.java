package io.reft.model;

import java.util.Arrays;
import java.util.List;

/**
 * Sequences laid end to end, without padding.
 *
 * @param ids       token ids [N]
 * @param positions each token's place in its own sequence [N]
 * @param cuSeqlens where each sequence starts, and N at the end [B + 1]
 * @param longest   tokens of the longest sequence
 */
public record Packed(int[] ids, int[] positions, int[] cuSeqlens, int longest) {
    /** Packs sequences in the order given. */
    public static Packed of(List<int[]> sequences) {
        int[] cu = new int[sequences.size() + 1];
        int longest = 0;
        for (int b = 0; b < sequences.size(); b++) {
            cu[b + 1] = cu[b] + sequences.get(b).length;
            longest = Math.max(longest, sequences.get(b).length);
        }
        int[] ids = new int[cu[sequences.size()]], positions = new int[ids.length];
        for (int b = 0; b < sequences.size(); b++) {
            System.arraycopy(sequences.get(b), 0, ids, cu[b], sequences.get(b).length);
            for (int t = cu[b]; t < cu[b + 1]; t++) {
                positions[t] = t - cu[b];
            }
        }
        return new Packed(ids, positions, cu, longest);
    }

    /** N. */
    public int tokens() {
        return ids.length;
    }

    /** The tokens' indices sorted stably by their value in {@code index}, whose values are below {@code bound}. */
    static int[] order(int[] index, int bound) {
        int[] start = new int[bound + 1], order = new int[index.length];
        for (int i : index) {
            start[i + 1]++;
        }
        for (int i = 0; i < bound; i++) {
            start[i + 1] += start[i];
        }
        for (int n = 0; n < index.length; n++) {
            order[start[index[n]]++] = n;
        }
        return order;
    }

    /** The row of each sequence's last token [B]. */
    public int[] lastRows() {
        return Arrays.stream(cuSeqlens).skip(1).map(end -> end - 1).toArray();
    }
}
