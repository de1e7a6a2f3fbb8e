package io.reft.run;

import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.evaluate.Probes;
import io.reft.rollout.Rollout;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Probes a policy in training on the same questions again and again, and says so where it looks as if it learnt to please the reward:
 * {@link Probes} of now beside those of the warm-up model.
 */
final class ProbeWatch implements Watcher {
    private final Session session;
    private final Journal journal;
    private final Rollout rollout;
    private final Encoder encoder;
    private final Plan plan;
    private Probes warm;

    /**
     * @param probed the questions; none: nothing is probed
     * @param every  iterations from one look to the next; 0: at the end alone
     * @param last   the last iteration, which is looked at too
     */
    record Plan(List<Problem> probed, int every, int last, long seed) {}

    ProbeWatch(Session session, Journal journal, Rollout rollout, Encoder encoder, Plan plan) {
        this.session = session;
        this.journal = journal;
        this.rollout = rollout;
        this.encoder = encoder;
        this.plan = plan;
    }

    /** Probes the model as it is before the first iteration, with which later ones are compared. */
    @Override
    public void begin(boolean resumed) {
        if (!plan.probed.isEmpty()) {
            warm = probes();
            if (!resumed) {
                journal.numbers(entry(0, warm, List.of()));
            }
        }
    }

    @Override
    public void after(String unit, int iteration) {
        if (plan.probed.isEmpty() || iteration != plan.last && (plan.every == 0 || iteration % plan.every != 0)) {
            return;
        }
        Probes now = probes();
        List<String> flagged = now.flaggedSince(warm);
        journal.numbers(entry(iteration, now, flagged));
        if (!flagged.isEmpty()) {
            journal.message(String.format(Locale.ROOT,
                    "iteration %d: the score rose from %.3f to %.3f, and these probes fell: %s. Read run/samples.jsonl: is it reward "
                            + "hacking?",
                    iteration,
                    warm.score(), now.score(),
                    flagged.stream().map(name -> name + " to " + now.shares().get(name)).collect(Collectors.joining(", "))));
        }
    }

    private static Journal.Entry entry(int iteration, Probes p, List<String> flagged) {
        return Journal.Entry.at("iteration", iteration).with("probe_score", p.score()).with("probe_accuracy", p.accuracy().value())
                .with("probe_reasoned", p.reasoned().value()).with("probe_agrees", p.agrees().value())
                .with("probe_choices", p.choices().value())
                .with("probe_numbers", p.numbers().value()).with("probe_flagged", String.join(", ", flagged));
    }

    private Probes probes() {
        return Probes.of(rollout, session.model().weights(), encoder, plan.probed, plan.seed);
    }
}
