package io.reft.cli;

import io.reft.data.Prompt;
import io.reft.rollout.ScoredCompletion;
import io.reft.run.RunFolder;
import io.reft.train.Learner;
import io.reft.train.Ppo;
import java.util.List;
import java.util.Locale;

/**
 * Learning from completions drawn anew in every iteration, of which the best is kept: what {@code reft ppo} and online self-training
 * share.
 *
 * @param task      as the progress names it
 * @param total     iterations
 * @param evalEvery iterations from one judgement to the next; the last one is judged too
 * @param batchSize questions of one iteration
 * @param seed      of their order
 */
record Iterations(String task, int total, int evalEvery, int batchSize, long seed) {
    private static final int SAMPLES_KEPT = 4;

    /**
     * What an iteration did.
     *
     * @param metric a line of the run's metrics
     * @param note   for the progress
     */
    record Done(Object metric, List<ScoredCompletion> scored, String note) {}

    /** Samples completions of the prompts and learns from them. Iterations count from 1. */
    interface Iteration {
        Done run(List<Prompt> prompts, int iteration);
    }

    private record Sample(int iteration, String item_id, String completion, double score, String verdict) {}

    /** @param learner what {@code learning} changes */
    void run(List<Prompt> prompts, RunFolder run, TrainingState state, Learner learner, BestCheckpoint best, Interrupt interrupt, Iteration learning) {
        int iteration = state.begin(learner, best, "iterations", total);
        try (Progress progress = new Progress(task, "iterations", iteration, total)) {
            while (iteration < total && !interrupt.requested()) {
                iteration++;
                Done done = learning.run(Ppo.prompts(prompts, batchSize, seed, iteration), iteration);
                run.metric(done.metric);
                for (ScoredCompletion s : done.scored.subList(0, Math.min(SAMPLES_KEPT, done.scored.size()))) {
                    run.sample(new Sample(iteration, s.prompt().problem().id(), s.text(), s.score().value(), s.score().verdict().name().toLowerCase(Locale.ROOT)));
                }
                progress.note(done.note);
                progress.step();
                if (iteration % evalEvery == 0 || iteration == total) {
                    best.offer("iteration", iteration);
                }
                state.reached(iteration);
            }
        }
        best.finish("iteration", iteration);
        state.end(iteration);
    }
}
