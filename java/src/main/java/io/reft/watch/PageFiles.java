package io.reft.watch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the page is made of: files of ours, and uPlot's, all in the jar. */
final class PageFiles {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    /** A file as it is served. */
    record Served(String type, byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static final Map<String, Served> FILES = new LinkedHashMap<>();

    static {
        put("/", "text/html", "watch.html");
        put("/watch.css", "text/css", "watch.css");
        put("/watch.js", "text/javascript", "watch.js");
        put("/uplot.css", "text/css", UPLOT + "uPlot.min.css");
        put("/uplot.js", "text/javascript", UPLOT + "uPlot.iife.min.js");
    }

    private PageFiles() {}

    private static void put(String path, String type, String resource) {
        try (InputStream in = PageFiles.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not in the jar");
            }
            FILES.put(path, new Served(type + "; charset=utf-8", in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file that is served at a path; null where there is none. */
    static Served at(String path) {
        return FILES.get(path);
    }
}
