package io.reft.cli;

import io.reft.run.ReinforcementRun;
import picocli.CommandLine.Command;

/** {@code reft ppo}: ReFT's own reinforcement learning; {@code reft rl --method ppo} by a shorter name. */
@Command(name = "ppo",
        description = "Reinforces a warmed-up model on its own solutions: PPO whose score is whether the answer is right (reft rl "
                + "--method ppo).",
        footer = "  reft ppo --model runs/warmup --train svamp.json --out runs/reft --iterations 300")
final class PpoCommand extends PolicyCommand {
    @Override
    ReinforcementRun.Method method() {
        return ReinforcementRun.Method.PPO;
    }
}
