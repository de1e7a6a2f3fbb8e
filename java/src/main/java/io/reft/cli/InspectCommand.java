package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.Count;
import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.data.Example;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.model.Activations;
import io.reft.model.Heads;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Packed;
import io.reft.model.Weights;
import io.reft.run.Session;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.Sft;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft inspect}: loss, logits and gradients of one sequence, to hold a checkpoint against another implementation. */
@Command(name = "inspect", description = "Shows a model's loss, last logits and gradient norms on given tokens, as one JSON object.",
        footer = "  reft inspect --model ../models/tiny --ids 5,6,7,8 --top 8")
final class InspectCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder.")
    private Path model;

    @Option(names = "--ids", required = true, split = ",", paramLabel = "N", description = "Token ids, at least two.")
    @Range(min = 0)
    private int[] ids;

    @Option(names = "--top", defaultValue = "16", paramLabel = "N",
            description = "How many of the last position's logits (default: ${DEFAULT-VALUE}).")
    @Range(min = 1)
    private int top;

    @Mixin
    private EngineOptions engine;

    /**
     * The answer; names as the command line's contract has them. What is not finite is null, and so is all where the weights are not:
     * {@code not_finite} counts those of each tensor.
     */
    private record Answer(Double loss, List<Float> last_logits, Map<String, Double> grad_norms, Map<String, Long> not_finite) {
        void print() {
            System.out.println(new GsonBuilder().serializeNulls().create().toJson(this));
        }
    }

    @Override
    public Integer call() {
        Map<String, Long> notFinite;
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            notFinite = Model.notFinite(checkpoint, ModelConfig.of(checkpoint, note -> {}));
        }
        if (!notFinite.isEmpty()) {
            new Answer(null, null, null, notFinite).print();
            return 0;
        }
        try (Session session = Session.open(model, engine::open, false, Console.JOURNAL)) {
            check(session);
            Weights weights = session.model().weights();
            try (Learner learner = new Learner(session.model(), session.transformer(), session.engine(), AdamW.Options.DEFAULT, ids.length);
                    Sft sft = new Sft(learner, session.engine(), ids.length)) {
                float loss = sft.accumulate(List.of(new Example(ids, 1)));
                Map<String, Double> norms = new LinkedHashMap<>();
                for (Weights.Entry e : learner.gradients().entries()) {
                    norms.put(e.name(), norm(session.engine().device().floats(e.tensor())));
                }
                new Answer(finite(loss), lastLogits(session, weights), norms, notFinite).print();
            }
        }
        return 0;
    }

    private void check(Session session) {
        if (ids.length < 2 || ids.length > session.config().maxPositions()) {
            throw new InputError("--ids has %s: a loss needs at least 2, and this model has %d positions.", Count.of(ids.length, "token"),
                    session.config().maxPositions());
        }
        for (int id : ids) {
            if (id < 0 || id >= session.config().vocab()) {
                throw new InputError("--ids: %d is no token of this model; they run from 0 to %d.", id, session.config().vocab() - 1);
            }
        }
    }

    private List<Float> lastLogits(Session session, Weights weights) {
        var device = session.engine().device();
        try (Activations activations = Activations.allocate(session.engine(), session.config(), ids.length, 1, false);
                Heads heads = new Heads(session.config(), session.engine());
                Row row = TensorBlock.lay(device, w -> new Row(w.f32(1, session.config().vocab()), w))) {
            Tensor hidden = session.transformer().forward(weights, Packed.of(List.of(ids)), activations);
            heads.logits(weights, hidden.rows(ids.length - 1, 1), row.logits);
            float[] logits = device.floats(row.logits);
            List<Float> shown = new ArrayList<>();
            for (int i = 0; i < Math.min(top, logits.length); i++) {
                shown.add(Float.isFinite(logits[i]) ? logits[i] : null);
            }
            return shown;
        }
    }

    private record Row(Tensor logits, TensorBlock workspace) implements AutoCloseable {
        @Override
        public void close() {
            workspace.close();
        }
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static Double norm(float[] values) {
        double sum = 0;
        for (float v : values) {
            sum += (double) v * v;
        }
        return finite(Math.sqrt(sum));
    }
}
