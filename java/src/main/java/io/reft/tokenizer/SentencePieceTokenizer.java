package io.reft.tokenizer;

import ai.djl.sentencepiece.jni.LibUtils;
import ai.djl.sentencepiece.jni.SentencePieceLibrary;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A SentencePiece tokenizer (Llama, CodeLlama, Mistral). The native library encodes; decoding is done here, because the
 * library's Java binding loses what modified UTF-8 cannot say (NUL, characters beyond U+FFFF). Tokens added beside the
 * model can be decoded, but no text is ever encoded to them. Bytes that make no character become U+FFFD one by one, as
 * in SentencePiece; transformers' fast tokenizers replace the sound characters around them too.
 */
final class SentencePieceTokenizer implements Tokenizer {
    private static final String SPACE = "▁"; // how pieces write a space
    private static final SentencePieceLibrary LIBRARY = load();

    private final NativeHandle handle;
    private final SentencePieceModel.Spaces spaces;
    private final Map<String, Integer> ids = new HashMap<>();
    private final byte[][] surface; // by id: what it decodes to; null for special tokens
    private final boolean[] isByte; // by id: a byte piece, which may be part of a character
    private final boolean[] isMarked; // by id: begins with the mark for a space

    private static SentencePieceLibrary load() {
        LibUtils.loadLibrary();
        return SentencePieceLibrary.LIB;
    }

    SentencePieceTokenizer(SentencePieceModel model, AddedTokens added) {
        spaces = model.spaces();
        int pieces = model.pieces().size();
        int size = added.tokens().keySet().stream().mapToInt(id -> id + 1).reduce(pieces, Math::max);
        surface = new byte[size][];
        isByte = new boolean[size];
        isMarked = new boolean[size];
        for (int id = 0; id < pieces; id++) {
            SentencePieceModel.Piece piece = model.pieces().get(id);
            ids.put(piece.text(), id);
            if (piece.type() == SentencePieceModel.BYTE) {
                surface[id] = new byte[] {(byte) Integer.parseInt(piece.text().substring(3, 5), 16)};
                isByte[id] = true;
            } else if (!piece.isSpecial() && !added.special().contains(piece.text())) {
                surface[id] = piece.text().replace(SPACE, " ").getBytes(StandardCharsets.UTF_8);
                isMarked[id] = piece.text().startsWith(SPACE);
            }
        }
        added.tokens().forEach((id, token) -> {
            if (id >= pieces && ids.putIfAbsent(token.content(), id) == null && !added.special().contains(token.content())) {
                surface[id] = token.content().getBytes(StandardCharsets.UTF_8);
            }
        });
        handle = new NativeHandle(LIBRARY.createSentencePieceProcessor());
        try {
            handle.use(processor -> {
                LIBRARY.loadModelFromBytes(processor, model.bytes());
                return null;
            });
        } catch (RuntimeException e) {
            close();
            throw new InputError("%s: SentencePiece cannot load it (%s).", model.file(), JsonFile.reason(e));
        }
    }

    @Override
    public int[] encode(String text) {
        return text.isEmpty() ? new int[0] : handle.use(processor -> LIBRARY.encode(processor, Utf8.wellFormed(text)));
    }

    @Override
    public String decode(int[] ids) {
        Utf8 text = new Utf8();
        boolean start = spaces.prefix() || spaces.extraRemoved();
        for (int id : ids) {
            if (id < 0 || id >= surface.length) {
                text.replacement();
            } else if (surface[id] == null) {
                continue;
            } else if (isByte[id]) {
                text.loose(surface[id][0]);
            } else {
                // without the space that was put before the text in encoding
                text.append(surface[id], start && isMarked[id] ? 1 : 0);
            }
            start &= spaces.extraRemoved() && text.isEmpty();
        }
        return text.toString();
    }

    @Override
    public int size() {
        return surface.length;
    }

    @Override
    public int idOf(String token) {
        return ids.getOrDefault(token, -1);
    }

    @Override
    public void close() {
        handle.free(LIBRARY::deleteSentencePieceProcessor);
    }
}
