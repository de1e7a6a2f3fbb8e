package io.reft.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Browser;
import io.reft.DrawnSamples;
import io.reft.Golden;
import io.reft.run.DrawnCompletions;
import io.reft.run.TrainingRun;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser: what it shows is what the run's files hold. Skipped where there is no chromium. */
@Tag("slow")
class PageTest {
    @TempDir
    static Path profile;
    private static Browser browser;

    @TempDir
    private Path dir;
    private WatchServer server;

    @BeforeAll
    static void openBrowser() throws Exception {
        assumeTrue(Browser.installed().isPresent(), Browser.INSTALL);
        browser = new Browser(profile);
    }

    @AfterAll
    static void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void openPage() throws Exception {
        WatchServerTest.writeRun(dir.resolve("runs/a"), 20);
        WatchServerTest.writeRun(dir.resolve("runs/b"), 10);
        server = WatchServer.open(List.of(dir.resolve("runs")), 0);
        browser.size(1200, 900, false);
        browser.scheme("light");
        browser.open(server.address());
        browser.await("document.querySelectorAll('.chart canvas').length >= 4");
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static final String SCORE = "[...document.querySelectorAll('.chart')].find(c => c.ariaLabel === 'Score')";

    private static double last(String run) throws Exception {
        return browser.eval(SCORE + ".querySelector('[data-run=\"runs/" + run + "\"]').dataset.value").getAsDouble();
    }

    private static JsonObject lastRow(Path run) throws Exception {
        return Files.readAllLines(run.resolve("run/metrics.jsonl")).stream().map(l -> JsonParser.parseString(l).getAsJsonObject())
                .filter(row -> row.has("score")).reduce((a, b) -> b).orElseThrow();
    }

    @Test
    void curvesEndWhereTheMetricsDo() throws Exception {
        assertEquals(lastRow(dir.resolve("runs/a")).get("score").getAsDouble(), last("a"));
        assertEquals(lastRow(dir.resolve("runs/b")).get("score").getAsDouble(), last("b"));
        assertEquals("5000", browser.eval("[...document.querySelectorAll('.chart')].find(c => c.ariaLabel === 'Tokens a second')"
                + ".querySelector('[data-run]').dataset.value").getAsString());
        Files.writeString(dir.resolve("runs/a/run/metrics.jsonl"), "{\"iteration\":21,\"score\":0.875}\n", StandardOpenOption.APPEND);
        browser.await(SCORE + ".querySelector('[data-run=\"runs/a\"]').dataset.value === '0.875'");
        // hidden runs are not drawn, nor read
        browser.eval("document.querySelectorAll('.run input')[1].click()");
        browser.await(SCORE + ".querySelectorAll('[data-run]').length === 1");
        assertTrue(browser.eval("document.getElementById('warnings').innerText").getAsString().contains("healthy: below 30 %"));
        assertNull(browser.eval("document.querySelector('#warnings script')"), "what is said is text");
    }

    @Test
    void curvesAreReadByKeyboard() throws Exception {
        browser.eval(SCORE + ".querySelector('[tabindex]').focus()");
        browser.press("ArrowLeft");
        browser.await(SCORE + ".querySelector('.read').innerText.includes('at ')");
        browser.press("+");
        browser.press("0");
        browser.eval(
                "document.getElementById('smoothing').value = 0.9; document.getElementById('smoothing').dispatchEvent(new Event('input'));"
                        + "document.getElementById('log-scale').click()");
        browser.await("document.getElementById('smoothed').innerText === '0.9'");
        assertEquals(lastRow(dir.resolve("runs/a")).get("score").getAsDouble(), last("a"),
                "the value told is the run's, not the smoothed one");
    }

    private static void type(String field, String text) throws Exception {
        browser.eval("(f => { f.value = '" + text
                + "'; f.dispatchEvent(new Event('input', {bubbles: true})); })(document.querySelector('#filter [name="
                + field + "]'))");
    }

    @Test
    void aWrongSampleIsFoundAndRead() throws Exception {
        browser.eval("document.getElementById('tab-samples').click()");
        browser.await("document.getElementById('found').innerText.startsWith('800 samples')");
        type("verdict", "wrong");
        browser.await("document.getElementById('found').innerText.startsWith('520 samples')");
        type("first", "7");
        type("last", "7");
        type("question", "had 17?");
        browser.await("document.getElementById('found').innerText.startsWith('2 samples')");
        String id = browser.eval("document.querySelector('#list button').dataset.id").getAsString();
        browser.eval("document.querySelector('#list button').click()");
        browser.await("document.querySelector('#details .result')?.innerText");
        DrawnCompletions drawn;
        try (Tokenizer tokenizer = Tokenizers.open(Golden.repository("models/demo"))) {
            drawn = DrawnSamples.of(tokenizer, 7, 40);
        }
        var sample = drawn.scored().get(35); // the later of the two, which comes first
        assertEquals(sample.score().answer().number(), browser.eval("document.querySelector('#details .result').innerText").getAsDouble());
        assertEquals("7.0", browser.eval("document.querySelector('#details .gold').innerText").getAsString());
        assertEquals(sample.text(), browser.eval("document.querySelector('#details pre').textContent").getAsString());
        assertEquals(sample.prompt().problem().question(),
                browser.eval("document.querySelector('#details .asked').textContent").getAsString());
        assertNull(browser.eval("document.querySelector('#details b')"), "HTML in a question is text");
        assertEquals(sample.completion().ids().length, browser.eval("document.querySelectorAll('#details .token').length").getAsInt());
        String colour = browser.eval("document.querySelector('#details .token:last-child').style.backgroundColor").getAsString();
        assertTrue(colour.startsWith("rgba(40, 120, 255"), colour);
        assertTrue(id.startsWith("000001-"), id);

        browser.eval("[...document.querySelectorAll('#details button')].find(b => b.innerText.includes('in this iteration')).click()");
        browser.await("document.querySelectorAll('#details article').length === 2");
        browser.eval("[...document.querySelectorAll('#details button')].find(b => b.innerText.includes('through the iterations')).click()");
        browser.await("document.getElementById('found').innerText.startsWith('40 samples')");
    }

    @Test
    void modelTextRunsNothing() throws Exception {
        Path run = dir.resolve("runs/a/run");
        Files.writeString(run.resolve("log.txt"),
                "healthy: <img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>\n",
                StandardOpenOption.APPEND);
        browser.await("document.getElementById('warnings').innerText.includes('<script>document.title')");
        assertNull(browser.eval("document.querySelector('#warnings img, #log script')"));
        assertFalse(browser.eval("document.title").getAsString().equals("run"));
    }

    /** Nothing is wider than the window, and all that can be used is reached by the Tab key and has a name. */
    @Test
    void fitsAPhoneAndAKeyboard() throws Exception {
        browser.size(375, 740, true);
        for (String view : List.of("curves", "samples", "log", "options")) {
            browser.eval("document.getElementById('tab-" + view + "').click()");
            browser.await("!document.getElementById('" + view + "').hidden");
            Thread.sleep(200);
            int wide = browser.eval("document.documentElement.scrollWidth").getAsInt();
            assertTrue(wide <= 375, view + " is " + wide + " wide");
            JsonElement nameless =
                    browser.eval("JSON.stringify([...document.querySelectorAll('button, input, select')].filter(e => e.offsetParent"
                            + " && !e.innerText?.trim() && !e.ariaLabel && !e.labels?.length).map(e => e.outerHTML))");
            assertEquals("[]", nameless.getAsString());
        }
        browser.size(1200, 900, false);
        browser.open("about:blank");
        browser.open(server.address());
        browser.await("document.querySelectorAll('.chart canvas').length >= 4");
        browser.press("Tab");
        assertTrue(browser.await("document.activeElement.outerHTML").getAsString().contains("To the content"),
                "the first stop is the way to the content: " + browser.eval("document.activeElement.outerHTML.slice(0, 300)"));
    }

    /** Contrast of all text with what is behind it, as WCAG 2 counts it, by day and by night. */
    @Test
    void textIsLegible() throws Exception {
        String contrast = """
                (() => {
                  const rgb = c => c.match(/[\\d.]+/g).map(Number);
                  const lum = c => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                    .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
                  const back = e => {
                    const over = [];
                    for (let at = e; at; at = at.parentElement) {
                      const c = rgb(getComputedStyle(at).backgroundColor);
                      if ((c[3] ?? 1) > 0) { over.push(c); }
                      if ((c[3] ?? 1) === 1) { break; }
                    }
                    return over.reverse().reduce((b, c) => b.map((v, i) => v * (1 - (c[3] ?? 1)) + c[i] * (c[3] ?? 1)), [255, 255, 255]);
                  };
                  return JSON.stringify([...document.querySelectorAll('body *')].filter(e => e.offsetParent
                      && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.disabled).map(e => {
                    const a = lum(rgb(getComputedStyle(e).color)), b = lum(back(e));
                    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className, e.textContent.slice(0, 30)];
                  }).filter(c => c[0] < 4.5));
                })()""";
        for (String scheme : List.of("light", "dark")) {
            browser.scheme(scheme);
            browser.eval("document.getElementById('tab-curves').click()");
            assertEquals("[]", browser.eval(contrast).getAsString(), scheme);
            browser.eval("document.getElementById('tab-samples').click()");
            browser.await("document.querySelector('#list button')").getAsJsonObject();
            browser.eval("document.querySelector('#list button').click()");
            for (String colouring : List.of("advantage", "probability")) {
                browser.await("document.querySelector('#colouring')");
                browser.eval("(s => { s.value = '" + colouring
                        + "'; s.dispatchEvent(new Event('change')); })(document.querySelector('#colouring'))");
                assertEquals("[]", browser.eval(contrast).getAsString(), scheme + " " + colouring);
            }
        }
    }

    @Test
    void aReportNeedsNoServer() throws Exception {
        Path html = dir.resolve("report.html");
        RunReport.write(List.of(dir.resolve("runs")), html);
        server.close();
        browser.open(html.toUri());
        browser.await("document.getElementById('connection')?.innerText.startsWith('report of')");
        browser.await("document.querySelectorAll('.chart canvas').length >= 4");
        assertEquals(lastRow(dir.resolve("runs/a")).get("score").getAsDouble(), last("a"));
        browser.eval("document.getElementById('tab-samples').click()");
        type("verdict", "right");
        browser.await("document.querySelectorAll('#list .right').length === 50");
        browser.eval("document.querySelector('#list button').click()");
        browser.await("document.querySelector('#details .result')?.innerText === '7'");
    }

    /** With 50,000 samples the page is there within a second, and so is an answer to a filter. */
    @Test
    void manySamplesStayQuick() throws Exception {
        server.close();
        Path many = dir.resolve("many");
        try (Tokenizer tokenizer = Tokenizers.open(Golden.repository("models/demo"));
                TrainingRun run = TrainingRun.open(new TrainingRun.Target(many, true, false, null), "ppo",
                        Map.of(), List.of())) {
            run.journal().numbers(io.reft.run.Journal.Entry.at("iteration", 1).with("score", 0.5));
            for (int i = 1; i <= 100; i++) {
                run.journal().completions(DrawnSamples.of(tokenizer, i, 500));
            }
        }
        long start = System.nanoTime();
        server = WatchServer.open(List.of(many), 0);
        browser.open(server.address() + "#/samples");
        browser.await("document.getElementById('found')?.innerText.startsWith('50000 samples')");
        double opened = (System.nanoTime() - start) / 1e9;
        start = System.nanoTime();
        type("verdict", "right");
        type("question", "had 33?");
        browser.await("document.getElementById('found').innerText.startsWith('100 samples')");
        browser.await("document.querySelectorAll('#list .right').length === 50");
        double filtered = (System.nanoTime() - start) / 1e9;
        System.getLogger("page").log(System.Logger.Level.INFO, "50,000 samples: opened in {0} s, filtered in {1} s", opened, filtered);
        assertTrue(opened < 5 && filtered < 2, opened + " s, " + filtered + " s"); // a busy machine; alone it is below 1 s
    }
}
