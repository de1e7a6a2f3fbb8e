package io.reft.cli;

import io.reft.InputError;
import io.reft.run.ReinforcementRun;
import io.reft.run.TrainingRun;
import io.reft.train.Gae;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft ppo}: reinforcement learning on the model's own solutions, from a warmed-up model. */
@Command(name = "ppo", description = "Reinforces a warmed-up model on its own solutions: PPO whose score is whether the answer is right.",
        footer = "  reft ppo --model runs/warmup --train svamp.json --out runs/reft --iterations 300")
final class PpoCommand implements Callable<Integer>, Checked {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "The warmed-up model; also the reference.")
    private Path model;

    @Option(names = "--train", required = true, paramLabel = "FILE", description = "Problems with answers (ReFT JSON).")
    private Path train;

    @Mixin
    private SelectionOptions selection;

    @Mixin
    private TargetOptions target;

    @Mixin
    private RecipeOption recipe;

    @Mixin
    private DataOptions data;

    @Option(names = "--beta", paramLabel = "B", description = "Weight of the KL penalty (default: 0.01 for programs, 0.05 for prose).")
    @Range(min = 0, max = 1e6)
    private Float beta;

    @Option(names = "--gamma", defaultValue = "1", paramLabel = "G", description = "Discount (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1)
    private float gamma;

    @Option(names = "--lambda", defaultValue = "0.95", paramLabel = "L", description = "Of generalised advantage estimation (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1)
    private float lambda;

    @Option(names = "--vf-coef", defaultValue = "5", paramLabel = "C", description = "Weight of the value loss (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1e6)
    private float vfCoef;

    @Option(names = "--clip", defaultValue = "0.2", paramLabel = "E", description = "Clip range of ratio and value (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = 1e6)
    private float clip;

    @Option(names = "--ppo-epochs", defaultValue = "2", paramLabel = "N", description = "Passes over each batch of completions (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.EPOCHS)
    private int ppoEpochs;

    @Option(names = "--iterations", paramLabel = "N", description = "Batches of completions to learn from.")
    @Range(min = 1, max = Range.COUNT)
    private Integer iterations;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the questions, instead of --iterations (default: 300).")
    @Range(min = 1, max = Range.EPOCHS)
    private Integer epochs;

    @Option(names = "--batch-size", defaultValue = "32", paramLabel = "N", description = "Questions of one iteration, one completion each (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.COUNT)
    private int batchSize;

    @Option(names = "--minibatch-size", paramLabel = "N", description = "Completions of one optimizer step (default: all of the iteration).")
    @Range(min = 1, max = Range.COUNT)
    private Integer minibatchSize;

    @Option(names = "--lr", defaultValue = "3e-7", paramLabel = "LR", description = "Learning rate, constant (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = Range.RATE)
    private float lr;

    @Option(names = "--lr-warmup", defaultValue = "0", paramLabel = "N", description = "Iterations in which the rate rises to that (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = Range.COUNT)
    private int lrWarmup;

    @Option(names = "--max-prompt", defaultValue = "300", paramLabel = "N", description = "Questions with longer prompts are left out (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.TOKENS)
    private int maxPrompt;

    @Option(names = "--max-length", paramLabel = "N", description = "Longest prompt and completion in tokens (default: 700, or the model's positions).")
    @Range(min = 2, max = Range.TOKENS)
    private Integer maxLength;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    @Range(min = Range.COLDEST, max = Range.HOTTEST)
    private float temperature;

    @Option(names = "--eval-every", paramLabel = "N", description = "Iterations from one judgement of the model to the next (default: a pass over the questions).")
    @Range(min = 1)
    private Integer evalEvery;

    @Option(names = "--probe-every", paramLabel = "N",
            description = "Iterations between probes for reward hacking (reft probe --help) on a fixed sample of the questions that choose; 0: never (default: as --eval-every).")
    @Range(min = 0)
    private Integer probeEvery;

    @Option(names = "--probe-questions", defaultValue = "64", paramLabel = "N", description = "Questions of that sample (default: ${DEFAULT-VALUE}).")
    @Range(min = 1)
    private int probeQuestions;

    @Mixin
    private OptimizerOptions optimizer;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    @Override
    public void check() {
        if (iterations != null && epochs != null && command.commandLine().getParseResult().hasMatchedOption("--epochs")) {
            throw new InputError("--iterations and --epochs say the same in two ways: give one of them.");
        }
        selection.check();
        target.check();
    }

    @Override
    public Integer call() {
        check();
        ReinforcementRun.Options options = new ReinforcementRun.Options();
        options.model = model;
        options.sets = selection.sets(train, true, engine.seed);
        options.grading = data.grading();
        options.engine = engine::open;
        options.seed = engine.seed;
        options.maxLength = maxLength;
        options.tokensPerBatch = optimizer.tokensPerBatch;
        options.optimizer = optimizer.adamW();
        options.advantages = new Gae(gamma, lambda);
        options.beta = beta;
        options.clip = clip;
        options.vfCoef = vfCoef;
        options.updateEpochs = ppoEpochs;
        options.iterations = iterations;
        options.epochs = epochs;
        options.batchSize = batchSize;
        options.minibatchSize = minibatchSize;
        options.lr = lr;
        options.lrWarmup = lrWarmup;
        options.maxPrompt = maxPrompt;
        options.temperature = temperature;
        options.evalEvery = evalEvery;
        options.probeEvery = probeEvery;
        options.probeQuestions = probeQuestions;
        try (TrainingRun run = target.open("ppo", command)) {
            ReinforcementRun.train(run, options);
        }
        return 0;
    }
}
