package io.reft.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/**
 * What a command leaves behind under {@code --out DIR}: the checkpoint at the top, written by others through {@link
 * #folder()}, and the run's own records in {@code DIR/run/}:
 *
 * <ul>
 *   <li>{@code options.json}: the command, every option in force, version and start time;
 *   <li>{@code metrics.jsonl}: one object a line, such as {@code {"step":3,"loss":0.46}};
 *   <li>{@code samples.jsonl}: one object a line, the completions worth looking at.
 * </ul>
 *
 * Nothing is made on the disk before the first record or the first call of {@link #folder()}: a command that finds its
 * input bad leaves no trace.
 */
public final class RunFolder implements AutoCloseable {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls()
            .serializeSpecialFloatingPointValues().create();
    private static final Gson PRETTY = GSON.newBuilder().setPrettyPrinting().create();

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
            if (!Files.isRegularFile(folder.resolve("run/options.json"))) {
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

    /** The folder itself, for the checkpoint and other results; it exists from now on. */
    public synchronized Path folder() {
        if (!made) {
            try {
                Path run = folder.resolve("run");
                if (overwrite) {
                    deleteFiles(run);
                    deleteFiles(folder);
                }
                Files.createDirectories(run);
                Files.writeString(run.resolve("options.json"), PRETTY.toJson(options) + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            made = true;
        }
        return folder;
    }

    /**
     * Appends a line to {@code metrics.jsonl}, on the disk when this returns.
     *
     * @param fields a record or map of numbers and texts; numbers that are not finite become null
     */
    public synchronized void metric(Object fields) {
        metrics = append(metrics, "metrics.jsonl", fields);
    }

    /**
     * Appends a line to {@code samples.jsonl}.
     *
     * @param sample a record or map
     */
    public synchronized void sample(Object sample) {
        samples = append(samples, "samples.jsonl", sample);
    }

    private Writer append(Writer writer, String name, Object fields) {
        try {
            if (writer == null) {
                writer = Files.newBufferedWriter(folder().resolve("run").resolve(name),
                        StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            writer.write(GSON.toJson(withoutInfinities(GSON.toJsonTree(fields))) + "\n");
            writer.flush();
            return writer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
