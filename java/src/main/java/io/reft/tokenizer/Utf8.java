package io.reft.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Builds text from pieces and from loose bytes; loose bytes that make no character become U+FFFD each, as in SentencePiece. */
final class Utf8 {
    private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final ByteArrayOutputStream loose = new ByteArrayOutputStream();

    /** {@code text} with U+FFFD for surrogates that stand alone, which no UTF-8 can hold. */
    static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                // U+FFFD too comes out as a code point here, so pairs pass and halves do not
                return text.codePoints().map(c -> c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
            }
        }
        return text;
    }

    /** Appends well-formed UTF-8, from {@code from} on. */
    void append(byte[] utf8, int from) {
        flush();
        text.write(utf8, from, utf8.length - from);
    }

    void replacement() {
        append(REPLACEMENT, 0);
    }

    /** Appends one byte, perhaps a part of a character. */
    void loose(byte part) {
        loose.write(part);
    }

    boolean isEmpty() {
        return text.size() == 0 && loose.size() == 0;
    }

    private void flush() {
        if (loose.size() == 0) {
            return;
        }
        byte[] bytes = loose.toByteArray();
        loose.reset();
        for (int i = 0; i < bytes.length;) {
            int length = length(bytes, i);
            if (length == 0) {
                text.writeBytes(REPLACEMENT);
                i++;
            } else {
                text.write(bytes, i, length);
                i += length;
            }
        }
    }

    /** Bytes of the character at {@code at}, or 0 if there is none. */
    private static int length(byte[] bytes, int at) {
        int lead = bytes[at] & 0xff;
        int length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
        if (length > bytes.length - at) {
            return 0;
        }
        int code = length <= 1 ? lead : lead & 0xff >> length + 1;
        for (int i = 1; i < length; i++) {
            if ((bytes[at + i] & 0xC0) != 0x80) {
                return 0;
            }
            code = code << 6 | bytes[at + i] & 0x3f;
        }
        boolean overlong = length == 3 && code < 0x800 || length == 4 && code < 0x10000;
        return overlong || code >= 0xD800 && code <= 0xDFFF || code > 0x10FFFF ? 0 : length;
    }

    @Override
    public String toString() {
        flush();
        return text.toString(StandardCharsets.UTF_8);
    }
}
