package io.reft.tokenizer;

import io.reft.InputError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A SentencePiece {@code tokenizer.model}, read from its protobuf form: the pieces and the few settings that decoding
 * needs. The native library trusts what it loads, so this reader also refuses, before the library sees them, files that
 * are broken and models whose normaliser rewrites characters.
 *
 * @param file   where it was read from
 * @param bytes  the file, for the native library
 * @param pieces by id
 */
record SentencePieceModel(Path file, byte[] bytes, List<Piece> pieces, Spaces spaces) {
    /** One vocabulary entry; {@code type} as in sentencepiece_model.proto. */
    record Piece(String text, int type) {
        boolean isSpecial() {
            return type == UNKNOWN || type == CONTROL;
        }
    }

    /**
     * What the normaliser does to spaces.
     *
     * @param prefix       one is put before every text, and taken away again in decoding
     * @param extraRemoved those at the ends of a text are removed, and all but one between words
     */
    record Spaces(boolean prefix, boolean extraRemoved) {}

    private static final int LONGEST_PIECE = 512; // bytes; the library goes a call deeper with each
    private static final int MOST_PIECES = 1 << 20;
    private static final int LARGEST_TEST = 1 << 20; // bytes of texts that the library encodes when it loads the model

    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int BYTE = 6;

    /** Whether {@code file} begins as tiktoken's vocabularies do: a token in base64 and its rank. */
    static boolean isTiktoken(Path file) {
        try (InputStream in = Files.isRegularFile(file) ? Files.newInputStream(file) : InputStream.nullInputStream()) {
            return new String(in.readNBytes(200), StandardCharsets.ISO_8859_1).matches("(?s)[A-Za-z0-9+/]+=* [0-9]+\\r?\\n.*");
        } catch (IOException e) {
            return false; // said where it is opened
        }
    }

    static SentencePieceModel read(Path file) {
        if (isTiktoken(file)) {
            throw new InputError("%s: a vocabulary of tiktoken, which is not read; put the model's tokenizer.json beside it.", file);
        }
        return parse(Tokenizers.bytes(file), file);
    }

    /** Reads {@code bytes}, which came from {@code file}. */
    static SentencePieceModel parse(byte[] bytes, Path file) {
        List<Piece> pieces = new ArrayList<>();
        boolean prefix = true, extraRemoved = true, suffix = false;
        long algorithm = 1;
        Wire model = new Wire(ByteBuffer.wrap(bytes), file);
        while (model.next()) {
            switch (model.field) {
                case 1 -> pieces.add(piece(model.message(), pieces.size(), file));
                case 2 -> {
                    Wire trainer = model.message();
                    while (trainer.next()) {
                        switch (trainer.field) {
                            case 3 -> algorithm = trainer.number();
                            case 24 -> suffix = trainer.number() != 0;
                            default -> trainer.skip();
                        }
                    }
                }
                case 3 -> {
                    Wire normalizer = model.message();
                    String name = "";
                    while (normalizer.next()) {
                        switch (normalizer.field) {
                            case 1 -> name = normalizer.text();
                            case 2 -> refuseRules(normalizer, name);
                            case 3 -> prefix = normalizer.number() != 0;
                            case 4 -> extraRemoved = normalizer.number() != 0;
                            default -> normalizer.skip();
                        }
                    }
                }
                case 4 -> {
                    if (model.message().data.remaining() > LARGEST_TEST) {
                        throw new InputError("%s: more than %d bytes of self-tests, which are not taken.", file, LARGEST_TEST);
                    }
                }
                case 5 -> {
                    Wire denormalizer = model.message();
                    while (denormalizer.next()) {
                        switch (denormalizer.field) {
                            case 2 -> refuseRules(denormalizer, "");
                            default -> denormalizer.skip();
                        }
                    }
                }
                default -> model.skip();
            }
        }
        if (algorithm != 1 && algorithm != 2) {
            throw new InputError("%s: a SentencePiece model of type %d; unigram (1) and BPE (2) are known.", file, algorithm);
        }
        if (suffix) {
            throw new InputError("%s: the model treats white space as a suffix, which is not known here.", file);
        }
        check(pieces, file);
        return new SentencePieceModel(file, bytes, List.copyOf(pieces), new Spaces(prefix, extraRemoved));
    }

    /** Rules that fold characters (NFKC) lose text, and the library follows their compiled form without looking at its bounds. */
    private static void refuseRules(Wire spec, String name) {
        if (spec.message().data.hasRemaining()) {
            throw new InputError("%s: its normaliser rewrites characters%s, so that text could not be restored; use a model"
                    + " trained with the identity normaliser.", spec.file, name.isEmpty() ? "" : " by the rules " + Fields.quoted(name));
        }
    }

    private static Piece piece(Wire wire, int id, Path file) {
        String text = "";
        long type = NORMAL;
        while (wire.next()) {
            switch (wire.field) {
                case 1 -> text = wire.text();
                case 2 -> {
                    if (!Float.isFinite(wire.real())) {
                        throw new InputError("%s: piece %d has no finite score; the file is broken.", file, id);
                    }
                }
                case 3 -> type = wire.number();
                default -> wire.skip();
            }
        }
        if (text.isEmpty() || type < NORMAL || type > BYTE) {
            throw new InputError("%s: piece %d is empty or of unknown type; the file is broken.", file, id);
        }
        if (text.indexOf('\0') >= 0 || text.getBytes(StandardCharsets.UTF_8).length > LONGEST_PIECE) {
            throw new InputError("%s: piece %d has a NUL, or more than %d bytes; the file is broken.", file, id, LONGEST_PIECE);
        }
        if (type == BYTE && !text.matches("<0x[0-9A-F]{2}>")) {
            throw new InputError("%s: piece %d is said to be a byte and is none; the file is broken.", file, id);
        }
        return new Piece(text, (int) type);
    }

    private static void check(List<Piece> pieces, Path file) {
        if (pieces.size() > MOST_PIECES) {
            throw new InputError("%s: %d pieces; at most %d are taken.", file, pieces.size(), MOST_PIECES);
        }
        Set<String> seen = new HashSet<>();
        int unknown = 0;
        for (Piece piece : pieces) {
            if (!seen.add(piece.text)) {
                throw new InputError("%s: piece \"%s\" stands there twice; the file is broken.", file, Fields.quoted(piece.text));
            }
            unknown += piece.type == UNKNOWN ? 1 : 0;
        }
        if (unknown != 1) {
            throw new InputError("%s: not a SentencePiece model (%d pieces, %d of them for the unknown).", file, pieces.size(), unknown);
        }
    }

    /** Protobuf's wire format: a cursor over the fields of one message, which checks every length. */
    private static final class Wire {
        final ByteBuffer data;
        final Path file;
        int field;
        private int kind;

        Wire(ByteBuffer data, Path file) {
            this.data = data.order(ByteOrder.LITTLE_ENDIAN);
            this.file = file;
        }

        /** Steps to the next field; its value must then be read or skipped. */
        boolean next() {
            if (!data.hasRemaining()) {
                return false;
            }
            long key = varint();
            field = (int) (key >>> 3);
            kind = (int) (key & 7);
            if (key <= 7 || key >>> 3 >= 1 << 29) {
                throw broken();
            }
            return true;
        }

        long number() {
            expect(0);
            return varint();
        }

        float real() {
            expect(5);
            return take(4).getFloat();
        }

        Wire message() {
            expect(2);
            return new Wire(take(varint()), file);
        }

        String text() {
            expect(2);
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(take(varint())).toString();
            } catch (CharacterCodingException e) {
                throw broken();
            }
        }

        void skip() {
            switch (kind) {
                case 0 -> varint();
                case 1 -> take(8);
                case 2 -> take(varint());
                case 5 -> take(4);
                default -> throw broken();
            }
        }

        private ByteBuffer take(long length) {
            if (length < 0 || length > data.remaining()) {
                throw broken();
            }
            ByteBuffer part = data.slice(data.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
            data.position(data.position() + (int) length);
            return part;
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; shift < 64 && data.hasRemaining(); shift += 7) {
                byte next = data.get();
                value |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw broken();
        }

        private void expect(int wanted) {
            if (kind != wanted) {
                throw broken();
            }
        }

        private InputError broken() {
            return new InputError("%s: not a SentencePiece model, or a broken one (byte %d).", file, data.position());
        }
    }
}
