package io.reft.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.reft.Expect;
import io.reft.kernels.Engine;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sequences laid end to end are computed as if each were alone. */
class PackedTest {
    private static final int[] LENGTHS = {1, 20, 3, 1, 33, 8};

    @Test
    void layout() {
        Packed packed = Packed.of(List.of(new int[] {5, 6}, new int[] {7}, new int[] {5, 5, 8}));
        assertArrayEquals(new int[] {5, 6, 7, 5, 5, 8}, packed.ids());
        assertArrayEquals(new int[] {0, 1, 0, 0, 1, 2}, packed.positions());
        assertArrayEquals(new int[] {0, 2, 3, 6}, packed.cuSeqlens());
        assertEquals(3, packed.longest());
        assertArrayEquals(new int[] {0, 3, 4, 1, 2, 5}, Packed.order(packed.ids(), 9));
    }

    private static float[] hidden(Tiny tiny, List<int[]> sequences, boolean training) {
        Packed packed = Packed.of(sequences);
        // buffers larger than the batch, as in real use
        try (Activations a = Activations.allocate(tiny.lab.engine, tiny.config, packed.tokens() + 5, sequences.size() + 1, training)) {
            return tiny.lab.read(tiny.transformer.forward(tiny.model.weights(), packed, a));
        }
    }

    /** Products by oneDNN may sum in another order for another number of rows. */
    @ParameterizedTest
    @EnumSource
    void hiddenStatesEqualThoseOfEachAlone(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape)) {
            compare(tiny, 1e-5);
        }
    }

    /** Our own products do not, nor does anything else in the forward pass: the bits are the same. */
    @ParameterizedTest
    @EnumSource
    void toTheBitWithOurOwnProducts(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape, new Engine.Options("cpu", 2, false, "own"))) {
            compare(tiny, 0);
        }
    }

    private static void compare(Tiny tiny, double tolerance) {
        List<int[]> sequences = tiny.sequences(LENGTHS);
        float[] packed = hidden(tiny, sequences, false);
        assertArrayEquals(packed, hidden(tiny, sequences, true), "buffers kept for a backward pass change nothing");
        int c = tiny.config.embedWidth(), row = 0;
        for (int[] sequence : sequences) {
            float[] alone = hidden(tiny, List.of(sequence), false);
            float[] together = Arrays.copyOfRange(packed, row * c, (row + sequence.length) * c);
            Expect.close("a sequence of " + sequence.length, alone, together, tolerance);
            row += sequence.length;
        }
    }
}
