package io.reft.reproduce;

import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.data.SolutionFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A cell of the paper's tables, such as {@code svamp/python/galactica-125m}; {@code demo} is one of our own.
 *
 * @param name       as the command line has it
 * @param data       the data set
 * @param cot        the form of its solutions
 * @param checkpoint whose recipes and published figures it has
 */
record PaperCell(String name, String data, SolutionFormat cot, String checkpoint) {
    /** The cell that needs neither data nor a checkpoint. */
    static final String DEMO = "demo";

    /** @throws InputError where there is no such cell */
    static PaperCell of(String name) {
        if (name.equals(DEMO)) {
            return new PaperCell(name, DEMO, SolutionFormat.PYTHON, DEMO);
        }
        String[] parts = name.split("/", -1);
        if (parts.length != 3 || !Recipes.CHECKPOINTS.contains(parts[2]) || parts[2].equals(DEMO)) {
            throw new InputError(
                    "--cell %s: a cell is %s, or DATA/COT/CHECKPOINT such as svamp/python/galactica-125m; the checkpoints are %s.", name,
                    DEMO,
                    String.join(", ", Recipes.CHECKPOINTS.stream().filter(c -> !c.equals(DEMO)).toList()));
        }
        JsonObject recipes = Recipes.read(parts[2]).getAsJsonObject("recipes");
        if (!recipes.has(parts[0] + "-" + parts[1])) {
            throw new InputError("--cell %s: %s has recipes for %s.", name, parts[2],
                    String.join(", ", recipes.keySet().stream().filter(r -> recipes.getAsJsonObject(r).has("ppo"))
                            .map(r -> r.replaceFirst("-(?=[a-z]+$)", "/")).toList()));
        }
        return new PaperCell(name, parts[0], SolutionFormat.valueOf(parts[1].toUpperCase(Locale.ROOT)), parts[2]);
    }

    boolean demo() {
        return name.equals(DEMO);
    }

    /** Data set and form as recipes name them. */
    private String task() {
        return data + "-" + cot.name().toLowerCase(Locale.ROOT);
    }

    /** The recipe of that ending. */
    String recipe(String ending) {
        return checkpoint + "/" + task() + ending;
    }

    /** The training problems, as the paper's authors name their files. */
    Path train(Path folder) {
        return folder.resolve(data + (cot == SolutionFormat.PYTHON ? "_python_sdp.json" : "_nl.json"));
    }

    /** The test problems. */
    Path test(Path folder) {
        return folder.resolve(data + "_test_set.json");
    }

    /**
     * What the paper has for a method ({@code sft}, {@code reft}) and a way to answer ({@code greedy}, {@code vote}, {@code rerank}), in
     * percent; or null.
     */
    Double published(String method, String way) {
        JsonObject of = Recipes.read(checkpoint).getAsJsonObject("published").getAsJsonObject(task());
        JsonObject figures = of == null ? null : of.getAsJsonObject(method);
        return figures == null || !figures.has(way) ? null : figures.get(way).getAsDouble();
    }

    /** Whether the checkpoint has a recipe for a command, of that ending. */
    boolean has(String ending, String command) {
        JsonObject recipe = Recipes.read(checkpoint).getAsJsonObject("recipes").getAsJsonObject(task() + ending);
        return recipe != null && recipe.has(command);
    }

    /** The methods that are compared. */
    List<Method> methods() {
        return Stream.of(Method.values()).filter(m -> m == Method.WARMUP || has(m.recipe, m.command)).toList();
    }

    /** Whether the paper has figures for the checkpoint. */
    boolean isPublished() {
        return !Recipes.read(checkpoint).getAsJsonObject("published").isEmpty();
    }
}
