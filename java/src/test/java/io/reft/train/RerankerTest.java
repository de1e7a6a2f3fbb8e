package io.reft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.reft.Expect;
import io.reft.Golden;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.Safetensors;
import io.reft.checkpoint.TensorStore;
import io.reft.evaluate.Reranker;
import io.reft.kernels.Lab;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Tiny;
import io.reft.model.Transformer;
import io.reft.model.Weights;
import io.reft.train.RerankerTraining.Labelled;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The classifier on the last token: transformers' arithmetic, and what it learns. */
class RerankerTest {
    /** Folders that transformers saved: they open, and scores, loss and every gradient are PyTorch's. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-tied", "mistral", "opt", "opt-350m"})
    void equalsTransformers(String name) {
        JsonObject batch = Golden.json(name + "-classifier/batch.json");
        List<int[]> sequences = batch.getAsJsonArray("sequences").asList().stream().map(Golden::ints).toList();
        int[] classes = Golden.ints(batch.get("classes"));
        List<Labelled> solutions =
                IntStream.range(0, classes.length).mapToObj(i -> new Labelled(sequences.get(i), classes[i] == 1)).toList();
        try (Lab lab = new Lab(); Checkpoint checkpoint = Checkpoint.open(Golden.repository("models/golden/" + name + "-classifier"));
                TensorStore expected = Safetensors.open(checkpoint.dir().resolve("expected.safetensors"))) {
            ModelConfig config = ModelConfig.from(checkpoint.config(), name);
            assertEquals(2, config.classes());
            for (int budget : new int[] {16, 40}) {
                try (Transformer transformer = new Transformer(config, lab.engine);
                        Model model = Model.load(checkpoint, config, false, lab.engine);
                        Learner learner = new Learner(model, transformer, lab.engine, AdamW.Options.DEFAULT, budget);
                        RerankerTraining training = new RerankerTraining(learner, lab.engine, budget);
                        Reranker reranker = new Reranker(model, lab.engine)) {
                    float[] logits = read(expected, "logits");
                    double[] scores = reranker.score(sequences, n -> {});
                    for (int b = 0; b < scores.length; b++) {
                        assertEquals(logits[2 * b + 1] - logits[2 * b], scores[b], 1e-4);
                    }
                    assertEquals(batch.get("loss").getAsFloat(), training.accumulate(solutions), 1e-5);
                    for (Weights.Entry e : learner.gradients().entries()) {
                        Expect.close(e.name(), read(expected, "gradient." + e.name()), lab.read(e.tensor()), 1e-4, 1e-6);
                    }
                }
            }
        }
    }

    private static float[] read(TensorStore store, String name) {
        float[] values = new float[Math.toIntExact(store.info(name).size())];
        store.readFloats(name, MemorySegment.ofArray(values));
        return values;
    }

    /** A classifier of a tiny model whose head matters. */
    private static Model classifier(Tiny tiny) {
        Model classifier = tiny.model.classifier(2);
        tiny.lab.write(classifier.weights().head.weight(), tiny.lab.normals(classifier.weights().head.weight().size()));
        classifier.changed();
        return classifier;
    }

    @ParameterizedTest
    @EnumSource
    void aScoreDoesNotDependOnItsCompany(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape); Model classifier = classifier(tiny);
                Reranker reranker = new Reranker(classifier, tiny.lab.engine)) {
            List<int[]> solutions = new ArrayList<>(tiny.sequences(IntStream.range(0, 150).map(i -> 1 + i * 7 % 64).toArray()));
            solutions.add(solutions.get(3).clone());
            int[] told = {0};
            double[] all = reranker.score(solutions, n -> told[0] = n);
            assertEquals(solutions.size(), told[0]);
            assertEquals(all[3], all[150], "equal solutions");
            for (int i : new int[] {0, 3, 77, 149}) {
                assertEquals(all[i], reranker.score(solutions.subList(i, i + 1), n -> {})[0], "alone, to the bit");
            }
            assertTrue(Arrays.stream(all).distinct().count() > 140);
        }
    }

    /** What is beyond the model's positions does not count. */
    @Test
    void tooLongASolution() {
        try (Tiny tiny = new Tiny(Tiny.Shape.OPT); Model classifier = classifier(tiny);
                Reranker reranker = new Reranker(classifier, tiny.lab.engine)) {
            int[] ids = tiny.sequences(70).getFirst();
            assertArrayEquals(reranker.score(List.of(Arrays.copyOf(ids, 64)), n -> {}), reranker.score(List.of(ids), n -> {}));
        }
    }

    /** Solutions are right that hold token 5 anywhere: the last token alone does not tell. */
    @Test
    void learnsToTell() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA, Lab.ONE_THREAD); Model classifier = tiny.model.classifier(2);
                Learner learner = new Learner(classifier, tiny.transformer, tiny.lab.engine, AdamW.Options.DEFAULT, 256);
                RerankerTraining training = new RerankerTraining(learner, tiny.lab.engine, 256);
                Reranker reranker = new Reranker(classifier, tiny.lab.engine)) {
            tiny.lab.random.setSeed(1);
            List<Labelled> all =
                    tiny.sequences(IntStream.generate(() -> 8).limit(400).toArray()).stream().map(RerankerTest::labelled).toList();
            List<Labelled> unseen = all.subList(300, 400);
            assertArrayEquals(new double[100], reranker.score(unseen.stream().map(Labelled::ids).toList(), n -> {}),
                    "a new head knows nothing");
            for (int epoch = 1; epoch <= 12; epoch++) {
                for (List<Labelled> batch : Sft.batches(all.subList(0, 300), 20, 1, epoch)) {
                    training.step(batch, 1e-2f);
                }
            }
            double[] scores = reranker.score(unseen.stream().map(Labelled::ids).toList(), n -> {});
            long told = IntStream.range(0, 100).filter(i -> scores[i] > 0 == unseen.get(i).right()).count();
            assertTrue(told >= 85, told + " of 100");
        }
    }

    private static Labelled labelled(int[] ids) {
        return new Labelled(ids, Arrays.stream(ids).anyMatch(id -> id == 5));
    }
}
