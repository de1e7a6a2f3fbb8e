package io.reft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Expect;
import io.reft.data.Encoder;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.generate.Completion;
import io.reft.kernels.Lab;
import io.reft.model.Tiny;
import io.reft.reward.Score;
import io.reft.reward.Score.Verdict;
import io.reft.rollout.ScoredCompletion;
import io.reft.tokenizer.Tokenizer;
import io.reft.train.SelfTraining.Solution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Self-training: the sets and batches that it learns from, and its loss. */
class SelfTrainingTest {
    private static final int EOS = 2, BUDGET = 128;

    /** A character a token, of 23. */
    private static final Tokenizer CHARACTERS = new Tokenizer() {
        @Override
        public int[] encode(String text) {
            return text.chars().map(c -> 3 + c % 20).toArray();
        }

        @Override
        public String decode(int[] ids) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int size() {
            return 23;
        }

        @Override
        public int idOf(String token) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    };
    private static final Encoder ENCODER = new Encoder(CHARACTERS, Template.DEMO, SolutionFormat.PYTHON, 1, EOS);
    private static final String GOLD = "def solution():\n    return ";

    private static Problem problem(int number) {
        return new Problem("toy_" + number, "q" + number, GOLD + number, Integer.toString(number));
    }

    private static Solution solution(int number, String text) {
        return new Solution(problem(number), text);
    }

    // ---------------------------------------------------------------- offline

    @Test
    void theFirstDistinctTextsOfEachQuestionAreKept() {
        List<Solution> right = List.of(solution(1, "a"), solution(1, "b"), solution(2, "a"), solution(1, "a"), solution(1, "  b\n"),
                solution(1, "c"), solution(1, "d"));
        assertEquals(List.of(right.get(0), right.get(1), right.get(2)), SelfTraining.distinct(right, 2));
        assertEquals(List.of(right.get(0), right.get(1), right.get(2), right.get(5), right.get(6)), SelfTraining.distinct(right, 10));
        assertEquals(List.of(), SelfTraining.distinct(List.of(), 10));
    }

    /** Against a plain count over random samples. */
    @Test
    void noMoreThanTheCapAndNoneTwice() {
        Random random = new Random(5);
        List<Solution> right = IntStream.range(0, 600)
                .mapToObj(i -> solution(random.nextInt(7), "x".repeat(1 + random.nextInt(i < 300 ? 4 : 30)))).toList();
        List<Solution> kept = SelfTraining.distinct(right, 10);
        assertEquals(kept.size(), new HashSet<>(kept).size());
        for (int number = 0; number < 7; number++) {
            Problem problem = problem(number);
            List<String> drawn = right.stream().filter(s -> s.problem().equals(problem)).map(Solution::text).distinct().limit(10).toList();
            assertEquals(drawn, kept.stream().filter(s -> s.problem().equals(problem)).map(Solution::text).toList());
        }
    }

    @Test
    void goldSolutionsAreJoinedAndStandThereOnce() {
        List<Problem> problems = List.of(problem(1), problem(2));
        List<Solution> kept = List.of(solution(1, GOLD + "0 + 1"), solution(1, GOLD + "1\n"), solution(2, GOLD + "1"));
        List<Example> joined = SelfTraining.joined(problems, kept, ENCODER);
        List<Example> expected =
                List.of(ENCODER.example(problem(1)), ENCODER.example(problem(2)), ENCODER.example(problem(1), GOLD + "0 + 1"),
                        ENCODER.example(problem(2), GOLD + "1"));
        assertEquals(4, joined.size());
        for (int i = 0; i < 4; i++) {
            assertArrayEquals(expected.get(i).ids(), joined.get(i).ids(), "example " + i);
            assertEquals(expected.get(i).promptLength(), joined.get(i).promptLength());
            assertEquals(EOS, joined.get(i).ids()[joined.get(i).ids().length - 1]);
        }
    }

    // ---------------------------------------------------------------- online

    /** A completion of random tokens; what it is worth is told, not worked out. */
    private static ScoredCompletion completion(Tiny tiny, int number, Verdict verdict) {
        int[] ids = tiny.lab.ids(4 + number % 5, 23);
        ids[ids.length - 1] = EOS;
        Prompt prompt = ENCODER.prompt(problem(number));
        return new ScoredCompletion(prompt, new Completion(ids, new float[ids.length], null, true), "",
                new Score(verdict == Verdict.RIGHT ? 1 : 0.1, verdict, null));
    }

    private static List<ScoredCompletion> completions(Tiny tiny, Verdict... verdicts) {
        tiny.lab.random.setSeed(6);
        return IntStream.range(0, verdicts.length).mapToObj(i -> completion(tiny, i, verdicts[i])).toList();
    }

    @Test
    void aBatchHasTheRightCompletionsAndAllGoldSolutions() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA)) {
            List<ScoredCompletion> scored = completions(tiny, Verdict.WRONG, Verdict.RIGHT, Verdict.PROGRAM_ERROR, Verdict.RIGHT);
            SelfTraining.Batch batch = SelfTraining.Batch.of(scored, ENCODER);
            assertEquals(2, batch.right().size());
            assertEquals(4, batch.gold().size());
            for (int i = 0; i < 2; i++) {
                ScoredCompletion s = scored.get(2 * i + 1);
                assertArrayEquals(s.sequence(), batch.right().get(i).ids());
                assertEquals(s.prompt().ids().length, batch.right().get(i).promptLength());
            }
            for (int i = 0; i < 4; i++) {
                assertArrayEquals(ENCODER.example(problem(i)).ids(), batch.gold().get(i).ids());
            }
        }
    }

    private static SelfTraining training(Tiny tiny, Learner learner, int minibatch) {
        return new SelfTraining(learner, ENCODER, tiny.lab.engine, new SelfTraining.Options(2, minibatch, 1, 3), BUDGET);
    }

    private record Gradient(double loss, float[] values) {}

    /** The mean over all predicted tokens, whose gradient is worked out one example at a time. */
    private static Gradient plain(Tiny tiny, List<Example> examples) {
        int tokens = examples.stream().mapToInt(e -> e.ids().length - e.promptLength()).sum();
        double loss = 0;
        float[] sum = new float[tiny.parameters().length];
        for (Example e : examples) {
            try (Learner learner = tiny.learner(BUDGET); Sft sft = new Sft(learner, tiny.lab.engine, BUDGET)) {
                double share = (e.ids().length - e.promptLength()) / (double) tokens;
                loss += share * sft.accumulate(List.of(e));
                float[] one = tiny.lab.read(learner.gradients().flat);
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += (float) (share * one[i]);
                }
            }
        }
        return new Gradient(loss, sum);
    }

    @Test
    void theLossIsHalfOfEach() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Learner learner = tiny.learner(BUDGET);
                SelfTraining training = training(tiny, learner, 8)) {
            SelfTraining.Batch batch = SelfTraining.Batch
                    .of(completions(tiny, Verdict.RIGHT, Verdict.WRONG, Verdict.WRONG, Verdict.RIGHT, Verdict.WRONG), ENCODER);
            SelfTraining.Loss loss = training.accumulate(batch);
            Gradient right = plain(tiny, batch.right()), gold = plain(tiny, batch.gold());
            assertEquals(right.loss, loss.right(), 1e-5);
            assertEquals(gold.loss, loss.gold(), 1e-5);
            float[] expected = new float[right.values.length];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = 0.5f * right.values[i] + 0.5f * gold.values[i];
            }
            Expect.close("gradient", expected, tiny.lab.read(learner.gradients().flat), 1e-5);
        }
    }

    @Test
    void withoutRightCompletionsTheGoldHalfStays() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Learner learner = tiny.learner(BUDGET);
                SelfTraining training = training(tiny, learner, 8)) {
            SelfTraining.Batch batch = SelfTraining.Batch.of(completions(tiny, Verdict.WRONG, Verdict.NO_ANSWER), ENCODER);
            assertEquals(0, training.accumulate(batch).right());
            float[] expected = plain(tiny, batch.gold()).values;
            for (int i = 0; i < expected.length; i++) {
                expected[i] *= 0.5f;
            }
            Expect.close("gradient", expected, tiny.lab.read(learner.gradients().flat), 1e-5);
        }
    }

    private static float[] learnt(List<ScoredCompletion> scored) {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA, Lab.ONE_THREAD); Learner learner = tiny.learner(BUDGET);
                SelfTraining training = training(tiny, learner, 3)) {
            SelfTraining.Iteration done = training.learn(scored, 1e-3f, 1, 0);
            assertTrue(done.goldLoss() > 0 && done.gradNorm() > 0);
            return tiny.parameters();
        }
    }

    /** Neither KL penalty nor value: a wrong completion's tokens, log-probabilities and partial score leave no trace. */
    @Test
    void wrongCompletionsTeachNothing() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA, Lab.ONE_THREAD)) {
            List<ScoredCompletion> scored = completions(tiny, Verdict.RIGHT, Verdict.WRONG, Verdict.RIGHT, Verdict.WRONG, Verdict.WRONG,
                    Verdict.RIGHT, Verdict.WRONG);
            List<ScoredCompletion> others = new ArrayList<>(scored);
            for (int i = 0; i < others.size(); i++) {
                if (!others.get(i).score().right()) {
                    others.set(i, completion(tiny, i, Verdict.PROGRAM_ERROR));
                }
            }
            float[] first = learnt(scored);
            assertArrayEquals(first, learnt(others));
            others.set(0, completion(tiny, 0, Verdict.RIGHT));
            assertFalse(Arrays.equals(first, learnt(others)), "but right ones do teach");
            assertFalse(Arrays.equals(first, tiny.parameters()));
        }
    }
}
