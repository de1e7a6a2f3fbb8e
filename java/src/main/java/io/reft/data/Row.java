package io.reft.data;

import io.reft.InputError;
import java.nio.file.Path;
import java.util.Map;

/**
 * One row of a data file.
 *
 * @param file   where it stands
 * @param number counted from 1; a table's head is none
 * @param fields the fields that were asked for and are not null, by name
 * @param wrong  what is wrong with those that cannot be used, by name
 */
record Row(Path file, int number, Map<String, String> fields, Map<String, String> wrong) {
    /** Most characters of a row's name in a message. */
    private static final int SHOWN = 100;

    /** The sentence that this row is at fault; {@code id} is what it calls itself, null where it has no name yet. */
    InputError fault(String id, String what) {
        return id == null ? new InputError("%s row %d %s.", file, number, what)
                : new InputError("%s row %d (%s): %s.", file, number, InputError.printable(id, SHOWN), what);
    }

    /** The sentence that the row cannot be read at all. */
    static InputError unreadable(Path file, int number, String what) {
        return new Row(file, number, Map.of(), Map.of()).fault(null, what);
    }

    /**
     * A field, or null where it is absent or blank.
     *
     * @param id what the row calls itself; null where that is not known yet
     * @throws InputError where something is wrong with it
     */
    String text(String id, String field) {
        if (field == null) {
            return null;
        }
        if (wrong.containsKey(field)) {
            throw fault(id, wrong.get(field));
        }
        String text = fields.get(field);
        return text == null || text.isBlank() ? null : text;
    }
}
