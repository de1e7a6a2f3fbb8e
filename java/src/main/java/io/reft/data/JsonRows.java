package io.reft.data;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.reft.InputError;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads a JSON array of objects, one in the field {@code data} of an object, or the same objects as JSON lines, one row at a time. A bad
 * file is refused at its first bad row with one sentence that says where; a row longer than {@link Datasets#MAX_ROW} characters is refused
 * before it fills the memory.
 */
final class JsonRows {
    /** The field of an object around the rows. */
    private static final String WRAPPER = "data";

    private final Path file;
    private final Set<String> names;
    private final Set<String> numbers;
    private final Consumer<Row> rows;
    private final Consumer<InputError> bad;
    private int row;
    private int read;

    private JsonRows(Path file, Rows.Wanted wanted, Consumer<Row> rows, Consumer<InputError> bad) {
        this.file = file;
        names = wanted.names();
        numbers = wanted.numbers();
        this.rows = rows;
        this.bad = bad;
    }

    /** Hands over each row; {@code bad} hears the faults of lines, which can be left out. */
    static void read(Path file, Rows.Text text, Rows.Wanted wanted, Consumer<Row> rows, Consumer<InputError> bad) throws IOException {
        JsonRows reader = new JsonRows(file, wanted, rows, bad);
        boolean wrapped = reader.isWrapped(text);
        try (BufferedReader in = text.open()) {
            if (Rows.firstCharacter(in) == '[') {
                reader.readArray(in);
            } else if (wrapped) {
                reader.readWrapped(in);
            } else {
                reader.readLines(in);
            }
        }
    }

    /** Whether the file is one object with the rows in its field {@code data}, rather than a row itself. */
    private boolean isWrapped(Rows.Text file) throws IOException {
        try (BufferedReader text = file.open()) {
            if (Rows.firstCharacter(text) != '{') {
                return false;
            }
            JsonReader json = strict(new Metered(text));
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (name.equals(WRAPPER) && json.peek() == JsonToken.BEGIN_ARRAY) {
                    return true;
                }
                if (names.contains(name)) {
                    return false;
                }
                json.skipValue();
            }
            return false;
        } catch (EOFException | MalformedJsonException | JsonParseException | IllegalStateException | InputError e) {
            return false; // told by who reads the rows
        }
    }

    private void readArray(Reader text) throws IOException {
        Metered metered = new Metered(text);
        JsonReader json = strict(metered);
        readRows(json, metered);
        if (!ends(json)) {
            throw new InputError("%s goes on after the array's end.", file);
        }
    }

    private void readRows(JsonReader json, Metered metered) throws IOException {
        try {
            json.beginArray();
            for (row = 1; json.hasNext(); row++) {
                add(parse(json));
                metered.left = Datasets.MAX_ROW;
            }
            json.endArray();
        } catch (EOFException e) {
            throw new InputError("%s is cut short: it ends after row %d, inside the array.", file, read);
        } catch (MalformedJsonException | JsonParseException | IllegalStateException e) {
            throw fault("is not valid JSON");
        }
    }

    private void readWrapped(Reader text) throws IOException {
        Metered metered = new Metered(text);
        JsonReader json = strict(metered);
        boolean found = false;
        try {
            json.beginObject();
            while (json.hasNext()) {
                metered.left = Datasets.MAX_ROW;
                if (!json.nextName().equals(WRAPPER)) {
                    json.skipValue();
                } else if (found) {
                    throw new InputError("%s: field \"%s\" is given twice.", file, WRAPPER);
                } else {
                    found = true;
                    readRows(json, metered);
                }
            }
            json.endObject();
        } catch (EOFException e) {
            throw new InputError("%s is cut short: it ends after the array of row %d, inside the object.", file, read);
        } catch (MalformedJsonException | JsonParseException | IllegalStateException e) {
            throw new InputError("%s is not valid JSON outside of its field \"%s\".", file, WRAPPER);
        }
        if (!ends(json)) {
            throw new InputError("%s goes on after the object's end.", file);
        }
    }

    private static boolean ends(JsonReader json) throws IOException {
        try {
            return json.peek() == JsonToken.END_DOCUMENT;
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    private void readLines(Reader text) throws IOException {
        Metered metered = new Metered(text);
        BufferedReader lines = new BufferedReader(metered, 8192);
        while (true) {
            metered.left = Datasets.MAX_ROW;
            row++;
            String line = lines.readLine();
            if (line == null) {
                return;
            }
            if (line.isBlank()) {
                continue;
            }
            try {
                readLine(line);
            } catch (InputError e) {
                bad.accept(e);
            }
        }
    }

    private void readLine(String line) throws IOException {
        JsonReader json = strict(new StringReader(line));
        Row read;
        try {
            read = parse(json);
        } catch (EOFException e) {
            throw fault("is not valid JSON: its object does not end on its line; rows stand one a line, in an "
                    + "array, or in the field \"" + WRAPPER + "\"");
        } catch (MalformedJsonException | JsonParseException | IllegalStateException e) {
            throw fault("is not valid JSON");
        }
        if (!ends(json)) {
            throw fault("goes on after its JSON object");
        }
        add(read);
    }

    private static JsonReader strict(Reader text) {
        JsonReader json = new JsonReader(text);
        json.setStrictness(Strictness.STRICT);
        return json;
    }

    private void add(Row one) {
        rows.accept(one);
        read++;
    }

    private Row parse(JsonReader json) throws IOException {
        if (json.peek() != JsonToken.BEGIN_OBJECT) {
            throw fault("is not a JSON object");
        }
        Map<String, String> fields = new HashMap<>(), wrong = new HashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (!names.contains(name) || json.peek() == JsonToken.NULL) {
                json.skipValue();
                continue;
            }
            if (name.equals(Rows.MESSAGES) && json.peek() == JsonToken.BEGIN_ARRAY) {
                messages(json).into(fields, wrong);
                continue;
            }
            boolean number = json.peek() == JsonToken.NUMBER && numbers.contains(name);
            if (json.peek() != JsonToken.STRING && !number) {
                wrong.put(name, name + " must be text" + (numbers.contains(name) ? " or a number" : ""));
                json.skipValue();
                continue;
            }
            String value = json.nextString();
            if (value.chars().anyMatch(c -> Character.isSurrogate((char) c)) && !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
                wrong.put(name, name + " holds half a character (a surrogate without its other half)");
            }
            if (fields.put(name, value) != null) {
                wrong.put(name, name + " is given twice");
            }
        }
        json.endObject();
        return new Row(file, row, fields, wrong);
    }

    private Messages messages(JsonReader json) throws IOException {
        Messages messages = new Messages();
        json.beginArray();
        while (json.hasNext()) {
            String role = null, content = null;
            if (json.peek() != JsonToken.BEGIN_OBJECT) {
                json.skipValue();
                messages.add(null, null);
                continue;
            }
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                boolean text = json.peek() == JsonToken.STRING;
                if (text && name.equals("role")) {
                    role = json.nextString();
                } else if (text && name.equals("content")) {
                    content = json.nextString();
                } else {
                    json.skipValue();
                }
            }
            json.endObject();
            messages.add(role, content);
        }
        json.endArray();
        return messages;
    }

    private InputError fault(String what) {
        return Row.unreadable(file, row, what);
    }

    /** Passes characters on until the row's allowance is used up; what readers buffer ahead makes that some thousands more or less. */
    private final class Metered extends FilterReader {
        private long left = Datasets.MAX_ROW;

        Metered(Reader in) {
            super(in);
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            left -= read;
            if (left < 0) {
                throw fault("is longer than " + Datasets.MAX_ROW + " characters");
            }
            return read;
        }
    }
}
