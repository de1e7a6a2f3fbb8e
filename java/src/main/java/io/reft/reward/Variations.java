package io.reft.reward;

import io.reft.answer.Answer;
import io.reft.data.DataSet;
import io.reft.data.Problem;
import io.reft.python.Outcome;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Questions that never end: new ones made of old ones and their gold programs. Numbers of the question that are constants of the program
 * change in both together; the program then runs for the new answer, and its new text is the new gold solution. A number that the
 * program has more often than the question stays, for some of its places may mean something else; so do years, and numbers by which
 * units convert. Integers stay integers of about their size, decimals keep their places, the order of the numbers stays.
 */
public final class Variations {
    /** Not those of words, dates, times, fractions and powers. */
    private static final Pattern IN_TEXT =
            Pattern.compile("(?<![\\w.,/:^-])(?:\\d{1,3}(?:,\\d{3})+|\\d{1,9})(?:\\.\\d{1,6})?(?![\\w/:^]|[.,]\\d|\\s*[/^])");
    private static final Pattern IN_CODE = Pattern.compile("(?<![\\w.])\\d{1,9}(?:\\.\\d{1,6})?(?![\\w.])");
    /** What is not code: strings, docstrings, comments. */
    private static final Pattern NOT_CODE =
            Pattern.compile("(?s)\"\"\".*?(?:\"\"\"|\\z)|'''.*?(?:'''|\\z)|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'|#[^\\n]*");
    private static final Set<Integer> CONVERSIONS = Set.of(7, 12, 24, 30, 52, 60, 100, 365, 1000);
    private static final int TRIES = 30, FIRST_YEAR = 1800, LAST_YEAR = 2100;
    private static final double LARGEST_GROWTH = 20;

    private final Function<String, Outcome> python;
    private final Set<String> taken = new HashSet<>();

    /**
     * @param python runs programs; it never throws
     * @param taken  questions that must not come about, such as those of a test set
     */
    public Variations(Function<String, Outcome> python, List<String> taken) {
        this.python = python;
        taken.forEach(question -> this.taken.add(key(question)));
    }

    /**
     * Up to {@code count} new problems made of one, none that was made before; fewer where its numbers leave no room, none where its gold
     * solution is no program that gives the gold answer. Their ids are {@code svamp_12v1}, {@code svamp_12v2}, ….
     *
     * @param seed the same seed gives the same problems
     */
    public List<Problem> of(Problem problem, int count, long seed) {
        List<Problem> made = new ArrayList<>();
        taken.add(key(problem.question()));
        if (problem.cot() == null || DataSet.of(problem).choice() || !problem.cot().stripLeading().startsWith("def solution()")) {
            return made;
        }
        Optional<BigDecimal> gold = run(problem.cot());
        if (gold.isEmpty() || !Answer.of(gold.get().doubleValue()).matches(DataSet.gold(problem))) {
            return made;
        }
        boolean exact = problem.cot().contains("//") && run(divided(problem.cot())).equals(gold);
        List<BigDecimal> variable = variable(problem);
        Random random = new Random(seed * 1_000_003L + problem.id().hashCode());
        for (int tries = 0; tries < TRIES * count && made.size() < count && !variable.isEmpty(); tries++) {
            Map<BigDecimal, BigDecimal> changes = changes(variable, problem.question(), random);
            String question = replaced(IN_TEXT, problem.question(), changes);
            if (changes.isEmpty() || taken.contains(key(question))) {
                continue;
            }
            String program = program(problem.cot(), changes);
            Optional<BigDecimal> answer = run(program)
                    .filter(a -> isLike(a, gold.get()) && (!exact || run(divided(program)).filter(d -> d.compareTo(a) == 0).isPresent()));
            if (answer.isPresent() && taken.add(key(question))) {
                made.add(new Problem(problem.id() + "v" + (made.size() + 1), question, program,
                        answer.get().stripTrailingZeros().toPlainString()));
            }
        }
        return made;
    }

    /** The program with divisions that keep their remainder: where it made no difference, it must make none after the change. */
    private static String divided(String program) {
        return program.replace("//", "/");
    }

    /** A question without letter case and spaces. */
    private static String key(String question) {
        return question.toLowerCase(Locale.ROOT).replaceAll("\\s+", " ").strip();
    }

    private Optional<BigDecimal> run(String program) {
        Outcome outcome = python.apply(Verifier.PRELUDE + program.strip());
        double number =
                outcome.kind() == Outcome.Kind.OK && !outcome.type().equals("str") ? outcome.number().orElse(Double.NaN) : Double.NaN;
        return Double.isFinite(number) ? Optional.of(BigDecimal.valueOf(number)) : Optional.empty();
    }

    /** A new answer is of the old one's kind: no fewer than nothing, no part of a whole, no other order of size. */
    private static boolean isLike(BigDecimal answer, BigDecimal gold) {
        boolean whole = gold.stripTrailingZeros().scale() <= 0;
        return (gold.signum() < 0 || answer.signum() >= 0) && (gold.signum() == 0 || answer.signum() != 0)
                && (whole ? answer.stripTrailingZeros().scale() <= 0
                        : answer.stripTrailingZeros().scale() <= Math.max(2, gold.stripTrailingZeros().scale()))
                && answer.abs().doubleValue() <= LARGEST_GROWTH * Math.max(1, gold.abs().doubleValue());
    }

    /** The numbers that may change, from small to large. */
    private static List<BigDecimal> variable(Problem problem) {
        Map<BigDecimal, Integer> asked = counts(IN_TEXT, problem.question()),
                used = counts(IN_CODE, NOT_CODE.matcher(problem.cot()).replaceAll(" "));
        List<BigDecimal> variable = new ArrayList<>();
        asked.forEach((value, times) -> {
            boolean whole = value.scale() <= 0;
            boolean conversion = whole && CONVERSIONS.contains(value.intValue()),
                    year = whole && value.intValue() >= FIRST_YEAR && value.intValue() <= LAST_YEAR;
            if (used.getOrDefault(value, 0) > 0 && used.get(value) <= times && value.signum() > 0 && !conversion && !year) {
                variable.add(value);
            }
        });
        return variable;
    }

    private static Map<BigDecimal, Integer> counts(Pattern numbers, String text) {
        Map<BigDecimal, Integer> counts = new TreeMap<>();
        for (Matcher m = numbers.matcher(text); m.find();) {
            counts.merge(value(m.group()), 1, Integer::sum);
        }
        return counts;
    }

    /** 2 and 2.0 are one number. */
    private static BigDecimal value(String digits) {
        BigDecimal stripped = new BigDecimal(digits.replace(",", "")).stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    /** A new value for each number, in the same order, none that the question has already; empty where that does not come about. */
    private static Map<BigDecimal, BigDecimal> changes(List<BigDecimal> variable, String question, Random random) {
        Map<BigDecimal, Integer> present = counts(IN_TEXT, question);
        Map<BigDecimal, BigDecimal> changes = new TreeMap<>();
        BigDecimal before = BigDecimal.ZERO;
        for (BigDecimal value : variable) {
            BigDecimal unit = BigDecimal.ONE.movePointLeft(value.scale());
            double low = Math.max(unit.doubleValue(), value.doubleValue() * 0.5), high = value.doubleValue() * 1.6 + 2 * unit.doubleValue();
            BigDecimal drawn = BigDecimal.valueOf(low + random.nextDouble() * (high - low)).setScale(value.scale(), RoundingMode.HALF_UP);
            boolean percent = Pattern.compile("(?<![\\d.,])" + Pattern.quote(value.toPlainString()) + "\\s*%").matcher(question).find();
            if (drawn.compareTo(before) <= 0 || percent && drawn.doubleValue() > 100
                    || present.containsKey(value(drawn.toPlainString())) && drawn.compareTo(value) != 0) {
                return Map.of();
            }
            changes.put(value, drawn);
            before = drawn;
        }
        return changes.entrySet().stream().allMatch(e -> e.getKey().compareTo(e.getValue()) == 0) ? Map.of() : changes;
    }

    /** The program with the numbers' new values, in its code as in its docstring and comments. */
    private static String program(String program, Map<BigDecimal, BigDecimal> changes) {
        StringBuilder changed = new StringBuilder();
        int from = 0;
        for (Matcher words = NOT_CODE.matcher(program); words.find(); from = words.end()) {
            changed.append(replaced(IN_CODE, program.substring(from, words.start()), changes))
                    .append(replaced(IN_TEXT, words.group(), changes));
        }
        return changed.append(replaced(IN_CODE, program.substring(from), changes)).toString();
    }

    /** The text with the numbers' new values, written as the old ones were. */
    private static String replaced(Pattern numbers, String text, Map<BigDecimal, BigDecimal> changes) {
        return numbers.matcher(text).replaceAll(m -> {
            BigDecimal changed = changes.get(value(m.group()));
            if (changed == null) {
                return Matcher.quoteReplacement(m.group());
            }
            int point = m.group().indexOf('.'), places = point < 0 ? 0 : m.group().length() - point - 1;
            BigDecimal written = changed.setScale(Math.max(places, changed.scale()));
            return m.group().contains(",") ? String.format(Locale.ROOT, "%,." + written.scale() + "f", written) : written.toPlainString();
        });
    }
}
