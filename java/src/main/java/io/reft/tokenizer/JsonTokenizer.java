package io.reft.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * A {@code tokenizer.json} run by Hugging Face's own library (OPT, Galactica, Llama 3, Qwen2, SmolLM2). The library finds
 * special tokens in any text; here they are ordinary text, so they are hidden from it: those it would find in its own
 * vocabulary are struck from the list of added tokens, the others keep their place in it under a name no text holds.
 * The file is read here first ({@link BpeModel}, {@link Pipeline}), because the library trusts it.
 */
final class JsonTokenizer implements Tokenizer {
    private static final TokenizersLibrary LIBRARY = load();
    private static final String HIDDEN = "\uFFFF" + UUID.randomUUID(); // begins names that nobody can guess

    private static final List<String> FIELDS = List.of("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
            "post_processor", "decoder", "model");
    private static final int MOST_ADDED = 20_000; // the library compares each with all before it
    private static final int LONGEST_ADDED = 1000; // characters

    private static final byte NONE = 0;
    private static final byte TEXT = 1;
    private static final byte SPECIAL = 2;

    private final String where;
    private final Pipeline pipeline;
    private final NativeHandle encoder, decoder; // the same, unless added tokens have a normal form
    private final Map<String, Integer> ids = new HashMap<>();
    private final byte[] kind; // by id: NONE, TEXT or SPECIAL
    private final int[] length; // by id: characters of the token

    private static TokenizersLibrary load() {
        LibUtils.checkStatus();
        return TokenizersLibrary.LIB;
    }

    /**
     * @param json  the parsed {@code tokenizer.json}
     * @param added the files beside it
     * @param where its name, for error messages
     */
    JsonTokenizer(JsonObject json, AddedTokens added, String where) {
        this.where = where;
        Fields fields = new Fields(json, where);
        BpeModel model = BpeModel.read(fields);
        fields.only(FIELDS);
        if (json.has("version") && !fields.text("version").equals("1.0")) {
            throw fields.error("version", "only \"1.0\" is known");
        }
        pipeline = Pipeline.read(fields);
        ids.putAll(model.vocab());
        Set<String> special = new HashSet<>(added.special());
        List<AddedToken> shown = new ArrayList<>();
        Map<Integer, String> tokens = tokens(model, addedTokens(fields, added), special, shown);
        kind = new byte[tokens.keySet().stream().mapToInt(id -> id + 1).max().orElse(0)];
        length = new int[kind.length];
        tokens.forEach((id, token) -> {
            kind[id] = special.contains(token) ? SPECIAL : TEXT;
            length[id] = token.length();
        });
        boolean normal = normalForms(fields, shown, special, tokens);
        JsonObject hiding = model.hiding(special, HIDDEN).json();
        encoder = create(parts(fields, hiding, list(shown, special), "normalizer", "pre_tokenizer", "decoder"));
        decoder = normal ? encoder : create(parts(fields, BpeModel.of(tokens).json(), new JsonArray(), "decoder"));
    }

    /** Added tokens: those of the file in its order, then those that only the files beside it have, by id. */
    private static List<AddedToken> addedTokens(Fields json, AddedTokens added) {
        Map<String, AddedToken> tokens = new LinkedHashMap<>();
        Set<Integer> taken = new HashSet<>();
        for (JsonElement element : json.get("added_tokens") == null ? new JsonArray() : json.list("added_tokens")) {
            Fields token = Fields.of(element, json.where() + ": added_tokens[" + taken.size() + "]");
            if (token.get("content") == null) {
                throw new InputError("%s: an added token has no content.", token.where());
            }
            AddedToken read = AddedToken.read(token.whole("id", 0, AddedTokens.MOST_IDS - 1), token);
            if (!taken.add(read.id()) || tokens.put(read.content(), read) != null) {
                throw new InputError("%s: an added token before it has the same id or the same content.", token.where());
            }
        }
        added.tokens().forEach((id, token) -> {
            AddedToken known = tokens.get(token.content());
            boolean declared = added.declared().contains(token.content());
            if (known == null && (taken.add(id) || declared)) {
                tokens.put(token.content(), token);
            } else if (known != null && declared) {
                tokens.put(token.content(), known.withSettingsOf(token));
            }
        });
        tokens.remove(""); // the library passes over it
        tokens.keySet().stream().filter(content -> content.length() > LONGEST_ADDED).findFirst().ifPresent(content -> {
            throw new InputError("%s: the added token \"%s\" has %d characters; at most %d are taken.", json.where(),
                    Fields.quoted(content), content.length(), LONGEST_ADDED);
        });
        if (tokens.size() > MOST_ADDED) {
            throw new InputError("%s: %d added tokens; at most %d are taken.", json.where(), tokens.size(), MOST_ADDED);
        }
        return new ArrayList<>(tokens.values());
    }

    /**
     * All tokens by id. The library numbers added tokens outside its vocabulary in the order of their list, whatever the file says; a
     * file that says otherwise is refused.
     *
     * @param special special tokens; those that the file calls so join them
     * @param shown   gets the added tokens that the library is to see
     */
    private Map<Integer, String> tokens(BpeModel model, List<AddedToken> added, Set<String> special, List<AddedToken> shown) {
        Map<Integer, String> tokens = new TreeMap<>();
        model.vocab().forEach((token, id) -> tokens.put(id, token));
        int next = tokens.size(), highest = -1; // the id that the file's next one should have; the highest of those that are shown
        for (AddedToken token : added) {
            Integer inVocabulary = model.vocab().get(token.content());
            int given = inVocabulary != null ? inVocabulary : next++;
            boolean free = inVocabulary != null || given == Math.max(model.vocab().size(), highest + 1) && !tokens.containsKey(given);
            if (token.id() != given || !free) {
                throw new InputError("%s: the added token \"%s\" has the id %d, where the vocabulary gives it %d.", where,
                        Fields.quoted(token.content()), token.id(), given);
            }
            ids.put(token.content(), given);
            tokens.put(given, token.content());
            if (token.special()) {
                special.add(token.content());
            }
            if (inVocabulary == null || !special.contains(token.content())) {
                shown.add(token);
                highest = Math.max(highest, given);
            }
        }
        return tokens;
    }

    private static JsonArray list(List<AddedToken> shown, Set<String> special) {
        JsonArray list = new JsonArray();
        for (AddedToken token : shown) {
            boolean hidden = special.contains(token.content());
            list.add(hidden ? token.json(HIDDEN + token.id(), false) : token.json(token.content(), token.normalized()));
        }
        return list;
    }

    /**
     * Puts into {@code tokens} the normal form of added tokens that are looked for in normalized text, which they decode to.
     *
     * @return whether all of them are their own normal form
     */
    private boolean normalForms(Fields json, List<AddedToken> shown, Set<String> special, Map<Integer, String> tokens) {
        boolean unchanged = true;
        Set<String> forms = new HashSet<>();
        if (json.get("normalizer") == null) {
            return true;
        }
        for (AddedToken token : shown) {
            if (token.normalized() && !special.contains(token.content())) {
                String form = normalForm(json, token);
                if (form.isEmpty() || !forms.add(form) || !form.equals(token.content()) && ids.containsKey(form)) {
                    throw new InputError("%s: the added token \"%s\" is normalized to %s; set its field \"normalized\" to false.", where,
                            Fields.quoted(token.content()), form.isEmpty() ? "nothing" : "another token, \"" + Fields.quoted(form) + "\"");
                }
                unchanged &= form.equals(token.content());
                tokens.put(token.id(), form);
            }
        }
        return unchanged;
    }

    /** What the normalizer makes of a token's content: a tokenizer that knows this token alone shows it. */
    private String normalForm(Fields json, AddedToken token) {
        JsonObject model = BpeModel.of(Map.of()).json();
        JsonArray alone = new JsonArray();
        alone.add(AddedToken.plain(0, token.content(), false).json(token.content(), true));
        NativeHandle handle = create(parts(json, model, alone, "normalizer"));
        try {
            return run("normalize an added token", () -> handle.use(tokenizer -> {
                long encoding = LIBRARY.encode(tokenizer, token.content(), false);
                try {
                    return String.join("", LIBRARY.getTokens(encoding));
                } finally {
                    LIBRARY.deleteEncoding(encoding);
                }
            }));
        } finally {
            handle.free(LIBRARY::deleteTokenizer);
        }
    }

    /** A {@code tokenizer.json} of a model, its added tokens, and some parts of another. */
    private static JsonObject parts(Fields json, JsonObject model, JsonArray added, String... parts) {
        JsonObject made = new JsonObject();
        made.addProperty("version", "1.0");
        made.add("added_tokens", added);
        for (String part : parts) {
            made.add(part, json.get(part) == null ? JsonNull.INSTANCE : json.get(part));
        }
        made.add("model", model);
        return made;
    }

    private NativeHandle create(JsonObject json) {
        String text = json.toString();
        if (!Utf8.wellFormed(text).equals(text)) {
            throw new InputError("%s: a text in it has half a surrogate pair, which is no character; the file is broken.", where);
        }
        return new NativeHandle(run("load it", () -> LIBRARY.createTokenizerFromString(text)));
    }

    /** What the library answers; where it throws, that it cannot do {@code what}. */
    private <T> T run(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (InputError | IllegalStateException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new InputError("%s: the tokenizers library cannot %s (%s).", where, what, Fields.quoted(JsonFile.reason(e)));
        }
    }

    @Override
    public int[] encode(String text) {
        if (text.length() > pipeline.textLimit()) {
            throw new InputError("%s: it can take texts of %d characters, and one has %d; cut it.", where, pipeline.textLimit(),
                    text.length());
        }
        long[] ids = run("encode \"" + Fields.quoted(text) + "\"", () -> encoder.use(tokenizer -> {
            long encoding = LIBRARY.encode(tokenizer, Utf8.wellFormed(text), false);
            try {
                return LIBRARY.getTokenIds(encoding);
            } finally {
                LIBRARY.deleteEncoding(encoding);
            }
        }));
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public String decode(int[] ids) {
        StringBuilder text = new StringBuilder();
        long[] run = new long[ids.length];
        int tokens = 0;
        long characters = 0;
        for (int id : ids) {
            byte kind = id < 0 || id >= this.kind.length ? NONE : this.kind[id];
            if (kind == TEXT) {
                run[tokens++] = id;
                characters += length[id] + 1;
            } else if (kind == NONE) {
                // the library would skip it in silence
                text.append(decode(run, tokens)).append('\uFFFD');
                tokens = 0;
            }
        }
        if (characters > pipeline.decodeLimit()) {
            throw new InputError("%s: it can decode tokens of %d characters, and these have %d; give fewer at a time.", where,
                    pipeline.decodeLimit(), characters);
        }
        return text.append(decode(run, tokens)).toString();
    }

    private String decode(long[] ids, int length) {
        return length == 0 ? "" : decoder.use(tokenizer -> LIBRARY.decode(tokenizer, Arrays.copyOf(ids, length), false));
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
        encoder.free(LIBRARY::deleteTokenizer);
        if (decoder != encoder) {
            decoder.free(LIBRARY::deleteTokenizer);
        }
    }
}
