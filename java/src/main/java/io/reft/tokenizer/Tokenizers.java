package io.reft.tokenizer;

import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import io.reft.checkpoint.LfsPointer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens the tokenizer of a model folder. A folder may hold several forms of one tokenizer; they are tried in this order:
 * {@code tokenizer.model} (SentencePiece), {@code tokenizer.json} (Hugging Face), {@code vocab.json} with
 * {@code merges.txt} (GPT-2 and OPT). SentencePiece comes first because transformers' conversion of it ranks merges of
 * several spaces wrongly. A {@code tokenizer.model} that is tiktoken's counts only where it is alone, to be refused by name.
 */
public final class Tokenizers {
    /** Bytes of the largest tokenizer file that is read; the largest ones known (Gemma's) have 35 MB. */
    private static final long LIMIT = 64 << 20;
    private static final int MOST_VALUES = 1 << 22; // of a JSON file; each takes some 100 bytes

    static {
        // DJL, whose jars carry the two native libraries, would otherwise report its use and look for downloads
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private static final String SENTENCE_PIECE = "tokenizer.model", JSON = "tokenizer.json", VOCAB = "vocab.json", MERGES = "merges.txt";

    private Tokenizers() {}

    /**
     * Whether the folder's tokenizer, used as transformers uses it on a bare text, puts BOS first: {@code
     * tokenizer_config.json} says so, or the template of {@code tokenizer.json}, or the tokenizer's class.
     */
    public static boolean addsBos(Path modelDir) {
        Path settings = modelDir.resolve("tokenizer_config.json"), json = modelDir.resolve(JSON);
        Fields config = Files.exists(settings) ? fields(settings) : new Fields(new JsonObject(), settings.toString());
        if (config.get("add_bos_token") != null) {
            return config.flag("add_bos_token");
        }
        if (Files.exists(json)) {
            return Pipeline.startsWithSpecialToken(fields(json));
        }
        String type = config.text("tokenizer_class", "");
        return Files.exists(modelDir.resolve(SENTENCE_PIECE)) && (type.isEmpty() || type.contains("Llama"));
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
            case JSON -> new JsonTokenizer(fields(file).object(), added, file.toString());
            default -> new JsonTokenizer(Gpt2Files.tokenizerJson(file, modelDir.resolve(MERGES), added), added, file.toString());
        };
    }

    /** The file of {@code modelDir} that decides what its tokenizer is, or null where there is none. */
    public static Path file(Path modelDir) {
        for (String name : new String[] {SENTENCE_PIECE, JSON, VOCAB}) {
            Path file = modelDir.resolve(name);
            boolean whole = !name.equals(VOCAB) || Files.exists(modelDir.resolve(MERGES));
            boolean passed = name.equals(SENTENCE_PIECE) && Files.exists(modelDir.resolve(JSON)) && SentencePieceModel.isTiktoken(file);
            if (Files.exists(file) && whole && !passed) {
                return file;
            }
        }
        return null;
    }

    /** The bytes of a tokenizer's file. */
    static byte[] bytes(Path file) {
        return JsonFile.bytes(notPointer(file), LIMIT);
    }

    /** The text of a tokenizer's file. */
    static String text(Path file) {
        return JsonFile.text(notPointer(file), LIMIT);
    }

    private static Path notPointer(Path file) {
        try (InputStream in = Files.isRegularFile(file) ? Files.newInputStream(file) : InputStream.nullInputStream()) {
            if (LfsPointer.is(in.readNBytes(LfsPointer.LENGTH))) {
                throw new InputError("%s: only a Git LFS pointer; fetch the file with \"git lfs pull\".", file);
            }
            return file;
        } catch (IOException e) {
            throw new InputError("%s: cannot be read (%s).", file, JsonFile.reason(e));
        }
    }

    /** The JSON object in a tokenizer's file. */
    static Fields fields(Path file) {
        long values = text(file).chars().filter(c -> c == ',' || c == '[' || c == '{').count();
        if (values > MOST_VALUES) {
            throw new InputError("%s: %d values are too many for such a file (limit %d).", file, values, MOST_VALUES);
        }
        return new Fields(JsonFile.read(file, LIMIT), file.toString());
    }
}
