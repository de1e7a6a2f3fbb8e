package io.reft.reproduce;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The stages of a reproduction that are finished, in {@code run/stages.jsonl}: a run that was stopped goes on with the next one. */
final class FinishedStages {
    private static final Gson GSON = new Gson();
    private final Path file;
    private final Map<String, Finished> finished = new LinkedHashMap<>();

    /**
     * A line of the file.
     *
     * @param options what the stage was run with, files and folders apart
     */
    record Finished(String stage, List<String> options, double seconds) {
        /** @throws InputError naming the field that is wrong */
        static Finished of(String line, String where) {
            JsonObject json;
            try {
                json = JsonParser.parseString(line).getAsJsonObject();
            } catch (JsonParseException | IllegalStateException e) {
                throw new InputError("%s: not a JSON object: name another --out, or start anew with --overwrite.", where);
            }
            JsonFields fields = new JsonFields(json, where);
            List<String> options = new ArrayList<>();
            for (JsonElement option : json.get("options") instanceof JsonArray list ? list : new JsonArray()) {
                if (!(option instanceof JsonPrimitive text && text.isString())) {
                    throw fields.error("options", "a list of other things", "it must be one of texts");
                }
                options.add(text.getAsString());
            }
            if (!(json.get("options") instanceof JsonArray)) {
                throw fields.error("options", "no list", "it must be one of texts");
            }
            return new Finished(fields.text("stage"), options, fields.amount("seconds"));
        }
    }

    private FinishedStages(Path file) {
        this.file = file;
    }

    /** Where a run of this folder keeps them. */
    static Path file(Path out) {
        return out.resolve("run/stages.jsonl");
    }

    /** Those of an earlier run in {@code out}; none where there was none. */
    static FinishedStages of(Path out) {
        FinishedStages all = new FinishedStages(file(out));
        if (Files.exists(all.file)) {
            try {
                for (String line : Files.readAllLines(all.file)) {
                    Finished one = Finished.of(line, all.file + " line " + (all.finished.size() + 1));
                    all.finished.put(one.stage, one);
                }
            } catch (CharacterCodingException e) {
                throw new InputError("%s: not UTF-8: name another --out, or start anew with --overwrite.", all.file);
            } catch (IOException e) {
                throw new InputError("%s: cannot be read (%s).", all.file, JsonFile.reason(e));
            }
        }
        return all;
    }

    /** An empty list, to be filled. */
    static FinishedStages none(Path out) {
        return new FinishedStages(file(out));
    }

    boolean isEmpty() {
        return finished.isEmpty();
    }

    /**
     * Whether the stage is finished.
     *
     * @throws InputError where it was run with other options
     */
    boolean has(String stage, List<String> options) {
        Finished earlier = finished.get(stage);
        if (earlier != null && !earlier.options.equals(options)) {
            throw new InputError(
                    "%s: the stage %s was run with \"%s\", and now it should be \"%s\": name another --out, or start anew with "
                            + "--overwrite.",
                    file.getParent().getParent(), stage, difference(earlier.options, options), difference(options, earlier.options));
        }
        return earlier != null;
    }

    private static String difference(List<String> these, List<String> others) {
        return String.join(" ", these.stream().filter(o -> !others.contains(o)).toList());
    }

    void add(String stage, List<String> options, double seconds) {
        Finished one = new Finished(stage, options, Math.round(seconds * 10) / 10.0);
        finished.put(stage, one);
        try {
            Files.writeString(file, GSON.toJson(one) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw DurableFiles.failed(file, e);
        }
    }

    /** How long a stage took; null where it is not finished. */
    Double seconds(String stage) {
        Finished one = finished.get(stage);
        return one == null ? null : one.seconds;
    }
}
