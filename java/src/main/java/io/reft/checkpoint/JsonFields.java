package io.reft.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Typed fields of one JSON object; each mistake becomes a sentence that names file and field. Null counts as absent.
 *
 * @param object the parsed object
 * @param where  the file, for error messages
 */
public record JsonFields(JsonObject object, String where) {
    /** That {@code field} has a {@code value} which breaks a {@code rule}. */
    public InputError error(String field, Object value, String rule) {
        return new InputError("%s: field \"%s\" is %s; %s.", where, field, value, rule);
    }

    /** Whether the field is there and not null. */
    public boolean has(String field) {
        return object.has(field) && !object.get(field).isJsonNull();
    }

    /** Whether the field is not there at all: null is a value, and not always that of an absent field. */
    public boolean absent(String field) {
        return !object.has(field);
    }

    private JsonPrimitive primitive(String field) {
        if (!has(field)) {
            throw new InputError("%s: field \"%s\" is missing.", where, field);
        }
        if (!(object.get(field) instanceof JsonPrimitive value)) {
            throw error(field, "a list or an object", "it must be a single value");
        }
        return value;
    }

    /** A text, which must be there. */
    public String text(String field) {
        return primitive(field).getAsString();
    }

    /** A text, {@code otherwise} where the field is absent. */
    public String text(String field, String otherwise) {
        return has(field) ? text(field) : otherwise;
    }

    /** True or false, {@code otherwise} where the field is absent. */
    public boolean flag(String field, boolean otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        if (!primitive(field).isBoolean()) {
            throw error(field, primitive(field), "it must be true or false");
        }
        return primitive(field).getAsBoolean();
    }

    /** An integer from {@code least} up; 7.0 is one too, as Python writes it. */
    private int integer(JsonElement value, String field, int least) {
        try {
            if (value instanceof JsonPrimitive number && number.isNumber()) {
                int read = new BigDecimal(number.getAsString()).intValueExact();
                if (read >= least) {
                    return read;
                }
            }
        } catch (NumberFormatException e) {
            throw error(field, value, "it must be an integer, at least " + least);
        } catch (ArithmeticException e) {
            throw error(field, value, "it must be an integer, at least " + least + " and below 2^31");
        }
        throw error(field, value, "it must be an integer, at least " + least);
    }

    /** An integer above 0, which must be there. */
    public int size(String field) {
        return integer(primitive(field), field, 1);
    }

    /** An integer above 0, {@code otherwise} where the field is absent. */
    public int size(String field, int otherwise) {
        return has(field) ? size(field) : otherwise;
    }

    /** An integer from 0 up, {@code otherwise} where the field is absent. */
    public int count(String field, int otherwise) {
        return has(field) ? integer(primitive(field), field, 0) : otherwise;
    }

    /** A number above 0, which must be there. */
    public double number(String field) {
        JsonPrimitive value = primitive(field);
        double read = value.isNumber() ? value.getAsDouble() : Double.NaN;
        if (!(read > 0 && read < Double.POSITIVE_INFINITY)) {
            throw error(field, value, "it must be a number above 0");
        }
        return read;
    }

    /** A number above 0, {@code otherwise} where the field is absent. */
    public double number(String field, double otherwise) {
        return has(field) ? number(field) : otherwise;
    }

    /** What a norm adds before it divides, {@code otherwise} where the field is absent. */
    public float epsilon(String field, float otherwise) {
        float read = (float) number(field, otherwise);
        if (read == 0 || read >= 1) {
            throw error(field, primitive(field), "it must lie between 1e-45 and 1");
        }
        return read;
    }

    /** A token id; -1 where the field says null or -1, {@code otherwise} where it is absent. */
    public int id(String field, int otherwise) {
        return object.has(field) ? has(field) ? integer(primitive(field), field, -1) : -1 : otherwise;
    }

    /** Token ids: one, or a list of them; {@code otherwise} where the field is absent. */
    public int[] ids(String field, int... otherwise) {
        if (!object.has(field)) {
            return otherwise;
        }
        List<Integer> ids = new ArrayList<>();
        for (JsonElement id : object.get(field) instanceof JsonArray list ? list : List.of(object.get(field))) {
            if (!id.isJsonNull()) {
                ids.add(integer(id, field, -1));
            }
        }
        return ids.stream().mapToInt(Integer::intValue).filter(id -> id >= 0).distinct().toArray();
    }

    /** A list, which must be there. */
    public JsonArray array(String field) {
        if (!(object.get(field) instanceof JsonArray list)) {
            throw error(field, "no list", "it must be one");
        }
        return list;
    }

    /** The fields of an object inside; none where the field is absent. */
    public JsonFields inner(String field) {
        if (!has(field)) {
            return new JsonFields(new JsonObject(), where);
        }
        if (!(object.get(field) instanceof JsonObject inner)) {
            throw error(field, "no object", "it must be one");
        }
        return new JsonFields(inner, where + ": " + field);
    }
}
