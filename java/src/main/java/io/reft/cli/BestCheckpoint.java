package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.data.Prompt;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.generate.Sampling;
import io.reft.run.RunFolder;
import io.reft.train.Rollout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The checkpoint that a run leaves behind: the one that answers most of the questions of a {@link Selection} greedily, of equals the
 * earliest; without such questions the last. What was chosen and how stands in {@code run/selection.json}.
 */
final class BestCheckpoint {
    private final Session session;
    private final RunFolder run;
    private final Rollout rollout;
    private final List<Prompt> judges;
    private final Selection.Sets sets;
    private Accuracy best;
    private String chosen;

    private record Choice(String protocol, int questions, String chosen, Double accuracy, Double low, Double high) {}

    /**
     * @param rollout asks the questions; may be null where there are none
     * @param judges  the prompts of the questions that choose
     */
    BestCheckpoint(Session session, RunFolder run, Rollout rollout, List<Prompt> judges, Selection.Sets sets) {
        this.session = session;
        this.run = run;
        this.rollout = rollout;
        this.judges = judges;
        this.sets = sets;
    }

    /** Judges the model as it is, after so many {@code unit}s ({@code epoch}, {@code iteration}), and keeps it where it is the best so far. */
    void offer(String unit, int number) {
        if (judges.isEmpty()) {
            keep(unit + " " + number, null);
            return;
        }
        Accuracy accuracy = Evaluation.of(rollout, session.model().weights(), judges, 1, Sampling.GREEDY, n -> {}).first();
        Map<String, Object> metric = new LinkedHashMap<>();
        metric.put(unit, number);
        metric.put(sets.on() + "_accuracy", accuracy.value());
        metric.put("low", accuracy.low());
        metric.put("high", accuracy.high());
        run.metric(metric);
        System.err.printf("%s %d: %s accuracy %s%n", unit, number, sets.on().equals("dev") ? "development" : "test", accuracy);
        if (best == null || accuracy.value() > best.value()) {
            keep(unit + " " + number, accuracy);
        }
    }

    /** To be called at the end: a run that was stopped before its first judgement, or after the last one where there are no judges, keeps what it has. */
    void finish(String unit, int number) {
        String last = unit + " " + number;
        if (best == null && !last.equals(chosen)) {
            keep(last, null);
        }
        System.out.println(run.folder() + ": the model after " + chosen + (best == null ? "" : String.format(Locale.ROOT, ", %s accuracy %s",
                sets.on().equals("dev") ? "development" : "test", best)));
        if (sets.on().equals("test")) {
            System.out.println(capitalised(sets.protocol()) + ".");
        }
    }

    private void keep(String what, Accuracy accuracy) {
        best = accuracy;
        chosen = what;
        session.save(run.folder());
        Choice choice = new Choice(sets.protocol(), judges.size(), chosen, best == null ? null : best.value(), best == null ? null : best.low(),
                best == null ? null : best.high());
        try {
            Files.writeString(run.folder().resolve("run/selection.json"), new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(choice) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String capitalised(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }
}
