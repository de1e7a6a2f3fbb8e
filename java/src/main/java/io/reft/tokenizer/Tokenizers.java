package io.reft.tokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens the tokenizer of a model folder. A folder may hold several forms of one tokenizer; they are tried in this order:
 * {@code tokenizer.model} (SentencePiece), {@code tokenizer.json} (Hugging Face), {@code vocab.json} with
 * {@code merges.txt} (GPT-2 and OPT). SentencePiece comes first because transformers' conversion of it ranks merges of
 * several spaces wrongly.
 */
public final class Tokenizers {
    /** Bytes of the largest tokenizer file that is read; the largest ones known (Gemma's) have 35 MB. */
    static final long LIMIT = 256 << 20;

    static {
        // DJL, whose jars carry the two native libraries, would otherwise report its use and look for downloads
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private static final long SMALL = 1 << 20, LARGE = 64 << 20;
    private static final String SENTENCE_PIECE = "tokenizer.model", JSON = "tokenizer.json", VOCAB = "vocab.json", MERGES = "merges.txt";

    private Tokenizers() {}

    /**
     * Whether the folder's tokenizer, used as transformers uses it on a bare text, puts BOS first: {@code
     * tokenizer_config.json} says so, or the template of {@code tokenizer.json}, or the tokenizer's class.
     */
    public static boolean addsBos(Path modelDir) {
        Path settings = modelDir.resolve("tokenizer_config.json"), json = modelDir.resolve("tokenizer.json");
        JsonObject config = Files.exists(settings) ? JsonFile.read(settings, SMALL) : new JsonObject();
        if (config.has("add_bos_token") && !config.get("add_bos_token").isJsonNull()) {
            return config.get("add_bos_token").getAsBoolean();
        }
        if (Files.exists(json)) {
            JsonElement processor = JsonFile.read(json, LARGE).get("post_processor");
            return processor != null && processor.toString().contains("\"single\":[{\"SpecialToken\"");
        }
        String type = config.has("tokenizer_class") ? config.get("tokenizer_class").getAsString() : "";
        return Files.exists(modelDir.resolve("tokenizer.model")) && (type.isEmpty() || type.contains("Llama"));
    }

    /** The tokenizer in {@code modelDir}; an {@link InputError} where there is none, or a broken one. */
    public static Tokenizer open(Path modelDir) {
        Path file = file(modelDir);
        if (file == null) {
            throw new InputError("%s: no tokenizer; looked for tokenizer.model, tokenizer.json, and vocab.json with merges.txt.", modelDir);
        }
        AddedTokens added = AddedTokens.read(modelDir);
        return switch (file.getFileName().toString()) {
            case SENTENCE_PIECE -> new SentencePieceTokenizer(SentencePieceModel.read(file), added);
            case JSON -> new JsonTokenizer(JsonFile.read(file, Tokenizers.LIMIT), added, file.toString());
            default -> new JsonTokenizer(Gpt2Files.tokenizerJson(file, modelDir.resolve(MERGES), added), added, file.toString());
        };
    }

    /** The file of {@code modelDir} that decides what its tokenizer is, or null where there is none. */
    public static Path file(Path modelDir) {
        for (String name : new String[] {SENTENCE_PIECE, JSON, VOCAB}) {
            if (Files.exists(modelDir.resolve(name)) && (!name.equals(VOCAB) || Files.exists(modelDir.resolve(MERGES)))) {
                return modelDir.resolve(name);
            }
        }
        return null;
    }
}
