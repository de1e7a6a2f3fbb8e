package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Browser;
import io.reft.data.Datasets;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training with {@code --watch}, followed in a real browser from its first iterations to its end. */
@Tag("slow")
class WatchedTrainingTest {
    @TempDir
    private Path dir;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static List<JsonObject> lines(String text) {
        return text.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    @Test
    void thePageEndsWhereTheRunDoes() throws Exception {
        assumeTrue(Browser.installed().isPresent(), Browser.INSTALL);
        Path model = dir.resolve("model"), train = dir.resolve("train.json"), out = dir.resolve("run");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        Datasets.write(train, ReproduceCommandTest.problems(0, 20));
        int port = freePort();
        try (Browser browser = new Browser(dir.resolve("profile"))) {
            CompletableFuture<Run> training =
                    CompletableFuture.supplyAsync(() -> Run.reft("ppo", "--model", model, "--train", train, "--out", out,
                            "--iterations", 300, "--eval-every", 25, "--batch-size", 8, "--max-length", 60, "--lr", "1e-3", "--threads", 1,
                            "--watch=" + port));
            while (!answers(port) && !training.isDone()) {
                Thread.sleep(5);
            }
            browser.open("http://localhost:" + port + "/");
            browser.await("document.querySelector('.run p')?.innerText.includes('of 300 iterations')");
            browser.await("document.querySelector('.run p')?.innerText.startsWith('finished')");
            Run done = training.get();
            assertEquals(0, done.code(), done.err());

            String score =
                    "[...document.querySelectorAll('.chart')].find(c => c.ariaLabel === 'Score').querySelector('[data-run]').dataset";
            browser.await(score + ".step === '300'");
            JsonObject last = lines(Files.readString(out.resolve("run/metrics.jsonl"))).stream().filter(row -> row.has("score"))
                    .reduce((a, b) -> b).orElseThrow();
            assertEquals(last.get("score").getAsDouble(), browser.eval(score + ".value").getAsDouble());

            browser.eval("document.getElementById('tab-samples').click()");
            browser.await("document.getElementById('found').innerText.startsWith('2400 samples')");
            List<JsonObject> drawn = lines(Run.reft("samples", out, "--json", "--max-score", 0.5).out());
            browser.eval("(f => { f.value = 0.5; f.dispatchEvent(new Event('input', {bubbles: true})); })"
                    + "(document.querySelector('#filter [name=most]'))");
            browser.await("document.getElementById('found').innerText.startsWith('" + drawn.size() + " samples')");
            browser.eval("document.querySelector('#list button').click()");
            browser.await("document.querySelector('#details .gold')?.innerText");
            JsonObject opened = drawn.getLast();
            assertEquals(opened.get("text").getAsString(),
                    browser.eval("document.querySelector('#details pre').textContent").getAsString());
            assertEquals(opened.get("gold").getAsString(),
                    browser.eval("document.querySelector('#details .gold').innerText").getAsString());
            assertEquals(opened.get("answer").isJsonNull() ? "none" : opened.get("answer").getAsNumber().toString(),
                    browser.eval("document.querySelector('#details .result').innerText").getAsString());
        }
    }
}
