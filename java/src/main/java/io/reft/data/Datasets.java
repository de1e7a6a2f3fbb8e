package io.reft.data;

import com.google.gson.stream.JsonWriter;
import io.reft.Count;
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
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads problems from files of people's own: JSON, JSON lines, tables (CSV, TSV) and Parquet, packed by gzip or zstd or not, told by their
 * content; which field holds what is known by the names ({@link Columns}). Writes them in the ReFT form: an array of objects with
 * {@code item_id}, {@code question}, {@code answer_cot} (absent in test sets) and {@code answer_value}.
 */
public final class Datasets {
    /** Standard input, where a file is asked for. */
    public static final Path STANDARD_INPUT = Path.of("-");

    /** The most characters that one row may take in the file. */
    public static final int MAX_ROW = 1 << 20;

    private static final int NAMED = 5; // bad rows in a message

    private Datasets() {}

    /**
     * How a file is read.
     *
     * @param fields which fields hold what; null: known by their names
     * @param skip   bad rows that are left out before the next one is refused
     */
    public record How(Columns fields, int skip) {
        /** By the names of the fields, and no row is bad. */
        public static final How STRICT = new How(null, 0);
    }

    /** All problems of the file, in its order; at least one. */
    public static List<Problem> read(Path file) {
        return read(file, How.STRICT, said -> {});
    }

    /**
     * All problems of the file, in its order; at least one.
     *
     * @param told hears what was understood, and what was left out
     */
    public static List<Problem> read(Path file, How how, Consumer<String> told) {
        List<InputError> bad = new ArrayList<>();
        Consumer<InputError> faults = fault -> {
            bad.add(fault);
            if (bad.size() > how.skip) {
                throw fault;
            }
        };
        List<Row> rows = Rows.read(file, Columns.wanted(how.fields), faults);
        Set<String> names = rows.stream().flatMap(row -> Stream.concat(row.fields().keySet().stream(), row.wrong().keySet().stream()))
                .collect(Collectors.toSet());
        if (how.fields == null && Originals.isOriginal(names)) {
            Originals.Converted original = Originals.of(rows, SolutionFormat.PYTHON, Originals.Asked.CHOICE);
            told.accept(Count.of(original.problems().size(), "question") + " from " + file + ", in the form that " + original.name()
                    + " was published in.");
            return original.problems();
        }
        Columns fields = how.fields != null ? how.fields : Columns.of(file, names);
        String stem = file.equals(STANDARD_INPUT) ? "input" : file.getFileName().toString().replaceFirst("\\..*", "");
        List<Problem> problems = new ArrayList<>();
        Map<String, Integer> rowOfId = new HashMap<>();
        for (Row row : rows) {
            try {
                Problem problem = fields.problem(row, stem);
                Integer before = rowOfId.putIfAbsent(problem.id(), row.number());
                if (before != null) {
                    throw row.fault(problem.id(), "this " + fields.id() + " was already given in row " + before);
                }
                problems.add(problem);
            } catch (InputError e) {
                faults.accept(e);
            }
        }
        if (problems.isEmpty()) {
            throw bad.getFirst();
        }
        if (!fields.isReft()) {
            told.accept(fields.understood(file, problems));
        }
        if (!bad.isEmpty()) {
            told.accept(Count.of(bad.size(), "bad row") + " left out: "
                    + bad.stream().limit(NAMED).map(e -> e.getMessage().replaceFirst("\\.$", "")).collect(Collectors.joining("; "))
                    + (bad.size() > NAMED ? "; …" : "."));
        }
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
}
