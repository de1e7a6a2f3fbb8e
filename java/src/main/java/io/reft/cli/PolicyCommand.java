package io.reft.cli;

import io.reft.InputError;
import io.reft.reward.RewardMix;
import io.reft.run.ReinforcementRun;
import io.reft.run.TrainingRun;
import io.reft.train.Algorithm;
import io.reft.train.Gae;
import io.reft.train.LrSchedule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What {@code reft rl} and {@code reft ppo} have alike: all but the choice of the method. */
abstract class PolicyCommand implements Callable<Integer>, Checked {
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

    @Option(names = "--lambda", defaultValue = "0.95", paramLabel = "L|auto",
            description = "ppo: λ of generalised advantage estimation; auto: 1 - 1/(0.05·length), so that the first tokens of a long "
                    + "answer see the score (default: ${DEFAULT-VALUE}).")
    private String lambda;

    @Option(names = "--lambda-value", paramLabel = "L",
            description = "ppo: λ of the returns that the value head learns; 1 is free of bias (default: as --lambda).")
    @Range(min = 0, max = 1)
    private Float lambdaValue;

    @Option(names = "--value-warmup", defaultValue = "0", paramLabel = "N",
            description = "ppo: fit the value head to N completions of the warm-up model before the policy moves (default: "
                    + "${DEFAULT-VALUE}: it starts at zero, as the paper's).")
    @Range(min = 0, max = Range.COUNT)
    private int valueWarmup;

    @Option(names = "--vf-coef", defaultValue = "5", paramLabel = "C",
            description = "Weight of the value loss (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1e6)
    private float vfCoef;

    @Option(names = "--clip", defaultValue = "0.2", paramLabel = "E",
            description = "Clip range of ratio and value (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = 1e6)
    private float clip;

    @Option(names = "--clip-high", paramLabel = "E",
            description = "Upper clip bound of the ratio, which lets rare tokens rise faster (DAPO: 0.28; default: as --clip).")
    @Range(above = 0, max = 1e6)
    private Float clipHigh;

    @Option(names = "--kl", paramLabel = "reward|loss",
            description = "Where the KL penalty stands: in each token's reward, or in the loss by the estimator k3 (default: the "
                    + "method's).")
    private Algorithm.Kl.Place kl;

    @Option(names = "--mean", paramLabel = "sequence|token|constant",
            description = "Average of the tokens' losses: over each completion and then over completions, over all tokens, or each "
                    + "divided by the longest completion allowed "
                    + "(default: the method's).")
    private Algorithm.Mean mean;

    @Option(names = "--samples", paramLabel = "K",
            description = "Completions of each question (default: the method's: ppo 1, grpo 8, dr-grpo 8, rloo 4, reinforce++ 1).")
    @Range(min = 1, max = Range.SAMPLES)
    private Integer samples;

    @Option(names = "--reward", paramLabel = "PART[=WEIGHT]",
            description = "What a completion is worth, in place of the verifier's score: right, format (an answer could be read), "
                    + "finished, score (the verifier's), or "
                    + "exec:COMMAND, which reads a JSON object a line (item_id, question, completion, gold, answer, verdict, score) "
                    + "and writes a number a line; "
                    + "several are added up. Accuracies stay the verifier's.")
    private List<String> rewards = List.of();

    @Option(names = "--reward-timeout", defaultValue = "60", paramLabel = "SECONDS",
            description = "From one answer of an exec: reward to the next (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = 1 << 20)
    private int rewardTimeout;

    @Option(names = "--refills", defaultValue = "0", paramLabel = "N",
            description = "Up to N further batches of questions an iteration take the place of groups that are all right or all "
                    + "wrong, which teach nothing (DAPO; default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1000)
    private int refills;

    @Option(names = "--overlong", defaultValue = "keep", paramLabel = "keep|mask",
            description = "Completions cut at their length limit: keep, or leave out of the loss (default: ${DEFAULT-VALUE}).")
    private ReinforcementRun.Overlong overlong;

    @Option(names = "--max-kl", defaultValue = "0", paramLabel = "D",
            description = "End the passes over a batch where the policy is D nats a token away from the one that sampled; 0: never "
                    + "(default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1e6)
    private float maxKl;

    @Option(names = "--ppo-epochs", defaultValue = "2", paramLabel = "N",
            description = "Passes over each batch of completions (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.EPOCHS)
    private int ppoEpochs;

    @Option(names = "--iterations", paramLabel = "N", description = "Batches of completions to learn from.")
    @Range(min = 1, max = Range.COUNT)
    private Integer iterations;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the questions, instead of --iterations (default: 300).")
    @Range(min = 1, max = Range.EPOCHS)
    private Integer epochs;

    @Option(names = "--batch-size", defaultValue = "32", paramLabel = "N",
            description = "Questions of one iteration (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.COUNT)
    private int batchSize;

    @Option(names = "--minibatch-size", paramLabel = "N",
            description = "Completions of one optimizer step (default: all of the iteration).")
    @Range(min = 1, max = Range.COUNT)
    private Integer minibatchSize;

    @Option(names = "--lr", defaultValue = "3e-7", paramLabel = "LR", description = "Learning rate (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = Range.RATE)
    private float lr;

    @Option(names = "--schedule", defaultValue = "constant", paramLabel = "constant|linear|cosine",
            description = "What the rate does after its warm-up (default: ${DEFAULT-VALUE}).")
    private LrSchedule.Shape schedule;

    @Option(names = "--lr-warmup", defaultValue = "0", paramLabel = "N",
            description = "Iterations in which the rate rises to that (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = Range.COUNT)
    private int lrWarmup;

    @Option(names = "--max-prompt", defaultValue = "300", paramLabel = "N",
            description = "Questions with longer prompts are left out (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.TOKENS)
    private int maxPrompt;

    @Option(names = "--max-length", paramLabel = "N",
            description = "Longest prompt and completion in tokens (default: 700, or the model's positions).")
    @Range(min = 2, max = Range.TOKENS)
    private Integer maxLength;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    @Range(min = Range.COLDEST, max = Range.HOTTEST)
    private float temperature;

    @Option(names = "--eval-every", paramLabel = "N",
            description = "Iterations from one judgement of the model to the next (default: a pass over the questions).")
    @Range(min = 1)
    private Integer evalEvery;

    @Option(names = "--probe-every", paramLabel = "N",
            description = "Iterations between probes for reward hacking (reft probe --help) on a fixed sample of the questions that "
                    + "choose; 0: never (default: as --eval-every).")
    @Range(min = 0)
    private Integer probeEvery;

    @Option(names = "--probe-questions", defaultValue = "64", paramLabel = "N",
            description = "Questions of that sample (default: ${DEFAULT-VALUE}).")
    @Range(min = 1)
    private int probeQuestions;

    @Mixin
    private OptimizerOptions optimizer;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    /** What the command line or the command's name asks for. */
    abstract ReinforcementRun.Method method();

    private float lambda() {
        if (lambda.equals("auto")) {
            return Gae.AUTO;
        }
        if (!lambda.matches("0|1|[01]?\\.\\d{1,9}") || Float.parseFloat(lambda) > 1) {
            throw new InputError("--lambda is %s; it must be from 0 to 1, or auto.", lambda);
        }
        return Float.parseFloat(lambda);
    }

    @Override
    public void check() {
        data.checkStrict();
        boolean ppo = method() == ReinforcementRun.Method.PPO;
        if (!ppo && (lambdaValue != null || valueWarmup > 0)) {
            throw new InputError("%s belongs to --method ppo, which alone has a value head.",
                    lambdaValue != null ? "--lambda-value" : "--value-warmup");
        }
        lambda();
        if (samples != null && samples < 2 && (method() == ReinforcementRun.Method.GRPO
                || method() == ReinforcementRun.Method.DR_GRPO || method() == ReinforcementRun.Method.RLOO)) {
            throw new InputError("--samples is %d: a completion is compared with others of its question, so there must be at least 2.",
                    samples);
        }
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
        options.sets = selection.sets(train, true, engine.seed, data);
        options.grading = data.grading(model, options.sets.train());
        options.engine = engine::open;
        options.seed = engine.seed;
        options.maxLength = maxLength;
        options.tokensPerBatch = optimizer.tokensPerBatch;
        options.optimizer = optimizer.adamW();
        options.method = method();
        options.advantages =
                method() == ReinforcementRun.Method.PPO ? new Gae(gamma, lambda(), lambdaValue != null ? lambdaValue : lambda()) : null;
        options.samples = samples;
        options.beta = beta;
        options.klPlace = kl;
        options.clip = clip;
        options.clipHigh = clipHigh;
        options.mean = mean;
        options.valueWarmup = valueWarmup;
        options.maxKl = maxKl;
        options.refills = refills;
        options.overlong = overlong;
        options.vfCoef = vfCoef;
        options.updateEpochs = ppoEpochs;
        options.iterations = iterations;
        options.epochs = epochs;
        options.batchSize = batchSize;
        options.minibatchSize = minibatchSize;
        options.lr = lr;
        options.schedule = schedule;
        options.lrWarmup = lrWarmup;
        options.maxPrompt = maxPrompt;
        options.temperature = temperature;
        options.evalEvery = evalEvery;
        options.probeEvery = probeEvery;
        options.probeQuestions = probeQuestions;
        List<RewardMix.Part> parts = new ArrayList<>();
        try (TrainingRun run = target.open(command.name(), command)) {
            for (String part : rewards) {
                parts.add(RewardMix.Part.of(part, Duration.ofSeconds(rewardTimeout)));
            }
            if (!parts.isEmpty()) {
                options.reward = verifier -> new RewardMix(verifier, parts);
            }
            ReinforcementRun.train(run, options);
        } finally {
            parts.forEach(RewardMix.Part::close);
        }
        return 0;
    }
}
