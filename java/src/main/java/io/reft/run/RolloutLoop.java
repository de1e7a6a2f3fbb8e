package io.reft.run;

import io.reft.Diverged;
import io.reft.InputError;
import io.reft.data.Prompt;
import io.reft.rollout.ScoredCompletion;
import io.reft.train.Learner;
import io.reft.train.PolicyGradient;
import java.util.List;
import java.util.Locale;

/**
 * Learning from completions drawn anew in every iteration, of which the best is kept: reinforcement learning and online self-training. It
 * can be stopped after any iteration and goes on from there.
 *
 * @param task      as the progress names it
 * @param total     iterations
 * @param evalEvery iterations from one judgement to the next; the last one is judged too
 * @param batchSize questions of one iteration
 * @param seed      of their order
 */
record RolloutLoop(String task, int total, int evalEvery, int batchSize, long seed) {
    private static final int SAMPLES_KEPT = 4;
    /** Numbers of an iteration that are losses on solutions; that of a policy gradient has no scale of its own. */
    private static final List<String> CROSS_ENTROPIES = List.of("right_loss", "gold_loss");

    /**
     * What an iteration did.
     *
     * @param numbers for the journal
     * @param drawn   the completions
     * @param note    for the progress
     */
    record Done(Journal.Entry numbers, DrawnCompletions drawn, String note) {}

    /** Samples completions of the prompts and learns from them. Iterations count from 1. */
    interface Iteration {
        Done run(List<Prompt> prompts, int iteration);
    }

    /** Those of so many passes over the questions. */
    static int iterations(int epochs, int perPass) {
        if ((long) epochs * perPass > Integer.MAX_VALUE) {
            throw new InputError("%d passes of %d iterations are more than a run can have: lower --epochs, or raise --batch-size.", epochs,
                    perPass);
        }
        return epochs * perPass;
    }

    /** @param learner what {@code learning} changes */
    void run(TrainingRun run, Learner learner, List<Prompt> prompts, Iteration learning, BestCheckpoint best, List<Watcher> watchers) {
        watchers.forEach(w -> w.begin(run.state().resumes()));
        int iteration = run.state().begin(learner, best, "iterations", total);
        LossWatch losses = new LossWatch(learner.model().config(), run.journal());
        try (Journal.Progress progress = run.journal().progress(task, "iterations", iteration, total)) {
            while (iteration < total && !run.stopRequested()) {
                iteration++;
                Done done = learning.run(PolicyGradient.prompts(prompts, batchSize, seed, iteration), iteration);
                for (String loss : CROSS_ENTROPIES) {
                    if (done.numbers.values().get(loss) instanceof Double value && !value.isNaN()) { // NaN: there was nothing to learn from
                        losses.see("iteration", iteration, value);
                    }
                }
                run.journal().numbers(done.numbers);
                run.journal().completions(done.drawn);
                List<ScoredCompletion> scored = done.drawn.scored();
                for (ScoredCompletion s : scored.subList(0, Math.min(SAMPLES_KEPT, scored.size()))) {
                    run.journal().sample(sample(s, iteration));
                }
                progress.note(done.note);
                progress.reach(iteration);
                int number = iteration;
                watchers.forEach(w -> w.after("iteration", number));
                if (iteration % evalEvery == 0 || iteration == total) {
                    best.offer("iteration", iteration);
                }
                run.state().reached(iteration);
            }
        } catch (Diverged e) {
            throw run.state().keeping(e, "iteration", iteration);
        }
        best.finish("iteration", iteration);
        run.state().end(iteration);
    }

    private static Journal.Entry sample(ScoredCompletion s, int iteration) {
        return Journal.Entry.at("iteration", iteration).with("item_id", s.prompt().problem().id()).with("completion", s.text())
                .with("score", s.score().value()).with("verdict", s.score().verdict().name().toLowerCase(Locale.ROOT));
    }
}
