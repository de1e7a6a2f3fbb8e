package io.reft.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFile;
import io.reft.data.Prompt;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.generate.Sampling;
import io.reft.rollout.Rollout;
import io.reft.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The checkpoint that a run leaves behind: the one that answers most of the questions of a {@link Selection} greedily, of equals the
 * earliest; without such questions the last. What was chosen and how stands in {@code run/selection.json}.
 */
final class BestCheckpoint {
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    private static final long CHOICE_LIMIT = 1 << 20;

    private final Session session;
    private final RunFolder run;
    private final Rollout rollout;
    private final List<Prompt> judges;
    private final Selection.Sets sets;
    private Accuracy best;
    private Choice kept;

    private record Choice(String protocol, int questions, String chosen, Integer right, Double accuracy, Double low, Double high) {
        Accuracy judged() {
            return right == null ? null : new Accuracy(right, questions);
        }
    }

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

    /** The most that a kept checkpoint has achieved; null before the first judgement. */
    Accuracy best() {
        return best;
    }

    /**
     * To be called before the first judgement of a run that goes on.
     *
     * @param best what it was where the run goes on from. The checkpoint in the folder may be a later one, which will come about again
     */
    void resume(Accuracy best) {
        this.best = best;
        if (Files.exists(choice())) {
            kept = GSON.fromJson(JsonFile.read(choice(), CHOICE_LIMIT), Choice.class);
        }
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
        if (best == null && (kept == null || !last.equals(kept.chosen))) {
            keep(last, null);
        }
        System.out.println(run.folder() + ": the model after " + kept.chosen + (kept.judged() == null ? "" : String.format(Locale.ROOT, ", %s accuracy %s",
                sets.on().equals("dev") ? "development" : "test", kept.judged())));
        if (sets.on().equals("test")) {
            System.out.println(capitalised(sets.protocol()) + ".");
        }
    }

    private void keep(String what, Accuracy accuracy) {
        best = accuracy;
        session.save(run.folder());
        kept = accuracy == null ? new Choice(sets.protocol(), judges.size(), what, null, null, null, null)
                : new Choice(sets.protocol(), judges.size(), what, accuracy.right(), accuracy.value(), accuracy.low(), accuracy.high());
        DurableFiles.replace(choice(), GSON.toJson(kept) + "\n");
    }

    private Path choice() {
        return run.folder().resolve("run/selection.json");
    }

    private static String capitalised(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }
}
