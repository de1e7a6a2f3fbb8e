package io.reft.tokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the small JSON files beside a tokenizer add to it: tokens beyond its vocabulary, and which tokens are special.
 * They are {@code added_tokens.json}, {@code tokenizer_config.json} and {@code special_tokens_map.json}; any may be absent.
 *
 * @param tokens      by id; those of {@code tokenizer_config.json} count more
 * @param declared    contents of those of {@code tokenizer_config.json}, whose settings count more than those of {@code tokenizer.json}
 * @param special     contents of special tokens, wherever they are defined
 * @param prefixSpace {@code add_prefix_space} of {@code tokenizer_config.json}, false where it is absent
 */
record AddedTokens(Map<Integer, AddedToken> tokens, Set<String> declared, Set<String> special, boolean prefixSpace) {
    static final int MOST_IDS = 1 << 20; // more than any vocabulary has, so that tables by id stay small

    static AddedTokens read(Path dir) {
        Path config = dir.resolve("tokenizer_config.json"), map = dir.resolve("special_tokens_map.json");
        Path added = dir.resolve("added_tokens.json");
        Fields fields = Files.exists(config) ? Tokenizers.fields(config) : new Fields(new JsonObject(), config.toString());
        Set<String> special = new HashSet<>();
        roles(fields, special);
        if (Files.exists(map)) {
            roles(Tokenizers.fields(map), special);
        }
        Map<Integer, AddedToken> tokens = new TreeMap<>();
        if (Files.exists(added)) {
            Tokenizers.fields(added).object().asMap().forEach((content, id) -> {
                AddedToken token = AddedToken.plain(id(id, added), content, special.contains(content));
                put(tokens, token, added);
            });
        }
        Map<Integer, AddedToken> declared = new TreeMap<>();
        if (fields.get("added_tokens_decoder") != null) {
            Fields decoder = fields.inner("added_tokens_decoder");
            decoder.object().asMap().forEach((key, value) -> {
                Fields token = Fields.of(value, decoder.where() + ": " + Fields.quoted(key));
                put(declared, AddedToken.readDeclared(id(key, decoder.where()), token), config);
            });
        }
        tokens.putAll(declared);
        tokens.values().stream().filter(AddedToken::special).map(AddedToken::content).forEach(special::add);
        if (fields.text("tokenizer_class", "").startsWith("CodeLlama")) {
            // the infilling marks, special by the class and not by any file
            special.addAll(Set.of("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"));
        }
        return new AddedTokens(tokens, contents(declared.values()), Set.copyOf(special), fields.flag("add_prefix_space", false));
    }

    private static Set<String> contents(Collection<AddedToken> tokens) {
        Set<String> contents = new HashSet<>();
        tokens.forEach(token -> contents.add(token.content()));
        return contents;
    }

    private static void put(Map<Integer, AddedToken> tokens, AddedToken token, Object file) {
        if (tokens.put(token.id(), token) != null) {
            throw new InputError("%s: two tokens have the id %d.", file, token.id());
        }
    }

    /** The tokens that have a part to play: the fields that end in {@code _token}, and two lists. */
    private static void roles(Fields fields, Set<String> special) {
        for (String field : fields.object().keySet()) {
            if (field.endsWith("_token") && !field.startsWith("add_") && fields.get(field) != null) {
                special.add(content(fields.get(field), fields, field));
            }
        }
        for (String field : new String[] {"additional_special_tokens", "extra_special_tokens"}) {
            JsonElement more = fields.get(field);
            if (more != null) {
                Iterable<JsonElement> tokens = more instanceof JsonObject named ? named.asMap().values() : fields.list(field);
                tokens.forEach(token -> special.add(content(token, fields, field)));
            }
        }
    }

    /** A token is written as a text or as an object with its content. */
    private static String content(JsonElement token, Fields fields, String field) {
        JsonElement content = token instanceof JsonObject object ? object.get("content") : token;
        if (!(content instanceof JsonPrimitive text) || !text.isString()) {
            throw fields.error(Fields.quoted(field), "tokens are texts, or objects with a text \"content\"");
        }
        return text.getAsString();
    }

    /** A token id that stands as a number. */
    static int id(JsonElement id, Object file) {
        return id(id instanceof JsonPrimitive number && number.isNumber() ? number.getAsString() : Fields.quoted(id), file);
    }

    private static int id(String id, Object file) {
        if (!id.matches("[0-9]{1,7}") || Integer.parseInt(id) >= MOST_IDS) {
            throw new InputError("%s: %s is no token id; they run from 0 to %d.", file, Fields.quoted(id), MOST_IDS - 1);
        }
        return Integer.parseInt(id);
    }
}
