package io.reft.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import java.util.List;
import java.util.Locale;

/**
 * Typed fields of one JSON object; each mistake becomes a sentence that names file and field. Null counts as absent.
 *
 * @param object the parsed object
 * @param where  the file, and the part of it, for error messages
 */
record Fields(JsonObject object, String where) {
    private static final int QUOTED = 60;

    /** A value as JSON has it, for a message: no control characters, and cut where it is long. */
    static String quoted(JsonElement value) {
        return value instanceof JsonArray ? "a list" : value instanceof JsonObject ? "an object" : quoted(value.toString());
    }

    /** Text from a file, for a message. */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder();
        text.codePoints().limit(QUOTED).forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || Character.getType(c) == Character.SURROGATE) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return text.codePointCount(0, text.length()) <= QUOTED ? quoted.toString() : quoted + "…";
    }

    /** What {@code value}, which stands at {@code where}, holds as an object. */
    static Fields of(JsonElement value, String where) {
        if (!(value instanceof JsonObject object)) {
            throw new InputError("%s is %s; it must be an object.", where, quoted(value));
        }
        return new Fields(object, where);
    }

    /** The field's value, null where it is absent. */
    JsonElement get(String field) {
        return object.get(field) instanceof JsonNull ? null : object.get(field);
    }

    /** That {@code field} breaks a {@code rule}. */
    InputError error(String field, String rule) {
        JsonElement value = get(field);
        return value == null ? new InputError("%s: field \"%s\" is missing; %s.", where, field, rule)
                : new InputError("%s: field \"%s\" is %s; %s.", where, field, quoted(value), rule);
    }

    /** A text, which must be there. */
    String text(String field) {
        if (!(get(field) instanceof JsonPrimitive text) || !text.isString()) {
            throw error(field, "it must be a text");
        }
        return text.getAsString();
    }

    /** A text, {@code otherwise} where the field is absent. */
    String text(String field, String otherwise) {
        return get(field) == null ? otherwise : text(field);
    }

    /** A text of one character, which must be there. */
    String character(String field) {
        String text = text(field);
        if (text.codePointCount(0, text.length()) != 1) {
            throw error(field, "it must be one character");
        }
        return text;
    }

    /** One of the texts {@code known}. */
    String choice(String field, List<String> known) {
        String text = text(field);
        if (!known.contains(text)) {
            throw error(field, "it must be one of " + String.join(", ", known));
        }
        return text;
    }

    /** True or false, which must be there. */
    boolean flag(String field) {
        if (!(get(field) instanceof JsonPrimitive flag) || !flag.isBoolean()) {
            throw error(field, "it must be true or false");
        }
        return flag.getAsBoolean();
    }

    /** True or false, {@code otherwise} where the field is absent. */
    boolean flag(String field, boolean otherwise) {
        return get(field) == null ? otherwise : flag(field);
    }

    /** An integer from {@code least} to {@code most}, which must be there. */
    int whole(String field, int least, int most) {
        if (get(field) instanceof JsonPrimitive number && number.isNumber() && number.getAsString().matches("-?[0-9]{1,18}")) {
            long value = number.getAsLong();
            if (value >= least && value <= most) {
                return (int) value;
            }
        }
        throw error(field, "it must be an integer from " + least + " to " + most);
    }

    /** A list, which must be there. */
    JsonArray list(String field) {
        if (!(get(field) instanceof JsonArray list)) {
            throw error(field, "it must be a list");
        }
        return list;
    }

    /** An object, which must be there. */
    Fields inner(String field) {
        if (!(get(field) instanceof JsonObject inner)) {
            throw error(field, "it must be an object");
        }
        return new Fields(inner, where + ": " + field);
    }

    /** Refuses fields that are not among {@code known}: they may change what the object means. */
    void only(List<String> known) {
        for (String field : object.keySet()) {
            if (!known.contains(field) && get(field) != null) {
                throw new InputError("%s: field \"%s\" is not known here; remove it if it changes nothing.", where, quoted(field));
            }
        }
    }
}
