package io.reft.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.Version;
import io.reft.checkpoint.CheckpointWriter;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.JsonFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a command leaves behind under {@code --out DIR}: the checkpoint at the top, written by others through {@link
 * #folder()}, the models that were judged last, where they are asked for, in {@code
 * DIR/checkpoints/}, and the run's own records in {@code DIR/run/}:
 *
 * <ul>
 *   <li>{@code options.json}: the command, every option in force, versions, device, start time, and the SHA-256 of all files that it reads;
 *   <li>{@code metrics.jsonl}: one object a line, such as {@code {"step":3,"loss":0.46}};
 *   <li>{@code samples.jsonl}: one object a line, the completions worth looking at;
 *   <li>{@code samples/}: every completion that was drawn, as {@link SampleStore} has them;
 *   <li>{@code log.txt}: what was said, with its time;
 *   <li>{@code progress.json}: how far the run is, for who watches it;
 *   <li>{@code selection.json}: written by training commands, which checkpoint was kept and on what it was chosen;
 *   <li>{@code state.json} and the file of tensors that it names: written by training commands, from where they can go on;
 *   <li>{@code lock}: held by a run at work, so that no other writes here.
 * </ul>
 *
 * Nothing is made on the disk before the first record or the first call of {@link #folder()}: a command that finds its
 * input bad leaves no trace.
 */
public final class RunFolder implements Journal.Listener, AutoCloseable {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls()
            .serializeSpecialFloatingPointValues().create();
    private static final Gson PRETTY = GSON.newBuilder().setPrettyPrinting().create();
    private static final String OPTIONS = "run/options.json", METRICS = "run/metrics.jsonl", SAMPLES = "run/samples.jsonl";
    /** Folder of the models that were judged last. */
    static final String CHECKPOINTS = "checkpoints";
    /** The files of records. */
    static final List<String> RECORDS = List.of(METRICS, SAMPLES);
    private static final long OPTIONS_LIMIT = 1 << 20;

    private final Path folder;
    private final boolean overwrite;
    private final JsonObject options;
    private final List<Path> inputs;
    private RunLock lock;           // null until there is a folder
    private boolean made;
    private Map<String, Extent> earlier = Map.of();
    private Writer metrics;
    private Writer samples;

    /** How far a file of records went, and the SHA-256 of that part. */
    record Extent(long bytes, String sha256) {}

    private RunFolder(Path folder, boolean overwrite, JsonObject options, List<Path> inputs, RunLock lock) {
        this.folder = folder;
        this.overwrite = overwrite;
        this.options = options;
        this.inputs = inputs;
        this.lock = lock;
    }

    /**
     * Checks that a run may write to {@code out}: it must be new, empty, or an earlier run that may be overwritten. A folder
     * with anything else in it is never touched, nor one where another run is at work.
     *
     * @param command   the command's name, such as {@code sft}
     * @param options   the command's options and their values, to be recorded
     * @param overwrite whether an earlier run in this place may go: its files at the top and in {@code run/}
     * @param inputs    the files and model folders that the command reads, which must not be what it overwrites
     * @throws InputError if the place is taken or cannot be written
     */
    public static RunFolder create(Path out, String command, Map<String, ?> options, boolean overwrite, Path... inputs) {
        Path folder = out.toAbsolutePath().normalize();
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
            throw new InputError("--out %s is a file; name a folder that does not exist yet.", out);
        }
        RunLock lock = RunLock.isIn(folder) ? RunLock.take(folder) : null;
        try {
            checkPlace(folder, out, overwrite, inputs);
        } catch (RuntimeException e) {
            if (lock != null) {
                lock.close();
            }
            throw e;
        }
        JsonObject record = new JsonObject();
        record.addProperty("command", command);
        record.addProperty("version", Version.text());
        record.addProperty("java", Runtime.version().toString());
        record.addProperty("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        record.add("options", GSON.toJsonTree(options));
        return new RunFolder(folder, overwrite, record, List.of(inputs), lock);
    }

    private static void checkPlace(Path folder, Path out, boolean overwrite, Path... inputs) {
        if (Files.isDirectory(folder) && !isEmpty(folder) && !isUnfinished(folder)) {
            if (!Files.isRegularFile(folder.resolve(OPTIONS))) {
                throw new InputError("--out %s holds other things; name a folder that does not exist yet.", out);
            }
            if (!overwrite) {
                throw new InputError("--out %s holds an earlier run; name another folder, or add --overwrite.", out);
            }
            for (Path input : inputs) {
                if (input.toAbsolutePath().normalize().startsWith(folder)) {
                    throw new InputError("--out %s would overwrite %s, which this command reads.", out, input);
                }
            }
        }
        Path existing = folder;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw new InputError("--out %s cannot be made: %s is not a folder in which you may write.", out, existing);
        }
    }

    /** Whether the folder is what a run leaves that was killed as it made it: it holds {@code run/} alone, and that nothing to go by. */
    private static boolean isUnfinished(Path folder) {
        return names(folder).equals(Set.of("run")) && Files.isDirectory(folder.resolve("run"), LinkOption.NOFOLLOW_LINKS)
                && Set.of(RunLock.FILE, "options.json" + DurableFiles.UNFINISHED).containsAll(names(folder.resolve("run")));
    }

    /**
     * The folder of an earlier run, to go on with it: records are added to its own.
     *
     * @param command the command's name, which must be the earlier one's
     * @param options the command's options and their values, which must be the earlier ones
     * @param free    names of those that may differ
     * @param inputs  the files and model folders that the command reads, which must be what they were
     * @throws InputError if there is no such run, if it was started with other options or files, which are named, or is still at work
     */
    public static RunFolder resume(Path out, String command, Map<String, ?> options, Set<String> free, Path... inputs) {
        RunFolder run = reopen(out, command);
        try {
            run.checkOptions(out, options, free);
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
        return run.withInputs(inputs);
    }

    /** As {@link #resume}, for a command that judges its options itself. */
    public static RunFolder resume(Path out, String command, Path... inputs) {
        return reopen(out, command).withInputs(inputs);
    }

    private RunFolder withInputs(Path... inputs) {
        try {
            checkInputs(List.of(inputs));
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static RunFolder reopen(Path out, String command) {
        Path folder = out.toAbsolutePath().normalize();
        if (!Files.isRegularFile(folder.resolve(OPTIONS))) {
            throw new InputError("--out %s holds no run to go on with; start one without --resume.", out);
        }
        RunLock lock = RunLock.take(folder);
        try {
            JsonObject record = JsonFile.read(folder.resolve(OPTIONS), OPTIONS_LIMIT);
            JsonFields fields = new JsonFields(record, folder.resolve(OPTIONS).toString());
            String name = fields.text("command");
            if (!fields.has("options")) {
                throw new InputError("%s: field \"options\" is missing.", folder.resolve(OPTIONS));
            }
            fields.inner("options");
            if (!name.equals(command)) {
                throw new InputError("--out %s holds a run of reft %s, not of reft %s.", out, name, command);
            }
            RunFolder run = new RunFolder(folder, false, record, List.of(), lock);
            run.made = true;
            return run;
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private void checkOptions(Path out, Map<String, ?> given, Set<String> free) {
        // numbers as the file has them
        JsonObject earlier = options.getAsJsonObject("options"), now = JsonParser.parseString(GSON.toJson(given)).getAsJsonObject();
        Set<String> differing = new LinkedHashSet<>(earlier.keySet());
        differing.addAll(now.keySet());
        differing.removeIf(
                option -> free.contains(option) || Objects.toString(earlier.get(option)).equals(Objects.toString(now.get(option))));
        if (!differing.isEmpty()) {
            throw new InputError(
                    "--out %s: this run was started %s, and now it should be %s: give the options that it was started "
                            + "with, or start anew with --overwrite.",
                    out, given(earlier, "with ", differing), given(now, "", differing));
        }
    }

    private void checkInputs(List<Path> given) {
        if (!(options.get("inputs") instanceof JsonObject earlier)) {
            throw new InputError("%s does not say what files the run was started with: start anew with --overwrite.",
                    folder.resolve(OPTIONS));
        }
        Map<String, String> now = Checksum.of(given);
        Set<String> all = new TreeSet<>(earlier.keySet());
        all.addAll(now.keySet());
        for (String file : all) {
            String was = earlier.get(file) instanceof JsonPrimitive sum ? sum.getAsString() : null, is = now.get(file);
            if (!Objects.equals(was, is)) {
                throw new InputError("%s %s: bring back what was there, or start anew with --overwrite.", file,
                        is == null ? "is no longer there, with which this run was started"
                                : was == null ? "was not there when this run was started" : "has changed since this run was started");
            }
        }
    }

    private static String given(JsonObject options, String with, Set<String> names) {
        String given = names.stream().filter(options::has)
                .map(name -> "--" + name + "=" + (options.get(name) instanceof JsonPrimitive value ? value.getAsString()
                        : options.get(name)))
                .collect(Collectors.joining(" "));
        return given.isEmpty() ? "without --" + String.join(" and --", names) : with + '"' + given + '"';
    }

    /** The folder itself, for the checkpoint and other results; it exists from now on. */
    public synchronized Path folder() {
        if (!made) {
            make();
            made = true;
        }
        return folder;
    }

    /** At every moment of it the folder is nobody's, an earlier run's, or this one's. */
    private void make() {
        Path run = folder.resolve("run");
        try {
            Files.createDirectories(run);
            if (lock == null) {
                lock = RunLock.take(folder);
                checkPlace(folder, folder, overwrite); // another run may have come and gone since it was looked at
            }
            if (overwrite) {
                Files.deleteIfExists(folder.resolve("run/state.json")); // first: nothing can be resumed from what is left
                deleteFiles(folder);
                deleteFiles(run);
                if (Files.isDirectory(run.resolve("samples"))) {
                    deleteFiles(run.resolve("samples"));
                }
                deleteCheckpoints();
            }
        } catch (IOException e) {
            throw DurableFiles.failed(folder, e);
        }
        options.add("inputs", GSON.toJsonTree(Checksum.of(inputs)));
        DurableFiles.replace(folder.resolve(OPTIONS), PRETTY.toJson(options) + "\n");
    }

    /** Notes on what the run computes, before the first record. */
    @Override
    public synchronized void device(String description) {
        if (!made) {
            options.addProperty("device", description);
        }
    }

    /** What started the run, as {@code reft 0.1.0 on cpu}; null where its records do not say. */
    String startedBy() {
        JsonFields fields = new JsonFields(options, folder.resolve(OPTIONS).toString());
        return fields.has("version") && fields.has("device") ? "reft " + fields.text("version") + " on " + fields.text("device") : null;
    }

    /**
     * Appends a line to {@code metrics.jsonl}, on the disk when this returns.
     *
     * @param entry numbers and texts; numbers that are not finite become null
     */
    @Override
    public synchronized void numbers(Journal.Entry entry) {
        metrics = append(metrics, METRICS, entry);
    }

    /** Appends a line to {@code samples.jsonl}. */
    @Override
    public synchronized void sample(Journal.Entry sample) {
        samples = append(samples, SAMPLES, sample);
    }

    /** How far each file of records goes, by its name; so much is on the disk for good when this returns. */
    synchronized Map<String, Extent> extents() {
        Map<String, Extent> extents = new LinkedHashMap<>();
        for (String name : RECORDS) {
            Path file = folder().resolve(name);
            if (Files.exists(file)) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                    extents.put(name, new Extent(channel.size(), Checksum.of(file, channel.size())));
                } catch (IOException e) {
                    throw DurableFiles.failed(file, e);
                }
            }
        }
        return extents;
    }

    /**
     * The records of an earlier moment, to which {@link #cut} brings them back; until then {@link #samples} gives those.
     *
     * @throws InputError if a file is no longer what it was then
     */
    synchronized void trust(Map<String, Extent> extents) {
        for (String name : RECORDS) {
            Path file = folder.resolve(name);
            Extent extent = extents.getOrDefault(name, new Extent(0, null));
            try {
                long size = Files.exists(file) ? Files.size(file) : 0;
                if (size < extent.bytes) {
                    throw new InputError(
                            "%s has %d bytes and had %d when the run was stopped: it was changed since. Start anew with --overwrite.", file,
                            size, extent.bytes);
                }
            } catch (IOException e) {
                throw new InputError("%s: cannot be read (%s).", file, JsonFile.reason(e));
            }
            if (extent.bytes > 0 && !Checksum.of(file, extent.bytes).equals(extent.sha256)) {
                throw new InputError("%s was changed since the run was stopped: start anew with --overwrite.", file);
            }
        }
        earlier = extents;
    }

    /** Cuts the records back to those that are trusted. To be called before the first new record. */
    synchronized void cut() {
        for (String name : RECORDS) {
            Path file = folder.resolve(name);
            long length = earlier.containsKey(name) ? earlier.get(name).bytes : 0;
            try {
                if (Files.exists(file) && Files.size(file) > length) {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(length);
                    }
                }
            } catch (IOException e) {
                throw DurableFiles.failed(file, e);
            }
        }
    }

    /** What {@link #sample} had recorded at the moment that is trusted, line by line. */
    synchronized List<JsonFields> samples() {
        if (!earlier.containsKey(SAMPLES)) {
            return List.of();
        }
        Path file = folder.resolve(SAMPLES);
        List<JsonFields> samples = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            long left = earlier.get(SAMPLES).bytes;
            for (String line; left > 0 && (line = lines.readLine()) != null; left -= line.getBytes(StandardCharsets.UTF_8).length + 1) {
                String where = file + " line " + (samples.size() + 1);
                try {
                    samples.add(new JsonFields(JsonParser.parseString(line).getAsJsonObject(), where));
                } catch (JsonParseException | IllegalStateException e) {
                    throw new InputError("%s: not a JSON object.", where);
                }
            }
            return samples;
        } catch (IOException e) {
            throw new InputError("%s: cannot be read (%s).", file, JsonFile.reason(e));
        }
    }

    private Writer append(Writer writer, String name, Journal.Entry entry) {
        try {
            if (writer == null) {
                writer = Files.newBufferedWriter(folder().resolve(name),
                        StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            writer.write(GSON.toJson(withoutInfinities(GSON.toJsonTree(entry.values()))) + "\n");
            writer.flush();
            return writer;
        } catch (IOException e) {
            throw DurableFiles.failed(folder.resolve(name), e);
        }
    }

    /** JSON knows no NaN: readers other than Java's would fail on it. */
    private static JsonElement withoutInfinities(JsonElement row) {
        row.getAsJsonObject().entrySet().forEach(field -> {
            if (field.getValue() instanceof JsonPrimitive value && value.isNumber() && !Double.isFinite(value.getAsDouble())) {
                field.setValue(JsonNull.INSTANCE);
            }
        });
        return row;
    }

    private void deleteCheckpoints() throws IOException {
        Path checkpoints = folder.resolve(CHECKPOINTS);
        if (Files.isDirectory(checkpoints, LinkOption.NOFOLLOW_LINKS)) {
            for (String name : names(checkpoints)) {
                CheckpointWriter.delete(checkpoints.resolve(name));
            }
            Files.delete(checkpoints);
        }
    }

    /** Deletes the files of a folder but the lock and the options, which stay until others take their place. */
    private static void deleteFiles(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
            for (Path file : files) {
                if (!Set.of(RunLock.FILE, "options.json").contains(file.getFileName().toString())) {
                    Files.delete(file);
                }
            }
        }
    }

    private static boolean isEmpty(Path folder) {
        return names(folder).isEmpty();
    }

    private static Set<String> names(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(e -> e.getFileName().toString()).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new InputError("--out %s cannot be read.", folder);
        }
    }

    /** Closes the records, and lets other runs in. */
    @Override
    public synchronized void close() {
        try {
            for (Writer writer : new Writer[] {metrics, samples}) {
                if (writer != null) {
                    writer.close();
                }
            }
        } catch (IOException e) {
            throw DurableFiles.failed(folder, e);
        } finally {
            metrics = null;
            samples = null;
            if (lock != null) {
                lock.close();
                lock = null;
            }
        }
    }
}
