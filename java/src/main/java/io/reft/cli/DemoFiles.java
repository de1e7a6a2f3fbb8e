package io.reft.cli;

import com.google.gson.JsonObject;
import io.reft.checkpoint.JsonFile;
import io.reft.data.Datasets;
import io.reft.data.DemoProblems;
import io.reft.data.Template;
import io.reft.kernels.Engine;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The demo's problems and a model with random weights, as files that all commands read.
 *
 * @param train problems
 * @param dev   problems
 * @param test  problems
 * @param start the model's folder
 */
record DemoFiles(Path train, Path dev, Path test, Path start) {
    private static final List<String> MODEL_FILES = List.of("config.json", "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");

    /** Writes {@code train.json}, {@code dev.json}, {@code test.json} and the model {@code start} into a run's folder. */
    static DemoFiles write(Path folder, DemoProblems problems, EngineOptions engine) throws IOException {
        DemoFiles files = new DemoFiles(folder.resolve("train.json"), folder.resolve("dev.json"), folder.resolve("test.json"), folder.resolve("start"));
        Datasets.write(files.train, problems.train());
        Datasets.write(files.dev, problems.dev());
        Datasets.write(files.test, problems.test());
        Path tokenizer = Files.createDirectories(folder.resolve("run/tokenizer"));
        for (String name : MODEL_FILES) {
            try (InputStream in = DemoFiles.class.getResourceAsStream("/models/demo/" + name)) {
                Files.write(tokenizer.resolve(name), in.readAllBytes());
            }
        }
        Files.writeString(tokenizer.resolve(Session.SETTINGS), "{\"template\": \"" + Template.DEMO.name() + "\"}\n");
        JsonObject json = JsonFile.read(tokenizer.resolve("config.json"), 1 << 20);
        try (Engine on = engine.open(); Model model = Model.random(ModelConfig.from(json, "config.json"), false, 0, engine.seed, on)) {
            Session.save(files.start, json, tokenizer, model, on);
        }
        return files;
    }
}
