package io.reft.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.reft.Diverged;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.JsonFile;
import io.reft.evaluate.Accuracy;
import io.reft.train.Learner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * From where a run that trains can go on: {@code run/state.json}, and beside it a file of tensors that it names. The tensors are the
 * parameters as trained, a value head among them, and AdamW's moments. The rest are numbers: how many units (steps, iterations) are done,
 * from which learning rate, order of the data and random draws follow; the optimizer's steps; the best accuracy so far; how long the
 * records were, which are cut back to that. PPO's reference is the model that the command names, as ever.
 *
 * <p>All of it is whole or refused by name: state.json has the SHA-256 of the tensors, of the records and of its own fields.
 *
 * <p>The new tensors are on the disk before state.json names them by one rename, and the old ones go after that: whenever a run
 * is killed, there is the old state or the new one. Of a run that has come to its end state.json alone is left, to say so.
 */
public final class TrainingState {
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
    private static final long LIMIT = 1 << 20;
    /** Between two states, unless {@code --save-every} says otherwise. */
    private static final Duration BETWEEN = Duration.ofMinutes(10);
    /** The time between two states is at least so many times that which writing one takes. */
    private static final int SHARE = 20;
    private static final String TENSORS = "state-";
    /** The field with the SHA-256 of the others. */
    private static final String OWN = "checksum";

    /**
     * What state.json holds.
     *
     * @param tensors file name of the tensors; null at the end
     * @param sha256  theirs; null at the end
     * @param done    units done
     * @param total   units in all
     * @param steps   of the optimizer
     * @param best    null before the first judgement
     * @param records how far each file of records went
     */
    private record Saved(String tensors, String sha256, int done, int total, long steps, Accuracy best,
                         Map<String, RunFolder.Extent> records) {
        String json() {
            JsonObject json = GSON.toJsonTree(this).getAsJsonObject();
            json.addProperty(OWN, Checksum.of(json.toString()));
            return GSON.toJson(json) + "\n";
        }

        /** @throws InputError naming the field that is wrong */
        static Saved of(JsonObject json, String where) {
            JsonFields fields = new JsonFields(json, where);
            int total = fields.size("total"), done = integer(fields, "done", total);
            String own = fields.text(OWN), tensors = done < total ? fields.text("tensors") : null;
            if (tensors != null && (!tensors.startsWith(TENSORS) || tensors.contains("/"))) {
                throw fields.error("tensors", tensors, "it must be the name of a file beside it");
            }
            Accuracy best = null;
            if (fields.has("best")) {
                JsonFields share = fields.inner("best");
                int of = integer(share, "total", Integer.MAX_VALUE);
                best = new Accuracy(integer(share, "right", of), of);
            }
            Map<String, RunFolder.Extent> records = new LinkedHashMap<>();
            JsonFields files = fields.inner("records");
            for (String file : RunFolder.RECORDS) {
                if (files.has(file)) {
                    JsonFields extent = files.inner(file);
                    records.put(file, new RunFolder.Extent((long) extent.number("bytes"), extent.text("sha256")));
                }
            }
            JsonObject rest = json.deepCopy();
            rest.remove(OWN);
            if (!own.equals(Checksum.of(rest.toString()))) {
                throw new InputError("%s: it was changed since it was written.", where);
            }
            return new Saved(tensors, done < total ? fields.text("sha256") : null, done, total, integer(fields, "steps", Integer.MAX_VALUE),
                    best, records);
        }

        /** An integer from 0 to {@code most}, which must be there. */
        private static int integer(JsonFields fields, String field, int most) {
            int value = fields.count(field, -1);
            if (value < 0 || value > most) {
                throw value < 0 ? new InputError("%s: field \"%s\" is missing.", fields.where(), field)
                        : fields.error(field, value, "it must be at most " + most);
            }
            return value;
        }
    }

    private final RunFolder run;
    private final Journal journal;
    private final Integer every;
    private final Saved earlier;    // or null
    private Learner learner;
    private BestCheckpoint best;
    private int total, saved = -1;
    private long due;

    /**
     * @param resume whether to go on from the state in {@code run}
     * @param every  units from one state to the next, 0 for none but the one when the run is stopped; null: by time
     * @param began  when the command began, in {@link System#nanoTime}
     * @throws InputError where there is no state to go on from
     */
    TrainingState(RunFolder run, Journal journal, boolean resume, Integer every, long began) {
        this.run = run;
        this.journal = journal;
        this.every = every;
        due = began + BETWEEN.toNanos();
        earlier = resume ? read(run.folder()) : null;
        if (resumes()) {
            run.trust(earlier.records);
        }
    }

    /** Whether an earlier run left a state in {@code out}, or came to its end there. */
    public static boolean isIn(Path out) {
        return Files.exists(json(out));
    }

    /** Whether an earlier run came to its end in {@code out}. */
    public static boolean isFinished(Path out) {
        if (!isIn(out)) {
            return false;
        }
        Saved state = read(out);
        return state.done == state.total;
    }

    /** Forgets what an earlier run left in {@code out}. */
    public static void discard(Path out) {
        try {
            if (Files.deleteIfExists(json(out))) {
                clear(out, null);
            }
        } catch (IOException e) {
            throw DurableFiles.failed(json(out), e);
        }
    }

    private static Saved read(Path out) {
        if (!isIn(out)) {
            throw new InputError("%s holds no state to go on from: the run was stopped before its first one. Start anew with --overwrite.",
                    out);
        }
        try {
            return Saved.of(JsonFile.read(json(out), LIMIT), json(out).toString());
        } catch (InputError e) {
            throw new InputError("%s; start anew with --overwrite.", e.getMessage().replaceFirst("\\.$", ""));
        }
    }

    /** What state.json holds of such a state. */
    static String json(String tensors, String sha256, int done, int total, long steps, Accuracy best,
            Map<String, RunFolder.Extent> records) {
        return new Saved(tensors, sha256, done, total, steps, best, records).json();
    }

    private static Path json(Path out) {
        return out.resolve("run/state.json");
    }

    /** Whether this run goes on from an earlier one's state. */
    public boolean resumes() {
        return earlier != null;
    }

    /** Whether the earlier run had come to its end; then says so. */
    public boolean wasFinished() {
        boolean finished = resumes() && earlier.done == earlier.total;
        if (finished) {
            journal.result(run.folder() + ": this run is finished; there is nothing to go on with.");
        }
        return finished;
    }

    /**
     * Brings learner, best checkpoint and records to where the run goes on; returns how many units are done by then. A run that goes on
     * has added nothing to its records before.
     *
     * @param unit  what is counted, in the plural
     * @param total how many there are in all
     */
    int begin(Learner learner, BestCheckpoint best, String unit, int total) {
        this.learner = learner;
        this.best = best;
        this.total = total;
        if (!resumes()) {
            return 0;
        }
        if (earlier.total != total) {
            throw new InputError(
                    "%s: this run was of %d %s, and with the files as they are now it would be of %d: start anew with --overwrite.",
                    run.folder(),
                    earlier.total, unit, total);
        }
        Path tensors = json(run.folder()).resolveSibling(earlier.tensors);
        if (Files.isRegularFile(tensors) && !Checksum.of(tensors).equals(earlier.sha256)) {
            throw new InputError("%s: it was changed since it was written: start anew with --overwrite.", tensors);
        }
        learner.load(tensors, earlier.steps);
        best.resume(earlier.best);
        run.cut();
        journal.resumed(earlier.done);
        saved = earlier.done;
        clear(run.folder(), earlier.tensors);
        journal.message(earlier.done + " of " + total + " " + unit + (earlier.done == 1 ? " was" : " were") + " done before.");
        return earlier.done;
    }

    /** To be called when one more unit is done, its records are written and it is judged: writes the state where that is due. */
    void reached(int done) {
        if (done < total && (every == null ? System.nanoTime() >= due : every > 0 && done % every == 0)) {
            save(done);
        }
    }

    /** To be called at the end: leaves a state behind where the run was stopped, else only that it came to its end. */
    void end(int done) {
        if (done == total) {
            journal.saving(done);
            DurableFiles.replace(json(run.folder()),
                    new Saved(null, null, done, total, learner.steps(), best.best(), run.extents()).json());
            clear(run.folder(), null);
            return;
        }
        save(done);
        journal.message("The same command with --resume goes on from here.");
    }

    /**
     * A divergence with where it came about and what is left of the run: checkpoint and state as they were before, which nothing replaces.
     */
    Diverged keeping(Diverged error, String unit, int number) {
        String model = best.kept() == null ? null : "the model after " + best.kept(),
                state = saved < 0 ? null : "the state after " + unit + " " + saved;
        String kept = model == null && state == null ? "nothing was kept before it" : String.format("%s keeps %s", run.folder(),
                model == null || state == null ? model == null ? state : model : model + " and " + state);
        return new Diverged(String.format("%s %d: %s; %s.", unit, number, error.getMessage().replaceFirst("\\.$", ""), kept));
    }

    private void save(int done) {
        if (done == saved) {
            return;
        }
        long start = System.nanoTime();
        journal.saving(done);
        Path json = json(run.folder());
        String name = TENSORS + done + ".safetensors";
        Path tensors = json.resolveSibling(name);
        learner.save(tensors);
        DurableFiles.replace(json, new Saved(name, Checksum.of(tensors), done, total, learner.steps(), best.best(), run.extents()).json());
        clear(run.folder(), name);
        saved = done;
        long now = System.nanoTime();
        due = now + Math.max(BETWEEN.toNanos(), SHARE * (now - start));
    }

    /** Deletes all tensors but those of {@code kept}, which may be null: old ones, and those of which a kill left a part. */
    private static void clear(Path out, String kept) {
        try (Stream<Path> files = Files.list(json(out).getParent())) {
            List<Path> old =
                    files.filter(f -> f.getFileName().toString().startsWith(TENSORS) && !f.getFileName().toString().equals(kept)).toList();
            for (Path file : old) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw DurableFiles.failed(json(out), e);
        }
    }
}
