package io.reft.cli;

import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.evaluate.Probes;
import io.reft.rollout.Rollout;
import io.reft.run.RunFolder;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Probes a policy in training on the same questions again and again, and says so where it looks as if it learnt to please the reward:
 * {@link Probes} of now beside those of the warm-up model.
 */
final class ProbeWatch {
    private final Session session;
    private final RunFolder run;
    private final Rollout rollout;
    private final Encoder encoder;
    private final List<Problem> probed;
    private final long seed;
    private Probes warm;

    private record Metric(int iteration, double probe_score, double probe_accuracy, double probe_reasoned, double probe_agrees, double probe_choices,
                          double probe_numbers, String probe_flagged) {
        static Metric of(int iteration, Probes p, List<String> flagged) {
            return new Metric(iteration, p.score(), p.accuracy().value(), p.reasoned().value(), p.agrees().value(), p.choices().value(),
                    p.numbers().value(), String.join(", ", flagged));
        }
    }

    /** @param probed the questions; none: nothing is probed */
    ProbeWatch(Session session, RunFolder run, Rollout rollout, Encoder encoder, List<Problem> probed, long seed) {
        this.session = session;
        this.run = run;
        this.rollout = rollout;
        this.encoder = encoder;
        this.probed = probed;
        this.seed = seed;
    }

    /** Probes the model as it is before the first iteration, with which later ones are compared; {@code again}: the records have that already. */
    void begin(boolean again) {
        if (!probed.isEmpty()) {
            warm = probes();
            if (!again) {
                run.metric(Metric.of(0, warm, List.of()));
            }
        }
    }

    /** Probes the model as it is after so many iterations. */
    void look(int iteration) {
        if (probed.isEmpty()) {
            return;
        }
        Probes now = probes();
        List<String> flagged = now.flaggedSince(warm);
        run.metric(Metric.of(iteration, now, flagged));
        if (!flagged.isEmpty()) {
            System.err.printf("iteration %d: the score rose from %.3f to %.3f, and these probes fell: %s. Read run/samples.jsonl: is it reward hacking?%n", iteration,
                    warm.score(), now.score(), flagged.stream().map(name -> name + " to " + now.shares().get(name)).collect(Collectors.joining(", ")));
        }
    }

    private Probes probes() {
        return Probes.of(rollout, session.model().weights(), encoder, probed, seed);
    }
}
