package io.reft.watch;

import io.reft.Browser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Pictures of the page for docs/: {@code Screenshots RUNS OUT} opens the page of the runs in the first folder and leaves
 * {@code watch-*.png} in the second.
 */
final class Screenshots {
    private Screenshots() {}

    /** @param arguments folder of runs, folder for the pictures */
    public static void main(String[] arguments) throws Exception {
        Path out = Path.of(arguments[1]), profile = Files.createTempDirectory("reft-browser");
        try (WatchServer server = WatchServer.open(List.of(Path.of(arguments[0])), 0); Browser browser = new Browser(profile)) {
            take(browser, server, out.resolve("watch-desktop.png"), 1280, 900, false, "light", "curves");
            take(browser, server, out.resolve("watch-samples.png"), 1280, 900, false, "dark", "samples");
            take(browser, server, out.resolve("watch-phone.png"), 390, 844, true, "light", "curves");
            take(browser, server, out.resolve("watch-phone-samples.png"), 390, 844, true, "dark", "samples");
        }
        System.exit(0);
    }

    private static void take(Browser browser, WatchServer server, Path png, int width, int height, boolean phone, String scheme,
            String view)
            throws Exception {
        browser.size(width, height, phone);
        browser.scheme(scheme);
        browser.open("about:blank");
        browser.open(server.address() + "#/" + view);
        browser.await("document.querySelectorAll('.run').length > 0");
        if (view.equals("samples")) {
            browser.await("document.querySelectorAll('#list button').length > 10");
            browser.eval("[...document.querySelectorAll('#list button')].find(b => b.innerText.startsWith('wrong')).click()");
            browser.await("document.querySelector('#details .token') !== null");
        } else {
            browser.eval(
                    "document.getElementById('smoothing').value = 0.6;"
                            + "document.getElementById('smoothing').dispatchEvent(new Event('input'))");
            browser.await("document.querySelectorAll('.chart canvas').length > 3");
        }
        Thread.sleep(800);
        Files.write(png, browser.screenshot());
        System.out.println(
                png + " " + browser.eval("document.documentElement.scrollWidth + ' wide, ' + [...document.querySelectorAll('body *')]"
                        + ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 6).map(e => e.outerHTML.slice(0, 80))"));
    }
}
