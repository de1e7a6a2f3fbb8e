package io.reft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Expect;
import io.reft.InputError;
import io.reft.data.Example;
import io.reft.device.CpuDevice;
import io.reft.generate.Generator;
import io.reft.kernels.Engine;
import io.reft.model.Tiny;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Micro-batches: what is computed for a batch does not depend on how it is cut up. */
class LearnerTest {
    /** Products by oneDNN and sums over tokens come in another order. */
    private static final double TOLERANCE = 1e-5;
    private static final int[] LENGTHS = {9, 2, 30, 4, 17, 3, 8, 25};

    private static List<Example> examples(Tiny tiny) {
        tiny.lab.random.setSeed(4);
        return tiny.sequences(LENGTHS).stream().map(ids -> new Example(ids, 1 + tiny.lab.random.nextInt(ids.length - 1))).toList();
    }

    private record Gradient(float loss, float[] values) {}

    private static Gradient gradient(Tiny tiny, List<List<Example>> batches, int budget) {
        try (Learner learner = tiny.learner(budget); Sft sft = new Sft(learner, tiny.lab.engine, budget)) {
            float loss = 0;
            for (List<Example> batch : batches) {
                loss = sft.accumulate(batch);
            }
            return new Gradient(loss, tiny.lab.read(learner.gradients().flat));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSmallTokenBudgetGivesTheSameGradient(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape)) {
            List<Example> examples = examples(tiny);
            Gradient whole = gradient(tiny, List.of(examples), 200);
            for (int budget : new int[] {30, 41, 64}) {
                Gradient parts = gradient(tiny, List.of(examples), budget);
                assertEquals(whole.loss, parts.loss, TOLERANCE);
                Expect.close("budget of " + budget, whole.values, parts.values, TOLERANCE);
            }
        }
    }

    /** The output head works through a batch in chunks of some thousand rows. */
    @Test
    void moreRowsThanAChunkOfTheHead() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA)) {
            List<Example> examples =
                    tiny.sequences(IntStream.generate(() -> 53).limit(50).toArray()).stream().map(ids -> new Example(ids, 3)).toList();
            Gradient whole = gradient(tiny, List.of(examples), 3000), parts = gradient(tiny, List.of(examples), 300);
            assertEquals(parts.loss, whole.loss, TOLERANCE);
            Expect.close("gradient", parts.values, whole.values, TOLERANCE);
            Predictions p =
                    Predictions.of(examples.stream().map(Example::ids).toList(), examples.stream().map(Example::promptLength).toList());
            try (Learner learner = tiny.learner(3000)) {
                float[] logprobs = learner.logprobs(tiny.model.weights(), p);
                double mean = IntStream.range(0, logprobs.length).mapToDouble(i -> -logprobs[i]).average().orElseThrow();
                assertEquals(whole.loss, mean, TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theGradientOfABatchIsTheMeanOverItsTokens(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape)) {
            List<Example> examples = examples(tiny);
            Gradient whole = gradient(tiny, List.of(examples), 200);
            int tokens = examples.stream().mapToInt(e -> e.ids().length - e.promptLength()).sum();
            float[] sum = new float[whole.values.length];
            double loss = 0;
            for (Example e : examples) {
                Gradient one = gradient(tiny, List.of(List.of(e)), 64);
                double share = (e.ids().length - e.promptLength()) / (double) tokens;
                loss += share * one.loss;
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += (float) (share * one.values[i]);
                }
            }
            assertEquals(loss, whole.loss, TOLERANCE);
            Expect.close("gradient", sum, whole.values, TOLERANCE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void logprobsEqualThoseOfEachAlone(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape); Learner learner = tiny.learner(200)) {
            List<Example> examples = examples(tiny);
            List<int[]> ids = examples.stream().map(Example::ids).toList();
            Predictions all = Predictions.of(ids, examples.stream().map(Example::promptLength).toList());
            float[] together = learner.logprobs(tiny.model.weights(), all);
            for (int b = 0; b < examples.size(); b++) {
                Predictions one = Predictions.of(List.of(ids.get(b)), List.of(examples.get(b).promptLength()));
                float[] part = Arrays.copyOfRange(together, all.cuActions()[b], all.cuActions()[b + 1]);
                assertArrayEquals(learner.logprobs(tiny.model.weights(), one), part, 1e-5f);
            }
        }
    }

    @Test
    void microBatchesFillTheBudgetInOrder() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Learner learner = tiny.learner(10)) {
            List<Integer> items = List.of(3, 7, 1, 10, 2, 2, 2, 2, 3, 9);
            List<List<Integer>> parts = learner.microBatches(items, n -> n);
            assertEquals(List.of(List.of(3, 7), List.of(1), List.of(10), List.of(2, 2, 2, 2), List.of(3), List.of(9)), parts);
            List<Integer> joined = new ArrayList<>();
            parts.forEach(joined::addAll);
            assertEquals(items, joined);
            InputError error = assertThrows(InputError.class, () -> learner.microBatches(List.of(4, 11), n -> n));
            assertTrue(error.getMessage().contains("11") && error.getMessage().contains("10"), error.getMessage());
        }
    }

    /** All that a learner takes is counted first; the budget that the sentence names is the largest that fits. */
    @Test
    void whatDoesNotFitIsRefusedWithABudgetThatDoes() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA)) {
            Engine whole = tiny.lab.engine;
            long free = Learner.bytes(tiny.config, true, whole, 333);
            Engine small = new Engine(new CpuDevice() {
                @Override
                public long freeBytes() {
                    return free;
                }
            }, whole.kernels(), whole.matmul(), whole.invariant(), whole.storage(), null);
            InputError error =
                    assertThrows(InputError.class, () -> new Learner(tiny.model, tiny.transformer, small, AdamW.Options.DEFAULT, 4000));
            Matcher budget = Pattern.compile("on 4000 tokens at a time needs \\d+ MiB, .*: lower --tokens-per-batch to (\\d+), ")
                    .matcher(error.getMessage());
            assertTrue(budget.find(), error.getMessage());
            int fits = Integer.parseInt(budget.group(1));
            assertTrue(Learner.bytes(tiny.config, true, whole, fits) <= free && Learner.bytes(tiny.config, true, whole, fits + 1) > free,
                    error.getMessage());
            new Learner(tiny.model, tiny.transformer, small, AdamW.Options.DEFAULT, fits).close();

            try (Generator generator = new Generator(tiny.transformer, small, 4)) {
                InputError refused = assertThrows(InputError.class, () -> generator.reserve(1000, 1 << 16));
                assertTrue(refused.getMessage().startsWith("Generating needs "), refused.getMessage());
            }
        }
    }

    /** What --dtype bf16 does to a gradient: roundings of the operands, of 1/256 each, that do not line up. */
    @ParameterizedTest
    @EnumSource
    void bf16IsCloseToFp32(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape); Tiny half = new Tiny(shape, new Engine.Options("cpu", 2, true, "auto"))) {
            Gradient exact = gradient(tiny, List.of(examples(tiny)), 200), rounded = gradient(half, List.of(examples(half)), 200);
            assertEquals(exact.loss, rounded.loss, 0.02 * exact.loss);
            Expect.close("gradient", exact.values, rounded.values, 0.05);
        }
    }

    /** The rounded copies of the weights follow the weights. */
    @Test
    void bf16TrainsAsFp32Does() {
        List<Float> losses = new ArrayList<>();
        for (boolean bf16 : new boolean[] {false, true}) {
            try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA, new Engine.Options("cpu", 2, bf16, "auto"));
                    Learner learner = tiny.learner(200);
                    Sft sft = new Sft(learner, tiny.lab.engine, 200)) {
                List<Example> examples = examples(tiny);
                float first = sft.step(examples, 0.01f).loss(), last = 0;
                for (int step = 0; step < 20; step++) {
                    last = sft.step(examples, 0.01f).loss();
                }
                assertTrue(last < 0.8 * first, "loss from " + first + " to " + last);
                losses.add(last);
            }
        }
        assertEquals(losses.get(0), losses.get(1), 0.05 * losses.get(0));
    }

    @Test
    void predictionsAreOfWhatFollowsThePrompt() {
        Predictions p = Predictions.of(List.of(new int[] {5, 6, 7, 8}, new int[] {9, 3}, new int[] {4, 4, 2}), List.of(2, 1, 1));
        assertArrayEquals(new int[] {5, 6, 7, 9, 4, 4}, p.input().ids());
        assertArrayEquals(new int[] {1, 2, 3, 4, 5}, p.rows());
        assertArrayEquals(new int[] {7, 8, 3, 4, 2}, p.targets());
        assertArrayEquals(new int[] {0, 2, 3, 5}, p.cuActions());
        assertArrayEquals(new int[] {0, 1, 2, 0, 0, 1}, p.input().positions());
    }

    @Test
    void learningRates() {
        LrSchedule linear = LrSchedule.linear(1, 4, 10), constant = LrSchedule.constant(3, 0);
        // transformers' linear schedule
        float[] expected = {0, 0.25f, 0.5f, 0.75f, 1, 5 / 6f, 4 / 6f, 3 / 6f, 2 / 6f, 1 / 6f, 0, 0};
        for (int step = 0; step < expected.length; step++) {
            assertEquals(expected[step], linear.at(step), 1e-6, "step " + step);
            assertEquals(3, constant.at(step));
        }
        assertEquals(0, LrSchedule.linear(1, 5, 5).at(5));
    }

    @Test
    void epochsAreShuffledAndComplete() {
        List<Example> examples = IntStream.range(0, 23).mapToObj(i -> new Example(new int[] {i, i}, 1)).toList();
        List<List<Example>> first = Sft.batches(examples, 5, 3, 0);
        assertEquals(List.of(5, 5, 5, 5, 3), first.stream().map(List::size).toList());
        assertEquals(first, Sft.batches(examples, 5, 3, 0));
        assertTrue(!first.equals(Sft.batches(examples, 5, 3, 1)) && !first.equals(Sft.batches(examples, 5, 4, 0)));
        assertEquals(examples.stream().map(e -> e.ids()[0]).toList(),
                first.stream().flatMap(List::stream).map(e -> e.ids()[0]).sorted().toList());
    }
}
