package io.reft.checkpoint;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.reft.InputError;
import java.io.IOException;
import java.io.StringReader;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The small files of a model folder, read whole and strictly; every failure is an {@link InputError} that names the file. */
public final class JsonFile {
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

    private static final int NAME_LIMIT = 1000;

    private JsonFile() {}

    /** The bytes of {@code file}, which may hold at most {@code limit}. */
    public static byte[] bytes(Path file, long limit) {
        checkIsFile(file);
        try {
            if (Files.size(file) > limit) {
                throw new InputError("%s: %d bytes are too many for such a file (limit %d).", file, Files.size(file), limit);
            }
            byte[] bytes = Files.readAllBytes(file);
            MappedFile.refusePointer(MemorySegment.ofArray(bytes), file);
            return bytes;
        } catch (IOException e) {
            throw new InputError("%s: cannot be read (%s).", file, reason(e));
        }
    }

    /** Links are followed, as the hub's cache needs; pipes and devices, which might never end, are refused. */
    static void checkIsFile(Path file) {
        if (!Files.exists(file)) {
            throw new InputError("%s: no such file.", file);
        }
        if (!Files.isRegularFile(file)) {
            throw new InputError("%s: not a file.", file);
        }
    }

    /** The text of {@code file}, which must be UTF-8 and hold at most {@code limit} bytes. */
    public static String text(Path file, long limit) {
        return decode(ByteBuffer.wrap(bytes(file, limit)), file);
    }

    static String decode(ByteBuffer utf8, Path file) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new InputError("%s: its text is not UTF-8; the file is broken.", file);
        }
    }

    /** The one JSON object in {@code file}, which may hold at most {@code limit} bytes. */
    public static JsonObject read(Path file, long limit) {
        return parse(text(file, limit), file, reader -> {
            if (JsonParser.parseReader(reader) instanceof JsonObject object) {
                return object;
            }
            throw new InputError("%s: not a JSON object.", file);
        });
    }

    /** Something read from a JSON stream. */
    interface Parser<T> {
        T parse(JsonReader reader) throws IOException;
    }

    /** What {@code parser} makes of {@code text}, which came from {@code file} and must hold nothing more. */
    static <T> T parse(String text, Path file, Parser<T> parser) {
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            T result = parser.parse(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new InputError("%s: more than one JSON value.", file);
            }
            return result;
        } catch (IOException | JsonParseException | IllegalStateException | NumberFormatException e) {
            throw new InputError("%s: not valid JSON (%s).", file, reason(e));
        }
    }

    /** Gives {@code name}, which stands in {@code file} and will stand in messages, if it is fit for that. */
    static String checkName(String name, Path file) {
        if (name.length() > NAME_LIMIT || name.chars().anyMatch(Character::isISOControl)) {
            throw new InputError("%s: broken: it holds a name that is too long or has control characters.", file);
        }
        return name;
    }

    /** JSON as Python's {@code json.dump(indent=2)} lays it out, with a newline at the end. */
    static String format(JsonElement json) {
        return GSON.toJson(json) + "\n";
    }

    /** What an exception says, in one line: without the path that the system's errors repeat and the class names that Gson adds. */
    public static String reason(Exception e) {
        String message = e instanceof FileSystemException error ? error.getReason() : e.getMessage();
        if (message == null) {
            // AccessDeniedException and its like say it by their names only
            String name = e.getClass().getSimpleName().replaceAll("Exception$", "");
            return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
        }
        return message.lines().findFirst().orElse("").replaceAll("^(\\w+\\.)*\\w+(Exception|Error): |Use JsonReader.* to accept ", "");
    }
}
