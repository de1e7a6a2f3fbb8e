package io.reft.cli;

import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.JsonFile;
import io.reft.kernels.Engine;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Weights;
import io.reft.run.Session;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft init}: a checkpoint with random weights. */
@Command(name = "init", description = "Makes a checkpoint with random weights.",
        footer = "  reft init --config models/demo/config.json --tokenizer models/demo --out runs/tiny")
final class InitCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Hugging Face config.json.")
    private Path config;

    @Option(names = "--tokenizer", required = true, paramLabel = "DIR", description = "Folder with the tokenizer's files.")
    private Path tokenizer;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new model folder.")
    private Path out;

    @Option(names = "--std", defaultValue = "0", paramLabel = "S",
            description = "Standard deviation of every matrix; 0: 1/√fan_in of each (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 100)
    private float std;

    @Mixin
    private EngineOptions engine;

    @Override
    public Integer call() {
        JsonObject json = JsonFile.read(config, 1 << 20);
        ModelConfig shape = ModelConfig.from(new JsonFields(json, config.toString()), null, System.err::println);
        try (Tokenizer words = Tokenizers.open(tokenizer)) {
            if (words.size() > shape.vocab()) {
                throw new InputError("%s: vocab_size is %d, and the tokenizer in %s has %d tokens.", config, shape.vocab(), tokenizer,
                        words.size());
            }
        }
        if (Files.exists(out)) {
            throw new InputError("--out %s exists already: choose a new folder.", out);
        }
        try (Engine on = engine.open(); Model model = Model.random(shape, false, std, engine.seed, on)) {
            Session.save(out, json, tokenizer, model, on);
        }
        System.out.printf("%s: %,d parameters%n", out, Weights.parameters(shape));
        return 0;
    }
}
