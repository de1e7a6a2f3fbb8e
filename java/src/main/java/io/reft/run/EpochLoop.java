package io.reft.run;

import io.reft.Diverged;
import io.reft.InputError;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.Sft;
import io.reft.train.Update;
import java.util.List;
import java.util.Locale;

/**
 * Passes over a fixed set of examples, of which the best is kept: supervised fine-tuning, offline self-training, rerankers. It can be
 * stopped after any step and goes on from there.
 *
 * @param task      as the progress names it
 * @param epochs    passes over the examples that the learning rate is planned for; the last may be a part of one
 * @param last      after how many to stop, at most {@code epochs}
 * @param evalEvery passes from one judgement to the next; the end is judged too
 * @param batchSize examples of one optimizer step
 * @param rate      of each step, out of {@code epochs} passes
 * @param seed      of the order
 */
record EpochLoop(String task, double epochs, double last, int evalEvery, int batchSize, Rate rate, long seed) {
    /** The learning rate of a run of so many steps. */
    interface Rate {
        LrSchedule of(int steps);
    }

    /** One optimizer step on a batch. */
    interface Step<T> {
        Update run(List<T> batch, float lr);
    }

    <T> void run(TrainingRun run, Learner learner, List<T> examples, Step<T> learning, BestCheckpoint best, List<Watcher> watchers) {
        int perEpoch = (examples.size() + batchSize - 1) / batchSize, end = steps(last, perEpoch);
        LrSchedule schedule = rate.of(steps(epochs, perEpoch));
        watchers.forEach(w -> w.begin(run.state().resumes()));
        int step = run.state().begin(learner, best, "steps", end);
        LossWatch losses = new LossWatch(learner.model().config(), run.journal());
        try (Journal.Progress progress = run.journal().progress(task, "steps", step, end)) {
            List<List<T>> batches = List.of();
            while (step < end && !run.stopRequested()) {
                if (batches.isEmpty() || step % perEpoch == 0) {
                    batches = Sft.batches(examples, batchSize, seed, step / perEpoch + 1);
                }
                long start = System.nanoTime();
                int before = step++;
                float lr = schedule.at(before);
                Update done = learning.run(batches.get(before % perEpoch), lr);
                losses.see("step", step, done.loss());
                run.journal().numbers(Journal.Entry.at("step", step).with("epoch", (double) step / perEpoch).with("loss", done.loss())
                        .with("lr", lr)
                        .with("grad_norm", done.gradNorm()).with("tokens_per_s", done.tokens() / ((System.nanoTime() - start) / 1e9)));
                progress.note(String.format(Locale.ROOT, "loss %.3f", done.loss()));
                progress.reach(step);
                if (step % perEpoch == 0) {
                    passed(step / perEpoch, step == end, best, watchers);
                } else if (step == end) {
                    best.offer("step", step);
                }
                run.state().reached(step);
            }
        } catch (Diverged e) {
            throw run.state().keeping(e, "step", step);
        }
        if (step % perEpoch == 0) {
            best.finish("epoch", step / perEpoch);
        } else {
            best.finish("step", step);
        }
        run.state().end(step);
    }

    private static int steps(double epochs, int perEpoch) {
        if (epochs * perEpoch > Integer.MAX_VALUE) {
            throw new InputError("%s passes of %d steps are more than a run can have: lower --epochs, or raise --batch-size.", epochs,
                    perEpoch);
        }
        return Math.max(1, (int) Math.round(epochs * perEpoch));
    }

    private void passed(int epoch, boolean end, BestCheckpoint best, List<Watcher> watchers) {
        watchers.forEach(w -> w.after("epoch", epoch));
        if (epoch % evalEvery == 0 || end) {
            best.offer("epoch", epoch);
        }
    }
}
