package io.reft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Chromium without a window, told what to do by its own protocol (CDP). */
public final class Browser implements AutoCloseable {
    /** What to say where there is none. */
    public static final String INSTALL = "there is no chromium here: apt-get install -y chromium";
    private static final long PATIENCE_SECONDS = 120;
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private String session;

    /** Where chromium is, if it is. */
    public static Optional<Path> installed() {
        return Stream.of(System.getenv("PATH").split(":")).flatMap(dir -> Stream.of("chromium", "chromium-browser", "google-chrome")
                .map(name -> Path.of(dir, name))).filter(Files::isExecutable).findFirst();
    }

    /** Opens a browser that keeps its files in a folder. */
    public Browser(Path folder) throws Exception {
        process = new ProcessBuilder(List.of(installed().orElseThrow().toString(), "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
                "--remote-debugging-port=0", "--user-data-dir=" + folder, "about:blank")).redirectErrorStream(true).start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::end)); // it would outlive tests that are stopped
        socket = client.newWebSocketBuilder().buildAsync(address(), new Replies()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        JsonObject target = new JsonObject();
        target.addProperty("url", "about:blank");
        JsonObject attach = new JsonObject();
        attach.add("targetId", send("Target.createTarget", target).get("targetId"));
        attach.addProperty("flatten", true);
        session = send("Target.attachToTarget", attach).get("sessionId").getAsString();
        send("Page.enable", new JsonObject());
    }

    private URI address() throws IOException {
        BufferedReader said = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder all = new StringBuilder();
        for (String line; (line = said.readLine()) != null;) {
            all.append(line).append('\n');
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                Thread drain = new Thread(() -> said.lines().forEach(l -> {}));
                drain.setDaemon(true);
                drain.start();
                return URI.create(listening.group(1));
            }
        }
        throw new IOException("chromium does not start: " + all);
    }

    private final class Replies implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                JsonObject reply = JsonParser.parseString(text.toString()).getAsJsonObject();
                text.setLength(0);
                if (reply.has("id")) {
                    asked.remove(reply.get("id").getAsInt()).complete(reply);
                }
            }
            webSocket.request(1);
            return null;
        }
    }

    private JsonObject send(String method, JsonObject parameters) throws Exception {
        int number = numbers.incrementAndGet();
        JsonObject message = new JsonObject();
        message.addProperty("id", number);
        message.addProperty("method", method);
        message.add("params", parameters);
        if (session != null) {
            message.addProperty("sessionId", session);
        }
        CompletableFuture<JsonObject> reply = new CompletableFuture<>();
        asked.put(number, reply);
        socket.sendText(message.toString(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        JsonObject told = reply.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!told.has("result")) {
            throw new IOException(method + ": " + told);
        }
        return told.getAsJsonObject("result");
    }

    /** Opens a page. */
    public void open(Object url) throws Exception {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("url", url.toString());
        send("Page.navigate", parameters);
    }

    /** Makes the window so large, in CSS pixels; a phone has touch and a finer screen. */
    public void size(int width, int height, boolean phone) throws Exception {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("width", width);
        parameters.addProperty("height", height);
        parameters.addProperty("deviceScaleFactor", phone ? 2 : 1);
        parameters.addProperty("mobile", phone);
        send("Emulation.setDeviceMetricsOverride", parameters);
    }

    /** Asks for light or dark. */
    public void scheme(String name) throws Exception {
        send("Emulation.setEmulatedMedia",
                JsonParser.parseString("{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + name + "\"}]}")
                        .getAsJsonObject());
    }

    /** What an expression of JavaScript gives; promises are waited for. Null for undefined and null. */
    public JsonElement eval(String expression) throws Exception {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("expression", expression);
        parameters.addProperty("returnByValue", true);
        parameters.addProperty("awaitPromise", true);
        JsonObject told = send("Runtime.evaluate", parameters);
        if (told.has("exceptionDetails")) {
            throw new IOException(expression + ": " + told.get("exceptionDetails"));
        }
        JsonElement value = told.getAsJsonObject("result").get("value");
        return value == null || value.isJsonNull() ? null : value;
    }

    /** Waits until an expression is true, or text that is not empty, and gives it. */
    public JsonElement await(String expression) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            JsonElement value = eval(expression);
            if (value != null && !(value instanceof JsonPrimitive p
                    && (p.isBoolean() && !p.getAsBoolean() || p.isString() && p.getAsString().isEmpty()))) {
                return value;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "never came true: " + expression + "; the page shows: " + eval("document.body.innerText.slice(0, 1500)"));
            }
            Thread.sleep(50);
        }
    }

    /** Presses a key. */
    public void press(String key) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            JsonObject parameters = new JsonObject();
            parameters.addProperty("type", type);
            parameters.addProperty("key", key);
            if (key.length() == 1 && type.equals("keyDown")) {
                parameters.addProperty("text", key);
            }
            if (key.equals("Tab")) {
                parameters.addProperty("windowsVirtualKeyCode", 9);
            }
            send("Input.dispatchKeyEvent", parameters);
        }
    }

    /** What the window shows, as PNG. */
    public byte[] screenshot() throws Exception {
        return Base64.getDecoder().decode(send("Page.captureScreenshot", new JsonObject()).get("data").getAsString());
    }

    @Override
    public void close() {
        socket.abort();
        end();
        process.onExit().join();
    }

    private void end() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
