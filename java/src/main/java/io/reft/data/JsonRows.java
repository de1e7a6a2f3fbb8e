package io.reft.data;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
    /**
     * One object of the file.
     *
     * @param file   where it stands
     * @param number counted from 1
     * @param fields the fields that were asked for and are not null, by name
     */
    record Row(Path file, int number, Map<String, String> fields) {
        /** The sentence that this row is at fault; {@code id} is what it calls itself, null where it has no name yet. */
        InputError fault(String id, String what) {
            return id == null ? new InputError("%s row %d %s.", file, number, what)
                    : new InputError("%s row %d (%s): %s.", file, number, InputError.printable(id, SHOWN), what);
        }
    }

    /** The field of an object around the rows. */
    private static final String WRAPPER = "data";
    /** First line of what Git leaves in the place of a file that it keeps elsewhere. */
    private static final String LFS = "version https://git-lfs.github.com/spec/v1";
    /** Most characters of a row's name in a message. */
    private static final int SHOWN = 100;

    private final Path file;
    private final Set<String> names;
    private final Set<String> numbers;
    private final Consumer<Row> rows;
    private int row;
    private int read;

    private JsonRows(Path file, Set<String> names, Set<String> numbers, Consumer<Row> rows) {
        this.file = file;
        this.names = names;
        this.numbers = numbers;
        this.rows = rows;
    }

    /**
     * Hands every row on, in the file's order; at least one.
     *
     * @param names   the fields to read, which must be text; others are skipped
     * @param numbers those of them that may also be numbers
     */
    static void read(Path file, Set<String> names, Set<String> numbers, Consumer<Row> rows) {
        if (!Files.isRegularFile(file)) {
            throw new InputError("%s: there is no such data file.", file);
        }
        try {
            JsonRows reader = new JsonRows(file, names, numbers, rows);
            boolean wrapped = reader.isWrapped();
            try (BufferedReader text = Files.newBufferedReader(file)) { // refuses bytes that are not UTF-8
                switch (firstCharacter(text)) {
                    case '[' -> reader.readArray(text);
                    case '{' -> {
                        if (wrapped) {
                            reader.readWrapped(text);
                        } else {
                            reader.readLines(text);
                        }
                    }
                    case -1 -> throw new InputError("%s is empty; a JSON array of problems was expected.", file);
                    default -> throw LFS.equals(text.readLine())
                            ? new InputError("%s: only a Git LFS pointer; fetch the file itself with \"git lfs pull\".", file)
                            : new InputError("%s is neither a JSON array of problems nor JSON lines.", file);
                }
            }
            if (reader.read == 0) {
                throw new InputError("%s holds no problems.", file);
            }
        } catch (CharacterCodingException e) {
            throw new InputError("%s is not UTF-8 text.", file);
        } catch (IOException e) {
            throw new InputError("%s: cannot be read (%s).", file, JsonFile.reason(e));
        }
    }

    /** Whether the file is one object with the rows in its field {@code data}, rather than a row itself. */
    private boolean isWrapped() throws IOException {
        try (BufferedReader text = Files.newBufferedReader(file)) {
            if (firstCharacter(text) != '{') {
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

    /** The first character that is neither white space nor a byte-order mark, left unread; -1 at the end. */
    private static int firstCharacter(Reader text) throws IOException {
        while (true) {
            text.mark(1);
            int c = text.read();
            if (c != '\uFEFF' && (c < 0 || !Character.isWhitespace(c))) {
                if (c >= 0) {
                    text.reset();
                }
                return c;
            }
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
                add(json);
                metered.left = Datasets.MAX_ROW;
            }
            json.endArray();
        } catch (EOFException e) {
            throw new InputError("%s is cut short: it ends after row %d, inside the array.", file, read);
        } catch (MalformedJsonException | JsonParseException | IllegalStateException e) {
            throw fault(null, "is not valid JSON");
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
            JsonReader json = strict(new StringReader(line));
            try {
                add(json);
            } catch (EOFException e) {
                throw fault(null, "is not valid JSON: its object does not end on its line; rows stand one a line, in an "
                        + "array, or in the field \"" + WRAPPER + "\"");
            } catch (MalformedJsonException | JsonParseException | IllegalStateException e) {
                throw fault(null, "is not valid JSON");
            }
            if (!ends(json)) {
                throw fault(null, "goes on after its JSON object");
            }
        }
    }

    private static JsonReader strict(Reader text) {
        JsonReader json = new JsonReader(text);
        json.setStrictness(Strictness.STRICT);
        return json;
    }

    private void add(JsonReader json) throws IOException {
        if (json.peek() != JsonToken.BEGIN_OBJECT) {
            throw fault(null, "is not a JSON object");
        }
        Map<String, String> fields = new HashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (!names.contains(name) || json.peek() == JsonToken.NULL) {
                json.skipValue();
                continue;
            }
            boolean number = json.peek() == JsonToken.NUMBER && numbers.contains(name);
            if (json.peek() != JsonToken.STRING && !number) {
                throw fault(id(fields), name + " must be text" + (numbers.contains(name) ? " or a number" : ""));
            }
            String value = json.nextString();
            if (value.chars().anyMatch(c -> Character.isSurrogate((char) c)) && !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
                throw fault(id(fields), name + " holds half a character (a surrogate without its other half)");
            }
            if (fields.put(name, value) != null) {
                throw fault(id(fields), name + " is given twice");
            }
        }
        json.endObject();
        rows.accept(new Row(file, row, fields));
        read++;
    }

    private static String id(Map<String, String> fields) {
        return fields.get("item_id");
    }

    private InputError fault(String id, String what) {
        return new Row(file, row, Map.of()).fault(id, what);
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
                throw fault(null, "is longer than " + Datasets.MAX_ROW + " characters");
            }
            return read;
        }
    }
}
