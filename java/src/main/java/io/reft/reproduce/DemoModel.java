package io.reft.reproduce;

import com.google.gson.JsonObject;
import io.reft.checkpoint.JsonFile;
import io.reft.data.Template;
import io.reft.kernels.Engine;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.run.ModelSettings;
import io.reft.run.Session;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** The demo's model as a folder that all commands read. */
final class DemoModel {
    private static final List<String> MODEL_FILES =
            List.of("config.json", "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");

    private DemoModel() {}

    /** Writes the model, with random weights, into {@code start} of a run's folder; gives that folder. */
    static Path write(Path folder, Supplier<Engine> engine, long seed) throws IOException {
        Path start = folder.resolve("start"), tokenizer = Files.createDirectories(folder.resolve("run/tokenizer"));
        for (String name : MODEL_FILES) {
            try (InputStream in = DemoModel.class.getResourceAsStream("/models/demo/" + name)) {
                Files.write(tokenizer.resolve(name), in.readAllBytes());
            }
        }
        Files.writeString(tokenizer.resolve(ModelSettings.FILE), "{\"template\": \"" + Template.DEMO.name() + "\"}\n");
        JsonObject json = JsonFile.read(tokenizer.resolve("config.json"), 1 << 20);
        try (Engine on = engine.get(); Model model = Model.random(ModelConfig.from(json, "config.json"), false, 0, seed, on)) {
            Session.save(start, json, tokenizer, model, on);
        }
        return start;
    }
}
