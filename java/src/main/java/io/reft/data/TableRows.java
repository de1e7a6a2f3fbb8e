package io.reft.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import io.reft.InputError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads a table as RFC 4180 has it: values between commas, tabs or semicolons, whichever the first line has most of, quoted where they hold
 * such a sign or a line end. The first line names the columns.
 */
final class TableRows {
    private static final char QUOTE = '"';
    private static final int SHOWN = 200; // characters of the first line in a message

    private TableRows() {}

    static void read(Path file, Rows.Text text, Rows.Wanted wanted, Consumer<Row> rows, Consumer<InputError> bad) throws IOException {
        char separator;
        try (BufferedReader lines = text.open()) {
            Rows.firstCharacter(lines);
            String first = lines.readLine();
            separator = separator(first);
            long quotes = count(first, QUOTE);
            for (int c = lines.read(); c >= 0; c = lines.read()) {
                quotes += c == QUOTE ? 1 : 0;
            }
            if (quotes % 2 != 0) {
                throw new InputError("%s is no sound table: one of its quotes is never closed.", file);
            }
        }
        try (BufferedReader in = text.open(); CsvReader<CsvRecord> table = reader(separator).ofCsvRecord(in)) {
            Rows.firstCharacter(in);
            List<String> head = null;
            int number = 0;
            for (CsvRecord record : table) {
                if (head == null) {
                    head = record.getFields().stream().map(String::strip).toList();
                    check(file, head, wanted.names());
                } else if (record.getFieldCount() != head.size()) {
                    number++;
                    bad.accept(Row.unreadable(file, number,
                            "has " + record.getFieldCount() + " values, and the table has " + head.size() + " columns"));
                } else {
                    rows.accept(row(file, ++number, head, record, wanted.names()));
                }
            }
        } catch (CsvParseException e) {
            throw new InputError("%s is no sound table: %s.", file, reason(e));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static CsvReader.CsvReaderBuilder reader(char separator) {
        return CsvReader.builder().fieldSeparator(separator).allowExtraFields(true).allowMissingFields(true)
                .maxBufferSize(Datasets.MAX_ROW);
    }

    private static String reason(CsvParseException e) {
        Throwable cause = e.getCause() != null ? e.getCause() : e;
        return cause.getMessage() == null ? "its quotes do not match" : cause.getMessage().replaceFirst("\\.$", "");
    }

    /** The sign that the line has most of. */
    private static char separator(String line) {
        char most = ',';
        for (char candidate : new char[] {'\t', ';'}) {
            most = count(line, candidate) > count(line, most) ? candidate : most;
        }
        return most;
    }

    private static long count(String line, char sign) {
        return line.chars().filter(c -> c == sign).count();
    }

    private static void check(Path file, List<String> head, Set<String> known) {
        if (head.stream().noneMatch(known::contains)) {
            throw new InputError(
                    "%s is neither JSON nor a table with a column that is known: its first line is \"%s\". Name the columns with "
                            + "--fields question=...,answer=...",
                    file, InputError.printable(String.join(", ", head), SHOWN));
        }
        Set<String> seen = new HashSet<>();
        for (String name : head) {
            if (known.contains(name) && !seen.add(name)) {
                throw new InputError("%s has two columns \"%s\".", file, name);
            }
        }
    }

    private static Row row(Path file, int number, List<String> head, CsvRecord record, Set<String> known) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < head.size(); i++) {
            if (known.contains(head.get(i))) {
                fields.put(head.get(i), record.getField(i));
            }
        }
        return new Row(file, number, fields, Map.of());
    }
}
