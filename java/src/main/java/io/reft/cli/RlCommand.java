package io.reft.cli;

import io.reft.run.ReinforcementRun;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code reft rl}: reinforcement learning on the model's own solutions, by any of several methods. */
@Command(name = "rl", description = {"Reinforces a warmed-up model on its own solutions, whose score is whether the answer is right.",
        "ppo: values and generalised advantages, one completion a question, as ReFT (arXiv 2401.08967).",
        "grpo: each completion against the mean of its question's, over their deviation, KL in the loss (arXiv 2402.03300); dr-grpo: "
                + "without the division and without "
                + "a bias by length (arXiv 2503.20783).",
        "rloo: each completion against the mean of the others of its question (arXiv 2402.14740).",
        "reinforce++: rewards to go, whitened over the batch (arXiv 2501.03262)."},
        footer = "  reft rl --method grpo --samples 8 --model runs/warmup --train svamp.json --out runs/grpo --iterations 300")
final class RlCommand extends PolicyCommand {
    @Option(names = "--method", required = true, paramLabel = "ppo|grpo|dr-grpo|rloo|reinforce++", converter = Name.class,
            description = "How scores become advantages.")
    private ReinforcementRun.Method method;

    @Override
    ReinforcementRun.Method method() {
        return method;
    }

    /** The methods' names in the field. */
    private static final class Name implements ITypeConverter<ReinforcementRun.Method> {
        @Override
        public ReinforcementRun.Method convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "ppo" -> ReinforcementRun.Method.PPO;
                case "grpo" -> ReinforcementRun.Method.GRPO;
                case "dr-grpo" -> ReinforcementRun.Method.DR_GRPO;
                case "rloo" -> ReinforcementRun.Method.RLOO;
                case "reinforce++" -> ReinforcementRun.Method.REINFORCE_PLUS_PLUS;
                default -> throw new TypeConversionException("'" + text + "' is no method; there are "
                        + String.join(", ", List.of("ppo", "grpo", "dr-grpo", "rloo", "reinforce++")));
            };
        }
    }
}
