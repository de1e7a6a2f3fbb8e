package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.reft.Golden;
import io.reft.checkpoint.JsonFile;
import io.reft.data.DemoProblems;
import io.reft.kernels.Engine;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README's example for developers: training needs no command line. */
class TrainingFromJavaTest {
    @TempDir
    private Path dir;

    /** A checkpoint of the demo's tokenizer with random weights. */
    private Path checkpoint() {
        Path files = Golden.repository("models/demo"), out = dir.resolve("checkpoint");
        JsonObject config = JsonFile.read(files.resolve("config.json"), 1 << 20);
        try (Engine engine = Engine.open(Engine.Options.DEFAULT);
                Model model = Model.random(ModelConfig.from(config, "config.json"), false, 0, 1, engine)) {
            Session.save(out, config, files, model, engine);
        }
        return out;
    }

    @Test
    void tenSteps() {
        List<Double> losses = new ArrayList<>();
        Journal.Listener listener = new Journal.Listener() {
            @Override
            public void numbers(Journal.Entry entry) {
                losses.add(((Number) entry.values().get("loss")).doubleValue());
            }
        };
        SupervisedRun.Options options = new SupervisedRun.Options();
        options.model = checkpoint();
        options.sets = TrainingSets.all(DemoProblems.of(1, 80, 1, 1, 0).train(), "the demo's problems");
        options.epochs = 1;
        options.batchSize = 8;
        options.lr = 1e-2f;
        Path out = dir.resolve("trained");
        try (TrainingRun run =
                TrainingRun.open(TrainingRun.Target.of(out), "example", Map.of("lr", options.lr), List.of(options.model), listener)) {
            SupervisedRun.train(run, options);
        }
        assertEquals(10, losses.size());
        assertTrue(losses.getLast() < 0.7 * losses.getFirst(), losses.toString());
        assertTrue(Files.exists(out.resolve("model.safetensors")));
    }
}
