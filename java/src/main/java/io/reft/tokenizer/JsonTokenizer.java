package io.reft.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A {@code tokenizer.json} run by Hugging Face's own library (OPT, Galactica, Llama 3, Qwen2, SmolLM2). The library finds
 * special tokens in any text; here they are ordinary text, so they are hidden from it: those it would find in its own
 * vocabulary are struck from the list of added tokens, the others keep their place in it under a name no text holds.
 * Only BPE models are taken.
 */
final class JsonTokenizer implements Tokenizer {
    private static final TokenizersLibrary LIBRARY = load();

    private static final byte NONE = 0;
    private static final byte TEXT = 1;
    private static final byte SPECIAL = 2;

    private final NativeHandle handle;
    private final Map<String, Integer> ids = new HashMap<>();
    private final byte[] kind; // by id: NONE, TEXT or SPECIAL

    private static TokenizersLibrary load() {
        LibUtils.checkStatus();
        return TokenizersLibrary.LIB;
    }

    /**
     * @param json  the parsed {@code tokenizer.json}; changed here
     * @param added the files beside it
     * @param where its name, for error messages
     */
    JsonTokenizer(JsonObject json, AddedTokens added, String where) {
        JsonObject model = object(json, "model", where);
        if (!(model.get("type") instanceof JsonPrimitive type) || !type.getAsString().equals("BPE")) {
            throw new InputError("%s: its model is %s; only BPE is known.", where, model.get("type"));
        }
        Map<Integer, String> tokens = new TreeMap<>();
        for (Map.Entry<String, JsonElement> entry : object(model, "vocab", where).entrySet()) {
            int id = AddedTokens.id(entry.getValue(), where);
            if (tokens.put(id, entry.getKey()) != null) {
                throw new InputError("%s: two tokens have the id %d.", where, id);
            }
            ids.put(entry.getKey(), id);
        }
        Set<String> special = new HashSet<>(added.special());
        json.add("added_tokens", shownTokens(addedTokens(json, added, where), tokens, special, where));
        json.add("truncation", JsonNull.INSTANCE);
        json.add("padding", JsonNull.INSTANCE);
        model.add("dropout", JsonNull.INSTANCE); // would leave out merges at random
        kind = new byte[tokens.keySet().stream().mapToInt(id -> id + 1).max().orElse(0)];
        tokens.forEach((id, token) -> kind[id] = special.contains(token) ? SPECIAL : TEXT);
        try {
            handle = new NativeHandle(LIBRARY.createTokenizerFromString(json.toString()));
        } catch (RuntimeException e) {
            throw new InputError("%s: the tokenizers library cannot load it (%s).", where, JsonFile.reason(e));
        }
    }

    /** Added tokens by id: those of the file, then those only the files beside it have. */
    private static Map<Integer, JsonObject> addedTokens(JsonObject json, AddedTokens added, String where) {
        Map<Integer, JsonObject> tokens = new TreeMap<>();
        Set<String> known = new HashSet<>();
        if (json.get("added_tokens") instanceof JsonArray list) {
            for (JsonElement element : list) {
                if (!(element instanceof JsonObject token) || !(token.get("content") instanceof JsonPrimitive content)) {
                    throw new InputError("%s: an added token has no content.", where);
                }
                known.add(content.getAsString());
                tokens.put(AddedTokens.id(token.get("id"), where), token);
            }
        }
        added.tokens().forEach((id, content) -> {
            if (known.add(content)) {
                JsonObject token = new JsonObject();
                token.addProperty("id", id);
                token.addProperty("content", content);
                for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
                    token.addProperty(flag, false);
                }
                tokens.putIfAbsent(id, token);
            }
        });
        return tokens;
    }

    /**
     * The list of added tokens that the library is to see. The library numbers those outside its vocabulary in the order of
     * the list, whatever the file says; a file that says otherwise is refused.
     *
     * @param added   by id
     * @param tokens  the vocabulary, by id; the added tokens join it
     * @param special special tokens; those that the file calls so join them
     */
    private JsonArray shownTokens(Map<Integer, JsonObject> added, Map<Integer, String> tokens, Set<String> special, String where) {
        JsonArray shown = new JsonArray();
        int next = tokens.size();
        for (Map.Entry<Integer, JsonObject> entry : added.entrySet()) {
            int id = entry.getKey();
            JsonObject token = entry.getValue();
            String content = token.get("content").getAsString();
            boolean inVocabulary = ids.containsKey(content);
            int given = inVocabulary ? ids.get(content) : next++;
            if (id != given) {
                throw new InputError("%s: the added token %s has the id %d, where the vocabulary gives it %d.", where,
                        new JsonPrimitive(content), id, given);
            }
            ids.put(content, id);
            tokens.put(id, content);
            if (AddedTokens.isTrue(token.get("special"))) {
                special.add(content);
            }
            if (special.contains(content)) {
                if (inVocabulary) {
                    continue;
                }
                token.addProperty("content", "\uFFFFspecial " + id + "\uFFFF");
                token.addProperty("normalized", false);
            }
            shown.add(token);
        }
        return shown;
    }

    private static JsonObject object(JsonObject json, String field, String where) {
        if (!(json.get(field) instanceof JsonObject object)) {
            throw new InputError("%s: no object \"%s\" in it; not a tokenizer.json.", where, field);
        }
        return object;
    }

    @Override
    public int[] encode(String text) {
        long[] ids = handle.use(tokenizer -> {
            long encoding = LIBRARY.encode(tokenizer, Utf8.wellFormed(text), false);
            try {
                return LIBRARY.getTokenIds(encoding);
            } finally {
                LIBRARY.deleteEncoding(encoding);
            }
        });
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public String decode(int[] ids) {
        StringBuilder text = new StringBuilder();
        long[] run = new long[ids.length];
        int length = 0;
        for (int id : ids) {
            byte kind = id < 0 || id >= this.kind.length ? NONE : this.kind[id];
            if (kind == TEXT) {
                run[length++] = id;
            } else if (kind == NONE) {
                // the library would skip it in silence
                text.append(decode(run, length)).append('\uFFFD');
                length = 0;
            }
        }
        return text.append(decode(run, length)).toString();
    }

    private String decode(long[] ids, int length) {
        return length == 0 ? "" : handle.use(tokenizer -> LIBRARY.decode(tokenizer, Arrays.copyOf(ids, length), false));
    }

    @Override
    public int size() {
        return kind.length;
    }

    @Override
    public int idOf(String token) {
        return ids.getOrDefault(token, -1);
    }

    @Override
    public void close() {
        handle.free(LIBRARY::deleteTokenizer);
    }
}
