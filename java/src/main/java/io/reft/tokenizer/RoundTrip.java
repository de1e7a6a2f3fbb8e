package io.reft.tokenizer;

import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Whether texts come back from a tokenizer as they were: a model learns from tokens alone, and what these have lost of a program
 * (indentation, line ends, capital letters) it can never write. To be asked before training, of the texts of the training set, and of
 * {@link #PROGRAMS} where solutions are programs.
 */
public final class RoundTrip {
    /** What every program needs, as prompts lay it out: indentation by spaces, an empty line, several spaces in a line, a last line end. */
    public static final List<String> PROGRAMS = List.of(
            "def solution():\n    total = 3 * (4 + 5)\n    if total > 7:\n        total -= 1\n\n    return total\n",
            "    x  = 1.5  # two\n    return x");

    private static final int NAMED = 8; // kinds of characters in a sentence
    private static final int SHOWN = 30; // characters of the example

    private RoundTrip() {}

    /**
     * Says what {@code texts} lose between encoding and decoding, each alone.
     *
     * @param what what the texts are called, such as {@code solutions}
     * @return one sentence with the number of texts, the characters that are lost and an example; empty where all come back
     */
    public static Optional<String> losses(Tokenizer tokenizer, String what, List<String> texts) {
        Map<Integer, Integer> lost = new TreeMap<>(), gained = new TreeMap<>();
        int changed = 0;
        String example = null;
        for (String text : texts) {
            String back = tokenizer.decode(tokenizer.encode(text));
            if (!back.equals(text)) {
                changed++;
                example = example == null ? example(text, back) : example;
                Map<Integer, Integer> difference = new TreeMap<>();
                text.codePoints().forEach(c -> difference.merge(c, 1, Integer::sum));
                back.codePoints().forEach(c -> difference.merge(c, -1, Integer::sum));
                difference.values().removeIf(count -> count == 0);
                difference.forEach((c, count) -> (count > 0 ? lost : gained).merge(c, Math.abs(count), Integer::sum));
            }
        }
        if (changed == 0) {
            return Optional.empty();
        }
        String sentence = "%d of %d %s do not come back from the tokenizer as they were: %s; for example %s.";
        return Optional.of(String.format(Locale.ROOT, sentence, changed, texts.size(), what, kinds(lost, gained), example));
    }

    private static String kinds(Map<Integer, Integer> lost, Map<Integer, Integer> gained) {
        return !lost.isEmpty() ? "lost are " + names(lost)
                : !gained.isEmpty() ? "characters are added: " + names(gained) : "their characters change places";
    }

    /** The most frequent characters, each with its count. */
    private static String names(Map<Integer, Integer> counts) {
        List<String> names = counts.entrySet().stream().sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
                .map(e -> name(e.getKey()) + " (" + e.getValue() + (e.getValue() == 1 ? " time)" : " times)")).toList();
        String first = names.stream().limit(NAMED).collect(Collectors.joining(", "));
        return names.size() > NAMED ? first + " and " + (names.size() - NAMED) + " more characters" : first;
    }

    private static String name(int c) {
        return switch (c) {
            case ' ' -> "the space";
            case '\t' -> "the tab";
            case '\n' -> "the line end";
            case '\r' -> "the carriage return";
            default -> {
                boolean legible = Character.isLetterOrDigit(c) || c > ' ' && c < 0x7f;
                yield legible ? "\"" + Character.toString(c) + "\"" : String.format(Locale.ROOT, "U+%04X", c);
            }
        };
    }

    /** The place where {@code back} first departs from {@code text}, of both. */
    private static String example(String text, String back) {
        int at = 0;
        while (at < text.length() && at < back.length() && text.charAt(at) == back.charAt(at)) {
            at++;
        }
        int from = Math.max(0, at - SHOWN / 3);
        return quoted(text, from) + " comes back as " + quoted(back, from);
    }

    private static String quoted(String text, int from) {
        int to = Math.min(text.length(), from + SHOWN);
        String part = Fields.quoted(new JsonPrimitive(Utf8.wellFormed(text.substring(from, to))));
        return "\"" + (from > 0 ? "…" : "") + part.substring(1, part.length() - 1) + (to < text.length() ? "…" : "") + "\"";
    }
}
