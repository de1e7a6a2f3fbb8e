package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.reft.Golden;
import io.reft.reproduce.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The paper's hyper-parameters by name. */
class RecipeTest {
    private static final Map<String, Class<?>> COMMANDS =
            Map.of("sft", SftCommand.class, "ppo", PpoCommand.class, "rl", RlCommand.class, "self-train", SelfTrainCommand.class,
                    "rerank train", RerankTrainCommand.class);

    /** The options of a command line, as a run's options.json has them. */
    private static Map<String, Object> options(String command, String recipe, String... more) {
        CommandLine line = new CommandLine(COMMANDS.get(command)).setCaseInsensitiveEnumValuesAllowed(true);
        line.setDefaultValueProvider(RecipeOption.defaults(command, List.of("--recipe", recipe)));
        List<String> all = new java.util.ArrayList<>(
                List.of("--model=m", command.startsWith("rerank") ? "--data=t" : "--train=t", "--out=o", "--recipe", recipe));
        all.addAll(List.of(more));
        CommandSpec spec = line.parseArgs(all.toArray(String[]::new)).commandSpec();
        return OptionValues.of(spec);
    }

    @Test
    void theListHasEveryFile() throws IOException {
        try (var files = Files.list(Golden.repository("models/recipes"))) {
            assertEquals(new TreeSet<>(Recipes.CHECKPOINTS),
                    files.map(f -> f.getFileName().toString().replace(".json", "")).collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @Test
    void everyRecipeGivesOptionsThatThereAre() {
        Map<String, CommandSpec> specs =
                COMMANDS.keySet().stream().collect(Collectors.toMap(c -> c, c -> new CommandLine(COMMANDS.get(c)).getCommandSpec()));
        for (String checkpoint : Recipes.CHECKPOINTS) {
            JsonObject recipes = Recipes.read(checkpoint).getAsJsonObject("recipes");
            for (String recipe : recipes.keySet()) {
                for (String command : recipes.getAsJsonObject(recipe).keySet()) {
                    Recipes.values(checkpoint + "/" + recipe, command).keySet()
                            .forEach(name -> assertTrue(specs.get(command).findOption(name) != null, command + " " + name));
                    options(command, checkpoint + "/" + recipe);
                }
            }
        }
    }

    @Test
    void paperFigures() {
        Map<String, Object> sft = options("sft", "galactica-125m/svamp-python");
        assertEquals(List.of("galactica-125m/svamp-python", 2e-5f, 40, 10, "python", 48),
                List.of(sft.get("recipe"), sft.get("lr"), sft.get("epochs"), sft.get("stop-after"), sft.get("cot"), sft.get("batch-size")));
        assertEquals(100, options("sft", "galactica-125m/mathqa-nl-baseline").get("epochs"));
        assertEquals(5, options("sft", "codellama-7b/mathqa-nl").get("stop-after"));
        assertEquals(10, options("sft", "galactica-6.7b/mathqa-numeric-python").get("stop-after"));
        Map<String, Object> ppo = options("ppo", "codellama-7b/gsm8k-nl");
        assertEquals(List.of(3e-7f, 32, 300, 0.05f, "nl"),
                List.of(ppo.get("lr"), ppo.get("batch-size"), ppo.get("epochs"), ppo.get("beta"), ppo.get("cot")));
    }

    @Test
    void baselines() {
        Map<String, Object> offline = options("self-train", "galactica-125m/gsm8k-nl-offline");
        assertEquals(List.of("offline", 100, 10, 20, 2e-5f, "nl"),
                List.of(offline.get("mode"), offline.get("samples"), offline.get("keep-solutions"),
                        offline.get("epochs"), offline.get("lr"), offline.get("cot")));
        Map<String, Object> online = options("self-train", "codellama-7b/svamp-python-online");
        assertEquals(List.of(3, 1e-6f),
                List.of("epochs", "lr").stream().map(options("rerank train", "galactica-6.7b/gsm8k-python")::get).toList());
        assertEquals(List.of("online", 300, 3e-7f, 32, 2),
                List.of(online.get("mode"), online.get("epochs"), online.get("lr"), online.get("batch-size"), online.get("update-epochs")));
    }

    @Test
    void theCommandLineCountsMore() {
        Map<String, Object> ppo = options("ppo", "galactica-125m/gsm8k-python", "--lr=1e-4", "--cot", "nl");
        assertEquals(List.of(1e-4f, "nl", 256), List.of(ppo.get("lr"), ppo.get("cot"), ppo.get("batch-size")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sft | galactica/svamp-python                | there are recipes for galactica-125m, galactica-6.7b, codellama-7b, \
            smollm2-135m, qwen2.5-0.5b, demo
            sft | galactica-125m                        | galactica-125m has recipes for gsm8k-python,
            sft | galactica-125m/svamp                  | galactica-125m has recipes for gsm8k-python,
            ppo | galactica-125m/svamp-python-baseline  | it is a recipe for reft sft alone.
            """)
    void unknownRecipes(String command, String recipe, String sentence) {
        Run run = Run.reft(command, "--recipe=" + recipe, "--model=m", "--train=t", "--out=o");
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().startsWith("reft " + command + ": --recipe " + recipe + ": ") && run.err().contains(sentence), run.err());
    }
}
