package io.reft.watch;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.reft.InputError;
import io.reft.reward.Score.Verdict;
import io.reft.run.SampleQuery;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Serves the page of some runs on this machine's own address, where no other machine reaches it. Requests whose Host or Origin names
 * another place are refused, so that no web page that the user has open can read the runs (DNS rebinding). Paths are names of a few fixed
 * things, never of files.
 */
public final class WatchServer implements AutoCloseable {
    /** Where the page is unless something else is asked for; where that is taken, one of the next. */
    public static final int PORT = 8077;

    private static final int PORTS = 20, BACKLOG = 64, LISTENERS = 16, REQUESTS = 32;
    private static final int QUERY_LENGTH = 4096, MOST_FOUND = 200;
    private static final long KEEP_ALIVE = 15_000;
    /** Nothing but what comes from here is shown, run or asked. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final Gson GSON = new GsonBuilder().serializeNulls().create();

    private final WatchedRuns runs;
    private final ModelTrial trial; // or null
    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore listeners = new Semaphore(LISTENERS), requests = new Semaphore(REQUESTS), trials = new Semaphore(1);
    private final Set<String> hosts;

    private WatchServer(WatchedRuns runs, ModelTrial trial, HttpServer server) {
        this.runs = runs;
        this.trial = trial;
        this.server = server;
        int port = server.getAddress().getPort();
        hosts = Set.of("127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port);
        server.setExecutor(executor);
        server.createContext("/", this::answer);
        server.start();
    }

    /**
     * Opens the page.
     *
     * @param places folders of runs, or of folders of runs
     * @param port   where; 0: {@link #PORT} or one of the next
     * @throws InputError where the port is taken
     */
    public static WatchServer open(List<Path> places, int port) {
        return open(places, null, port);
    }

    /**
     * Opens the page.
     *
     * @param places folders of runs, or of folders of runs
     * @param trial  a model that answers questions on it; or null. Whoever opened it closes it
     * @param port   where; 0: {@link #PORT} or one of the next
     * @throws InputError where the port is taken
     */
    public static WatchServer open(List<Path> places, ModelTrial trial, int port) {
        HttpServer server = bind(port);
        return new WatchServer(new WatchedRuns(places).begin(), trial, server);
    }

    private static HttpServer bind(int port) {
        for (int p = port != 0 ? port : PORT;; p++) {
            try {
                return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), p), BACKLOG);
            } catch (BindException e) {
                if (port != 0 || p == PORT + PORTS) {
                    throw new InputError("Port %d of this machine is taken: name another.", p);
                }
            } catch (IOException e) {
                throw new InputError("Port %d cannot be opened (%s).", p, e.getMessage());
            }
        }
    }

    /** Where the page is. */
    public URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    /** How many runs there are to be seen. */
    public int count() {
        return runs.runs().size();
    }

    // ---------------------------------------------------------------- answers

    /** What goes wrong with a request, as HTTP counts it. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        private final int status;

        Refused(int status, String sentence) {
            super(sentence, null, false, false);
            this.status = status;
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                check(exchange);
                if (exchange.getRequestURI().getRawPath().equals("/api/events")) {
                    limited(listeners, exchange, this::events);
                } else if (exchange.getRequestURI().getRawPath().equals("/api/try")) {
                    limited(trials, exchange, this::answerQuestion);
                } else {
                    limited(requests, exchange, this::content);
                }
            } catch (Refused e) {
                send(exchange, e.status, "text/plain; charset=utf-8", (e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
            } catch (InputError e) { // a file of samples that was changed
                send(exchange, 500, "text/plain; charset=utf-8", (e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private void check(HttpExchange exchange) throws Refused {
        String host = exchange.getRequestHeaders().getFirst("Host"), origin = exchange.getRequestHeaders().getFirst("Origin");
        String site = exchange.getRequestHeaders().getFirst("Sec-Fetch-Site");
        if (host == null || !hosts.contains(host.toLowerCase(Locale.ROOT))) {
            throw new Refused(403, "This page is for this machine alone: ask for " + address() + ".");
        }
        boolean navigates = "navigate".equals(exchange.getRequestHeaders().getFirst("Sec-Fetch-Mode"));
        if (origin != null && !hosts.contains(origin.replaceFirst("^http://", "").toLowerCase(Locale.ROOT))
                || site != null && !site.equals("same-origin") && !site.equals("none") && !navigates) {
            throw new Refused(403, "Other pages may not read this one.");
        }
        if (!exchange.getRequestMethod().equals("GET") && !exchange.getRequestMethod().equals("HEAD")) {
            throw new Refused(405, "Nothing can be changed here.");
        }
        String query = exchange.getRequestURI().getRawQuery();
        if (query != null && query.length() > QUERY_LENGTH) {
            throw new Refused(414, "The question is too long.");
        }
    }

    private interface Answering {
        void to(HttpExchange exchange) throws IOException, Refused;
    }

    private void limited(Semaphore places, HttpExchange exchange, Answering answering) throws IOException, Refused {
        if (!places.tryAcquire()) {
            throw new Refused(503, places == trials ? "The model is answering another question: ask again in a moment."
                    : "Too many at once: close some of the pages.");
        }
        try {
            answering.to(exchange);
        } finally {
            places.release();
        }
    }

    private void content(HttpExchange exchange) throws IOException, Refused {
        String path = exchange.getRequestURI().getRawPath();
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        switch (path) {
            case "/api/samples" -> json(exchange, samples(query));
            case "/api/sample" -> json(exchange, sample(query));
            default -> {
                PageFiles.Served file = PageFiles.at(path);
                if (file == null) {
                    throw new Refused(404, "There is nothing of that name.");
                }
                send(exchange, 200, file.type(), file.bytes());
            }
        }
    }

    private static Map<String, String> query(String raw) throws Refused {
        Map<String, String> values = new HashMap<>();
        if (raw != null && !raw.isEmpty()) {
            for (String pair : raw.split("&")) {
                String[] parts = pair.split("=", 2);
                try {
                    values.put(parts[0], URLDecoder.decode(parts.length == 1 ? "" : parts[1], StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    throw new Refused(400, "The address is not well formed.");
                }
            }
        }
        return values;
    }

    private static void json(HttpExchange exchange, JsonObject object) throws IOException {
        send(exchange, 200, "application/json; charset=utf-8", GSON.toJson(object).getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] bytes) throws IOException {
        head(exchange, type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private static void head(HttpExchange exchange, String type) {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Cross-Origin-Resource-Policy", "same-origin");
        exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
    }

    // ---------------------------------------------------------------- samples

    private WatchedRun run(Map<String, String> query) throws Refused {
        List<WatchedRun> all = runs.runs();
        int number = whole(query, "run", 0, MOST_FOUND);
        if (number >= all.size()) {
            throw new Refused(404, "There is no such run.");
        }
        return all.get(number);
    }

    private static int whole(Map<String, String> query, String name, int usual, int most) throws Refused {
        String text = query.get(name);
        if (text == null || text.isEmpty()) {
            return usual;
        }
        if (!text.matches("\\d{1,9}")) {
            throw new Refused(400, name + " must be a whole number.");
        }
        return Math.min(most, Integer.parseInt(text));
    }

    private static double number(Map<String, String> query, String name, double usual) throws Refused {
        String text = query.get(name);
        if (text == null || text.isEmpty()) {
            return usual;
        }
        if (!text.matches("-?\\d{0,9}(\\.\\d{1,9})?") || !text.matches(".*\\d.*")) {
            throw new Refused(400, name + " must be a number.");
        }
        return Double.parseDouble(text);
    }

    private static Set<Verdict> verdicts(String names) throws Refused {
        Set<Verdict> verdicts = EnumSet.noneOf(Verdict.class);
        if (names != null && !names.isEmpty()) {
            for (String name : names.split(",")) {
                try {
                    verdicts.add(Verdict.valueOf(name.toUpperCase(Locale.ROOT)));
                } catch (IllegalArgumentException e) {
                    throw new Refused(400, "There is no such verdict.");
                }
            }
        }
        return verdicts;
    }

    private static String given(String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    private JsonObject samples(Map<String, String> query) throws IOException, Refused {
        WatchedRun run = run(query);
        SampleQuery asked = new SampleQuery(verdicts(query.get("verdict")), number(query, "least", Double.NEGATIVE_INFINITY),
                number(query, "most", Double.POSITIVE_INFINITY), whole(query, "first", 0, Integer.MAX_VALUE),
                whole(query, "last", Integer.MAX_VALUE, Integer.MAX_VALUE), given(query.get("item")), given(query.get("question")));
        SampleIndex.Answer answer = run.samples().find(asked, !"first".equals(query.get("order")),
                whole(query, "skip", 0, Integer.MAX_VALUE), whole(query, "limit", 50, MOST_FOUND));
        JsonObject found = new JsonObject();
        found.addProperty("total", answer.total());
        JsonArray samples = new JsonArray();
        answer.samples().forEach(s -> samples.add(summary(s)));
        found.add("samples", samples);
        return found;
    }

    /** A sample in a list. */
    static JsonObject summary(SampleIndex.Found s) {
        JsonObject sample = new JsonObject();
        sample.addProperty("id", s.id());
        sample.addProperty("iteration", s.iteration());
        sample.addProperty("item_id", s.question().id());
        sample.addProperty("question", s.question().text());
        sample.addProperty("gold", s.question().gold());
        sample.addProperty("group", s.header().group());
        sample.addProperty("verdict", s.header().verdict().name().toLowerCase(Locale.ROOT));
        sample.addProperty("score", s.header().score());
        sample.addProperty("answer", s.header().answer());
        sample.addProperty("tokens", s.header().tokens());
        return sample;
    }

    private JsonObject sample(Map<String, String> query) throws IOException, Refused {
        String id = query.get("id");
        JsonObject sample = id == null || !id.matches("\\d{6,9}-\\d{1,15}-\\d{1,2}") ? null : run(query).samples().sample(id);
        if (sample == null) {
            throw new Refused(404, "There is no such sample; it may have been dropped to make room for later ones.");
        }
        sample.addProperty("id", id);
        return sample;
    }

    // ---------------------------------------------------------------- a question to the model

    /** Server-sent events: the completion as far as it is written, then what came of it. */
    private void answerQuestion(HttpExchange exchange) throws IOException, Refused {
        String question = query(exchange.getRequestURI().getRawQuery()).get("question");
        if (trial == null) {
            throw new Refused(404, "No model is open: reft watch --model DIR opens one.");
        }
        if (question == null || question.isBlank()) {
            throw new Refused(400, "There is no question.");
        }
        head(exchange, "text/event-stream; charset=utf-8");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        JsonObject last = new JsonObject();
        try {
            ModelTrial.Result result = trial.answer(question, text -> {
                try {
                    event(out, "text", GSON.toJson(text));
                } catch (IOException e) {
                    throw new UncheckedIOException(e); // whoever asked has gone
                }
            });
            last.addProperty("program", result.program());
            last.addProperty("answer", result.answer());
            last.addProperty("why", result.why());
        } catch (InputError e) {
            last.addProperty("why", e.getMessage());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        event(out, "result", GSON.toJson(last));
    }

    // ---------------------------------------------------------------- events

    /** Server-sent events: all there is, then what is new, as long as somebody listens. */
    private void events(HttpExchange exchange) throws IOException {
        head(exchange, "text/event-stream; charset=utf-8");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        Map<WatchedRun, WatchedRun.Told> told = new HashMap<>();
        String about = "";
        try {
            if (trial != null) {
                event(out, "model", GSON.toJson(trial.name()));
            }
            while (true) {
                long seen = runs.version();
                List<WatchedRun> all = runs.runs();
                JsonArray abouts = new JsonArray();
                all.forEach(run -> abouts.add(run.about()));
                if (!GSON.toJson(abouts).equals(about)) {
                    about = GSON.toJson(abouts);
                    event(out, "runs", about);
                }
                for (int i = 0; i < all.size(); i++) {
                    WatchedRun.News news = all.get(i).since(told.getOrDefault(all.get(i), WatchedRun.Told.NOTHING));
                    told.put(all.get(i), news.told());
                    if (news.afresh() || !news.rows().isEmpty() || !news.sentences().isEmpty()) {
                        event(out, "news", GSON.toJson(news(i, news)));
                    }
                }
                if (runs.await(seen, KEEP_ALIVE) == seen) {
                    out.write(":\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is new of a run, as the page takes it. */
    static JsonObject news(int run, WatchedRun.News news) {
        JsonObject event = new JsonObject();
        event.addProperty("run", run);
        event.addProperty("afresh", news.afresh());
        JsonArray rows = new JsonArray(), sentences = new JsonArray();
        news.rows().forEach(rows::add);
        news.sentences().forEach(sentences::add);
        event.add("rows", rows);
        event.add("log", sentences);
        return event;
    }

    private static void event(OutputStream out, String name, String json) throws IOException {
        out.write(("event: " + name + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() {
        runs.close();
        server.stop(0);
        executor.shutdownNow();
    }
}
