package io.reft.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import io.reft.Browser;
import io.reft.Golden;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import io.reft.data.Problem;
import io.reft.kernels.Engine;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.run.Journal;
import io.reft.run.Session;
import io.reft.run.SupervisedRun;
import io.reft.run.TrainingRun;
import io.reft.run.TrainingSets;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that was trained on one question is asked it. */
@Tag("slow")
class ModelTrialTest {
    private static final String QUESTION = "Ann has 3 pens and buys 4. How many has she?";

    @TempDir
    static Path dir;
    private static ModelTrial trial;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void train() {
        Path files = Golden.repository("models/demo"), start = dir.resolve("start"), out = dir.resolve("pens");
        JsonObject config = JsonFile.read(files.resolve("config.json"), 1 << 20);
        try (Engine engine = Engine.open(Engine.Options.DEFAULT);
                Model model = Model.random(ModelConfig.from(config, "config.json"), false, 0, 1, engine)) {
            Session.save(start, config, files, model, engine);
        }
        SupervisedRun.Options options = new SupervisedRun.Options();
        options.model = start;
        List<Problem> problems = IntStream.range(0, 16)
                .mapToObj(i -> new Problem("demo_" + i, QUESTION, "def solution():\n    return 3 + 4", "7")).toList();
        options.sets = TrainingSets.all(problems, "one problem");
        options.epochs = 30;
        options.batchSize = 16;
        options.lr = 5e-3f;
        try (TrainingRun run = TrainingRun.open(TrainingRun.Target.of(out), "example", Map.of(), List.of(start))) {
            SupervisedRun.train(run, options);
        }
        trial = ModelTrial.open(out, () -> Engine.open(Engine.Options.DEFAULT), new Journal(List.of()));
    }

    @AfterAll
    static void close() {
        trial.close();
    }

    private HttpResponse<String> get(URI address, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(address.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void answersAsItWasTrainedTo() {
        List<String> heard = new ArrayList<>();
        ModelTrial.Result result = trial.answer(QUESTION, heard::add);
        assertEquals("7", result.answer());
        assertNull(result.why());
        assertTrue(result.program().contains("return 3 + 4"), result.program());
        assertTrue(heard.size() > 3, "it is heard as it is written");
        IntStream.range(1, heard.size()).forEach(i -> assertTrue(heard.get(i).length() >= heard.get(i - 1).length(), heard.toString()));
        assertEquals(result.program(), heard.getLast());
        assertThrows(InputError.class, () -> trial.answer("many ".repeat(2000), text -> {}));
    }

    @Test
    void theServerStreamsIt() throws Exception {
        try (WatchServer server = WatchServer.open(List.of(), trial, 0)) {
            String events = get(server.address(), "/api/try?question=" + QUESTION.replace(" ", "+")).body();
            assertTrue(events.contains("event: text\ndata: \"def"), events);
            assertTrue(events.trim().endsWith("\"answer\":\"7\",\"why\":null}"), events);
            assertTrue(get(server.address(), "/api/try?question=" + "many+".repeat(700)).body().contains("leaves no room for an answer"));
            assertEquals(400, get(server.address(), "/api/try?question=+").statusCode());
        }
        try (WatchServer server = WatchServer.open(List.of(), 0)) {
            assertEquals(404, get(server.address(), "/api/try?question=q").statusCode());
        }
    }

    @Test
    void thePageAsks() throws Exception {
        assumeTrue(Browser.installed().isPresent(), Browser.INSTALL);
        try (WatchServer server = WatchServer.open(List.of(), trial, 0); Browser browser = new Browser(dir.resolve("profile"))) {
            browser.open(server.address());
            browser.await("document.getElementById('try')?.hidden === false");
            browser.eval("document.getElementById('question').value = '" + QUESTION + "'; document.querySelector('#ask button').click()");
            browser.await("document.querySelector('#outcome dd')?.innerText === '7'");
            assertTrue(browser.eval("document.getElementById('written').textContent").getAsString().contains("return 3 + 4"));
            assertEquals("pens", browser.eval("document.getElementById('model').innerText").getAsString());
        }
    }
}
