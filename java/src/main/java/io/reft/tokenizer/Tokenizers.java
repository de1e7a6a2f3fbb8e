package io.reft.tokenizer;

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

    private Tokenizers() {}

    /** The tokenizer in {@code modelDir}; an {@link InputError} where there is none, or a broken one. */
    public static Tokenizer open(Path modelDir) {
        Path sentencePiece = modelDir.resolve("tokenizer.model");
        Path json = modelDir.resolve("tokenizer.json");
        Path vocab = modelDir.resolve("vocab.json");
        Path merges = modelDir.resolve("merges.txt");
        AddedTokens added = AddedTokens.read(modelDir);
        if (Files.exists(sentencePiece)) {
            return new SentencePieceTokenizer(SentencePieceModel.read(sentencePiece), added);
        }
        if (Files.exists(json)) {
            return new JsonTokenizer(JsonFile.read(json, Tokenizers.LIMIT), added, json.toString());
        }
        if (Files.exists(vocab) && Files.exists(merges)) {
            JsonObject built = Gpt2Files.tokenizerJson(vocab, merges, added);
            return new JsonTokenizer(built, added, vocab.toString());
        }
        throw new InputError("%s: no tokenizer; looked for tokenizer.model, tokenizer.json, and vocab.json with merges.txt.", modelDir);
    }
}
