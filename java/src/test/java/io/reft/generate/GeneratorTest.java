package io.reft.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.Shared;
import io.reft.checkpoint.Checkpoint;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import io.reft.kernels.Lab;
import io.reft.model.Activations;
import io.reft.model.Heads;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Packed;
import io.reft.model.Tiny;
import io.reft.model.Transformer;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Generation with a cache is the full forward pass, token by token, and depends on nobody else in the batch. */
class GeneratorTest {
    private static final int EOS = 2;
    private static final Sampling PLAIN = Sampling.plain(5);

    private static List<Completion> generate(Tiny tiny, int batch, List<int[]> prompts, int samples, int maxNew, int firstSequence,
            Sampling sampling) {
        try (Generator generator = tiny.generator(batch)) {
            return generator.generate(tiny.model.weights(), new Generator.Request(prompts, samples, maxNew, 64, firstSequence, false),
                    sampling, n -> {});
        }
    }

    /** Bit for bit. */
    private static void assertSame(Completion expected, Completion actual) {
        assertArrayEquals(expected.ids(), actual.ids());
        assertArrayEquals(expected.logprobs(), actual.logprobs());
        assertArrayEquals(expected.values(), actual.values());
        assertEquals(expected.finished(), actual.finished());
    }

    private static void assertSame(List<Completion> expected, List<Completion> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertSame(expected.get(i), actual.get(i));
        }
    }

    /** Prompts shorter and longer than a page of the cache, and exactly one. */
    private static List<int[]> prompts(Tiny tiny, int count) {
        tiny.lab.random.setSeed(8);
        int[] lengths = {1, 16, 5, 33, 15, 2, 17, 32, 9};
        return tiny.sequences(IntStream.range(0, count).map(i -> lengths[i % lengths.length]).toArray());
    }

    private static int[] joined(int[] prompt, int[] ids) {
        int[] all = Arrays.copyOf(prompt, prompt.length + ids.length);
        System.arraycopy(ids, 0, all, prompt.length, ids.length);
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void equalsTheFullForwardPass(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape)) {
            List<int[]> prompts = prompts(tiny, 9);
            for (Sampling sampling : List.of(Sampling.GREEDY, PLAIN)) {
                List<Completion> completions = generate(tiny, 4, prompts, 1, 31, 0, sampling);
                for (int i = 0; i < prompts.size(); i++) {
                    compare(tiny, prompts.get(i), completions.get(i), sampling == Sampling.GREEDY);
                }
            }
        }
    }

    /** Log-probabilities, values and, where greedy, the choice itself, from one pass over prompt and completion. */
    private static void compare(Tiny tiny, int[] prompt, Completion c, boolean greedy) {
        int[] all = joined(prompt, c.ids());
        int v = tiny.config.vocab();
        try (Activations a = Activations.allocate(tiny.lab.engine, tiny.config, all.length, 1, false);
                Heads heads = new Heads(tiny.config, tiny.lab.engine)) {
            Tensor hidden =
                    tiny.transformer.forward(tiny.model.weights(), Packed.of(List.of(all)), a).rows(prompt.length - 1, c.ids().length);
            Tensor out = tiny.lab.zeros(hidden.rows(), v), values = tiny.lab.zeros(hidden.rows());
            heads.logits(tiny.model.weights(), hidden, out);
            heads.values(tiny.model.weights(), hidden, values);
            assertArrayEquals(tiny.lab.read(values), c.values(), 1e-4f);
            float[] logits = tiny.lab.read(out);
            for (int t = 0; t < c.ids().length; t++) {
                float[] row = Arrays.copyOfRange(logits, t * v, (t + 1) * v);
                double total = 0;
                float highest = Float.NEGATIVE_INFINITY;
                for (float x : row) {
                    total += Math.exp(x);
                    highest = Math.max(highest, x);
                }
                assertEquals(row[c.ids()[t]] - Math.log(total), c.logprobs()[t], 1e-4);
                if (greedy) {
                    assertEquals(highest, row[c.ids()[t]], 1e-4, "the most likely token, up to rounding");
                }
            }
        }
    }

    static List<Arguments> precisions() {
        return Arrays.stream(Tiny.Shape.values()).flatMap(shape -> Stream.of(Arguments.of(shape, false), Arguments.of(shape, true)))
                .toList();
    }

    private static Tiny tiny(Tiny.Shape shape, boolean bf16) {
        return new Tiny(shape, new Engine.Options("cpu", 2, bf16, "auto"));
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void aSampleDoesNotDependOnItsCompany(Tiny.Shape shape, boolean bf16) {
        try (Tiny tiny = tiny(shape, bf16)) {
            List<int[]> prompts = prompts(tiny, 40);
            List<Completion> all = generate(tiny, 40, prompts, 1, 30, 100, PLAIN);
            assertTrue(all.stream().anyMatch(Completion::finished) && all.stream().anyMatch(c -> !c.finished()),
                    "some leave the batch early");
            for (int batch : new int[] {1, 7, 64}) {
                assertSame(all, generate(tiny, batch, prompts, 1, 30, 100, PLAIN));
            }
            for (int i : new int[] {0, 3, 17, 39}) {
                assertSame(all.get(i), generate(tiny, 1, prompts.subList(i, i + 1), 1, 30, 100 + i, PLAIN).getFirst());
            }
            assertSame(all.subList(10, 17), generate(tiny, 16, prompts.subList(10, 17), 1, 30, 110, PLAIN));
        }
    }

    /** The samples of a prompt share its pages; alone they do not. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("precisions")
    void samplesOfOnePromptEqualSeparateOnes(Tiny.Shape shape, boolean bf16) {
        try (Tiny tiny = tiny(shape, bf16)) {
            List<int[]> prompts = prompts(tiny, 9);
            List<int[]> repeated = new ArrayList<>();
            prompts.forEach(p -> repeated.addAll(List.of(p, p, p, p, p)));
            List<Completion> apart = generate(tiny, 64, repeated, 1, 30, 7, PLAIN);
            for (int batch : new int[] {2, 5, 13, 64}) {    // 2: the samples of one prompt do not fit together
                assertSame(apart, generate(tiny, batch, prompts, 5, 30, 7, PLAIN));
            }
            List<int[]> first = apart.subList(0, 5).stream().map(Completion::ids).toList();
            assertTrue(first.stream().anyMatch(ids -> !Arrays.equals(ids, first.getFirst())), "samples differ");
        }
    }

    /** A generator's cache and buffers serve one request after another, and grow where one needs more. */
    @Test
    void aGeneratorServesManyRequests() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Generator generator = tiny.generator(3)) {
            List<int[]> prompts = prompts(tiny, 9);
            for (int count : new int[] {1, 9, 2, 9}) {
                Generator.Request request = new Generator.Request(prompts.subList(0, count), 2, 20, 64, 0, false);
                int[] done = {0};
                List<Completion> completions = generator.generate(tiny.model.weights(), request, PLAIN, n -> {
                    assertTrue(n >= done[0]);
                    done[0] = n;
                });
                assertEquals(2 * count, done[0]);
                assertSame(generate(tiny, 5, prompts.subList(0, count), 2, 20, 0, PLAIN), completions);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 1})
    void endsAtEosOrAtItsLimits(float temperature) {
        Sampling sampling = new Sampling(temperature, 0, 1, 3);
        try (Tiny tiny = new Tiny(Tiny.Shape.OPT); Generator generator = tiny.generator(8)) {
            List<int[]> prompts = prompts(tiny, 40);
            int maxNew = 25, maxTokens = 40;
            boolean finished = false;
            List<Completion> free = generator.generate(tiny.model.weights(), new Generator.Request(prompts, 1, maxNew, maxTokens, 0, true),
                    sampling, n -> {});
            List<Completion> ended = generator.generate(tiny.model.weights(),
                    new Generator.Request(prompts, 1, maxNew, maxTokens, 0, false), sampling, n -> {});
            for (int i = 0; i < prompts.size(); i++) {
                Completion a = free.get(i), b = ended.get(i);
                int limit = Math.min(maxNew, maxTokens - prompts.get(i).length);
                assertEquals(limit, a.ids().length, "without EOS a completion ends at its limit");
                assertFalse(a.finished());
                int eos = IntStream.range(0, limit).filter(t -> a.ids()[t] == EOS).findFirst().orElse(-1);
                assertEquals(eos >= 0, b.finished());
                assertArrayEquals(Arrays.copyOf(a.ids(), eos >= 0 ? eos + 1 : limit), b.ids(), "with EOS it is the same up to there");
                assertEquals(b.finished() ? b.ids().length - 1 : b.ids().length, b.text().length);
                finished |= b.finished();
            }
            assertTrue(finished, "EOS was met");
        }
    }

    @Test
    void theModelsPositionsAreALimitToo() {
        try (Tiny tiny = new Tiny(Tiny.Shape.OPT); Generator generator = tiny.generator(2)) {
            List<int[]> prompt = tiny.sequences(60);
            Generator.Request request = new Generator.Request(prompt, 1, 100, 1000, 0, true);
            assertEquals(4, generator.generate(tiny.model.weights(), request, Sampling.GREEDY, n -> {}).getFirst().ids().length);
            Generator.Request full = new Generator.Request(List.of(new int[] {1}, tiny.sequences(64).getFirst()), 1, 10, 1000, 0, true);
            InputError error =
                    assertThrows(InputError.class, () -> generator.generate(tiny.model.weights(), full, Sampling.GREEDY, n -> {}));
            assertEquals("Prompt 2 has 64 tokens, which leaves no room for an answer: at most 64 tokens are allowed in all.",
                    error.getMessage());
        }
    }

    @Test
    void withoutAValueHeadThereAreNoValues() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Model bare = tiny.model.copy(false); Generator generator = tiny.generator(2)) {
            Generator.Request request = new Generator.Request(prompts(tiny, 3), 1, 9, 64, 0, false);
            List<Completion> plain = generator.generate(bare.weights(), request, PLAIN, n -> {});
            List<Completion> valued = generator.generate(tiny.model.weights(), request, PLAIN, n -> {});
            for (int i = 0; i < 3; i++) {
                assertNull(plain.get(i).values());
                assertArrayEquals(valued.get(i).ids(), plain.get(i).ids());
                assertArrayEquals(valued.get(i).logprobs(), plain.get(i).logprobs());
            }
        }
    }

    @Test
    void cutsHoldForEveryToken() {
        try (Tiny tiny = new Tiny(Tiny.Shape.MISTRAL)) {
            List<int[]> prompts = prompts(tiny, 9);
            List<Completion> greedy = generate(tiny, 4, prompts, 1, 20, 0, Sampling.GREEDY);
            assertSame(greedy, generate(tiny, 4, prompts, 1, 20, 0, new Sampling(1, 1, 1, 6)));
            assertSame(greedy, generate(tiny, 4, prompts, 1, 20, 0, new Sampling(0.7f, 0, 1e-6f, 6)));
        }
    }

    /** The text that llama2.c writes with this model, in REFERENCE.md beside it. */
    @ParameterizedTest
    @ValueSource(strings = {"tokenizer.model", "tokenizer.json"})
    void stories260K(String tokenizerFile, @TempDir Path folder) throws IOException {
        Path dir = Shared.path("models", "stories260K-hf");
        String reference = Files.readString(dir.resolve("REFERENCE.md"));
        int from = reference.indexOf("Once upon a time");
        String expected = reference.substring(from, reference.indexOf("\n```", from));
        for (String name : List.of(tokenizerFile, "tokenizer_config.json", "special_tokens_map.json")) {
            Files.copy(dir.resolve(name), folder.resolve(name));
        }
        try (Lab lab = new Lab(); Checkpoint checkpoint = Checkpoint.open(dir); Tokenizer tokenizer = Tokenizers.open(folder)) {
            ModelConfig config = ModelConfig.of(checkpoint, note -> {});
            try (Transformer transformer = new Transformer(config, lab.engine);
                    Model model = Model.load(checkpoint, config, false, lab.engine);
                    Generator generator = new Generator(transformer, lab.engine, 1)) {
                int[] prompt = joined(new int[] {config.bosId()}, tokenizer.encode("Once upon a time"));
                // llama2.c counts 257 tokens, BOS included
                Completion c =
                        generator.generate(model.weights(), new Generator.Request(List.of(prompt), 1, 257 - prompt.length, 257, 0, false),
                                Sampling.GREEDY, n -> {}).getFirst();
                assertEquals(expected, "Once upon a time" + tokenizer.decode(c.text()));
            }
        }
    }
}
