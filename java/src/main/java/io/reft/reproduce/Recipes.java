package io.reft.reproduce;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.InputError;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The paper's hyper-parameters of a checkpoint, data set and form of solutions, from {@code models/recipes}. A file there has the options
 * that all recipes of a checkpoint share, by command, and below them those of each recipe. A recipe without an ending is the method's own:
 * warm-up and PPO; {@code -baseline} is SFT to the end, {@code -offline} and {@code -online} are self-training.
 */
public final class Recipes {
    private static final String FOLDER = "/models/recipes/";
    /** The files; a jar's folders cannot be listed. */
    public static final List<String> CHECKPOINTS =
            List.of("galactica-125m", "galactica-6.7b", "codellama-7b", "smollm2-135m", "qwen2.5-0.5b", "demo");

    private Recipes() {}

    /**
     * The values of a recipe.
     *
     * @param name    such as {@code galactica-125m/svamp-python}
     * @param command such as {@code ppo}
     * @return option names with dashes, and their values
     */
    public static Map<String, String> values(String name, String command) {
        String[] parts = name.split("/", 2);
        if (!CHECKPOINTS.contains(parts[0])) {
            throw new InputError("--recipe %s: there are recipes for %s; one is named like %s/svamp-python.", name,
                    String.join(", ", CHECKPOINTS),
                    CHECKPOINTS.getFirst());
        }
        JsonObject file = read(parts[0]), recipes = file.getAsJsonObject("recipes");
        JsonObject recipe = parts.length < 2 ? null : recipes.getAsJsonObject(parts[1]);
        if (recipe == null) {
            throw new InputError("--recipe %s: %s has recipes for %s.", name, parts[0], String.join(", ", recipes.keySet()));
        }
        if (!recipe.has(command)) {
            throw new InputError("--recipe %s: it is a recipe for reft %s alone.", name,
                    String.join(" and ", new TreeSet<>(recipe.keySet())));
        }
        Map<String, String> values = new HashMap<>();
        for (JsonObject layer : List.of(file.getAsJsonObject(command), recipe.getAsJsonObject(command))) {
            for (Map.Entry<String, JsonElement> value : layer.entrySet()) {
                values.put("--" + value.getKey(), value.getValue().getAsString());
            }
        }
        return values;
    }

    /** One file of the jar. */
    public static JsonObject read(String checkpoint) {
        try (InputStream in = Recipes.class.getResourceAsStream(FOLDER + checkpoint + ".json")) {
            return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8)).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
