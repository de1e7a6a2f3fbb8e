package io.reft.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerPropertiesTest {
    private static final List<String> BEFORE = List.of("", "", "", "about ", "≈ ", "x = ", "$", "€", "Rs. ", "US$", "Total: ", "= ");
    private static final List<String[]> AROUND =
            List.of(new String[] {"", ""}, new String[] {"", ""}, new String[] {"**", "**"}, new String[] {"\\boxed{", "}"},
                    new String[] {"\\(", "\\)"}, new String[] {"“", "”"}, new String[] {"(", ")"}, new String[] {"\\textbf{", "}"},
                    new String[] {"`", "`"});
    private static final List<String> BEHIND =
            List.of("", "", "", ".", " apples", " apples.", " km/h", " in all.", ", which is all.", "\n\nThat is it.", " ✓");

    private static <T> T any(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** Every way of writing a whole number. */
    private static List<String> wholes(long n) {
        String digits = Long.toString(n), grouped = String.format(Locale.ROOT, "%,d", n);
        List<String> ways = new ArrayList<>(
                List.of(digits, grouped, digits + ".0", digits + ".", "+" + digits, "0" + digits, digits + "e0", grouped + ".00",
                        grouped.replace(",", "{,}"), grouped.replace(",", ",\\!"), grouped.replace(",", "\u202f"),
                        grouped.replace(",", "\u00a0"), grouped.replace(",", "\u2009"),
                        grouped.replace(",", "'"), grouped.replace(",", "’"), grouped.replace(",", "_"), grouped.replace(",", " "),
                        grouped.replace(",", "\\,"),
                        full(digits), full(grouped), digits + "/1", "\\frac{" + digits + "}{1}", "{" + digits + "}"));
        if (n % 1000 == 0 && n > 0) {
            ways.addAll(List.of(n / 1000 + " thousand", n / 1000 + " \\times 10^3", n / 1000 + " × 10³", n / 1000 + "e3",
                    "$" + n / 1000 + "k"));
        }
        return ways;
    }

    private static String full(String text) {
        StringBuilder wide = new StringBuilder();
        text.chars().forEach(c -> wide.append((char) (c + 0xfee0)));
        return wide.toString();
    }

    /** Every way of writing top/bottom, a fraction below 1, beside the whole number before it. */
    private static List<String> fractions(long whole, int top, int bottom) {
        String tex = "{" + top + "}{" + bottom + "}", part = top + "/" + bottom;
        List<String> ways = new ArrayList<>();
        if (whole == 0) {
            ways.addAll(List.of(part, top + " / " + bottom, top + "⁄" + bottom, "\\frac" + tex, "\\dfrac" + tex, "\\tfrac" + tex,
                    "\\frac{" + top + "}{" + bottom + "}"));
        } else {
            ways.addAll(List.of(whole + " " + part, whole + " and " + part, whole + "\\frac" + tex, whole + " \\dfrac" + tex,
                    "\\frac{" + (whole * bottom + top) + "}{" + bottom + "}"));
        }
        if (top < 10 && bottom < 10) {
            ways.add((whole == 0 ? "" : whole) + "\\frac" + top + bottom);
        }
        if (top == 1 && bottom == 2) {
            ways.addAll(whole == 0 ? List.of("½", "0.5", "50%")
                    : List.of(whole + "½", whole + " ½", whole + ".5", whole + " and a half", whole + " and one half"));
        }
        return ways;
    }

    private static void reads(String text, BigDecimal value, boolean share) {
        Answer answer = Reading.number(text).answer();
        assertNotNull(answer, text);
        double number = answer.percent() && share ? answer.number() / 100 : answer.number();
        assertEquals(value.doubleValue(), number, Math.abs(value.doubleValue()) * 1e-12, text);
        boolean whole = value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
        assertTrue(answer.percent() || (answer.whole() != null) == whole, text);
        assertTrue(answer.percent() || answer.whole() == null || answer.whole().equals(value.toBigIntegerExact()), text);
    }

    @Test
    void everyWayOfWritingIsReadBack() {
        Random random = new Random(7);
        for (int i = 0; i < 1500; i++) {
            long whole = random.nextBoolean() ? random.nextInt(20)
                    : Math.abs(random.nextLong()) % (long) Math.pow(10, 1 + random.nextInt(15)) * (random.nextInt(4) == 0 ? 1000 : 1);
            int bottom = 2 + random.nextInt(30), top = 1 + random.nextInt(bottom - 1);
            boolean fraction = random.nextBoolean() && whole < 1_000_000;
            boolean negative = random.nextInt(4) == 0;
            BigDecimal value = BigDecimal.valueOf(whole);
            if (fraction) {
                value = value.add(BigDecimal.valueOf(top).divide(BigDecimal.valueOf(bottom), 40, java.math.RoundingMode.HALF_EVEN));
            }
            for (String way : fraction ? fractions(whole, top, bottom) : wholes(whole)) {
                String[] around = any(random, AROUND);
                boolean money = way.startsWith("$"), signed = negative && !way.startsWith("+");
                String before = money || signed ? "" : any(random, BEFORE);
                boolean paid = money || !before.isEmpty() && !before.matches("[a≈xT=].*");
                String behind = paid ? "" : any(random, BEHIND); // no $42 km/h
                String text = before + around[0] + (signed ? any(random, List.of("-", "−", "‑", "minus ")) : "") + way + around[1]
                        + behind;
                if (!(before.equals("$") && around[0].equals("("))) {
                    reads(text, signed ? value.negate() : value, true);
                }
            }
        }
    }

    @Test
    void decimalsAreExact() {
        Random random = new Random(8);
        for (int i = 0; i < 1000; i++) {
            BigDecimal value = new BigDecimal(new BigInteger(1 + random.nextInt(60), random), random.nextInt(12));
            for (String way : List.of(value.toPlainString(), value.toPlainString() + "0".repeat(value.scale() > 0 ? 2 : 0),
                    value.unscaledValue() + "e-" + value.scale(),
                    value.unscaledValue() + " \\times 10^{-" + value.scale() + "}")) {
                reads(way, value, false);
            }
        }
    }

    private static final String[] SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            + "sixteen seventeen eighteen nineteen").split(" ");
    private static final String[] TENS = "- ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

    private static String words(long n, String hyphen, String and) {
        if (n < 20) {
            return SMALL[(int) n];
        }
        if (n < 100) {
            return TENS[(int) n / 10] + (n % 10 == 0 ? "" : hyphen + SMALL[(int) n % 10]);
        }
        long unit = n < 1000 ? 100 : n < 1_000_000 ? 1000 : 1_000_000;
        String rest = n % unit == 0 ? "" : (n % unit < 100 ? and : " ") + words(n % unit, hyphen, and);
        return words(n / unit, hyphen, and) + (unit == 100 ? " hundred" : unit == 1000 ? " thousand" : " million") + rest;
    }

    @Test
    void numbersInWordsAreReadBack() {
        Random random = new Random(12);
        for (int i = 0; i < 3000; i++) {
            long n = i < 1100 ? i : (long) Math.pow(10, 9 * random.nextDouble());
            String text = words(n, any(random, List.of("-", " ")), any(random, List.of(" ", " and ")));
            reads(text + any(random, List.of("", ".", " apples", " dollars in all.", " (" + n + ")")), BigDecimal.valueOf(n), false);
            assertFalse(
                    Reading.number(text + any(random, List.of(" or " + (n + 1), " twelfths", " and " + (n + 1), " times six", " plus x")))
                            .answer() != null,
                    text);
        }
    }

    /** What is put behind a wrong number, in any order: no digits and nothing that multiplies. */
    private static final List<String> JUNK =
            List.of(" ", "a", "x", "\\", "{", "}", "(", ")", "[", "]", "$", "*", "**", "_", "`", "\"", "'", ".", ",", ";", ":", "!", "?",
                    "-", "+", "/", "^", "=", "≈", "<", ">", "|", "&", "~", "#", "\n", " apples", " km", " or", " and", " not", " the",
                    "\\text{", "\\boxed{", "\\frac", "\\sqrt", "°",
                    "π", "€", "…", "...", "\u200b", "\u202f", "\u00a0", "—", "™", "☃", "\ud83d\ude42", "\ud83d", "苹果", "\u0301", "№");

    @Test
    void junkNeverMakesAWrongValueRight() {
        Random random = new Random(9);
        for (int i = 0; i < 20_000; i++) {
            long gold = 1 + random.nextInt(2000), wrong = random.nextBoolean() ? gold / 10 : random.nextInt(2000);
            if (wrong == gold) {
                continue;
            }
            StringBuilder text = new StringBuilder().append(wrong);
            for (int parts = 1 + random.nextInt(6); parts > 0; parts--) {
                text.append(any(random, JUNK));
            }
            Answer answer = Reading.number(text.toString()).answer();
            assertFalse(answer != null && answer.matches(Answer.of(gold)), text.toString());
        }
    }

    /** The table's wrong and unreadable answers stay so with junk behind them. */
    @Test
    void junkMakesNoTableRowRight() throws Exception {
        Random random = new Random(10);
        for (String[] row : AnswerTablesTest.rows("answers.txt", 3)) {
            if (row[1].equals("right") || row[2].startsWith("<")) { // <42 is less than 42, <42> is not
                continue;
            }
            for (int i = 0; i < 15; i++) {
                String text = row[2] + " " + any(random, JUNK) + any(random, JUNK) + " apples";
                if (row[2].startsWith("$") && text.indexOf('$', 1) > 0) {
                    continue; // $42 m$ is TeX
                }
                assertFalse(AnswerTablesTest.verdict(Reading.of(text, AnswerTablesTest.isChoice(row[0])), row[0]).equals("right"), text);
            }
        }
    }

    private static final List<String> PIECES = List.of("1", "42", "0", ".", ",", "1,000", "1 000", "{,}", ",\\!", "'", "_", "e", "e5", "-",
            "+", "×", "*", "**", "/", "÷", "^", "^{", "{", "}",
            "(", ")", "[", "]", "<", ">", "$", "\\$", "€", "Rs.", "US$", "\\frac", "\\frac12", "\\frac{1}{2}", "\\boxed{", "\\text{",
            "\\overline{3}", ".\\bar", "\\", "\\\\", "½", "²", "⁻", "%",
            " percent", " million", "k", " and a half", " or ", "≈", "=", "x", "x = ", "A", "(C)", "a ", "…", "!", "?", "\n", " ", "\u202f",
            "\u200b", "apples", "the answer is ", "Answer:",
            "#### ", "**Final Answer**\n", "\ud83d", "\udc00", "\u0000", "\uffff", "𝟒", "i.e. ", "nearest ", " decimal places", "twenty-",
            "one ", "hundred ", "and ", "half ", "thirds", "\\frac{\\text{km}}{h}", " dozen",
            "999999999999999999999999", "1e999", "10^999");

    @Test
    void nothingIsThrown() {
        Random random = new Random(11);
        for (int i = 0; i < 15_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int parts = random.nextInt(12); parts > 0; parts--) {
                text.append(random.nextInt(10) == 0 ? Character.toString(random.nextInt(0x3000)) : any(random, PIECES));
            }
            String all = text.toString();
            Reading number = Reading.number(all), choice = Reading.choice(all);
            assertTrue(number.answer() == null || Double.isFinite(number.answer().number()) && number.answer().letter() == null, all);
            assertTrue(choice.answer() == null || choice.answer().letter().matches("[a-e]"), all);
            Reading.leadingNumber(all);
            for (AnswerFormat format : AnswerFormat.values()) {
                format.read(all, false);
                format.reasoning(all);
            }
        }
    }

    /** Nanoseconds of this thread's processor time that reading takes, the least of three tries. */
    private static long cost(String text) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            Reading.number(text);
            Reading.number("42 " + text);
            Reading.number("42 apples " + text);
            Reading.choice(text);
            Reading.choice("C. " + text);
            Reading.leadingNumber(text);
            for (AnswerFormat format : AnswerFormat.values()) {
                format.read(text, false);
                format.read("The answer is: \\boxed{" + text, false);
                format.reasoning(text + "\\boxed{42} #### 42\n#### 42\nThe answer is 42.");
            }
            least = Math.min(least, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
        }
        return least;
    }

    /** All readings together, at 16 KB a text: 1 ms per KB is what a reward may take, and a busy machine five times that. */
    @ParameterizedTest
    @ValueSource(strings = {"(", "1 (", "{", "[<", "1", "1,", "1,000", ",000", "1 ", "1 000 ", " 000", "1'", "1_000", "1.", "1e", "1e1",
            "{,}", "{ , ", "\\frac", "\\frac{", "\\frac12 ", "1/", "1/2 ",
            "1+", "1 + 1 = ", "6 x ", "10^", "10^2 ", "²", "10²", "½", "$", "$1", "$ ", "€", "-", "--", "- 1", "*", "**", "**1", "_", "`",
            "\"", "'", "\\", "\\\\", "\\boxed{", "\\boxed{1}", "}", "\\text{a}",
            "the answer is ", "the answer is 42. ", "answer: ", "**Answer**\n", "#### ", "#### 42\n", "so ", "so, ", "x = ", "about ",
            "a total of ", "apples ", "a ", "a b ", "C or ", "or ", "i.e. ",
            "nearest ", "1 decimal ", ".\\overline{3}", "0.\\bar", "1 million ", "%", "=", "≈ ", "…", "...", "~", "~a", "<answer>", " ",
            "\n", "\t ", "\u200b", "\u202f", "é\u0301", "\ud83d\ude42", "苹",
            "one ", "twenty-", "one hundred and ", "one thousand ", "half ", "a hundred ", "(one ", "or one ", "1.234.", "Tom has ",
            "\\frac{\\text{km}}{h}", "\\frac{{", "and a "})
    void costIsLinearAndSmall(String part) {
        int length = 1 << 14;
        cost(part.repeat(50)); // compiled before it is timed
        long cost = cost(part.repeat(length / part.length() + 1).substring(0, length));
        assertTrue(cost < 21 * 80_000_000L, "21 readings of 16 KB of \"" + part + "\": " + cost / 1_000_000 + " ms");
    }

    @ParameterizedTest
    @EnumSource(AnswerFormat.class)
    void formatsAreKnownByTheirNames(AnswerFormat format) {
        assertEquals(format, AnswerFormat.named(format.toString()));
        assertEquals("42", format.read("So it is." + format.line("42"), false).answer().toString());
        assertEquals("So it is.", format.reasoning("So it is." + format.line("42")).strip());
    }
}
