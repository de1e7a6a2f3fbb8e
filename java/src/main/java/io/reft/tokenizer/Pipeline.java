package io.reft.tokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import java.util.List;
import java.util.Map;

/**
 * What a {@code tokenizer.json} does to a text before its model and after it: normalizer, pre-tokenizer and decoder (and a
 * post-processor, which adds special tokens, and of which only that is read). The native library trusts what it loads: some settings
 * end the JVM, and some let a text grow without bound. So each part is read by its name and with all its fields, and what is not
 * known to be safe is refused.
 *
 * @param textLimit    characters of the longest text that it may be given
 * @param decodeLimit  characters, summed over tokens, of the longest list of tokens that it may decode
 */
record Pipeline(int textLimit, int decodeLimit) {
    /** Characters that a regular expression may have to search; it takes time that grows with their square. */
    private static final int SEARCHED = 400_000;
    private static final int GROWN = 1 << 21; // characters of a text after all parts; each may be a piece of its own then, of 300 bytes
    private static final double MOST_GROWTH = 4096;
    private static final int MOST_PARTS = 256;
    private static final int LONGEST = 10_000; // characters of a text that stands in a part

    private static final List<String> NORMALIZERS = List.of("BertNormalizer", "Strip", "StripAccents", "NFC", "NFD", "NFKC", "NFKD",
            "Sequence", "Lowercase", "Nmt", "Replace", "Prepend", "ByteLevel");
    private static final List<String> PRE_TOKENIZERS = List.of("BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Metaspace",
            "Whitespace", "Sequence", "Split", "Punctuation", "WhitespaceSplit", "Digits", "UnicodeScripts", "FixedLength");
    private static final List<String> DECODERS = List.of("BPEDecoder", "ByteLevel", "WordPiece", "Metaspace", "CTC", "Sequence", "Replace",
            "Fuse", "Strip", "ByteFallback");
    private static final List<String> POST_PROCESSORS = List.of("ByteLevel", "BertProcessing", "RobertaProcessing", "TemplateProcessing",
            "Sequence");
    private static final List<String> BEHAVIORS = List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

    /** How many characters one can become: the longest of Unicode's decompositions, and of UTF-8's characters in bytes. */
    private static final Map<String, Integer> GROWTH = Map.of("NFC", 3, "NFD", 4, "NFKC", 18, "NFKD", 18, "Lowercase", 2, "ByteLevel", 4);

    /** Reads the parts of {@code json}; an {@link InputError} names the first that is not taken. */
    static Pipeline read(Fields json) {
        Reader text = new Reader();
        text.read(json, "normalizer", NORMALIZERS);
        text.read(json, "pre_tokenizer", PRE_TOKENIZERS);
        Reader decoder = new Reader();
        decoder.read(json, "decoder", DECODERS);
        new Reader().read(json, "post_processor", POST_PROCESSORS);
        return new Pipeline(text.limit(), decoder.limit());
    }

    /** Whether the post-processor of {@code json} puts a special token before a text. */
    static boolean startsWithSpecialToken(Fields json) {
        Reader reader = new Reader();
        reader.read(json, "post_processor", POST_PROCESSORS);
        return reader.startsWithSpecialToken;
    }

    /** Goes through parts in the order in which a text does, and keeps account of its growth. */
    private static final class Reader {
        private double growth = 1;
        private double searched; // the growth before the last search by a regular expression; 0 without one
        private int parts;
        private boolean startsWithSpecialToken;

        /** Characters of the longest text that neither grows nor is searched too far. */
        int limit() {
            return (int) Math.min(GROWN / growth, searched == 0 ? GROWN : SEARCHED / searched);
        }

        void read(Fields json, String role, List<String> known) {
            JsonElement part = json.get(role);
            if (part != null) {
                part(Fields.of(part, json.where() + ": " + role), role.replace('_', '-'), known);
            }
        }

        private void part(Fields part, String role, List<String> known) {
            String type = part.text("type");
            if (!known.contains(type)) {
                throw new InputError("%s: the %s %s is not supported; known are %s.", part.where(), role, Fields.quoted(type),
                        String.join(", ", known));
            }
            if (++parts > MOST_PARTS) {
                throw new InputError("%s: more than %d parts.", part.where(), MOST_PARTS);
            }
            switch (role) {
                case "normalizer" -> normalizer(part, type);
                case "pre-tokenizer" -> preTokenizer(part, type);
                case "decoder" -> decoder(part, type);
                default -> postProcessor(part, type);
            }
            if (growth > MOST_GROWTH) {
                throw new InputError("%s: a text can grow more than %d times; such a %s is not taken.", part.where(), (int) MOST_GROWTH,
                        role);
            }
        }

        private void sequence(Fields part, String list, String role, List<String> known) {
            part.only(List.of("type", list));
            int number = 0;
            for (JsonElement inner : part.list(list)) {
                part(Fields.of(inner, part.where() + ": " + list + "[" + number++ + "]"), role, known);
            }
        }

        private void normalizer(Fields part, String type) {
            switch (type) {
                case "Sequence" -> sequence(part, "normalizers", "normalizer", NORMALIZERS);
                case "BertNormalizer" -> {
                    part.only(List.of("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase"));
                    part.flag("clean_text");
                    boolean lowercase = part.flag("lowercase");
                    boolean decomposes = part.flag("strip_accents", lowercase);
                    growth *= (part.flag("handle_chinese_chars") ? 3 : 1) * (decomposes ? GROWTH.get("NFD") : 1)
                            * (lowercase ? GROWTH.get("Lowercase") : 1);
                }
                case "Strip" -> {
                    part.only(List.of("type", "strip_left", "strip_right"));
                    part.flag("strip_left");
                    part.flag("strip_right");
                }
                case "Prepend" -> {
                    part.only(List.of("type", "prepend"));
                    if (text(part, "prepend").isEmpty()) {
                        throw part.error("prepend", "the tokenizers library fails on an empty text");
                    }
                    growth *= 1 + text(part, "prepend").length();
                }
                case "Replace" -> replace(part, true);
                default -> {
                    part.only(List.of("type"));
                    growth *= GROWTH.getOrDefault(type, 1);
                }
            }
        }

        private void preTokenizer(Fields part, String type) {
            switch (type) {
                case "Sequence" -> sequence(part, "pretokenizers", "pre-tokenizer", PRE_TOKENIZERS);
                case "ByteLevel" -> {
                    byteLevel(part);
                    growth *= part.flag("add_prefix_space") ? 2 : 1;
                    searched = part.flag("use_regex", true) ? growth : searched;
                    growth *= GROWTH.get(type);
                }
                case "Metaspace" -> growth *= metaspace(part) ? 2 : 1;
                case "CharDelimiterSplit" -> {
                    part.only(List.of("type", "delimiter"));
                    part.character("delimiter");
                }
                case "Split" -> {
                    part.only(List.of("type", "pattern", "behavior", "invert"));
                    pattern(part);
                    part.choice("behavior", BEHAVIORS);
                    part.flag("invert");
                }
                case "Punctuation" -> {
                    part.only(List.of("type", "behavior"));
                    if (part.object().has("behavior")) {
                        part.choice("behavior", BEHAVIORS);
                    }
                }
                case "Digits" -> {
                    part.only(List.of("type", "individual_digits"));
                    part.flag("individual_digits");
                }
                case "FixedLength" -> {
                    part.only(List.of("type", "length"));
                    if (part.object().has("length")) {
                        part.whole("length", 1, Integer.MAX_VALUE);
                    }
                }
                default -> part.only(List.of("type"));
            }
        }

        private void decoder(Fields part, String type) {
            switch (type) {
                case "Sequence" -> sequence(part, "decoders", "decoder", DECODERS);
                case "ByteLevel" -> byteLevel(part);
                case "Metaspace" -> metaspace(part);
                case "BPEDecoder" -> {
                    part.only(List.of("type", "suffix"));
                    growth *= text(part, "suffix").isEmpty() ? 3 : 1;
                }
                case "WordPiece" -> {
                    part.only(List.of("type", "prefix", "cleanup"));
                    text(part, "prefix");
                    part.flag("cleanup");
                    growth *= 2;
                }
                case "CTC" -> {
                    part.only(List.of("type", "pad_token", "word_delimiter_token", "cleanup"));
                    text(part, "pad_token");
                    part.flag("cleanup");
                    growth *= text(part, "word_delimiter_token").isEmpty() ? 3 : 1;
                }
                case "Replace" -> replace(part, false);
                case "Strip" -> {
                    part.only(List.of("type", "content", "start", "stop"));
                    part.character("content");
                    part.whole("start", 0, Integer.MAX_VALUE);
                    if (part.whole("stop", 0, Integer.MAX_VALUE) > 0) {
                        throw part.error("stop", "the tokenizers library fails on tokens shorter than that; only 0 is taken");
                    }
                }
                default -> part.only(List.of("type"));
            }
        }

        /** Of each only what it does to a text given alone: that it stands there once, and whether a special token goes before it. */
        private void postProcessor(Fields part, String type) {
            switch (type) {
                case "Sequence" -> sequence(part, "processors", "post-processor", POST_PROCESSORS);
                case "TemplateProcessing" -> {
                    int texts = 0;
                    for (JsonElement element : part.list("single")) {
                        Fields piece = Fields.of(element, part.where() + ": single");
                        boolean isText = piece.get("Sequence") != null;
                        startsWithSpecialToken |= texts == 0 && !isText;
                        texts += isText && piece.inner("Sequence").choice("id", List.of("A", "B")).equals("A") ? 1 : 0;
                    }
                    if (texts != 1) {
                        throw new InputError("%s: field \"single\" has the text %d times; it must have it once.", part.where(), texts);
                    }
                }
                default -> {}
            }
        }

        private static void byteLevel(Fields part) {
            part.only(List.of("type", "add_prefix_space", "trim_offsets", "use_regex"));
            part.flag("add_prefix_space");
            part.flag("trim_offsets");
            if (part.object().has("use_regex")) {
                part.flag("use_regex");
            }
        }

        /** Whether it may put its mark before a text. */
        private static boolean metaspace(Fields part) {
            part.only(List.of("type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"));
            part.character("replacement");
            part.text("str_rep", "");
            part.flag("split", true);
            boolean given = part.object().has("prepend_scheme");
            String scheme = given ? part.choice("prepend_scheme", List.of("first", "never", "always")) : "always";
            if (!part.flag("add_prefix_space", true) && !scheme.equals("never")) {
                throw part.error("prepend_scheme", "where add_prefix_space is false it must be never");
            }
            return !scheme.equals("never");
        }

        private void replace(Fields part, boolean fillsGaps) {
            part.only(List.of("type", "pattern", "content"));
            String content = text(part, "content");
            int shortest = pattern(part);
            if (shortest == 0 && fillsGaps) {
                throw part.error("pattern", "it can match nothing, on which the tokenizers library fails");
            }
            int put = content.codePointCount(0, content.length());
            growth *= shortest == 0 ? 1 + 2.0 * put : Math.max(1, Math.ceilDiv(put, shortest));
        }

        private static String text(Fields part, String field) {
            String text = part.text(field);
            if (text.length() > LONGEST) {
                throw part.error(field, "it must have at most " + LONGEST + " characters");
            }
            return text;
        }

        /** Characters of the shortest match of the field {@code pattern}: {@code {"String": …}}, or {@code {"Regex": …}}. */
        private int pattern(Fields part) {
            Fields pattern = part.inner("pattern");
            if (pattern.object().size() != 1) {
                throw part.error("pattern", "it must have one field, String or Regex");
            }
            pattern.only(List.of("String", "Regex"));
            if (pattern.get("String") != null) {
                String text = text(pattern, "String");
                return text.codePointCount(0, text.length());
            }
            String expression = pattern.text("Regex");
            try {
                searched = growth;
                return Regex.read(expression, SEARCHED).shortest();
            } catch (Regex.Refused refused) {
                throw new InputError("%s: the regular expression %s %s; it is not taken.", pattern.where(),
                        Fields.quoted(new JsonPrimitive(expression)), refused.getMessage());
            }
        }
    }
}
