package io.reft.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.DrawnSamples;
import io.reft.Golden;
import io.reft.InputError;
import io.reft.run.DrawnCompletions;
import io.reft.run.Journal;
import io.reft.run.TrainingRun;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the page's server answers, and what it refuses. */
class WatchServerTest {
    @TempDir
    private Path dir;
    private final HttpClient client = HttpClient.newHttpClient();
    private WatchServer server;

    /** A run of so many iterations in {@code out}. */
    static void writeRun(Path out, int iterations) {
        try (Tokenizer tokenizer = Tokenizers.open(Golden.repository("models/demo"));
                TrainingRun run =
                        TrainingRun.open(new TrainingRun.Target(out, true, false, null), "ppo",
                                Map.of("lr", 0.1), List.of())) {
            run.journal().message("iteration 1: 60 % of the completions were cut (healthy: below 30 %): raise --max-length. <script>");
            for (int i = 1; i <= iterations; i++) {
                DrawnCompletions drawn = DrawnSamples.of(tokenizer, i, 40);
                run.journal().numbers(Journal.Entry.at("iteration", i).with("score", i / 64.0).with("kl", 0.5 * i).with("tokens", 1000)
                        .with("rollout_ms", 100.0).with("update_ms", 100.0));
                run.journal().completions(drawn);
                if (i % 5 == 0) {
                    run.journal().numbers(Journal.Entry.at("iteration", i).with("dev_accuracy", i / 100.0));
                }
            }
        }
    }

    @BeforeEach
    void open() {
        writeRun(dir.resolve("runs/a"), 10);
        server = WatchServer.open(List.of(dir.resolve("runs")), 0);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.address() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The status line for a request as it stands, with headers that Java's client would not send. */
    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
            socket.setSoTimeout(10_000);
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
        }
    }

    private JsonObject json(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path);
        assertEquals(200, answer.statusCode(), answer.body());
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    @Test
    void onlyThisMachinesNamesAreAnswered() throws Exception {
        int port = server.address().getPort();
        assertTrue(raw("GET / HTTP/1.1\nHost: localhost:" + port + "\n\n").contains("200"));
        assertTrue(raw("GET / HTTP/1.1\nHost: 127.0.0.1:" + port + "\n\n").contains("200"));
        for (String host : List.of("evil.example:" + port, "evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:" + port)) {
            assertTrue(raw("GET /api/samples HTTP/1.1\nHost: " + host + "\n\n").contains("403"), host);
        }
        assertEquals(403, get("api/samples", "Origin", "http://evil.example").statusCode());
        assertEquals(403, get("api/samples", "Origin", "null").statusCode());
        assertEquals(403, get("api/samples", "Sec-Fetch-Site", "cross-site").statusCode());
        assertEquals(200, get("api/samples", "Origin", "http://localhost:" + port).statusCode());
        assertEquals(200, get("", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate").statusCode(),
                "a link elsewhere may lead here");
        HttpRequest post = HttpRequest.newBuilder(server.address()).POST(HttpRequest.BodyPublishers.ofString("x")).build();
        assertEquals(405, client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode());
        HttpResponse<String> page = get("");
        assertTrue(page.headers().firstValue("Content-Security-Policy").orElseThrow().startsWith("default-src 'none'"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/run/metrics.jsonl", "/a/run/options.json", "//etc/passwd",
            "/watch.css/../../../pom.xml", "/META-INF/MANIFEST.MF", "/api/sample?run=0&id=../../../etc/passwd",
            "/api/sample?run=0&id=000001-7-0", "/api/sample?run=0&id=999999-0-0", "/api/sample?run=0", "/api/sample?run=7&id=000001-0-0"})
    void nothingElseIsServed(String path) throws IOException {
        String status = raw("GET " + path + " HTTP/1.1\nHost: localhost:" + server.address().getPort() + "\n\n");
        assertTrue(status.contains("404"), status);
    }

    @Test
    void questionsThatMakeNoSenseAreRefused() throws Exception {
        for (String query : List.of("run=x", "first=-1", "least=abc", "verdict=good", "skip=1e9", "question=%zz")) {
            int status = raw("GET /api/samples?" + query + " HTTP/1.1\nHost: localhost:" + server.address().getPort() + "\n\n")
                    .contains("400") ? 400 : 0;
            assertEquals(400, status, query);
        }
        assertEquals(414, get("api/samples?question=" + "a".repeat(5000)).statusCode());
    }

    @Test
    void samplesAreFilteredAndRead() throws Exception {
        JsonObject all = json("api/samples?run=0&limit=200");
        assertEquals(400, all.get("total").getAsInt());
        JsonArray samples = all.getAsJsonArray("samples");
        assertEquals(200, samples.size());
        assertEquals(10, samples.get(0).getAsJsonObject().get("iteration").getAsInt());
        assertEquals(10 * 14, json("api/samples?verdict=right").get("total").getAsInt());
        assertEquals(10 * 26, json("api/samples?verdict=wrong,no_answer&most=0.5").get("total").getAsInt());
        assertEquals(3 * 40, json("api/samples?first=2&last=4").get("total").getAsInt());
        assertEquals(10 * 2, json("api/samples?item=svamp_7").get("total").getAsInt());
        assertEquals(10 * 2, json("api/samples?question=HAD+17").get("total").getAsInt());
        JsonObject first = json("api/samples?order=first&limit=1").getAsJsonArray("samples").get(0).getAsJsonObject();
        JsonObject sample = json("api/sample?run=0&id=" + first.get("id").getAsString());
        assertEquals(1, sample.get("iteration").getAsInt());
        assertTrue(sample.get("question").getAsString().contains("<b>pens</b>"), "as it is: the page shows it as text");
        assertEquals(first.get("answer").getAsDouble(), sample.get("answer").getAsDouble());
        List<String> seen = new ArrayList<>();
        for (int skip = 0; skip < 400; skip += 50) {
            json("api/samples?skip=" + skip).getAsJsonArray("samples").forEach(s -> seen.add(s.getAsJsonObject().get("id").getAsString()));
        }
        assertEquals(400, seen.stream().distinct().count());
    }

    /** The stream of events as somebody hears it. */
    private final class Listening implements AutoCloseable {
        private final Stream<String> lines;
        private final java.util.Iterator<String> each;
        private final List<JsonObject> rows = new ArrayList<>();
        private JsonArray runs = new JsonArray();
        private int beginnings;

        Listening() throws IOException, InterruptedException {
            lines = client.send(HttpRequest.newBuilder(URI.create(server.address() + "api/events")).build(),
                    HttpResponse.BodyHandlers.ofLines()).body();
            each = lines.iterator();
        }

        /** Listens until something is so. */
        void until(java.util.function.BooleanSupplier so) {
            String event = "";
            while (!so.getAsBoolean()) {
                String line = each.next();
                if (line.startsWith("event: ")) {
                    event = line.substring(7);
                } else if (line.startsWith("data: ") && event.equals("runs")) {
                    runs = JsonParser.parseString(line.substring(6)).getAsJsonArray();
                } else if (line.startsWith("data: ")) {
                    JsonObject news = JsonParser.parseString(line.substring(6)).getAsJsonObject();
                    if (news.get("run").getAsInt() == 0) {
                        if (news.get("afresh").getAsBoolean()) {
                            rows.clear();
                            beginnings++;
                        }
                        news.getAsJsonArray("rows").forEach(row -> rows.add(row.getAsJsonObject()));
                    }
                }
            }
        }

        String status(int run) {
            return run < runs.size() ? runs.get(run).getAsJsonObject().get("status").getAsString() : "";
        }

        @Override
        public void close() {
            lines.close();
        }
    }

    private static List<JsonElement> metrics(Path run) throws IOException {
        return Files.readAllLines(run.resolve("run/metrics.jsonl")).stream().map(JsonParser::parseString).toList();
    }

    @Test
    void eventsTellWhatIsNewAlone() throws Exception {
        Path run = dir.resolve("runs/a"), metrics = run.resolve("run/metrics.jsonl");
        try (Listening on = new Listening()) {
            on.until(() -> on.rows.size() == 12);
            assertEquals(metrics(run), on.rows);
            Files.writeString(metrics, "{\"iteration\":11,\"sco", StandardOpenOption.APPEND);
            Files.writeString(metrics, "re\":0.5}\n{\"iteration\":12,\"score\":0.75}\n", StandardOpenOption.APPEND);
            on.until(() -> on.rows.size() == 14);
            assertEquals(1, on.beginnings);
            assertEquals(metrics(run), on.rows);

            // a run that was killed goes on: its records are cut back, and grow again
            List<String> lines = Files.readAllLines(metrics);
            Files.write(metrics, lines.subList(0, 6));
            Files.writeString(metrics, "{\"iteration\":7,\"score\":0.9}\n", StandardOpenOption.APPEND);
            on.until(() -> on.beginnings == 2 && on.rows.size() == 7);
            assertEquals(metrics(run), on.rows);

            writeRun(dir.resolve("runs/b"), 2); // another run begins
            on.until(() -> on.runs.size() == 2);

            try (Stream<Path> files = Files.walk(run)) {
                files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
            }
            on.until(() -> on.status(0).equals("absent"));
            assertEquals(0, json("api/samples?run=0").get("total").getAsInt());
            writeRun(run, 3);
            on.until(() -> !on.status(0).equals("absent") && on.rows.size() == 3);
            on.until(() -> on.runs.get(0).getAsJsonObject().get("samples").getAsInt() == 120);
            assertEquals(120, json("api/samples?run=0").get("total").getAsInt());
        }
    }

    @Test
    void whatIsKeptOfALongRunIsBounded() throws IOException {
        Path run = dir.resolve("long");
        Files.createDirectories(run.resolve("run"));
        Files.writeString(run.resolve("run/options.json"), "{\"command\":\"sft\",\"started\":\"now\",\"options\":{}}");
        StringBuilder rows = new StringBuilder();
        for (int i = 1; i <= 100_000; i++) {
            rows.append("{\"step\":").append(i).append(",\"loss\":0.5}\n");
            if (i % 1000 == 0) {
                rows.append("{\"step\":").append(i).append(",\"dev_accuracy\":0.5}\n");
            }
        }
        Files.writeString(run.resolve("run/metrics.jsonl"), rows);
        WatchedRun watched = new WatchedRun(run, "long");
        watched.look();
        List<JsonObject> kept = watched.rows();
        assertTrue(kept.size() <= WatchedRun.ROWS && kept.size() > WatchedRun.ROWS / 3, "kept " + kept.size());
        assertEquals(100, kept.stream().filter(row -> row.has("dev_accuracy")).count(), "rare rows all stay");
        assertTrue(kept.getLast().get("step").getAsInt() > 99_900);
    }

    @Test
    void aTakenPortIsNamed() {
        int port = server.address().getPort();
        assertThrows(InputError.class, () -> WatchServer.open(List.of(dir), port));
        try (WatchServer other = WatchServer.open(List.of(dir), 0)) {
            assertFalse(other.address().equals(server.address()), "without a wish, the next one is taken");
        }
    }

    @Test
    void aReportHoldsWhatThePageShows() throws IOException {
        Path html = dir.resolve("report.html");
        List<Path> pngs = RunReport.write(List.of(dir.resolve("runs")), html);
        String page = Files.readString(html);
        String data = page.substring(page.indexOf("id=\"data\">") + 10, page.indexOf("</script>", page.indexOf("id=\"data\">")));
        JsonObject run = JsonParser.parseString(data).getAsJsonObject().getAsJsonArray("runs").get(0).getAsJsonObject();
        assertEquals(12, run.getAsJsonArray("rows").size());
        assertEquals(RunReport.SAMPLES, run.getAsJsonArray("samples").size());
        assertFalse(data.contains("<"), "no text of a model ends the script it stands in");
        assertFalse(page.contains(" src=") || page.contains(" href=\"http"), "it needs no other file");
        assertTrue(pngs.contains(dir.resolve("report-score.png")) && Files.size(dir.resolve("report-score.png")) > 1000);
        assertThrows(InputError.class, () -> RunReport.write(List.of(Files.createDirectory(dir.resolve("empty"))), html));
    }
}
