package io.reft.data;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Questions with other numbers in them, to which an answer from memory is wrong. */
public final class ChangedNumbers {
    /** Not those of words, dates, times, fractions and powers. */
    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\w.,/:^-])(?:\\d{1,3}(?:,\\d{3})+|\\d{1,9})(?:\\.\\d{1,9})?(?![\\w/:^]|[.,]\\d|\\s*[/^])");

    private ChangedNumbers() {}

    /**
     * The question with each number a little larger, the larger numbers by more, so that their order stays and their differences do
     * not. Equal numbers stay equal, decimals keep their places. Its gold answer is still the old one, which is hardly ever right any
     * more. Empty where the question has fewer than two different numbers in digits.
     */
    public static Optional<Problem> of(Problem problem, long seed) {
        TreeSet<BigDecimal> values = new TreeSet<>();
        for (Matcher m = NUMBER.matcher(problem.question()); m.find();) {
            values.add(value(m.group()));
        }
        if (values.size() < 2) {
            return Optional.empty();
        }
        Random random = new Random(seed * 1_000_003L + problem.id().hashCode());
        Map<String, BigDecimal> added = new HashMap<>();
        int more = 0;
        for (BigDecimal value : values) {
            more += 1 + random.nextInt(2);
            added.put(key(value), BigDecimal.valueOf(more));
        }
        String question = NUMBER.matcher(problem.question()).replaceAll(m -> {
            BigDecimal value = value(m.group()), changed = value.add(added.get(key(value)));
            return m.group().contains(",") ? String.format(java.util.Locale.ROOT, "%,." + changed.scale() + "f", changed)
                    : changed.toPlainString();
        });
        return Optional.of(new Problem(problem.id(), question, null, problem.answer()));
    }

    private static BigDecimal value(String digits) {
        return new BigDecimal(digits.replace(",", ""));
    }

    /** 2 and 2.0 are one number. */
    private static String key(BigDecimal value) {
        return value.stripTrailingZeros().toPlainString();
    }
}
