package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Example;
import io.reft.run.RunFolder;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.Sft;
import java.util.List;

/**
 * Supervised fine-tuning over epochs, of which the best is kept: what {@code reft sft} and offline self-training share.
 *
 * @param epochs      passes over the examples, by which the rate falls to 0
 * @param last        the pass after which to stop, at most {@code epochs}
 * @param evalEvery   passes from one judgement to the next; the last pass is judged too
 * @param keepEpoch   a pass whose model is kept in a folder of its own besides; 0: none
 * @param lr          peak rate
 * @param batchSize   examples of one optimizer step
 * @param warmupRatio share of the steps in which the rate rises
 * @param tokenBudget most tokens computed at a time
 * @param seed        of the order
 */
record FineTuning(int epochs, int last, int evalEvery, int keepEpoch, float lr, int batchSize, float warmupRatio, AdamW.Options optimizer,
                  int tokenBudget, long seed) {
    private record Metric(int step, double epoch, float loss, float lr, float grad_norm, double tokens_per_s) {}

    /** The examples that are not too long; says how many are left out. */
    static List<Example> within(List<Example> all, int longest, Object source) {
        List<Example> kept = all.stream().filter(e -> e.ids().length <= longest).toList();
        if (kept.isEmpty()) {
            throw new InputError("%s has no example of at most %d tokens: raise --max-length.", source, longest);
        }
        if (kept.size() < all.size()) {
            System.err.printf("%d of %d examples are longer than %d tokens and left out.%n", all.size() - kept.size(), all.size(), longest);
        }
        return kept;
    }

    /** The name of the folder within the run's that holds the model after {@link #keepEpoch}. */
    static String folder(int epoch) {
        return "epoch-" + epoch;
    }

    /** Trains the session's model in place. */
    void run(Session session, RunFolder run, TrainingState state, List<Example> examples, BestCheckpoint best, Interrupt interrupt) {
        int perEpoch = (examples.size() + batchSize - 1) / batchSize, total = epochs * perEpoch, end = last * perEpoch;
        LrSchedule schedule = new LrSchedule(lr, Math.round(warmupRatio * total), total);
        try (Learner learner = new Learner(session.model(), session.transformer(), session.engine(), optimizer, tokenBudget);
                Sft sft = new Sft(learner, session.engine(), tokenBudget)) {
            int step = state.begin(learner, best, "steps", end);
            try (Progress progress = new Progress("sft", "steps", step, end)) {
                while (step < end && !interrupt.requested()) {
                    List<List<Example>> batches = Sft.batches(examples, batchSize, seed, step / perEpoch + 1);
                    for (List<Example> batch : batches.subList(step % perEpoch, perEpoch)) {
                        long start = System.nanoTime();
                        float rate = schedule.at(step++);
                        Sft.Step done = sft.step(batch, rate);
                        run.metric(new Metric(step, (double) step / perEpoch, done.loss(), rate, done.gradNorm(), done.tokens() / ((System.nanoTime() - start) / 1e9)));
                        progress.note(String.format("loss %.3f", done.loss()));
                        progress.step();
                        if (step % perEpoch == 0) {
                            passed(step / perEpoch, session, run, best);
                        }
                        state.reached(step);
                        if (interrupt.requested()) {
                            break;
                        }
                    }
                }
            }
            if (step % perEpoch == 0) {
                best.finish("epoch", step / perEpoch);
            } else {
                best.finish("step", step);
            }
            state.end(step);
        }
    }

    private void passed(int epoch, Session session, RunFolder run, BestCheckpoint best) {
        if (epoch == keepEpoch) {
            session.save(run.folder().resolve(folder(epoch)));
        }
        if (epoch % evalEvery == 0 || epoch == last) {
            best.offer("epoch", epoch);
        }
    }
}
