package io.reft.tokenizer;

import com.google.gson.JsonObject;

/**
 * A token beyond those that the model was trained with, or one of these with settings of its own, as Hugging Face's files write it.
 *
 * @param content    what a text holds where it means this token
 * @param singleWord only between characters that belong to no word
 * @param lstrip     takes the white space before it
 * @param rstrip     takes the white space after it
 * @param normalized looked for in normalized text, and itself normalized
 * @param special    structure and no text: decoding leaves it out
 */
record AddedToken(int id, String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {
    /** Without settings. */
    static AddedToken plain(int id, String content, boolean special) {
        return new AddedToken(id, content, false, false, false, !special, special);
    }

    /** From a list of {@code tokenizer.json}, which has all fields. */
    static AddedToken read(int id, Fields token) {
        return new AddedToken(id, token.text("content"), token.flag("single_word"), token.flag("lstrip"), token.flag("rstrip"),
                token.flag("normalized"), token.flag("special"));
    }

    /** From {@code tokenizer_config.json}, where fields may be absent. */
    static AddedToken readDeclared(int id, Fields token) {
        boolean special = token.flag("special", false);
        return new AddedToken(id, token.text("content"), token.flag("single_word", false), token.flag("lstrip", false),
                token.flag("rstrip", false), token.flag("normalized", !special), special);
    }

    /** This token with the settings of another of the same content; special where one of them is. */
    AddedToken withSettingsOf(AddedToken other) {
        return new AddedToken(id, content, other.singleWord, other.lstrip, other.rstrip, other.normalized, special || other.special);
    }

    /** As {@code tokenizer.json} has it, under the name {@code content}. */
    JsonObject json(String content, boolean normalized) {
        JsonObject json = new JsonObject();
        json.addProperty("id", id);
        json.addProperty("content", content);
        json.addProperty("single_word", singleWord);
        json.addProperty("lstrip", lstrip);
        json.addProperty("rstrip", rstrip);
        json.addProperty("normalized", normalized);
        json.addProperty("special", special);
        return json;
    }
}
