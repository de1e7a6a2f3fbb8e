package io.reft.watch;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.run.Curves;
import io.reft.run.SampleQuery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The page of some runs as one HTML file that needs no server, and their curves as PNG files beside it. What stands in it is bounded: of
 * each run the latest samples, and as many rows of numbers as the page shows.
 */
public final class RunReport {
    /** Samples of each run, the latest ones. */
    static final int SAMPLES = 300;
    /** Characters of all samples of a report. */
    private static final long MOST_TEXT = 16L << 20;
    /** Escapes {@code <}, so that no text ends the script that it stands in. */
    private static final Gson GSON = new GsonBuilder().serializeNulls().create();

    /** What is drawn, and how it is called; a curve of each run that has it. */
    private static final Map<String, String> PNGS = pngs();

    private RunReport() {}

    private static Map<String, String> pngs() {
        Map<String, String> pngs = new LinkedHashMap<>();
        pngs.put("dev_accuracy", "Accuracy on development questions");
        pngs.put("test_accuracy", "Accuracy on test questions");
        pngs.put("accuracy", "Accuracy of the samples");
        pngs.put("score", "Score");
        pngs.put("loss", "Loss");
        pngs.put("kl", "KL to the reference (nats a completion)");
        pngs.put("entropy", "Entropy (nats a token)");
        pngs.put("actions", "Length (tokens a completion)");
        return pngs;
    }

    /**
     * Writes the report.
     *
     * @param places folders of runs, or of folders of runs
     * @param html   the file; curves are written beside it, named {@code report-score.png} where it is {@code report.html}
     * @return the PNG files
     * @throws InputError where there are no runs
     */
    public static List<Path> write(List<Path> places, Path html) {
        List<WatchedRun> runs;
        try (WatchedRuns all = new WatchedRuns(places)) {
            all.look();
            runs = all.runs();
        }
        if (runs.isEmpty()) {
            throw new InputError("%s: there is no run; name the --out of a training command, or a folder of such.", places.getFirst());
        }
        JsonObject data = new JsonObject();
        data.addProperty("made", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        JsonArray each = new JsonArray();
        for (WatchedRun run : runs) {
            each.add(run(run, MOST_TEXT / runs.size()));
        }
        data.add("runs", each);
        DurableFiles.replace(html, page(GSON.toJson(data)));
        return curves(runs, html);
    }

    private static JsonObject run(WatchedRun run, long most) {
        JsonObject all = WatchServer.news(0, run.since(WatchedRun.Told.NOTHING));
        JsonObject told = new JsonObject();
        told.add("about", run.about());
        told.add("rows", all.get("rows"));
        told.add("log", all.get("log"));
        told.add("samples", samples(run, most));
        return told;
    }

    private static JsonArray samples(WatchedRun run, long most) {
        List<JsonObject> latest = new ArrayList<>();
        long characters = 0;
        try {
            for (SampleIndex.Found found : run.samples().find(SampleQuery.ALL, true, 0, SAMPLES).samples()) {
                JsonObject sample = run.samples().sample(found.id());
                sample.addProperty("id", found.id());
                sample.remove("prompt_ids");
                characters += sample.toString().length();
                if (characters > most) {
                    break;
                }
                latest.add(sample);
            }
        } catch (IOException e) {
            throw new InputError("The samples of %s cannot be read (%s).", run.folder(), e.getMessage());
        }
        JsonArray samples = new JsonArray();
        latest.reversed().forEach(samples::add);
        return samples;
    }

    // ---------------------------------------------------------------- the file

    /** The page with its styles, scripts and data within it; nothing else in it may run, and it may ask for nothing. */
    private static String page(String data) {
        String html = PageFiles.at("/").text();
        List<String> scripts = List.of(PageFiles.at("/uplot.js").text(), PageFiles.at("/watch.js").text());
        List<String> styles = List.of(PageFiles.at("/uplot.css").text(), PageFiles.at("/watch.css").text());
        String policy =
                "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src" + hashes(scripts) + "; style-src"
                        + hashes(styles);
        StringBuilder head = new StringBuilder("<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">\n");
        styles.forEach(style -> head.append("<style>").append(style).append("</style>\n"));
        StringBuilder end = new StringBuilder("<script type=\"application/json\" id=\"data\">").append(data).append("</script>\n");
        scripts.forEach(script -> end.append("<script>").append(script).append("</script>\n"));
        String bare = html.replaceAll("(?m)^<(link rel=\"stylesheet\"|script defer).*\\R", "");
        int headEnd = bare.indexOf("</head>"), bodyEnd = bare.indexOf("</body>");
        return bare.substring(0, headEnd) + head + bare.substring(headEnd, bodyEnd) + end + bare.substring(bodyEnd);
    }

    private static String hashes(List<String> texts) {
        StringBuilder hashes = new StringBuilder();
        try {
            for (String text : texts) {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
                hashes.append(" 'sha256-").append(Base64.getEncoder().encodeToString(digest)).append('\'');
            }
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
        return hashes.toString();
    }

    // ---------------------------------------------------------------- curves

    private static List<Path> curves(List<WatchedRun> runs, Path html) {
        String stem = html.getFileName().toString().replaceFirst("\\.html?$", "");
        List<Path> written = new ArrayList<>();
        PNGS.forEach((key, title) -> {
            List<Curves.Series> curves = runs.stream().map(run -> series(run, key)).filter(s -> s.x().length > 0).toList();
            if (!curves.isEmpty()) {
                Path png = html.resolveSibling(stem + "-" + key.replace('_', '-') + ".png");
                Curves.draw(png, title, "steps, epochs or iterations", title, curves);
                written.add(png);
            }
        });
        return written;
    }

    private static Curves.Series series(WatchedRun run, String key) {
        List<double[]> points = new ArrayList<>();
        for (JsonObject row : run.rows()) {
            JsonElement x = row.entrySet().isEmpty() ? null : row.entrySet().iterator().next().getValue();
            if (x instanceof JsonPrimitive at && at.isNumber() && row.get(key) instanceof JsonPrimitive value && value.isNumber()) {
                points.add(new double[] {at.getAsDouble(), value.getAsDouble()});
            }
        }
        return new Curves.Series(run.name(), points.stream().mapToDouble(p -> p[0]).toArray(),
                points.stream().mapToDouble(p -> p[1]).toArray());
    }
}
