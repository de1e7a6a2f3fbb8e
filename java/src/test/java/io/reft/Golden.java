package io.reft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the repository that tests read, above all the dumps in {@code models/golden}. */
public final class Golden {
    private Golden() {}

    /** The path in the repository, whose root is {@code -Dreft.root} or at or above the working directory. */
    public static Path repository(String path) {
        String root = System.getProperty("reft.root");
        for (Path folder = root != null ? Path.of(root) : Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve(path))) {
                return folder.resolve(path);
            }
        }
        throw new IllegalStateException(path + " is neither below -Dreft.root nor at or above the working directory");
    }

    /** A JSON file of {@code models/golden}. */
    public static JsonObject json(String name) {
        try {
            return JsonParser.parseString(Files.readString(repository("models/golden/" + name))).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A list of numbers. */
    public static float[] floats(JsonElement list) {
        JsonArray array = list.getAsJsonArray();
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).getAsFloat();
        }
        return values;
    }

    /** A list of integers. */
    public static int[] ints(JsonElement list) {
        return list.getAsJsonArray().asList().stream().mapToInt(JsonElement::getAsInt).toArray();
    }
}
