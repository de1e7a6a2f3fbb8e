package io.reft.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the small JSON files beside a tokenizer add to it: tokens beyond its vocabulary, and which tokens are special.
 * They are {@code added_tokens.json}, {@code tokenizer_config.json} and {@code special_tokens_map.json}; any may be absent.
 *
 * @param tokens      id to token, sorted by id
 * @param special     tokens that are special, wherever they are defined
 * @param prefixSpace {@code add_prefix_space} of {@code tokenizer_config.json}, false where it is absent
 */
record AddedTokens(Map<Integer, String> tokens, Set<String> special, boolean prefixSpace) {
    private static final String[] ROLES = {"bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token"};

    static AddedTokens read(Path dir) {
        Map<Integer, String> tokens = new TreeMap<>();
        Set<String> special = new HashSet<>();
        Path added = dir.resolve("added_tokens.json");
        if (Files.exists(added)) {
            for (Map.Entry<String, JsonElement> entry : JsonFile.read(added, Tokenizers.LIMIT).entrySet()) {
                tokens.put(id(entry.getValue(), added), entry.getKey());
            }
        }
        Path config = dir.resolve("tokenizer_config.json");
        JsonObject fields = Files.exists(config) ? JsonFile.read(config, Tokenizers.LIMIT) : new JsonObject();
        roles(fields, special);
        if (fields.get("added_tokens_decoder") instanceof JsonObject decoder) {
            for (Map.Entry<String, JsonElement> entry : decoder.entrySet()) {
                int id = id(new JsonPrimitive(entry.getKey()), config);
                String content = content(entry.getValue());
                if (content == null) {
                    throw new InputError("%s: token %d of added_tokens_decoder has no content.", config, id);
                }
                tokens.put(id, content);
                if (entry.getValue() instanceof JsonObject token && isTrue(token.get("special"))) {
                    special.add(content);
                }
            }
        }
        if (fields.get("tokenizer_class") instanceof JsonPrimitive name && name.getAsString().startsWith("CodeLlama")) {
            // the infilling marks, special by the class and not by any file
            special.addAll(Set.of("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"));
        }
        Path map = dir.resolve("special_tokens_map.json");
        if (Files.exists(map)) {
            roles(JsonFile.read(map, Tokenizers.LIMIT), special);
        }
        return new AddedTokens(Collections.unmodifiableMap(tokens), Set.copyOf(special), isTrue(fields.get("add_prefix_space")));
    }

    private static void roles(JsonObject fields, Set<String> special) {
        for (String role : ROLES) {
            String content = content(fields.get(role));
            if (content != null) {
                special.add(content);
            }
        }
        if (fields.get("additional_special_tokens") instanceof JsonArray more) {
            for (JsonElement token : more) {
                String content = content(token);
                if (content != null) {
                    special.add(content);
                }
            }
        }
    }

    /** A token is written as a string or as an object with its content; null where it is neither. */
    private static String content(JsonElement token) {
        JsonElement content = token instanceof JsonObject object ? object.get("content") : token;
        return content instanceof JsonPrimitive text && text.isString() ? text.getAsString() : null;
    }

    static boolean isTrue(JsonElement flag) {
        return flag instanceof JsonPrimitive value && value.isBoolean() && value.getAsBoolean();
    }

    /** A token id below 2^20, more than any vocabulary has, so that tables by id stay small. */
    static int id(JsonElement id, Object file) {
        try {
            int value = id instanceof JsonPrimitive number ? Integer.parseInt(number.getAsString()) : -1;
            if (value >= 0 && value < 1 << 20) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new InputError("%s: %s is no token id.", file, id);
    }
}
