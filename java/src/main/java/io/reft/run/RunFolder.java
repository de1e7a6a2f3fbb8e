package io.reft.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.Version;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a command leaves behind under {@code --out DIR}: the checkpoint at the top, written by others through {@link
 * #folder()}, and the run's own records in {@code DIR/run/}:
 *
 * <ul>
 *   <li>{@code options.json}: the command, every option in force, version and start time;
 *   <li>{@code metrics.jsonl}: one object a line, such as {@code {"step":3,"loss":0.46}};
 *   <li>{@code samples.jsonl}: one object a line, the completions worth looking at;
 *   <li>{@code samples/}: every completion that was drawn, as {@link SampleStore} has them; {@code log.txt}: what was said, {@link LogFile};
 *   <li>{@code progress.json}: how far the run is, for who watches it;
 *   <li>{@code selection.json}: written by training commands, which checkpoint was kept and on what it was chosen;
 *   <li>{@code state.json} and the file of tensors that it names: written by training commands, from where they can go on.
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
    private static final long OPTIONS_LIMIT = 1 << 20;

    private final Path folder;
    private final boolean overwrite;
    private final JsonObject options;
    private boolean made;
    private Writer metrics;
    private Writer samples;

    private RunFolder(Path folder, boolean overwrite, JsonObject options) {
        this.folder = folder;
        this.overwrite = overwrite;
        this.options = options;
    }

    /**
     * Checks that a run may write to {@code out}: it must be new, empty, or an earlier run that may be overwritten. A folder
     * with anything else in it is never touched.
     *
     * @param command   the command's name, such as {@code sft}
     * @param options   the command's options and their values, to be recorded
     * @param overwrite whether an earlier run in this place may go: its files at the top and in {@code run/}
     * @param inputs    what the command reads, which must not be what it overwrites
     * @throws InputError if the place is taken or cannot be written
     */
    public static RunFolder create(Path out, String command, Map<String, ?> options, boolean overwrite, Path... inputs) {
        Path folder = out.toAbsolutePath().normalize();
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
            throw new InputError("--out %s is a file; name a folder that does not exist yet.", out);
        }
        if (Files.isDirectory(folder) && !isEmpty(folder)) {
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
        JsonObject record = new JsonObject();
        record.addProperty("command", command);
        record.addProperty("version", Version.text());
        record.addProperty("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        record.add("options", GSON.toJsonTree(options));
        return new RunFolder(folder, overwrite, record);
    }

    /**
     * The folder of an earlier run, to go on with it: records are added to its own.
     *
     * @param command the command's name, which must be the earlier one's
     * @param options the command's options and their values, which must be the earlier ones
     * @param free    names of those that may differ
     * @throws InputError if there is no such run, or if it was started with other options, which are named
     */
    public static RunFolder resume(Path out, String command, Map<String, ?> options, Set<String> free) {
        Path folder = out.toAbsolutePath().normalize();
        if (!Files.isRegularFile(folder.resolve(OPTIONS))) {
            throw new InputError("--out %s holds no run to go on with; start one without --resume.", out);
        }
        JsonObject record = JsonFile.read(folder.resolve(OPTIONS), OPTIONS_LIMIT);
        if (!(record.get("options") instanceof JsonObject earlier) || !(record.get("command") instanceof JsonPrimitive name)) {
            throw new InputError("%s is damaged: name another --out, or start anew with --overwrite.", folder.resolve(OPTIONS));
        }
        if (!name.getAsString().equals(command)) {
            throw new InputError("--out %s holds a run of reft %s, not of reft %s.", out, name.getAsString(), command);
        }
        JsonObject now = JsonParser.parseString(GSON.toJson(options)).getAsJsonObject(); // numbers as the file has them
        Set<String> differing = new LinkedHashSet<>(earlier.keySet());
        differing.addAll(now.keySet());
        differing.removeIf(
                option -> free.contains(option) || Objects.toString(earlier.get(option)).equals(Objects.toString(now.get(option))));
        if (!differing.isEmpty()) {
            throw new InputError(
                    "--out %s: this run was started with \"%s\", and now it should be \"%s\": give the options that it was started "
                            + "with, or start anew with --overwrite.",
                    out, given(earlier, differing), given(now, differing));
        }
        RunFolder run = new RunFolder(folder, false, record);
        run.made = true;
        return run;
    }

    private static String given(JsonObject options, Set<String> names) {
        return names.stream().filter(options::has)
                .map(name -> "--" + name + "=" + (options.get(name) instanceof JsonPrimitive value ? value.getAsString()
                        : options.get(name)))
                .collect(Collectors.joining(" "));
    }

    /** The folder itself, for the checkpoint and other results; it exists from now on. */
    public synchronized Path folder() {
        if (!made) {
            try {
                Path run = folder.resolve("run");
                if (overwrite) {
                    deleteFiles(run);
                    deleteFiles(run.resolve("samples"));
                    deleteFiles(folder);
                }
                Files.createDirectories(run);
                DurableFiles.replace(folder.resolve(OPTIONS), PRETTY.toJson(options) + "\n");
            } catch (IOException e) {
                throw DurableFiles.failed(folder, e);
            }
            made = true;
        }
        return folder;
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

    /** How many bytes each file of records has, by its name; so many are on the disk for good when this returns. */
    public synchronized Map<String, Long> lengths() {
        Map<String, Long> lengths = new LinkedHashMap<>();
        try {
            for (String name : List.of(METRICS, SAMPLES)) {
                if (Files.exists(folder().resolve(name))) {
                    try (FileChannel channel = FileChannel.open(folder().resolve(name), StandardOpenOption.WRITE)) {
                        channel.force(true);
                        lengths.put(name, channel.size());
                    }
                }
            }
            return lengths;
        } catch (IOException e) {
            throw DurableFiles.failed(folder, e);
        }
    }

    /**
     * Cuts the records back to what they were at an earlier moment. To be called before the first new record.
     *
     * @param lengths those of that moment
     * @throws InputError if a file has become shorter since
     */
    public synchronized void cut(Map<String, Long> lengths) {
        try {
            for (String name : List.of(METRICS, SAMPLES)) {
                Path file = folder().resolve(name);
                long length = lengths.getOrDefault(name, 0L), size = Files.exists(file) ? Files.size(file) : 0;
                if (size < length) {
                    throw new InputError(
                            "%s has %d bytes and had %d when the run was stopped: it was changed since. Start anew with --overwrite.", file,
                            size, length);
                }
                if (size > length) {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(length);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@link #sample} has recorded so far, line by line. */
    public synchronized List<JsonObject> samples() {
        Path file = folder().resolve(SAMPLES);
        try (Stream<String> lines = Files.exists(file) ? Files.lines(file) : Stream.empty()) {
            return lines.map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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

    private static void deleteFiles(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
        }
    }

    private static boolean isEmpty(Path folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            return !entries.iterator().hasNext();
        } catch (IOException e) {
            throw new InputError("--out %s cannot be read.", folder);
        }
    }

    /** Closes the records. */
    @Override
    public synchronized void close() {
        try {
            for (Writer writer : new Writer[] {metrics, samples}) {
                if (writer != null) {
                    writer.close();
                }
            }
            metrics = null;
            samples = null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
