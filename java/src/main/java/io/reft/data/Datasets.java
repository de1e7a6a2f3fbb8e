package io.reft.data;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import io.reft.InputError;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads and writes problems in the ReFT JSON format: an array of objects with {@code item_id}, {@code question},
 * {@code answer_cot} (absent in test sets) and {@code answer_value} (text or number), or the same objects as JSON lines.
 * Other fields are skipped. Rows are read one at a time and each is checked as it comes, so that a bad file is refused at its
 * first bad row with one sentence that says where; a row longer than {@link #MAX_ROW} characters is refused before it fills
 * the memory. Other formats (GSM8K's own, SVAMP's own) are not read here.
 */
public final class Datasets {
    /** The most characters that one row may take in the file. */
    public static final int MAX_ROW = 1 << 20;

    private static final Set<String> FIELDS = Set.of("item_id", "question", "answer_cot", "answer_value");

    private Datasets() {}

    /** All problems of the file, in its order; at least one. */
    public static List<Problem> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InputError("%s: there is no such data file", file);
        }
        try (BufferedReader text = Files.newBufferedReader(file)) { // refuses bytes that are not UTF-8
            Rows rows = new Rows(file);
            switch (firstCharacter(text)) {
                case '[' -> rows.readArray(text);
                case '{' -> rows.readLines(text);
                case -1 -> throw new InputError("%s is empty; a JSON array of problems was expected", file);
                default -> throw new InputError("%s is neither a JSON array of problems nor JSON lines", file);
            }
            if (rows.problems.isEmpty()) {
                throw new InputError("%s holds no problems", file);
            }
            return List.copyOf(rows.problems);
        } catch (CharacterCodingException e) {
            throw new InputError("%s is not UTF-8 text", file);
        } catch (IOException e) {
            throw new InputError("%s cannot be read: %s", file, e.getMessage());
        }
    }

    /** Writes the problems as a JSON array that {@link #read} gives back unchanged. */
    public static void write(Path file, List<Problem> problems) throws IOException {
        try (Writer text = Files.newBufferedWriter(file); JsonWriter json = new JsonWriter(text)) {
            json.setIndent("  ");
            json.setSerializeNulls(false);
            json.beginArray();
            for (Problem problem : problems) {
                json.beginObject().name("item_id").value(problem.id()).name("question").value(problem.question())
                        .name("answer_cot").value(problem.cot()).name("answer_value").value(problem.answer()).endObject();
            }
            json.endArray();
        }
    }

    /** The first character that is neither white space nor a byte-order mark, left unread; -1 at the end. */
    private static int firstCharacter(Reader text) throws IOException {
        while (true) {
            text.mark(1);
            int c = text.read();
            if (c != '\uFEFF' && (c < 0 || !Character.isWhitespace(c))) {
                if (c >= 0) text.reset();
                return c;
            }
        }
    }

    /** The rows of one file while they are read, with what is needed to say where a fault lies. */
    private static final class Rows {
        private final Path file;
        private final List<Problem> problems = new ArrayList<>();
        private final Map<String, Integer> rowOfId = new HashMap<>();
        private int row;

        Rows(Path file) {
            this.file = file;
        }

        void readArray(Reader text) throws IOException {
            Metered metered = new Metered(text);
            JsonReader json = strict(metered);
            try {
                json.beginArray();
                for (row = 1; json.hasNext(); row++) {
                    add(json);
                    metered.left = MAX_ROW;
                }
                json.endArray();
            } catch (EOFException e) {
                throw new InputError("%s is cut short: it ends after row %d, inside the array", file, problems.size());
            } catch (MalformedJsonException | JsonParseException | IllegalStateException e) {
                throw fault(null, "is not valid JSON");
            }
            if (!ends(json)) throw new InputError("%s goes on after the array's end", file);
        }

        private static boolean ends(JsonReader json) throws IOException {
            try {
                return json.peek() == JsonToken.END_DOCUMENT;
            } catch (MalformedJsonException e) {
                return false;
            }
        }

        void readLines(Reader text) throws IOException {
            Metered metered = new Metered(text);
            BufferedReader lines = new BufferedReader(metered, 8192);
            while (true) {
                metered.left = MAX_ROW;
                row++;
                String line = lines.readLine();
                if (line == null) return;
                if (line.isBlank()) continue;
                JsonReader json = strict(new StringReader(line));
                try {
                    add(json);
                } catch (EOFException | MalformedJsonException | JsonParseException | IllegalStateException e) {
                    throw fault(null, "is not valid JSON");
                }
                if (!ends(json)) throw fault(null, "goes on after its JSON object");
            }
        }

        private static JsonReader strict(Reader text) {
            JsonReader json = new JsonReader(text);
            json.setStrictness(Strictness.STRICT);
            return json;
        }

        private void add(JsonReader json) throws IOException {
            if (json.peek() != JsonToken.BEGIN_OBJECT) throw fault(null, "is not a JSON object");
            Map<String, String> fields = new HashMap<>();
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (!FIELDS.contains(name) || json.peek() == JsonToken.NULL) {
                    json.skipValue();
                    continue;
                }
                boolean number = json.peek() == JsonToken.NUMBER && name.equals("answer_value");
                if (json.peek() != JsonToken.STRING && !number) {
                    throw fault(id(fields), name + " must be text" + (name.equals("answer_value") ? " or a number" : ""));
                }
                if (fields.put(name, json.nextString()) != null) throw fault(id(fields), name + " is given twice");
            }
            json.endObject();
            problems.add(check(fields));
        }

        private static String id(Map<String, String> fields) {
            return fields.getOrDefault("item_id", "item_id not read yet");
        }

        private Problem check(Map<String, String> fields) {
            String id = fields.get("item_id");
            if (id == null || id.isBlank()) throw fault(null, "has no item_id");
            String question = fields.get("question");
            if (question == null || question.isBlank()) throw fault(id, "question is missing or empty");
            String answer = fields.get("answer_value");
            if (answer == null || answer.isBlank()) throw fault(id, "answer_value is missing");
            Integer before = rowOfId.putIfAbsent(id, row);
            if (before != null) throw fault(id, "this item_id was already given in row " + before);
            DataSet set = DataSet.of(id);
            if (!set.accepts(answer)) {
                throw fault(id, "answer_value \"" + answer + "\" is not " + (set.choice() ? "one of the choices a to e"
                        : "a number, as " + set.name() + " needs"));
            }
            String cot = fields.get("answer_cot");
            return new Problem(id, question, cot == null || cot.isBlank() ? null : cot, answer);
        }

        private InputError fault(String id, String what) {
            return id == null ? new InputError("%s row %d %s", file, row, what) : new InputError("%s row %d (%s): %s", file, row, id, what);
        }

        /** Passes characters on until the row's allowance is used up; what readers buffer ahead makes that some thousands more or less. */
        private final class Metered extends FilterReader {
            private long left = MAX_ROW;

            Metered(Reader in) {
                super(in);
            }

            @Override
            public int read(char[] buffer, int offset, int length) throws IOException {
                int read = super.read(buffer, offset, length);
                left -= read;
                if (left < 0) throw fault(null, "is longer than " + MAX_ROW + " characters");
                return read;
            }
        }
    }
}
