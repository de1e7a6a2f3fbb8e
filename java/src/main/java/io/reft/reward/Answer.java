package io.reft.reward;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A final answer: a number, or a choice letter.
 *
 * @param letter  the choice, {@code a} to {@code e}; null for a number
 * @param number  the number, finite; NaN for a choice
 * @param percent whether the number was written as a percentage: {@code 50%} is 50, and may also be meant as 0.5
 */
public record Answer(String letter, double number, boolean percent) {
    /** Numbers differing by less are equal; for small ones the tolerance is {@link #RELATIVE} of the number, where that is less. */
    public static final double ABSOLUTE = 1e-2;
    /** What two decimals' rounding does to a tenth: 1/12 may be written 0.08. */
    public static final double RELATIVE = 5e-2;

    private static final String DIGITS = "(?:\\d{1,3}(?:,\\d{3})++(?!\\d)|\\d++)";
    private static final String DECIMAL = "(?:" + DIGITS + "(?:\\.\\d*+)?|\\.\\d++)(?:[eE][+-]?\\d{1,4}+)?+";
    /** Brackets, quotes and emphasis around an answer: {@code <42>}, {@code **42**}, {@code \boxed{42}}, {@code \(42\)}. */
    private static final String DECORATION = "(?:\\\\boxed|[\\s*_`\"'<>(\\[{\\\\=$])*+";
    private static final String CURRENCY = "(?:\\\\?[$€£¥])?+\\s*+";
    private static final Pattern NUMBER = Pattern.compile(DECORATION + "(?<sign>[-+]?)" + CURRENCY + "(?<sign2>[-+]?)"
            + "(?:(?<whole>\\d++)\\s++(?=\\d++/\\d))?+(?<top>" + DECIMAL + ")(?:\\s*+/\\s*+(?<bottom>" + DECIMAL + "))?+"
            + "(?![.,:]\\d)(?<percent>\\s*+(?:\\\\?%|percent\\b|per cent\\b))?+");
    /** A number anywhere; not the 2 of {@code cm2} or {@code m^2}. */
    private static final Pattern ANOTHER = Pattern.compile("(?<![\\w^])[-+]?" + DECIMAL);
    private static final Pattern CHOICE = Pattern.compile(
            DECORATION + "(?:(?:option|choice)\\s+\\(?)?(?<letter>[a-e])(?![\\w'’])\\s*(?<end>\\)|[.,:;]|[\\s*_`\"'>\\]}]*\\z)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern ANOTHER_CHOICE =
            Pattern.compile("\\(\\s*([a-e])\\s*\\)|(?:\\bor|\\band|,|/)\\s*([a-e])\\b(?!')", Pattern.CASE_INSENSITIVE);

    /** A number as an answer. */
    public static Answer of(double number) {
        return new Answer(null, number, false);
    }

    /** A choice as an answer. */
    public static Answer of(String letter) {
        return new Answer(letter, Double.NaN, false);
    }

    /** How a text was understood: as an answer, as several that differ, or as none. */
    record Reading(Answer answer, boolean ambiguous) {
        static final Reading NONE = new Reading(null, false);
        static final Reading SEVERAL = new Reading(null, true);
    }

    /**
     * Reads the number that {@code text} begins with: {@code 1,234}, {@code $42}, {@code 42.}, {@code 4.2e1}, {@code 1/2},
     * {@code 50%}, {@code -3}, with units or words after it. A second number that differs makes it ambiguous.
     */
    static Reading readNumber(String text) {
        String plain = text.replace('\u2212', '-').replace('\u2013', '-').replace('\u00a0', ' ');
        Matcher m = NUMBER.matcher(plain);
        if (!m.lookingAt()) return Reading.NONE;
        double value = value(m.group("top"));
        if (m.group("bottom") != null) value /= value(m.group("bottom"));
        if (m.group("whole") != null) value += value(m.group("whole"));
        if (m.group("sign").equals("-") != m.group("sign2").equals("-")) value = -value;
        if (!Double.isFinite(value)) return Reading.NONE;
        Answer answer = new Answer(null, value, m.group("percent") != null);
        Matcher another = ANOTHER.matcher(plain).region(m.end(), plain.length()).useTransparentBounds(true);
        while (another.find()) {
            if (!close(value(another.group()), value)) return Reading.SEVERAL;
        }
        return new Reading(answer, false);
    }

    /** Reads the choice that {@code text} begins with: {@code a}, {@code (A)}, {@code b ) 27.5}, {@code option c}. */
    static Reading readChoice(String text) {
        Matcher m = CHOICE.matcher(text);
        if (!m.lookingAt()) return Reading.NONE;
        String letter = m.group("letter").toLowerCase(java.util.Locale.ROOT);
        Matcher another = ANOTHER_CHOICE.matcher(text).region(m.start("end"), text.length());
        while (another.find()) {
            String other = another.group(1) == null ? another.group(2) : another.group(1);
            if (!other.equalsIgnoreCase(letter)) return Reading.SEVERAL;
        }
        return new Reading(of(letter), false);
    }

    private static double value(String digits) {
        return Double.parseDouble(digits.replace(",", ""));
    }

    /** Whether this is the answer {@code gold}: the same choice, or as good as the same number. */
    public boolean matches(Answer gold) {
        if (letter != null || gold.letter != null) return gold.letter != null && gold.letter.equals(letter);
        return close(number, gold.number) || percent && close(number / 100, gold.number);
    }

    /** Whether this is the same choice, or the same number to within {@code tolerance}. */
    public boolean exactly(Answer gold, double tolerance) {
        if (letter != null || gold.letter != null) return gold.letter != null && gold.letter.equals(letter);
        return Math.abs(number - gold.number) <= tolerance || percent && Math.abs(number / 100 - gold.number) <= tolerance;
    }

    /**
     * Whether two numbers are equal as answers: within {@link #ABSOLUTE}, and within {@link #RELATIVE} of the gold number where that is
     * less, so that 0 is not right for 0.005. Equal up to the rounding of a double is always equal.
     */
    public static boolean close(double number, double gold) {
        double tolerance = Math.min(ABSOLUTE, RELATIVE * Math.abs(gold));
        return Math.abs(number - gold) <= Math.max(tolerance, Math.max(1e-9, 1e-12 * Math.abs(gold)));
    }

    /** The choice, or the number without needless decimals. */
    @Override
    public String toString() {
        if (letter != null) return letter;
        return number == Math.rint(number) && Math.abs(number) < 1e15 ? Long.toString((long) number) : Double.toString(number);
    }
}
