package io.reft.answer;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * A number in digits: {@code 42}, {@code 1,234.5}, {@code 1{,}000}, {@code 12 345}, {@code 1'000}, {@code 1_000}, {@code 1,00,000} (as in
 * India), {@code 1.234.567} and {@code 1.234,50} (as in Europe), {@code .5}, {@code 1e3}, {@code 0.\overline{3}}.
 *
 * @param value  what it says; null where that is not certain: {@code 42,5}, {@code 1.234,500}, {@code 0,500}, {@code 1_0}
 * @param places decimals that it was given with; {@link #EXACT} for what is not rounded, such as a fraction
 */
record Numeral(Rational value, int places) {
    static final int EXACT = Integer.MAX_VALUE;

    /** More digits than any double has, and few enough to be cheap. */
    private static final int MOST_DIGITS = 400;
    private static final List<String> REPEATING = List.of("\\overline", "\\bar");

    /** A numeral, and where it ends in its text. */
    record Found(Numeral numeral, int end) {}

    /** What divides two groups of digits, in one spelling, and where the second begins. */
    private record Separator(char sign, int end) {}

    /** Reads the numeral that begins at {@code start} with a digit, or with a point before one, to its end. */
    static Found at(String text, int start) {
        List<String> groups = new ArrayList<>();
        StringBuilder signs = new StringBuilder();
        int end = pastDigits(text, start);
        groups.add(text.substring(start, end));
        for (Separator next; (next = separator(text, end, groups, signs)) != null;) {
            signs.append(next.sign);
            end = pastDigits(text, next.end);
            groups.add(text.substring(next.end, end));
        }
        int point = point(groups, signs);
        String repeated = point >= 0 ? repeated(text, end) : null;
        end += repeated == null ? 0 : repeated.length();
        String exponent = exponent(text, end);
        end += exponent.length();
        List<String> whole = point < 0 ? groups : groups.subList(0, point + 1);
        if (point >= 0 && point < signs.length() - 1 || !grouped(whole, signs.substring(0, whole.size() - 1))) {
            return new Found(new Numeral(null, 0), end);
        }
        return new Found(valued(String.join("", whole), point < 0 ? "" : groups.getLast(), repeated, exponent), end);
    }

    /** Which sign is the decimal point; -1 where none is. In {@code 1.234,50} the comma is, in {@code 1.234.567} no point is. */
    private static int point(List<String> groups, StringBuilder signs) {
        int last = signs.length() - 1, comma = signs.indexOf(",");
        boolean several = last > 0 && signs.chars().allMatch(c -> c == '.');
        boolean continental = last > 0 && comma == last && (signs.charAt(0) == '.' || signs.charAt(0) == ' ');
        boolean cents = last == 0 && comma == 0 && groups.getLast().equals("00"); // 42,00
        return cents || continental && groups.getLast().length() != 3 ? last : several ? -1 : signs.indexOf(".");
    }

    private static Numeral valued(String whole, String decimals, String repeated, String exponent) {
        int shift = exponent.isEmpty() ? 0 : exponent.length() > 6 ? 99_999 : Integer.parseInt(exponent.substring(1));
        String digits = whole + decimals, again = repeated == null ? "" : repeated.replaceAll("\\D", "");
        if (digits.length() + again.length() > MOST_DIGITS) {
            return new Numeral(null, 0);
        }
        Rational value = digits.isEmpty() ? Rational.of(0) : Rational.of(new BigInteger(digits));
        if (!again.isEmpty()) {
            value = value.plus(
                    Rational.of(new BigInteger(again)).over(Rational.of(BigInteger.TEN.pow(again.length()).subtract(BigInteger.ONE))));
        } else if (repeated != null) {
            return new Numeral(null, 0);
        }
        Rational scale = Rational.of(10).power(shift - decimals.length());
        return new Numeral(scale == null ? null : value.times(scale), repeated != null ? EXACT : Math.max(0, decimals.length() - shift));
    }

    /** Whether groups of digits are those of one number: by three, or by two with three at the end, and not {@code 0,500}. */
    private static boolean grouped(List<String> groups, String signs) {
        if (groups.size() == 1) {
            return true;
        }
        boolean alike = signs.chars().allMatch(c -> c == signs.charAt(0));
        List<String> inner = groups.subList(1, groups.size() - 1);
        boolean threes = groups.getFirst().length() <= 3 && inner.stream().allMatch(g -> g.length() == 3);
        boolean twos = signs.charAt(0) == ',' && groups.getFirst().length() <= 2 && inner.stream().allMatch(g -> g.length() == 2);
        return alike && !groups.getFirst().startsWith("0") && groups.getLast().length() == 3 && (threes || twos);
    }

    /** The separator at {@code start} and the digits' place after it; null where the numeral ends before it. */
    private static Separator separator(String text, int start, List<String> groups, StringBuilder signs) {
        char c = start < text.length() ? text.charAt(start) : 0;
        Separator found = switch (c) {
            case ',' -> new Separator(',', text.startsWith("\\!", start + 1) ? past(' ', text, start + 3) : start + 1);
            case '\'', '_', '.' -> new Separator(c, start + 1);
            case '\\' -> text.startsWith("\\_", start) ? new Separator('_', start + 2)
                    : text.startsWith("\\,", start) || text.startsWith("\\ ", start) ? new Separator(' ', start + 2) : null;
            case ' ' -> comma(text, start) > 0 ? new Separator(',', comma(text, start)) : new Separator(' ', start + 1);
            case '{' -> comma(text, start) > 0 ? new Separator(',', comma(text, start)) : null;
            default -> null;
        };
        if (found == null || found.sign == ' ' && !belongs(text, found.end, c != '\\', groups, signs)) {
            return null;
        }
        boolean repeating = c == '.' && REPEATING.stream().anyMatch(command -> text.startsWith(command, found.end));
        return isDigit(text, found.end) || repeating ? found : null;
    }

    /** Where TeX's {@code {,}} ends, which may have spaces in it; 0 where there is none. */
    private static int comma(String text, int start) {
        int brace = past(' ', text, start), comma = past(' ', text, brace + 1), end = past(' ', text, comma + 1);
        boolean found = end < text.length() && text.charAt(brace) == '{' && text.charAt(comma) == ',' && text.charAt(end) == '}';
        return found ? past(' ', text, end + 1) : 0;
    }

    /** Whether a group of three digits follows that a space can belong to; the 100 of {@code 3 100/200} is not one. */
    private static boolean belongs(String text, int start, boolean plain, List<String> groups, StringBuilder signs) {
        String last = groups.getLast();
        boolean first = groups.size() == 1 && last.length() <= 3 && !last.isEmpty() && !last.startsWith("0");
        boolean further = groups.size() > 1 && signs.charAt(signs.length() - 1) == ' ';
        int end = pastDigits(text, start), next = past(' ', text, end);
        return (first || further) && end - start == 3 && (!plain || next >= text.length() || text.charAt(next) != '/');
    }

    /** The command and digits of {@code \overline{3}}; null where there is none. */
    private static String repeated(String text, int start) {
        String command = REPEATING.stream().filter(c -> text.startsWith(c, start)).findFirst().orElse(null);
        if (command == null) {
            return null;
        }
        int digits = past(' ', text, start + command.length());
        if (isDigit(text, digits)) {
            return text.substring(start, digits + 1);
        }
        int end = digits < text.length() && text.charAt(digits) == '{' ? pastDigits(text, digits + 1) : digits;
        return end > digits + 1 && end < text.length() && text.charAt(end) == '}' ? text.substring(start, end + 1) : command;
    }

    /** The exponent of {@code 1e3}; empty where there is none. */
    private static String exponent(String text, int start) {
        if (start >= text.length() || text.charAt(start) != 'e' && text.charAt(start) != 'E') {
            return "";
        }
        boolean signed = start + 1 < text.length() && (text.charAt(start + 1) == '-' || text.charAt(start + 1) == '+');
        int digits = start + (signed ? 2 : 1), end = pastDigits(text, digits);
        boolean goesOn = end < text.length() && (Character.isLetter(text.charAt(end)) || text.charAt(end) == '.' && isDigit(text, end + 1));
        return end == digits || goesOn ? "" : text.substring(start, end);
    }

    private static boolean isDigit(String text, int i) {
        return i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }

    private static int pastDigits(String text, int start) {
        int end = start;
        while (isDigit(text, end)) {
            end++;
        }
        return end;
    }

    private static int past(char c, String text, int start) {
        int end = start;
        while (end < text.length() && text.charAt(end) == c) {
            end++;
        }
        return end;
    }
}
