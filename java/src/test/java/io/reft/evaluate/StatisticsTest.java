package io.reft.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.answer.Answer;
import io.reft.answer.Reading;
import io.reft.data.Problem;
import io.reft.reward.Score;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void wilsonInterval() {
        // the shares q with (p − q)² = z²·q·(1 − q)/n, found by bisection
        Accuracy some = new Accuracy(215, 500);
        assertEquals(0.38730, some.low(), 1e-5);
        assertEquals(0.47377, some.high(), 1e-5);
        assertEquals("43.0 % (38.7 to 47.4)", some.toString());
        assertEquals(0, new Accuracy(0, 10).low());
        assertEquals(0.27753, new Accuracy(0, 10).high(), 1e-5);
        assertEquals(1, new Accuracy(10, 10).high());
        assertEquals(1 - 0.27753, new Accuracy(10, 10).low(), 1e-5);
        assertThrows(IllegalArgumentException.class, () -> new Accuracy(3, 2));
    }

    @Test
    void majorityVote() {
        assertEquals(Optional.of(new MajorityVote<>("b", 2, 4)), MajorityVote.of(Arrays.asList("a", null, "b", "c", "b"), Objects::equals));
        assertEquals("a", MajorityVote.of(List.of("a", "b", "b", "a"), Objects::equals).orElseThrow().winner());
        assertEquals(Optional.empty(), MajorityVote.of(Arrays.asList(null, null), Objects::equals));
        MajorityVote<Double> close =
                MajorityVote.<Double>of(List.of(2.0, 1.0, 1.004, 0.996), (a, b) -> Math.abs(a - b) < 0.01).orElseThrow();
        assertEquals(new MajorityVote<>(1.0, 3, 4), close);
    }

    /** Samples of one value vote together, however they write it; the first of them is named. */
    @Test
    void equalAnswersVoteTogether() {
        List<String> texts = List.of("43", "1/2", "43", "50%", "0.5", "\\frac12", "½", "43", "$0.50");
        List<Sample> samples = new ArrayList<>();
        for (String text : texts) {
            samples.add(
                    new Sample("svamp_1", samples.size(), text, new Score(0.1, Score.Verdict.WRONG, Reading.number(text).answer()), null));
        }
        Evaluation.Row row = Evaluation.of(List.of(new Problem("svamp_1", "q?", null, "0.5")), samples, samples.size()).rows().getFirst();
        assertEquals(Answer.of(0.5), row.vote());
        assertTrue(row.voteRight());
    }

    @Test
    void passAtK() {
        for (int n = 1; n <= 30; n++) {
            for (int c = 0; c <= n; c++) {
                for (int k = 1; k <= n; k++) {
                    double exact = 1 - choose(n - c, k).doubleValue() / choose(n, k).doubleValue();
                    assertEquals(exact, PassAtK.estimate(n, c, k), 1e-12);
                }
            }
        }
        assertEquals(1 - Math.pow(0.5, 10), PassAtK.estimate(1_000_000, 500_000, 10), 1e-5);
        assertThrows(IllegalArgumentException.class, () -> PassAtK.estimate(5, 1, 6));
    }

    @Test
    void mcNemar() {
        boolean[] first = new boolean[500];
        boolean[] second = new boolean[500];
        Arrays.fill(first, 0, 6, true);
        Arrays.fill(second, 6, 22, true);
        Arrays.fill(first, 30, 100, true);
        Arrays.fill(second, 30, 100, true);
        PairedTest test = PairedTest.of(first, second);
        assertEquals(new PairedTest(6, 16, 500), test);
        assertEquals(0.02, test.difference(), 1e-12);
        assertEquals(0.052478790283203125, test.pValue(), 1e-12); // in exact fractions
        assertEquals(1, new PairedTest(0, 0, 10).pValue());
        assertEquals(1, new PairedTest(5, 5, 10).pValue());
        assertEquals(1.3353978213570428e-05, new PairedTest(4000, 4400, 10000).pValue(), 1e-14);
    }

    private static BigInteger choose(int n, int k) {
        if (k > n) {
            return BigInteger.ZERO;
        }
        BigInteger result = BigInteger.ONE;
        for (int i = 1; i <= k; i++) {
            result = result.multiply(BigInteger.valueOf(n - k + i)).divide(BigInteger.valueOf(i));
        }
        return result;
    }
}
