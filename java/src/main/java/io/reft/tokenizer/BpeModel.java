package io.reft.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The field {@code model} of a {@code tokenizer.json}, checked: a byte pair encoding, which joins neighbouring tokens in the order of
 * its list of merges. Other models (Unigram, WordPiece, WordLevel) are refused.
 *
 * @param vocab    token to id
 * @param merges   pairs of tokens
 * @param settings the other fields, as they stand
 */
record BpeModel(Map<String, Integer> vocab, List<String[]> merges, JsonObject settings) {
    private static final List<String> TEXTS = List.of("unk_token", "continuing_subword_prefix", "end_of_word_suffix");
    private static final List<String> FLAGS = List.of("fuse_unk", "byte_fallback", "ignore_merges");

    static BpeModel read(Fields json) {
        if (!(json.get("model") instanceof JsonObject)) {
            throw new InputError("%s: no object \"model\" in it; not a tokenizer.json.", json.where());
        }
        Fields model = json.inner("model");
        String type = type(model);
        if (!type.equals("BPE")) {
            throw new InputError("%s: its model is %s; only BPE is known.", json.where(), type);
        }
        if (!(model.get("vocab") instanceof JsonObject)) {
            throw new InputError("%s: no object \"vocab\" in it; not a tokenizer.json.", model.where());
        }
        JsonElement dropout = model.get("dropout");
        if (dropout != null && !(dropout instanceof JsonPrimitive number && number.isNumber() && number.getAsDouble() == 0)) {
            throw model.error("dropout", "it would leave out merges at random; set it to null");
        }
        JsonObject settings = new JsonObject();
        for (String field : TEXTS) {
            String text = model.text(field, null);
            settings.add(field, text == null ? JsonNull.INSTANCE : new JsonPrimitive(text));
        }
        for (String field : FLAGS) {
            settings.addProperty(field, model.flag(field, false));
        }
        Map<String, Integer> vocab = new LinkedHashMap<>();
        Set<Integer> ids = new HashSet<>();
        model.inner("vocab").object().asMap().forEach((token, value) -> {
            int id = AddedTokens.id(value, model.where() + ": vocab");
            if (!ids.add(id)) {
                throw new InputError("%s: two tokens have the id %d.", json.where(), id);
            }
            vocab.put(token, id);
        });
        return new BpeModel(vocab, merges(model, prefix(settings)), settings);
    }

    /** The model's type; where no field says it, as in old files, the one that has the fields, in the order in which the library tries. */
    private static String type(Fields model) {
        if (model.object().has("type")) {
            return model.text("type");
        }
        boolean map = model.get("vocab") instanceof JsonObject;
        return model.get("vocab") instanceof JsonArray ? "Unigram" : map && model.get("merges") == null
                ? model.get("max_input_chars_per_word") == null ? "WordLevel" : "WordPiece" : "BPE";
    }

    /** @param prefix what the second token of a merge begins with, and loses */
    private static List<String[]> merges(Fields model, String prefix) {
        List<String[]> merges = new ArrayList<>();
        for (JsonElement element : model.list("merges")) {
            String[] pair = element instanceof JsonArray list && list.size() == 2 && isText(list.get(0)) && isText(list.get(1))
                    ? new String[] {list.get(0).getAsString(), list.get(1).getAsString()}
                    : isText(element) ? element.getAsString().split(" ", -1) : new String[0];
            if (isText(element) && element.getAsString().startsWith("#version")) {
                continue; // the first line of the file that they came from
            }
            if (pair.length != 2) {
                throw new InputError("%s: merge %d is %s; it must be two tokens.", model.where(), merges.size(), Fields.quoted(element));
            }
            if (!pair[1].startsWith(prefix)) {
                throw new InputError("%s: merge %d joins \"%s\", which does not begin with the continuing_subword_prefix.", model.where(),
                        merges.size(), Fields.quoted(pair[1]));
            }
            merges.add(pair);
        }
        return merges;
    }

    private static boolean isText(JsonElement element) {
        return element instanceof JsonPrimitive text && text.isString();
    }

    /** A model that knows {@code tokens}, by id, and joins none. */
    static BpeModel of(Map<Integer, String> tokens) {
        Map<String, Integer> vocab = new LinkedHashMap<>();
        tokens.forEach((id, token) -> vocab.put(token, id));
        return new BpeModel(vocab, List.of(), new JsonObject());
    }

    /**
     * This model, in which no word of a text that looks like a special token becomes it: with {@code ignore_merges} a word that is a token
     * becomes that, whatever the merges. Special tokens that characters or merges make stay as they are.
     *
     * @param name what their names begin with then
     */
    BpeModel hiding(Set<String> special, String name) {
        if (!settings.get("ignore_merges").getAsBoolean()) {
            return this;
        }
        Set<String> made = new HashSet<>();
        merges.forEach(pair -> made.addAll(List.of(pair[0], pair[1], pair[0] + pair[1].substring(prefix(settings).length()))));
        JsonObject changed = settings.deepCopy();
        Map<String, Integer> hidden = new LinkedHashMap<>();
        vocab.forEach((token, id) -> {
            boolean hides = special.contains(token) && token.codePointCount(0, token.length()) > 1 && !made.contains(token);
            hidden.put(hides ? name + id : token, id);
            if (hides && changed.get("unk_token").equals(new JsonPrimitive(token))) {
                changed.addProperty("unk_token", name + id);
            }
        });
        return new BpeModel(hidden, merges, changed);
    }

    private static String prefix(JsonObject settings) {
        return settings.get("continuing_subword_prefix") instanceof JsonPrimitive prefix ? prefix.getAsString() : "";
    }

    /** As {@code tokenizer.json} has it. */
    JsonObject json() {
        JsonObject json = settings.deepCopy();
        json.addProperty("type", "BPE");
        JsonObject tokens = new JsonObject();
        vocab.forEach(tokens::addProperty);
        json.add("vocab", tokens);
        JsonArray pairs = new JsonArray(merges.size());
        for (String[] pair : merges) {
            JsonArray both = new JsonArray(2);
            both.add(pair[0]);
            both.add(pair[1]);
            pairs.add(both);
        }
        json.add("merges", pairs);
        return json;
    }
}
