package io.reft.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.reft.InputError;
import java.nio.file.Path;
import java.util.List;

/** Writes the older form of a byte-level BPE, {@code vocab.json} and {@code merges.txt} (GPT-2, OPT), as a {@code tokenizer.json}. */
final class Gpt2Files {
    /** Names of special tokens; a folder that has only the two files does not say which of its tokens are special. */
    private static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>");

    private Gpt2Files() {}

    static JsonObject tokenizerJson(Path vocab, Path merges, AddedTokens added) {
        JsonObject model = new JsonObject();
        model.addProperty("type", "BPE");
        model.add("vocab", Tokenizers.fields(vocab).object());
        model.add("merges", merges(merges));
        JsonObject byteLevel = new JsonObject();
        byteLevel.addProperty("type", "ByteLevel");
        byteLevel.addProperty("add_prefix_space", added.prefixSpace());
        byteLevel.addProperty("trim_offsets", true);
        byteLevel.addProperty("use_regex", true);
        JsonObject json = new JsonObject();
        json.addProperty("version", "1.0");
        json.add("pre_tokenizer", byteLevel);
        json.add("decoder", byteLevel);
        json.add("model", model);
        if (added.special().isEmpty()) {
            json.add("added_tokens", usualSpecialTokens(model.getAsJsonObject("vocab")));
        }
        return json;
    }

    private static JsonArray usualSpecialTokens(JsonObject vocab) {
        JsonArray tokens = new JsonArray();
        for (String content : SPECIAL) {
            if (vocab.has(content)) {
                tokens.add(AddedToken.plain(AddedTokens.id(vocab.get(content), "vocab.json"), content, true).json(content, false));
            }
        }
        return tokens;
    }

    private static JsonArray merges(Path file) {
        JsonArray merges = new JsonArray();
        int number = 0;
        for (String line : Tokenizers.text(file).split("\r?\n")) {
            number++;
            if (line.isEmpty() || line.startsWith("#version")) {
                continue;
            }
            String[] pair = line.split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw new InputError("%s: line %d is not two tokens with a space between them.", file, number);
            }
            JsonArray merge = new JsonArray();
            merge.add(pair[0]);
            merge.add(pair[1]);
            merges.add(merge);
        }
        return merges;
    }
}
