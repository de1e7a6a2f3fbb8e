package io.reft.reproduce;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.Version;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFile;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.PairedTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The table of a reproduction: methods by ways to answer, each accuracy with its interval and a paired test against SFT, beside the
 * published figures. It is worked out from the results of {@code reft eval}, so it can be filled while stages are still missing.
 *
 * @param cell     whose published figures stand beside
 * @param model    what was trained
 * @param samples  of each question, for votes and reranking
 * @param seed     of everything
 * @param protocol how checkpoints were chosen
 */
record Report(PaperCell cell, String model, int samples, long seed, String protocol) {
    private static final long RESULT_LIMIT = 1L << 30;

    /** How a question is answered, and what a row of eval's JSON calls the outcome. */
    private enum Way {
        GREEDY("right"), VOTE("vote_right"), PASS("samples_right"), RERANK("rerank_right");

        final String field;

        Way(String field) {
            this.field = field;
        }

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One accuracy.
     *
     * @param difference to SFT, and {@code p_value} of it by the exact paired test; null for SFT itself
     */
    private record Figure(double accuracy, double low, double high, int right, int questions, Double difference, Double p_value) {
        static Figure of(boolean[] outcome, boolean[] sft) {
            int right = 0;
            for (boolean r : outcome) {
                right += r ? 1 : 0;
            }
            Accuracy a = new Accuracy(right, outcome.length);
            PairedTest test = sft == null || sft == outcome ? null : PairedTest.of(sft, outcome);
            return new Figure(a.value(), a.low(), a.high(), right, a.total(), test == null ? null : test.difference(),
                    test == null ? null : test.pValue());
        }

        String accuracyText() {
            return new Accuracy(right, questions).toString();
        }

        String testText() {
            return difference == null ? "" : String.format(Locale.ROOT, "%+.1f, p %s", 100 * difference,
                    p_value < 0.001 ? "< 0.001" : String.format(Locale.ROOT, "= %.3f", p_value));
        }
    }

    private record Row(String method, Map<String, Figure> figures, Map<String, Double> published) {}

    private record Result(String cell, String model, String published_for, long seed, String protocol, int samples, String version,
                          List<Row> methods,
                          Map<String, Double> stage_seconds) {}

    /** Writes {@code report.json} and {@code report.md} into the run's folder; gives the table. */
    String write(Path out, List<Stage> stages, FinishedStages finished) {
        List<Row> rows = rows(out, finished);
        Map<String, Double> seconds = new LinkedHashMap<>();
        stages.forEach(s -> seconds.put(s.name(), finished.seconds(s.name())));
        DurableFiles.replace(out.resolve("report.json"), new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(
                new Result(cell.name(), model, cell.checkpoint(), seed, protocol, samples, Version.text(), rows, seconds)) + "\n");
        String table = table(rows);
        StringBuilder text = new StringBuilder("# " + cell.name() + "\n\nModel " + model + ", seed " + seed + ", reft " + Version.text()
                + ". " + protocol + ".\n\n" + table + "\n");
        text.append(
                "Accuracies on the same test questions with 95 % intervals (Wilson); after each, the difference to SFT in points and "
                        + "p of the exact paired test\n"
                        + "(McNemar). The intervals tell of the questions drawn, not of the training's own randomness. Published "
                        + "figures are those of ")
                .append(cell.demo() ? "no paper: this is the demo's task" : cell.checkpoint() + ", its checkpoints chosen on the test set")
                .append(".\n\n| stage | seconds | command |\n| --- | --- | --- |\n");
        for (Stage stage : stages) {
            Double took = finished.seconds(stage.name());
            text.append("| ").append(stage.name()).append(" | ").append(took == null ? "not finished" : took).append(" | `reft ")
                    .append(String.join(" ", stage.arguments())).append("` |\n");
        }
        DurableFiles.replace(out.resolve("report.md"), text.toString());
        return table;
    }

    private List<Row> rows(Path out, FinishedStages finished) {
        List<Row> rows = new ArrayList<>();
        Map<Way, boolean[]> sft = outcomes(out, Method.SFT, finished);
        for (Method method : cell.methods()) {
            Map<String, Figure> figures = new LinkedHashMap<>();
            Map<String, Double> published = new LinkedHashMap<>();
            Map<Way, boolean[]> outcomes = method == Method.SFT ? sft : outcomes(out, method, finished);
            for (Way way : Way.values()) {
                if (outcomes.containsKey(way)) {
                    figures.put(way.key(), Figure.of(outcomes.get(way), sft.get(way)));
                }
                published.put(way.key(), way == Way.PASS ? null : cell.published(method.key(), way.key()));
            }
            rows.add(new Row(method.title, figures, published));
        }
        return rows;
    }

    private static Map<Way, boolean[]> outcomes(Path out, Method method, FinishedStages finished) {
        Map<Way, boolean[]> all = new LinkedHashMap<>();
        if (finished.seconds(method.greedy()) != null) {
            all.put(Way.GREEDY, read(out.resolve(method.greedy() + ".json"), Way.GREEDY));
        }
        for (Way way : List.of(Way.VOTE, Way.PASS, Way.RERANK)) {
            boolean[] outcome = finished.seconds(method.sampled()) == null ? null : read(out.resolve(method.sampled() + ".json"), way);
            if (outcome != null) {
                all.put(way, outcome);
            }
        }
        return all;
    }

    /** Question by question; null where the file does not tell of this way. */
    private static boolean[] read(Path file, Way way) {
        if (!(JsonFile.read(file, RESULT_LIMIT).get("rows") instanceof JsonArray rows)) {
            throw new InputError("%s has no rows; it is no result of reft eval --json.", file);
        }
        boolean[] right = new boolean[rows.size()];
        for (int i = 0; i < right.length; i++) {
            JsonElement row = rows.get(i);
            if (row instanceof JsonObject fields && !fields.has(way.field)) {
                return null;
            }
            if (!(row instanceof JsonObject fields && fields.get(way.field) instanceof JsonPrimitive outcome
                    && (way == Way.PASS ? outcome.isNumber() : outcome.isBoolean()))) {
                throw new InputError("%s row %d does not say whether it is right; it is no result of reft eval --json.", file, i + 1);
            }
            right[i] = way == Way.PASS ? outcome.getAsDouble() > 0 : outcome.getAsBoolean();
        }
        return right;
    }

    private String table(List<Row> rows) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("", "greedy", "vs SFT", "vote@" + samples, "vs SFT", "pass@" + samples, "vs SFT", "rerank@" + samples, "vs SFT",
                "published greedy", "vote@100", "rerank@100"));
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(row.method));
            for (Way way : Way.values()) {
                Figure figure = row.figures.get(way.key());
                line.add(figure == null ? "–" : figure.accuracyText());
                line.add(figure == null ? "" : figure.testText());
            }
            for (Way way : List.of(Way.GREEDY, Way.VOTE, Way.RERANK)) {
                Double published = row.published.get(way.key());
                line.add(published == null ? "–" : String.format(Locale.ROOT, "%.1f", published));
            }
            lines.add(line);
        }
        int[] widths = new int[lines.getFirst().size()];
        for (int c = 0; c < widths.length; c++) {
            int column = c;
            widths[c] = lines.stream().mapToInt(l -> Math.max(3, l.get(column).length())).max().orElse(0);
        }
        lines.add(1, Arrays.stream(widths).mapToObj("-"::repeat).toList());
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            for (int c = 0; c < widths.length; c++) {
                text.append("| ").append(String.format("%-" + widths[c] + "s", line.get(c))).append(' ');
            }
            text.append("|\n");
        }
        return text.toString();
    }
}
