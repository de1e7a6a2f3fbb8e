package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.device.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The race between two libraries: each shape once, the faster kept, nothing of it seen in the results. */
class FastestTest {
    private final Lab lab = new Lab(Lab.ONE_THREAD);

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        lab.close();
    }

    /** Our own products, that many microseconds late where they have few rows and where they have many. */
    private final class Late implements Gemm {
        private final String name;
        private final long few, many;
        int calls;
        boolean closed;

        Late(String name, long few, long many) {
            this.name = name;
            this.few = few;
            this.many = many;
        }

        @Override
        public void run(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
            calls++;
            long end = System.nanoTime() + 1000 * (out.rows() < 4 ? few : many);
            lab.k.matmul(out, a, transposeA, b, transposeB, 1, beta);
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }

        @Override
        public boolean takesBf16() {
            return name.equals("first");
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private final Late first = new Late("first", 0, 2000), second = new Late("second", 2000, 0);
    private final Tensor x = lab.normal(9, 5), weight = lab.normal(7, 5);

    private Fastest fastest() {
        return new Fastest(lab.engine.device(), List.of(first, second), folder.resolve("verdicts.txt"));
    }

    /** Calls of both in one more product of {@code rows} rows. */
    private int[] calls(Fastest fastest, int rows) {
        int before1 = first.calls, before2 = second.calls;
        fastest.run(lab.zeros(rows, 7), x.first(rows), false, weight, true, 0);
        return new int[] {first.calls - before1, second.calls - before2};
    }

    @Test
    void eachShapeIsRacedOnceAndKeepsItsWinner() {
        Fastest fastest = fastest();
        int[] race = calls(fastest, 2);
        assertTrue(race[0] > 1 && race[1] == race[0] - 1,
                "a race of " + race[0] + " and " + race[1] + " calls, the winner's last one for the result");
        assertArrayEquals(new int[] {1, 0}, calls(fastest, 2));
        assertTrue(calls(fastest, 9)[0] > 1);
        assertArrayEquals(new int[] {0, 1}, calls(fastest, 9));
    }

    /** The number of packed tokens is another in every batch, and 5 to 8 of them are one shape. */
    @Test
    void nearbySizesShareAVerdict() {
        Fastest fastest = fastest();
        calls(fastest, 5);
        assertArrayEquals(new int[] {0, 1}, calls(fastest, 8));
        assertTrue(calls(fastest, 9)[0] > 1);
    }

    @Test
    void theRaceAddsNothingToTheResult() {
        Tensor out = lab.normal(9, 7), plain = lab.copy(out);
        lab.k.matmul(plain, x, false, weight, true, 1, 1);
        fastest().run(out, x, false, weight, true, 1);
        assertArrayEquals(lab.read(plain), lab.read(out));
    }

    /** A second run takes the same products, so that it has the same bits. */
    @Test
    void verdictsOutliveTheProcess() throws Exception {
        calls(fastest(), 2);
        calls(fastest(), 9);
        assertEquals(2, Files.readAllLines(folder.resolve("verdicts.txt")).size());
        Fastest again = fastest();
        assertArrayEquals(new int[] {1, 0}, calls(again, 2));
        assertArrayEquals(new int[] {0, 1}, calls(again, 9));
        // lines of other candidates, or cut ones, are raced again
        Files.writeString(folder.resolve("verdicts.txt"),
                Files.readString(folder.resolve("verdicts.txt")).replace("\tfirst", "\tthird") + "cut");
        assertTrue(calls(fastest(), 2)[1] > 1);
    }

    @Test
    void whatHoldsForAllHoldsForIt() {
        Fastest fastest = fastest();
        assertEquals("the faster of first and second", fastest.name());
        assertEquals(false, fastest.takesBf16());
        fastest.close();
        assertTrue(first.closed && second.closed);
    }
}
