package io.reft.answer;

import io.reft.answer.AnswerToken.Kind;
import java.util.Map;
import java.util.Set;

/**
 * A number in English words: {@code forty-two}, {@code one hundred and five}, {@code two million three hundred thousand}, {@code half},
 * {@code two thirds}. {@code one} is none where it may be a pronoun, as in {@code one of them}.
 */
final class NumberWords {
    private static final Map<String, Integer> ONES = Map.ofEntries(Map.entry("one", 1), Map.entry("two", 2), Map.entry("three", 3),
            Map.entry("four", 4), Map.entry("five", 5), Map.entry("six", 6), Map.entry("seven", 7), Map.entry("eight", 8),
            Map.entry("nine", 9));
    private static final Map<String, Integer> TEENS = Map.of("ten", 10, "eleven", 11, "twelve", 12, "thirteen", 13, "fourteen", 14,
            "fifteen", 15, "sixteen", 16, "seventeen", 17, "eighteen", 18, "nineteen", 19);
    private static final Map<String, Integer> TENS =
            Map.of("twenty", 20, "thirty", 30, "forty", 40, "fifty", 50, "sixty", 60, "seventy", 70, "eighty", 80, "ninety", 90);
    private static final Map<String, Long> MAGNITUDES =
            Map.of("thousand", 1_000L, "million", 1_000_000L, "billion", 1_000_000_000L, "trillion", 1_000_000_000_000L);
    private static final Map<String, Integer> PARTS = Map.ofEntries(Map.entry("half", 2), Map.entry("third", 3), Map.entry("quarter", 4),
            Map.entry("fourth", 4), Map.entry("fifth", 5), Map.entry("sixth", 6), Map.entry("seventh", 7), Map.entry("eighth", 8),
            Map.entry("ninth", 9), Map.entry("tenth", 10));
    /** Words that {@code one} stands before as a pronoun. */
    private static final Set<String> AFTER_PRONOUN = Set.of("of", "who", "that", "which", "must", "can", "cannot", "can't", "may", "might",
            "should", "would", "could", "will", "shall", "has", "have", "had", "is", "was", "does", "did", "needs", "gets", "finds", "sees",
            "way", "thing", "another", "by", "after", "before", "side", "and", "or", "to");

    private final Cursor cursor;
    /** How many tokens of the cursor were read. */
    private int read;

    private NumberWords(Cursor cursor, int ahead) {
        this.cursor = cursor;
        read = ahead;
    }

    /** Whether a number in words begins so many tokens ahead. */
    static boolean start(Cursor cursor, int ahead) {
        return new NumberWords(cursor, ahead).value() != null;
    }

    /** The number in words at the cursor, which goes past it; null where there is none. */
    static Form read(Cursor cursor) {
        NumberWords words = new NumberWords(cursor, 0);
        Rational value = words.value();
        if (value == null) {
            return null;
        }
        cursor.skip(words.read);
        return Form.of(value, value.isWhole() ? 0 : Numeral.EXACT, value.isWhole() ? Form.Kind.NUMERAL : Form.Kind.NUMBER);
    }

    /** The part of a mixed number so many tokens ahead, {@code a half} or {@code three quarters}; the cursor goes past it. */
    static Form readPart(Cursor cursor, int ahead) {
        NumberWords words = new NumberWords(cursor, ahead);
        Rational part = words.part();
        if (part == null) {
            return null;
        }
        cursor.skip(words.read);
        return Form.of(part, Numeral.EXACT, Form.Kind.NUMBER);
    }

    private Rational value() {
        Rational part = part();
        if (part != null) {
            return part;
        }
        if (takes("zero")) {
            return Rational.of(0);
        }
        boolean one = peek().equals("one");
        Long whole = whole();
        return whole == null || one && whole == 1 && AFTER_PRONOUN.contains(peek()) ? null : Rational.of(whole);
    }

    /** {@code half}, {@code a quarter}, {@code two-thirds}. */
    private Rational part() {
        if (takes("half")) {
            return Rational.ONE.over(Rational.of(2));
        }
        Integer count = peek().equals("a") ? Integer.valueOf(1) : ONES.get(peek());
        int hyphen = isHyphen(read + 1) ? 1 : 0;
        String name = cursor.peek(read + 1 + hyphen).word();
        Integer parts = PARTS.get(name.endsWith("s") ? name.substring(0, name.length() - 1) : name);
        if (count == null || parts == null) {
            return null;
        }
        read += 2 + hyphen;
        return Rational.of(count).over(Rational.of(parts));
    }

    /** Groups with falling magnitudes, the last of which may have none. */
    private Long whole() {
        long sum = 0, last = Long.MAX_VALUE;
        int start = read;
        while (true) {
            int before = read;
            boolean comma = sum > 0 && cursor.peek(read).is(",");
            read += comma || sum > 0 && peek().equals("and") ? 1 : 0;
            long group = hundreds();
            Long magnitude = MAGNITUDES.get(peek());
            boolean listed = comma && group < 100 && magnitude == null; // one thousand, two
            if (group == 0 || listed || magnitude != null && magnitude >= last) {
                read = before;
                return read > start ? sum : null;
            }
            sum += group * (magnitude == null ? 1 : magnitude);
            if (magnitude == null) {
                return sum;
            }
            read++;
            last = magnitude;
        }
    }

    /** A number below 1000, or in hundreds; 0 where there is none. */
    private long hundreds() {
        String next = cursor.peek(read + 1).word();
        long count = peek().equals("a") && (next.equals("hundred") || next.equals("dozen") || MAGNITUDES.containsKey(next)) ? 1 : 0;
        read += (int) count;
        count = count == 0 ? tens() : count;
        if (count == 0 || !takes("hundred")) {
            return count;
        }
        int and = peek().equals("and") ? 1 : 0;
        read += and;
        long rest = tens();
        read -= rest == 0 ? and : 0;
        return 100 * count + rest;
    }

    private long tens() {
        String word = peek();
        Integer small = ONES.getOrDefault(word, TEENS.get(word)), ten = TENS.get(word);
        if (small == null && ten == null) {
            return 0;
        }
        read++;
        int hyphen = isHyphen(read) ? 1 : 0;
        Integer one = ten == null ? null : ONES.get(cursor.peek(read + hyphen).word());
        read += one == null ? 0 : hyphen + 1;
        return ten == null ? small : ten + (one == null ? 0 : one);
    }

    private String peek() {
        return cursor.peek(read).word();
    }

    private boolean takes(String word) {
        boolean here = peek().equals(word);
        read += here ? 1 : 0;
        return here;
    }

    private boolean isHyphen(int ahead) {
        return cursor.peek(ahead).is("-") && !cursor.peek(ahead).spaced() && cursor.peek(ahead + 1).is(Kind.WORD)
                && !cursor.peek(ahead + 1).spaced();
    }
}
