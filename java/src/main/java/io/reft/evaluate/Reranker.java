package io.reft.evaluate;

import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.model.Activations;
import io.reft.model.Model;
import io.reft.model.Packed;
import io.reft.model.Transformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Judges solutions: a classifier of two classes, wrong and right, on the last token of question and solution (METHOD: reranking).
 * The solution of several that it holds most likely to be right is the answer. {@code io.reft.train.RerankerTraining} trains it.
 */
public final class Reranker implements AutoCloseable {
    /** The names of its classes, in their order. */
    public static final List<String> LABELS = List.of("wrong", "right");

    /** Tokens of a forward pass; more where one solution is longer. */
    private static final int TOKEN_BUDGET = 2048;

    private final Model model;
    private final Engine engine;
    private final Transformer transformer;

    /** @param model a classifier of two classes */
    public Reranker(Model model, Engine engine) {
        this.model = model;
        this.engine = engine;
        // a solution's score must not depend on who shares its batch
        transformer = new Transformer(model.config(),
                new Engine(engine.device(), engine.kernels(), engine.invariant(), engine.invariant(), engine.storage(), null));
    }

    /** The most tokens of a solution that are looked at. */
    public int longest() {
        return model.config().maxPositions();
    }

    /**
     * The log-odds that each solution is right: above 0 where it is held more likely right than wrong. Equal solutions get equal ones.
     *
     * @param solutions token ids of question and solution, none empty; of those longer than the model's positions the beginning counts
     * @param progress  told how many are judged
     */
    public double[] score(List<int[]> solutions, IntConsumer progress) {
        int most = longest(), longest = solutions.stream().mapToInt(s -> Math.min(s.length, most)).max().orElse(1);
        int budget = Math.max(TOKEN_BUDGET, longest);
        double[] scores = new double[solutions.size()];
        try (Activations activations = Activations.allocate(engine, model.config(), budget, budget, false)) {
            for (int from = 0; from < scores.length;) {
                List<int[]> part = new ArrayList<>();
                for (int used = 0; from + part.size() < scores.length;) {
                    int[] ids = solutions.get(from + part.size());
                    ids = ids.length > most ? Arrays.copyOf(ids, most) : ids;
                    used += ids.length;
                    if (used > budget) {
                        break;
                    }
                    part.add(ids);
                }
                float[] logits = logits(Packed.of(part), activations);
                for (int b = 0; b < part.size(); b++) {
                    scores[from++] = (double) logits[2 * b + 1] - logits[2 * b];
                }
                progress.accept(from);
            }
        }
        return scores;
    }

    /** [B, 2]. */
    private float[] logits(Packed batch, Activations activations) {
        int[] rows = batch.lastRows();
        long e = model.config().embedWidth();
        Tensor hidden = transformer.forward(model.weights(), batch, activations);
        try (Buffers buffers = TensorBlock.lay(engine.device(),
                w -> new Buffers(w.i32(rows.length), w.tensor(engine.storage(), rows.length, e), w.f32(rows.length, LABELS.size()), w))) {
            engine.kernels().gatherRows(buffers.last, hidden, engine.device().upload(buffers.rows, rows));
            model.weights().head.forward(engine.invariant(), buffers.logits, buffers.last);
            return engine.device().floats(buffers.logits);
        }
    }

    private record Buffers(Tensor rows, Tensor last, Tensor logits, TensorBlock workspace) implements AutoCloseable {
        @Override
        public void close() {
            workspace.close();
        }
    }

    @Override
    public void close() {
        transformer.close();
    }
}
