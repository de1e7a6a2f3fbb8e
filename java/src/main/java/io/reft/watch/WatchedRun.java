package io.reft.watch;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import io.reft.run.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a run's folder tells, kept up by looking again: its options, numbers, sentences, progress and samples. What is kept in memory is
 * bounded, however long the run. Safe for several threads.
 */
final class WatchedRun {
    /** Most rows of numbers; where there are more, every second of the common ones goes. */
    static final int ROWS = 6000;
    private static final int SENTENCES = 500, ROW_LENGTH = 1 << 14;
    private static final long SMALL = 1 << 20;
    /** A run whose process is not seen (in another container, say) counts as running for so long after it last wrote. */
    private static final long QUIET_MILLIS = 60_000;

    /** Where a run stands. */
    enum Status {
        /** Nothing is there yet, or no longer. */
        ABSENT,
        /** At work. */
        RUNNING,
        /** Ended before its end; it can go on. */
        STOPPED,
        /** Came to its end. */
        FINISHED
    }

    /**
     * What somebody has been told so far.
     *
     * @param life the run's number of beginnings
     */
    record Told(int life, int rows, int sentences) {
        static final Told NOTHING = new Told(-1, 0, 0);
    }

    /** What is new to somebody. */
    record News(boolean afresh, List<JsonObject> rows, List<String> sentences, Told told) {}

    private final Path folder;
    private final String name;
    private final GrowingFile metrics, log;
    private final List<JsonObject> rows = new ArrayList<>();
    private final List<String> sentences = new ArrayList<>();
    private SampleIndex samples;
    private JsonObject options, progress, selection;
    private Status status = Status.ABSENT;
    private int life, droppedSentences;

    WatchedRun(Path folder, String name) {
        this.folder = folder;
        this.name = name;
        metrics = new GrowingFile(folder.resolve("run/metrics.jsonl"));
        log = new GrowingFile(folder.resolve("run/log.txt"));
        samples = new SampleIndex(folder);
    }

    /** Whether a folder holds a run with numbers to be seen. */
    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve("run/options.json")) && Files.isRegularFile(folder.resolve("run/metrics.jsonl"));
    }

    /** Where it is. */
    Path folder() {
        return folder;
    }

    /** What it is called among the others. */
    String name() {
        return name;
    }

    /** Its samples. */
    synchronized SampleIndex samples() {
        return samples;
    }

    /** Its rows of numbers, or those that are kept. */
    synchronized List<JsonObject> rows() {
        return List.copyOf(rows);
    }

    /** Reads what is new; gives whether anything has changed. */
    synchronized boolean look() throws IOException {
        JsonObject before = about();
        JsonObject now = small("run/options.json");
        if (options != null && !Objects.equals(started(options), started(now))) { // another run in its place, or none
            life++;
            rows.clear();
            sentences.clear();
            droppedSentences = 0;
            samples = new SampleIndex(folder);
        }
        options = now;
        progress = small("run/progress.json");
        selection = small("run/selection.json");
        boolean changed = numbers() | sentences();
        changed |= options != null && samples.look();
        status = status();
        return changed || !about().equals(before);
    }

    private static JsonElement started(JsonObject options) {
        return options == null ? null : options.get("started");
    }

    private JsonObject small(String file) {
        try {
            return Files.isRegularFile(folder.resolve(file)) ? JsonFile.read(folder.resolve(file), SMALL) : null;
        } catch (InputError e) {
            return null; // deleted or replaced meanwhile, or damaged: the page shows what there is
        }
    }

    private boolean numbers() throws IOException {
        boolean changed = false;
        GrowingFile.News news;
        do {
            news = metrics.look();
            if (news.afresh()) {
                life++;
                rows.clear();
                changed = true;
            }
            for (String line : news.lines()) {
                row(line);
                changed = true;
            }
        } while (!news.lines().isEmpty());
        return changed;
    }

    private void row(String line) {
        try {
            if (line.length() <= ROW_LENGTH && JsonParser.parseString(line) instanceof JsonObject row) {
                row.entrySet().removeIf(field -> !field.getValue().isJsonPrimitive());
                rows.add(row);
            }
        } catch (JsonParseException e) {
            return; // no row of ours
        }
        if (rows.size() > ROWS) {
            thin();
        }
    }

    /** Leaves out every second row of the kinds of which there are many; the rare ones (accuracies, probes) all stay. */
    private void thin() {
        Map<Set<String>, Integer> kinds = new HashMap<>();
        rows.forEach(row -> kinds.merge(row.keySet(), 1, Integer::sum));
        Set<Set<String>> common = new HashSet<>();
        kinds.forEach((kind, many) -> {
            if (many > ROWS / 4) {
                common.add(Set.copyOf(kind));
            }
        });
        Map<Set<String>, Integer> seen = new HashMap<>();
        rows.removeIf(row -> (common.contains(row.keySet()) || common.isEmpty())
                && seen.merge(Set.copyOf(row.keySet()), 1, Integer::sum) % 2 == 0);
        life++;
    }

    private boolean sentences() throws IOException {
        boolean changed = false;
        GrowingFile.News news;
        do {
            news = log.look();
            if (news.afresh()) {
                life++;
                sentences.clear();
                droppedSentences = 0;
            }
            sentences.addAll(news.lines());
            changed |= !news.lines().isEmpty() || news.afresh();
        } while (!news.lines().isEmpty());
        if (sentences.size() > SENTENCES) {
            int more = sentences.size() - SENTENCES;
            sentences.subList(0, more).clear();
            droppedSentences += more;
        }
        return changed;
    }

    private Status status() throws IOException {
        if (options == null) {
            return Status.ABSENT;
        }
        try {
            if (TrainingState.isFinished(folder)) {
                return Status.FINISHED;
            }
        } catch (InputError e) {
            return Status.STOPPED;
        }
        if (progress != null && progress.has("ended") && progress.get("ended").getAsBoolean() && !isAtWork()) {
            return Status.STOPPED;
        }
        return isAtWork() || wroteLately() ? Status.RUNNING : Status.STOPPED;
    }

    /** Whether the process that wrote progress.json lives, and not another of its number. */
    private boolean isAtWork() {
        if (progress == null || !progress.has("process") || !progress.has("updated")) {
            return false;
        }
        Instant updated = Instant.ofEpochMilli(progress.get("updated").getAsLong());
        return ProcessHandle.of(progress.get("process").getAsLong())
                .filter(p -> p.isAlive() && p.info().startInstant().map(start -> start.isBefore(updated.plusSeconds(2))).orElse(true))
                .isPresent();
    }

    private boolean wroteLately() throws IOException {
        if (!metrics.exists()) {
            return false;
        }
        FileTime written = Files.getLastModifiedTime(folder.resolve("run/metrics.jsonl"));
        return System.currentTimeMillis() - written.toMillis() < QUIET_MILLIS;
    }

    /** What there is to say of the run besides its rows. */
    synchronized JsonObject about() {
        JsonObject about = new JsonObject();
        about.addProperty("name", name);
        about.addProperty("status", status.name().toLowerCase(java.util.Locale.ROOT));
        if (options != null) {
            for (String field : List.of("command", "version", "started", "device", "options")) {
                about.add(field, options.get(field));
            }
        }
        about.add("progress", progress);
        about.add("selection", selection);
        about.addProperty("samples", samples.count());
        about.addProperty("first_iteration", samples.iterations()[0]);
        about.addProperty("last_iteration", samples.iterations()[1]);
        return about;
    }

    /** What is new to somebody who has been told so much. */
    synchronized News since(Told told) {
        boolean afresh = told.life != life;
        int from = afresh ? 0 : told.rows, said = afresh ? 0 : Math.max(0, told.sentences - droppedSentences);
        return new News(afresh, List.copyOf(rows.subList(from, rows.size())), List.copyOf(sentences.subList(said, sentences.size())),
                new Told(life, rows.size(), droppedSentences + sentences.size()));
    }
}
