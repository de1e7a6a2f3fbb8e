package io.reft.tokenizer;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.reft.InputError;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads tokenizer files whole, with every failure an {@link InputError} that names the file. */
final class TokenizerFiles {
    /** The largest tokenizers known (Gemma's) take 35 MB. */
    private static final long LIMIT = 256L << 20;

    private TokenizerFiles() {}

    static byte[] bytes(Path file) {
        try {
            if (Files.size(file) > LIMIT) {
                throw new InputError("%s: %d MB is too large for a tokenizer.", file, Files.size(file) >> 20);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputError("%s: cannot be read (%s).", file, e);
        }
    }

    static String text(Path file) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(file))).toString();
        } catch (CharacterCodingException e) {
            throw new InputError("%s: not UTF-8 text; the file is broken.", file);
        }
    }

    /** The JSON object in {@code file}. */
    static JsonObject json(Path file) {
        try (JsonReader reader = new JsonReader(new StringReader(text(file)))) {
            reader.setStrictness(Strictness.STRICT);
            if (JsonParser.parseReader(reader) instanceof JsonObject object && reader.peek() == JsonToken.END_DOCUMENT) {
                return object;
            }
        } catch (IOException | JsonParseException | NumberFormatException e) {
            throw new InputError("%s: not valid JSON (%s).", file, firstLine(e));
        }
        throw new InputError("%s: not one JSON object.", file);
    }

    /** Gson adds a link on a second line. */
    static String firstLine(Exception e) {
        String message = String.valueOf(e.getMessage());
        return message.lines().findFirst().orElse("").replaceAll("^\\w+(\\.\\w+)*Exception: ", "");
    }
}
