package io.reft.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.reft.checkpoint.CheckpointWriter;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.JsonFile;
import io.reft.evaluate.Accuracy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The checkpoint that a run leaves behind: the one that does best on the questions that choose, or the last. What was chosen and how
 * stands in {@code run/selection.json}.
 */
public final class BestCheckpoint {
    /** Which checkpoint stays. */
    public enum Keep {
        /** The best; ties keep the earliest. */
        BEST,
        /** The best; ties keep the latest. */
        LATEST_BEST,
        /** The last, whatever the questions say. */
        LAST
    }

    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    private static final long CHOICE_LIMIT = 1 << 20;

    private final TrainingRun run;
    private final Rule rule;
    private final Supplier<Accuracy> judge;
    private final Consumer<Path> save;
    private Accuracy best;
    private Choice kept;

    /**
     * By what a checkpoint is chosen.
     *
     * @param keep     which one stays
     * @param sets     whose questions choose
     * @param achieved what the accuracy on them is called, such as {@code accuracy}
     */
    public record Rule(Keep keep, TrainingSets sets, String achieved) {
        /** The checkpoint that answers most questions greedily. */
        public static Rule best(TrainingSets sets) {
            return new Rule(Keep.BEST, sets, "accuracy");
        }

        private String name() {
            return (sets.on().equals("dev") ? "development" : "test") + " " + achieved;
        }
    }

    private record Choice(String protocol, int questions, String chosen, Integer right, Double accuracy, Double low, Double high) {
        static Choice of(JsonFields fields) {
            String chosen = fields.text("chosen"), protocol = fields.text("protocol");
            int questions = fields.count("questions", 0);
            if (!fields.has("right")) {
                return new Choice(protocol, questions, chosen, null, null, null, null);
            }
            int right = fields.count("right", 0);
            if (right > questions) {
                throw fields.error("right", right, "it must be at most that of \"questions\", " + questions);
            }
            return of(protocol, chosen, new Accuracy(right, questions));
        }

        static Choice of(String protocol, String chosen, Accuracy accuracy) {
            return new Choice(protocol, accuracy.total(), chosen, accuracy.right(), accuracy.value(), accuracy.low(), accuracy.high());
        }

        Accuracy judged() {
            return right == null ? null : new Accuracy(right, questions);
        }
    }

    /**
     * @param judge how the model as it is does on the questions that choose; not asked where there are none
     * @param save  writes the model as it is into a folder
     */
    public BestCheckpoint(TrainingRun run, Rule rule, Supplier<Accuracy> judge, Consumer<Path> save) {
        this.run = run;
        this.rule = rule;
        this.judge = judge;
        this.save = save;
    }

    /** After what the kept checkpoint was saved, such as {@code epoch 3}; null where there is none yet. */
    String kept() {
        return kept == null ? null : kept.chosen;
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
            kept = Choice.of(new JsonFields(JsonFile.read(choice(), CHOICE_LIMIT), choice().toString()));
        }
    }

    /**
     * Judges the model as it is, after so many {@code unit}s ({@code epoch}, {@code iteration}), and keeps it where it is the best so far.
     */
    void offer(String unit, int number) {
        if (run.models().judged() > 0) {
            save.accept(checkpoints().resolve(unit + "-" + number));
            forget();
        }
        if (rule.sets.dev().isEmpty()) {
            keep(unit + " " + number, null);
            return;
        }
        Accuracy accuracy = judge.get();
        run.journal()
                .numbers(Journal.Entry.at(unit, number).with(rule.sets.on() + "_accuracy", accuracy.value()).with("low", accuracy.low())
                        .with("high", accuracy.high()));
        run.journal().message(String.format("%s %d: %s %s", unit, number, rule.name(), accuracy));
        if (best == null || isBetter(accuracy)) {
            keep(unit + " " + number, accuracy);
        }
    }

    private Path checkpoints() {
        return run.folder().resolve(RunFolder.CHECKPOINTS);
    }

    /** Deletes those of the models in {@code checkpoints/} that are no longer among the last ones. */
    private void forget() {
        record Judged(Path folder, int number) {}
        try (Stream<Path> folders = Files.list(checkpoints())) {
            List<Judged> judged = folders.filter(f -> f.getFileName().toString().matches("[a-z]+-\\d{1,9}"))
                    .map(f -> new Judged(f, Integer.parseInt(f.getFileName().toString().replaceAll("\\D", ""))))
                    .sorted(Comparator.comparingInt(Judged::number).reversed()).toList();
            for (Judged old : judged.subList(Math.min(run.models().judged(), judged.size()), judged.size())) {
                CheckpointWriter.delete(old.folder);
            }
        } catch (IOException e) {
            throw DurableFiles.failed(checkpoints(), e);
        }
    }

    private boolean isBetter(Accuracy accuracy) {
        return switch (rule.keep) {
            case BEST -> accuracy.value() > best.value();
            case LATEST_BEST -> accuracy.value() >= best.value();
            case LAST -> true;
        };
    }

    /**
     * To be called at the end: a run that was stopped before its first judgement, or after the last one where nothing chooses, keeps what
     * it has.
     */
    void finish(String unit, int number) {
        String last = unit + " " + number;
        if ((best == null || rule.keep == Keep.LAST) && (kept == null || !last.equals(kept.chosen))) {
            keep(last, null);
        }
        run.journal().result(run.folder() + ": the model after " + kept.chosen
                + (kept.judged() == null ? "" : String.format(Locale.ROOT, ", %s %s", rule.name(), kept.judged())));
        if (rule.sets.on().equals("test")) {
            String protocol = rule.sets.protocol();
            run.journal().result(protocol.substring(0, 1).toUpperCase(Locale.ROOT) + protocol.substring(1) + ".");
        }
    }

    private void keep(String what, Accuracy accuracy) {
        best = accuracy;
        save.accept(run.folder());
        TrainingSets sets = rule.sets;
        kept = accuracy == null ? new Choice(sets.protocol(), sets.dev().size(), what, null, null, null, null)
                : Choice.of(sets.protocol(), what, accuracy);
        DurableFiles.replace(choice(), GSON.toJson(kept) + "\n");
    }

    private Path choice() {
        return run.folder().resolve("run/selection.json");
    }
}
