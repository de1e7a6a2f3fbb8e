package io.reft.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Typed fields of one JSON object of a model folder; each mistake becomes a sentence that names file and field. Null is a mistake
 * unless a method says otherwise: who takes it for absent asks {@link #has} first. It keeps count of what was asked for, so that
 * {@link #unread} can tell what nobody knew.
 */
public final class JsonFields {
    private static final int SHOWN = 80;
    private static final String OBJECT = "it must be an object";

    private final JsonObject object;
    private final String where;
    private final Set<String> asked = new HashSet<>();
    private final Map<String, JsonFields> objects = new HashMap<>();

    /**
     * @param object the parsed object
     * @param where  the file, for error messages
     */
    public JsonFields(JsonObject object, String where) {
        this.object = object;
        this.where = where;
    }

    /** Those of the object that {@code file} holds, of at most {@code limit} bytes. */
    public static JsonFields read(Path file, long limit) {
        return new JsonFields(JsonFile.read(file, limit), file.toString());
    }

    /** The file, for error messages. */
    public String where() {
        return where;
    }

    /** That {@code field} has a {@code value} which breaks a {@code rule}. */
    public InputError error(String field, Object value, String rule) {
        return new InputError("%s: field \"%s\" is %s; %s.", where, InputError.printable(field, SHOWN), shown(value), rule);
    }

    private static String shown(Object value) {
        return switch (value) {
            case JsonArray list when list.size() > 1 -> "a list";
            case JsonObject o when o.size() > 0 -> "an object";
            default -> InputError.printable(value.toString(), SHOWN);
        };
    }

    /** Whether the field is there and not null. */
    public boolean has(String field) {
        asked.add(field);
        return object.has(field) && !object.get(field).isJsonNull();
    }

    /** Whether the field is not there at all. */
    public boolean absent(String field) {
        asked.add(field);
        return !object.has(field);
    }

    private JsonElement value(String field) {
        if (absent(field)) {
            throw new InputError("%s: field \"%s\" is missing.", where, field);
        }
        return object.get(field);
    }

    private JsonPrimitive primitive(String field, String rule) {
        if (!(value(field) instanceof JsonPrimitive value)) {
            throw error(field, value(field), rule);
        }
        return value;
    }

    /** A text, which must be there. */
    public String text(String field) {
        String rule = "it must be a text";
        JsonPrimitive value = primitive(field, rule);
        if (!value.isString()) {
            throw error(field, value, rule);
        }
        return value.getAsString();
    }

    /** A text, {@code otherwise} where the field is absent. */
    public String text(String field, String otherwise) {
        return absent(field) ? otherwise : text(field);
    }

    /** True or false, {@code otherwise} where the field is absent. */
    public boolean flag(String field, boolean otherwise) {
        if (absent(field)) {
            return otherwise;
        }
        String rule = "it must be true or false";
        JsonPrimitive value = primitive(field, rule);
        if (!value.isBoolean()) {
            throw error(field, value, rule);
        }
        return value.getAsBoolean();
    }

    /** An integer from {@code least} up; 7.0 is one too, as Python writes it. */
    private int integer(JsonElement value, String field, int least) {
        String rule = "it must be an integer" + (least > Integer.MIN_VALUE ? ", at least " + least : "");
        try {
            if (value instanceof JsonPrimitive number && number.isNumber()) {
                int read = new BigDecimal(number.getAsString()).intValueExact();
                if (read >= least) {
                    return read;
                }
            }
        } catch (NumberFormatException e) {
            throw error(field, value, rule);
        } catch (ArithmeticException e) {
            throw error(field, value, rule + (least > Integer.MIN_VALUE ? " and below 2^31" : " of 32 bits"));
        }
        throw error(field, value, rule);
    }

    /** An integer above 0, which must be there. */
    public int size(String field) {
        return integer(value(field), field, 1);
    }

    /** An integer above 0, {@code otherwise} where the field is absent. */
    public int size(String field, int otherwise) {
        return absent(field) ? otherwise : size(field);
    }

    /** An integer from 0 up, {@code otherwise} where the field is absent. */
    public int count(String field, int otherwise) {
        return absent(field) ? otherwise : integer(value(field), field, 0);
    }

    /** A number above 0, which must be there. */
    public double number(String field) {
        String rule = "it must be a number above 0";
        JsonPrimitive value = primitive(field, rule);
        double read = value.isNumber() ? value.getAsDouble() : Double.NaN;
        if (!(read > 0 && read < Double.POSITIVE_INFINITY)) {
            throw error(field, value, rule);
        }
        return read;
    }

    /** A number above 0, {@code otherwise} where the field is absent. */
    public double number(String field, double otherwise) {
        return absent(field) ? otherwise : number(field);
    }

    /** A number from 0 up, which must be there. */
    public double amount(String field) {
        String rule = "it must be a number, at least 0";
        JsonPrimitive value = primitive(field, rule);
        double read = value.isNumber() ? value.getAsDouble() : Double.NaN;
        if (!(read >= 0 && read < Double.POSITIVE_INFINITY)) {
            throw error(field, value, rule);
        }
        return read;
    }

    /** A token id; -1 where the field says null or is negative, {@code otherwise} where it is absent. */
    public int id(String field, int otherwise) {
        if (absent(field)) {
            return otherwise;
        }
        return has(field) ? Math.max(-1, integer(value(field), field, Integer.MIN_VALUE)) : -1;
    }

    /** Token ids: one, or a list of them, of which negative ones and nulls are left out; {@code otherwise} where the field is absent. */
    public int[] ids(String field, int... otherwise) {
        if (absent(field)) {
            return otherwise;
        }
        List<Integer> ids = new ArrayList<>();
        for (JsonElement id : value(field) instanceof JsonArray list ? list : List.of(value(field))) {
            if (!id.isJsonNull()) {
                ids.add(integer(id, field, Integer.MIN_VALUE));
            }
        }
        return ids.stream().mapToInt(Integer::intValue).filter(id -> id >= 0).distinct().toArray();
    }

    /** A list of texts, which must be there. */
    public List<String> texts(String field) {
        String rule = "it must be a list of texts";
        if (!(value(field) instanceof JsonArray list)) {
            throw error(field, value(field), rule);
        }
        List<String> texts = new ArrayList<>();
        for (JsonElement text : list) {
            if (!(text instanceof JsonPrimitive primitive && primitive.isString())) {
                throw error(field, "a list with " + shown(text) + " in it", rule);
            }
            texts.add(text.getAsString());
        }
        return texts;
    }

    /** The fields of an object inside; none where the field is null or absent. */
    public JsonFields inner(String field) {
        if (!has(field)) {
            return new JsonFields(new JsonObject(), where);
        }
        if (!(value(field) instanceof JsonObject inner)) {
            throw error(field, value(field), OBJECT);
        }
        return objects.computeIfAbsent(field, f -> new JsonFields(inner, where + ": " + f));
    }

    /** How many fields there are, of whatever names and kinds, in an object inside; 0 where it is null or absent. */
    public int fields(String field) {
        if (!has(field)) {
            return 0;
        }
        if (!(value(field) instanceof JsonObject inner)) {
            throw error(field, value(field), OBJECT);
        }
        return inner.size();
    }

    /** Refuses the field, which would change what is computed, unless it is absent, null or one of {@code allowed}; without any, empty. */
    public void refuse(String field, String reason, JsonPrimitive... allowed) {
        if (!has(field)) {
            return;
        }
        JsonElement value = value(field);
        boolean empty = value instanceof JsonArray list && list.isEmpty() || value instanceof JsonObject o && o.isEmpty();
        if (!(empty && allowed.length == 0) && !Arrays.asList(allowed).contains(value)) {
            throw error(field, value, reason);
        }
    }

    /** The fields that are there, not null, and were not asked for; of the objects inside too, as {@code outer.inner}. */
    public List<String> unread() {
        List<String> unread = new ArrayList<>();
        object.entrySet().forEach(field -> {
            if (!asked.contains(field.getKey())) {
                if (field.getValue() != JsonNull.INSTANCE) {
                    unread.add(field.getKey());
                }
            } else if (objects.containsKey(field.getKey())) {
                objects.get(field.getKey()).unread().forEach(inner -> unread.add(field.getKey() + "." + inner));
            }
        });
        return unread;
    }
}
