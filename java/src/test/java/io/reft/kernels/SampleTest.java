package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.device.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Drawing tokens: exactly what reft.h says, written down a second time in plain Java. */
class SampleTest {
    private static Lab lab;

    @BeforeAll
    static void open() {
        lab = new Lab();
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    private record Drawn(int[] tokens, float[] logprobs) {}

    private static Drawn draw(Tensor logits, float temperature, int topK, float topP, long seed, long[] sequences, int[] positions) {
        int n = (int) logits.rows();
        Tensor tokens = lab.ints(new int[n]), logprobs = lab.zeros(n);
        lab.k.sample(tokens, logprobs, logits, temperature, topK, topP, seed, lab.longs(sequences), lab.ints(positions));
        return new Drawn(lab.readInts(tokens), lab.read(logprobs));
    }

    private static int greedy(float... logits) {
        return draw(lab.tensor(1, logits.length, logits), 0, 0, 1, 1, new long[1], new int[1]).tokens[0];
    }

    /** First word of Philox4x32-10. */
    private static int philox(long key, int... counter) {
        int[] c = counter;
        int k0 = (int) key, k1 = (int) (key >>> 32);
        for (int round = 0; round < 10; round++, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
            long a = 0xD2511F53L * Integer.toUnsignedLong(c[0]), b = 0xCD9E8D57L * Integer.toUnsignedLong(c[2]);
            c = new int[] {(int) (b >>> 32) ^ c[1] ^ k0, (int) b, (int) (a >>> 32) ^ c[3] ^ k1, (int) a};
        }
        return c[0];
    }

    private static double uniform(long seed, long sequence, int position) {
        return (philox(seed, (int) sequence, (int) (sequence >>> 32), position, 0) >>> 8) * 0x1p-24;
    }

    /** Known answers of Random123, the paper's own implementation. */
    @Test
    void philoxOfThePaper() {
        assertEquals(0x6627e8d5, philox(0, 0, 0, 0, 0));
        assertEquals(0x408f276d, philox(-1, -1, -1, -1, -1));
        assertEquals(0xd16cfe09, philox(0x299f31d0a4093822L, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344));
    }

    /** The token that reft.h asks for; -1 where u or a cut falls so close to a border that rounding may decide. */
    private static int expected(float[] logits, float temperature, int topK, float topP, double u) {
        List<Integer> kept = IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.<Integer>comparingDouble(v -> -logits[v]).thenComparing(Comparator.naturalOrder())).toList();
        if (topK > 0 && topK < kept.size()) {
            kept = kept.subList(0, topK);
        }
        double max = logits[kept.getFirst()];
        double[] weight = new double[logits.length];
        for (int v : kept) {
            weight[v] = Math.exp((logits[v] - max) / temperature);
        }
        double total = Arrays.stream(weight).sum(), near = 1e-6 * total, sum = 0;
        if (topP < 1) {
            int count = 0;
            while (sum < topP * total && count < kept.size()) {
                sum += weight[kept.get(count++)];
                if (Math.abs(sum - topP * total) < near) {
                    return -1;
                }
            }
            for (int v : kept.subList(count, kept.size())) {
                weight[v] = 0;
            }
            total = sum;
        }
        double running = 0;
        for (int v = 0; v < weight.length; v++) {
            running += weight[v];
            if (Math.abs(running - u * total) < near && weight[v] > 0) {
                return -1;
            }
            if (running > u * total) {
                return v;
            }
        }
        return -1;
    }

    @Tag("slow")
    @ParameterizedTest
    @Tag("slow")
    @CsvSource({
            // vocabulary, temperature, top-k, top-p
            "2, 1, 0, 1",
            "13, 1, 0, 1",
            "600, 0.7, 0, 1",
            "3000, 1.5, 0, 1",
            "13, 1, 4, 1",
            "3000, 1, 50, 1",
            "13, 0.5, 0, 0.7",
            "3000, 2, 0, 0.95",
            "3000, 1, 0, 0.01",
            "600, 1.2, 40, 0.9",
            "600, 1, 600, 0.999",
            "600, 1, 1, 1",
            "13, 1, 99, 1",
    })
    void drawsWhatTheHeaderSays(int vocabulary, float temperature, int topK, float topP) {
        int rows = 200, unclear = 0;
        lab.random.setSeed(vocabulary);
        for (boolean ties : new boolean[] {false, true}) {
            float[] values = lab.normals((long) rows * vocabulary);
            for (int i = 0; ties && i < values.length; i++) {
                values[i] = Math.round(2 * values[i]) / 2f;
            }
            long seed = ties ? -7L : 123456789012345L;
            long[] sequences = LongStream.range(0, rows).map(r -> r * 0x1_0000_0003L).toArray();
            int[] positions = IntStream.range(0, rows).map(r -> r % 7).toArray();
            Drawn drawn = draw(lab.tensor(rows, vocabulary, values), temperature, topK, topP, seed, sequences, positions);
            for (int r = 0; r < rows; r++) {
                float[] row = Arrays.copyOfRange(values, r * vocabulary, (r + 1) * vocabulary);
                int token = expected(row, temperature, topK, topP, uniform(seed, sequences[r], positions[r]));
                if (token < 0) {
                    unclear++;
                } else {
                    assertEquals(token, drawn.tokens[r], "row " + r);
                }
                double max = row[drawn.tokens[r]], sum = 0;
                for (float x : row) {
                    sum += Math.exp(x - max);
                }
                assertEquals(-Math.log(sum), drawn.logprobs[r], 1e-5, "the log-probability is of the uncut distribution at temperature 1");
            }
        }
        assertTrue(unclear <= 20, unclear + " draws too close to a border to compare");
    }

    /** Draws over sequences, and draws over positions, have the frequencies of the softmax. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void frequencies(boolean overSequences) {
        int draws = 20_000, vocabulary = 13;
        lab.random.setSeed(3);
        float[] row = lab.normals(vocabulary), rows = new float[draws * vocabulary];
        for (int i = 0; i < draws; i++) {
            System.arraycopy(row, 0, rows, i * vocabulary, vocabulary);
        }
        long[] sequences = overSequences ? LongStream.range(0, draws).toArray() : new long[draws];
        int[] positions = overSequences ? new int[draws] : IntStream.range(0, draws).toArray();
        int[] counts = new int[vocabulary];
        for (int token : draw(lab.tensor(draws, vocabulary, rows), 1, 0, 1, 42, sequences, positions).tokens) {
            counts[token]++;
        }
        double total = 0, chiSquare = 0;
        for (float x : row) {
            total += Math.exp(x);
        }
        for (int v = 0; v < vocabulary; v++) {
            double mean = draws * Math.exp(row[v]) / total;
            chiSquare += (counts[v] - mean) * (counts[v] - mean) / mean;
        }
        // 12 degrees of freedom: 32.9 is passed once in a thousand; the seed is fixed
        assertTrue(chiSquare < 32.9, "chi-square is " + chiSquare);
    }

    @Test
    void greedyTakesTheLowestIdAmongEquals() {
        assertEquals(1, greedy(1, 5, 5, 2, 5));
        assertEquals(0, greedy(-3));
        float[] flat = new float[3000];
        assertEquals(0, greedy(flat));
        flat[2999] = flat[1500] = 1;
        assertEquals(1500, greedy(flat));
    }

    @Test
    void impossibleTokensAreNeverDrawn() {
        float[] row = {Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY};
        float[] rows = Lab.joined(IntStream.range(0, 500).mapToObj(i -> row).toArray(float[][]::new));
        for (int topK : new int[] {0, 4}) {
            Drawn drawn =
                    draw(lab.tensor(500, 5, rows), 1, topK, topK == 0 ? 1 : 0.99f, 9, LongStream.range(0, 500).toArray(), new int[500]);
            assertArrayEquals(new int[] {1, 3}, Arrays.stream(drawn.tokens).distinct().sorted().toArray());
        }
    }

    @Test
    void rowsWithoutADistributionAreRefused() {
        for (float[] row : List.of(new float[] {0, Float.NaN, 1}, new float[] {0, Float.POSITIVE_INFINITY, 1},
                new float[] {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY})) {
            for (float temperature : new float[] {0, 1}) {
                Tensor logits = lab.tensor(2, 3, Lab.joined(new float[3], row));
                KernelError error = assertThrows(KernelError.class, () -> draw(logits, temperature, 0, 1, 1, new long[2], new int[2]));
                assertTrue(error.getMessage().contains("row 1"), error.getMessage());
            }
        }
    }
}
