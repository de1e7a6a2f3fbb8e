package io.reft.data;

import com.google.gson.stream.JsonWriter;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads and writes problems in the ReFT JSON format: an array of objects with {@code item_id}, {@code question},
 * {@code answer_cot} (absent in test sets) and {@code answer_value} (text or number), or the same objects as JSON lines.
 * Other fields are skipped. The formats that the data sets were published in are read by {@link Originals}.
 */
public final class Datasets {
    /** The most characters that one row may take in the file. */
    public static final int MAX_ROW = 1 << 20;

    private static final int MAX_ANSWER = 1000;
    private static final Set<String> FIELDS = Set.of("item_id", "question", "answer_cot", "answer_value");
    private static final Set<String> NUMBERS = Set.of("answer_value");

    private Datasets() {}

    /** All problems of the file, in its order; at least one. */
    public static List<Problem> read(Path file) {
        List<Problem> problems = new ArrayList<>();
        Map<String, Integer> rowOfId = new HashMap<>();
        JsonRows.read(file, FIELDS, NUMBERS, row -> problems.add(check(row, rowOfId)));
        return List.copyOf(problems);
    }

    /** Writes the problems as a JSON array that {@link #read} gives back unchanged; {@code file} is there whole or not at all. */
    public static void write(Path file, List<Problem> problems) {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try {
            try (Writer text = Files.newBufferedWriter(unfinished); JsonWriter json = new JsonWriter(text)) {
                json.setIndent("  ");
                json.setSerializeNulls(false);
                json.beginArray();
                for (Problem problem : problems) {
                    json.beginObject().name("item_id").value(problem.id()).name("question").value(problem.question())
                            .name("answer_cot").value(problem.cot()).name("answer_value").value(problem.answer()).endObject();
                }
                json.endArray();
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            unfinished.toFile().delete();
            throw new InputError("%s: cannot be written (%s).", file, JsonFile.reason(e));
        }
    }

    private static Problem check(JsonRows.Row row, Map<String, Integer> rowOfId) {
        Map<String, String> fields = row.fields();
        String id = fields.get("item_id");
        if (id == null || id.isBlank()) {
            throw row.fault(null, "has no item_id");
        }
        String question = fields.get("question");
        if (question == null || question.isBlank()) {
            throw row.fault(id, "question is missing or empty");
        }
        String answer = fields.get("answer_value");
        if (answer == null || answer.isBlank()) {
            throw row.fault(id, "answer_value is missing");
        }
        if (answer.length() > MAX_ANSWER) {
            throw row.fault(id, "answer_value has " + answer.length() + " characters; at most " + MAX_ANSWER + " can be an answer");
        }
        Integer before = rowOfId.putIfAbsent(id, row.number());
        if (before != null) {
            throw row.fault(id, "this item_id was already given in row " + before);
        }
        DataSet set = DataSet.of(id);
        if (!set.accepts(answer)) {
            throw row.fault(id, "answer_value \"" + InputError.printable(answer, 80) + "\" is not "
                    + (set.choice() ? "one of the choices a to e" : "a number, as " + InputError.printable(set.name(), 80) + " needs"));
        }
        String cot = fields.get("answer_cot");
        return new Problem(id, question, cot == null || cot.isBlank() ? null : cot, answer);
    }
}
