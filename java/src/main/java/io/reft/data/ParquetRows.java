package io.reft.data;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqStruct;
import io.reft.InputError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Reads a Parquet file; of its columns texts and numbers, and lists of chat messages. */
final class ParquetRows {
    private ParquetRows() {}

    static void read(Path file, Content content, Rows.Wanted wanted, Consumer<Row> rows) throws IOException {
        try (ParquetFileReader parquet = ParquetFileReader.open(InputFile.of(ByteBuffer.wrap(content.bytes())));
                RowReader reader = parquet.rowReader()) {
            int number = 0;
            while (reader.hasNext()) {
                reader.next();
                rows.accept(row(file, ++number, reader, wanted));
            }
        } catch (InputError e) {
            throw e;
        } catch (RuntimeException | IOException e) {
            throw new InputError("%s: cannot be read as Parquet (%s).", file,
                    InputError.printable(e.getMessage() == null ? "it is broken" : e.getMessage(), 200).replaceFirst("\\.$", ""));
        }
    }

    private static Row row(Path file, int number, RowReader reader, Rows.Wanted wanted) {
        Map<String, String> fields = new HashMap<>(), wrong = new HashMap<>();
        for (int i = 0; i < reader.getFieldCount(); i++) {
            String name = reader.getFieldName(i);
            if (!wanted.names().contains(name) || reader.isNull(i)) {
                continue;
            }
            Object value = reader.getValue(i);
            switch (value) {
                case String text -> fields.put(name, text);
                case byte[] bytes -> fields.put(name, new String(bytes, StandardCharsets.UTF_8));
                case Number n when wanted.numbers().contains(name) -> fields.put(name, n.toString());
                case PqList list when name.equals(Rows.MESSAGES) -> {
                    Messages messages = new Messages();
                    for (Object message : list.values()) {
                        if (message instanceof PqStruct said) {
                            messages.add(said.getString("role"), said.getString("content"));
                        } else {
                            messages.add(null, null);
                        }
                    }
                    messages.into(fields, wrong);
                }
                default -> wrong.put(name, name + " must be text" + (wanted.numbers().contains(name) ? " or a number" : ""));
            }
        }
        return new Row(file, number, fields, wrong);
    }
}
