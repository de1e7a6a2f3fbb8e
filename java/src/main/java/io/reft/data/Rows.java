package io.reft.data;

import io.reft.InputError;
import io.reft.checkpoint.LfsPointer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The rows of a data file, of whatever form: JSON ({@link JsonRows}), a table with a head ({@link TableRows}) or {@link ParquetRows}. */
final class Rows {
    /** The field of chat messages, which becomes those of its last question and of the answer to it. */
    static final String MESSAGES = "messages", ASKED = "messages.user", ANSWERED = "messages.assistant";

    /**
     * What is read of a row.
     *
     * @param names   fields that are read; all others are skipped
     * @param numbers those of them that may be numbers as well as text
     */
    record Wanted(Set<String> names, Set<String> numbers) {}

    private Rows() {}

    /**
     * Reads all rows, at least one.
     *
     * @param bad hears the faults of rows that can be left out; what it throws ends the reading
     */
    static List<Row> read(Path file, Wanted wanted, Consumer<InputError> bad) {
        Content content = new Content(file);
        List<Row> rows = new ArrayList<>();
        try {
            if (content.isParquet()) {
                ParquetRows.read(file, content, wanted, rows::add);
            } else {
                readText(file, content, wanted, rows::add, bad);
            }
        } catch (CharacterCodingException e) {
            throw new InputError("%s is not UTF-8 text.", file);
        } catch (IOException e) {
            throw content.failed(e);
        }
        if (rows.isEmpty()) {
            throw new InputError("%s holds no problems.", file);
        }
        return rows;
    }

    private static void readText(Path file, Content content, Wanted wanted, Consumer<Row> rows, Consumer<InputError> bad)
            throws IOException {
        int first;
        try (BufferedReader text = text(content)) {
            first = firstCharacter(text);
            if (first == -1) {
                throw new InputError("%s is empty; a JSON array of problems was expected.", file);
            }
            if (LfsPointer.is(text.readLine())) {
                throw LfsPointer.error(file);
            }
        }
        if (first == '[' || first == '{') {
            JsonRows.read(file, () -> text(content), wanted, rows, bad);
        } else {
            TableRows.read(file, () -> text(content), wanted, rows, bad);
        }
    }

    /** Opens a text anew. */
    interface Text {
        BufferedReader open() throws IOException;
    }

    private static BufferedReader text(Content content) throws IOException {
        return new BufferedReader(new InputStreamReader(content.open(), StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT)));
    }

    /** The first character that is neither white space nor a byte-order mark, left unread; -1 at the end. */
    static int firstCharacter(Reader text) throws IOException {
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
}
