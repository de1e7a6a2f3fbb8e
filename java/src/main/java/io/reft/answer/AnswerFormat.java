package io.reft.answer;

import io.reft.InputError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where the final answer stands in a prose solution. A reward holds a model to one of them; {@link #AUTO} takes any, to evaluate models
 * that were taught elsewhere. Statements that differ are none, but for boxes, of which the last counts.
 */
public enum AnswerFormat {
    /** The paper's sentence, {@code Therefore, the answer is: 42}, with or without its first words and its colon. */
    PAPER,
    /** TeX's box, <code>\boxed{42}</code>; the last one. */
    BOXED,
    /** GSM8K's line, {@code #### 42}. */
    HASH,
    /** Words that announce it: {@code Final answer: 42}, {@code **Answer:** 42}, {@code The answer is 42.} */
    FINAL,
    /** Any of these. */
    AUTO;

    private static final Pattern SENTENCE = Pattern.compile("(?i)\\bthe (?:final |correct )?answer is\\b[ \\t]*:?\\s*");
    private static final Pattern ANNOUNCEMENT = Pattern.compile("(?i)(?<![a-z0-9])ans(?:wer)?(?![a-z0-9])"
            + "(?: (?:to|of|for)(?: [a-z]{1,16}){1,4}?)?[*_]{0,3}"
            + "(?:\\s{0,3}(?:(?:is|(?:would|must|should|will) be)\\b(?:[ \\t]{0,3}[:=])?|[:=]>?|->|→|⇒)|\\s{0,3}\\n)[*_]{0,3}\\s*");
    private static final Pattern BEFORE_ANNOUNCEMENT = Pattern.compile("(?i)(?:\\b(?:the|my|our) )?(?:\\b(?:final|correct) )?\\z");
    private static final Pattern LINE = Pattern.compile("(?m)^[ \\t]*+####(?!#)(.*)$");
    private static final Pattern SENTENCE_END = Pattern.compile("\\n|[.!?](?=[\\s$*)\"]|\\z)");
    private static final Pattern CONNECTIVE = Pattern.compile("(?i)\\b(?:therefore|thus|hence|so),?\\s{0,3}\\z");
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");
    private static final String BOX = "\\boxed";

    /**
     * A statement of the answer.
     *
     * @param start where it begins in the completion
     * @param end   where it is over
     * @param text  what it says the answer is
     * @param after of a box, the sentence behind it, in which the number may go on: <code>\boxed{1.5} million</code>; else empty
     */
    private record Statement(int start, int end, String text, String after) {
        Reading read(boolean choice) {
            Reading reading = Reading.of(text, choice);
            return after.isEmpty() || choice || reading.answer() == null ? reading : Reading.leadingNumber(text + after);
        }

        /** Where reasoning goes on: behind a statement of the answer alone, behind the first words of one that works it out. */
        int reasoning() {
            String said = text + after;
            boolean answer = Reading.number(said).answer() != null || Reading.choice(said).answer() != null;
            return answer && !equates(said) ? end : end - said.length();
        }

        /** Whether there are numbers on both sides of an equals sign. */
        private static boolean equates(String text) {
            Matcher digits = DIGITS.matcher(text);
            int equals = digits.find() ? text.indexOf('=', digits.end()) : -1;
            return equals >= 0 && digits.find(equals);
        }
    }

    /** The format of that name. */
    public static AnswerFormat named(String name) {
        return Stream.of(values()).filter(f -> f.toString().equals(name)).findFirst()
                .orElseThrow(() -> new InputError("there is no answer format \"%s\"; known are paper, boxed, hash, final and auto", name));
    }

    /** The name, as options and files have it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The end of a solution that gives {@code answer} in this format; {@link #AUTO}'s is the paper's. */
    public String line(String answer) {
        return switch (this) {
            case PAPER, AUTO -> "\nTherefore, the answer is: " + answer;
            case BOXED -> "\nTherefore, the answer is \\boxed{" + answer + "}.";
            case HASH -> "\n#### " + answer;
            case FINAL -> "\nFinal answer: " + answer;
        };
    }

    /** The answer that a completion states in this format. */
    public Reading read(String completion, boolean choice) {
        List<Reading> readings = new ArrayList<>();
        for (Statement statement : statements(completion)) {
            readings.add(statement.read(choice));
        }
        if (this == AUTO) {
            readings.removeIf(Reading.NONE::equals);
        }
        if (readings.isEmpty() || readings.getLast().answer() == null) {
            return readings.isEmpty() ? Reading.NONE : readings.getLast();
        }
        Answer last = readings.getLast().answer();
        boolean agree =
                readings.stream().allMatch(r -> r.answer() == null ? this != AUTO : r.answer().matches(last) || last.matches(r.answer()));
        return agree ? readings.getLast() : Reading.SEVERAL;
    }

    /**
     * What a completion says before its answer; empty where it states none. What announces an answer before, in whatever format, is left
     * out, but not what works one out: <code>Answer: 6 * 7 = 42</code>.
     */
    public String reasoning(String completion) {
        List<Statement> statements = statements(completion);
        if (statements.isEmpty()) {
            return "";
        }
        String before = completion.substring(0, statements.getLast().start);
        StringBuilder reasoning = new StringBuilder();
        int from = 0;
        for (Statement said : inOrder(List.of(box(before), lines(before), announced(ANNOUNCEMENT, before)))) {
            if (said.start >= from) {
                reasoning.append(CONNECTIVE.matcher(before.substring(from, said.start)).replaceFirst("")).append('\n');
            }
            from = Math.max(from, said.reasoning());
        }
        return reasoning.append(CONNECTIVE.matcher(before.substring(from)).replaceFirst("")).toString();
    }

    private List<Statement> statements(String text) {
        return switch (this) {
            case PAPER -> toTheEnd(announced(SENTENCE, text), text);
            case FINAL -> toTheEnd(announced(ANNOUNCEMENT, text), text);
            case HASH -> lines(text);
            case BOXED -> box(text);
            case AUTO -> inOrder(List.of(box(text), lines(text), FINAL.statements(text)));
        };
    }

    private static List<Statement> inOrder(List<List<Statement>> lists) {
        return lists.stream().flatMap(List::stream).sorted(Comparator.comparingInt(Statement::start)).toList();
    }

    /** Statements that words announce; each goes to the end of its sentence. */
    private static List<Statement> announced(Pattern words, String text) {
        List<Statement> statements = new ArrayList<>();
        Matcher m = words.matcher(text), end = SENTENCE_END.matcher(text), before = BEFORE_ANNOUNCEMENT.matcher(text);
        for (boolean found = m.find(); found;) {
            int start = before.region(Math.max(0, m.start() - 16), m.start()).find() ? before.start() : m.start(), from = m.end();
            found = m.find();
            end.region(from, found ? m.start() : text.length()).useTransparentBounds(true);
            int to = end.find() ? end.start() : end.regionEnd();
            statements.add(new Statement(start, to, text.substring(from, to), ""));
        }
        return statements;
    }

    /** The same statements, the last of which goes on to the text's end: "42. Or rather 43." is no final answer. */
    private static List<Statement> toTheEnd(List<Statement> statements, String text) {
        if (!statements.isEmpty()) {
            Statement last = statements.removeLast();
            int from = last.end - last.text.length();
            statements.add(new Statement(last.start, text.length(), text.substring(from), ""));
        }
        return statements;
    }

    private static List<Statement> lines(String text) {
        List<Statement> statements = new ArrayList<>();
        for (Matcher m = LINE.matcher(text); m.find();) {
            statements.add(new Statement(m.start(), m.end(), m.group(1), ""));
        }
        return statements;
    }

    /** The last box with all of its sentence that follows it, and the sign before it. Nothing where it is not closed. */
    private static List<Statement> box(String text) {
        int start = text.lastIndexOf(BOX), open = start < 0 ? -1 : text.indexOf('{', start), depth = 0;
        if (open < 0 || !text.substring(start + BOX.length(), open).isBlank()) {
            return List.of();
        }
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            i += c == '\\' ? 1 : 0;
            if (depth == 0) {
                Matcher end = SENTENCE_END.matcher(text).region(i + 1, text.length());
                int to = end.find() ? end.start() : text.length();
                int from = start > 0 && "-−+".indexOf(text.charAt(start - 1)) >= 0 ? start - 1 : start;
                boolean part = from > 0 && (Character.isDigit(text.charAt(from - 1)) || "^_/{".indexOf(text.charAt(from - 1)) >= 0);
                return part ? List.of() : List.of(new Statement(start, to, text.substring(from, i + 1), text.substring(i + 1, to)));
            }
        }
        return List.of();
    }
}
