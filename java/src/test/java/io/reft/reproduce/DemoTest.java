package io.reft.reproduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.reft.InputError;
import io.reft.data.DemoProblems;
import io.reft.kernels.Engine;
import io.reft.run.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo in small: what it leaves, and that it goes on where it was stopped. */
class DemoTest {
    @TempDir
    private Path dir;

    /** Stops the demo as soon as it says certain words. */
    private record Stopper(String words) implements Journal.Listener {
        @Override
        public void message(String sentence) {
            if (sentence.contains(words)) {
                throw new InputError("stopped at: %s", words);
            }
        }
    }

    private static Map<String, String> recipe(String command, String... changes) {
        Map<String, String> recipe = new HashMap<>(Recipes.values("demo/demo-python", command));
        for (String change : changes) {
            recipe.put(change.split("=")[0], change.split("=")[1]);
        }
        return recipe;
    }

    private int demo(String out, boolean resume, String stopAt) throws IOException {
        Demo.Options options = new Demo.Options(dir.resolve(out), resume, 1, 1,
                () -> Engine.open(new Engine.Options("cpu", 1, null, "auto")), Map.of("seed", 1));
        return new Demo(options, new Stopper(stopAt), DemoProblems.of(1, 40, 8, 8, 0.2),
                recipe("sft", "--epochs=4", "--stop-after=2", "--eval-every=2"),
                recipe("ppo", "--iterations=3", "--batch-size=8", "--minibatch-size=4", "--eval-every=1")).run();
    }

    @Test
    void goesOnWhereItWasStopped() throws IOException {
        assertEquals(0, demo("whole", false, "no such words"));
        for (String words : List.of("epoch 4: development", "iteration 2: development", "iteration 3: development")) {
            assertThrows(InputError.class, () -> demo("stopped", Files.exists(dir.resolve("stopped")), words));
        }
        assertEquals(0, demo("stopped", true, "no such words"));
        for (String file : List.of("warmup/model.safetensors", "sft/model.safetensors", "reft/model.safetensors",
                "reft/value_head.safetensors", "curves.png", "report-score.png")) {
            assertArrayEquals(Files.readAllBytes(dir.resolve("whole").resolve(file)),
                    Files.readAllBytes(dir.resolve("stopped").resolve(file)), file);
        }
        assertEquals(summary("whole"), summary("stopped"));
        assertEquals(0, demo("stopped", true, "no such words"), "a finished demo shows what came out once more");
    }

    private String summary(String out) throws IOException {
        return Files.readString(dir.resolve(out).resolve("summary.json")).replaceAll("\"seconds\": [\\d.]+", "");
    }
}
