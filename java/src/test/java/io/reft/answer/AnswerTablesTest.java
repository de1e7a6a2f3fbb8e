package io.reft.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tables of answers and of completions, by hand: what is read as what, and what is not. */
class AnswerTablesTest {
    /** The rows of a table, each in so many columns. */
    static List<String[]> rows(String table, int columns) throws IOException {
        List<String[]> rows = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(AnswerTablesTest.class.getResourceAsStream(table), StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null;) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] row = line.split(" \\| ", columns);
                    assertEquals(columns, row.length, line);
                    row[columns - 1] = row[columns - 1].replace('⏎', '\n').replace('␣', ' ');
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    static boolean isChoice(String gold) {
        return gold.matches("[a-e]");
    }

    static String verdict(Reading reading, String gold) {
        Answer right = isChoice(gold) ? Answer.of(gold) : Reading.number(gold).answer();
        return reading.answer() == null ? "none" : reading.answer().matches(right) ? "right" : "wrong";
    }

    @Test
    void answersAreReadAsTheTableSays() throws IOException {
        List<String> others = new ArrayList<>();
        List<String[]> rows = rows("answers.txt", 3);
        for (String[] row : rows) {
            Reading reading = Reading.of(row[2], isChoice(row[0]));
            String verdict = verdict(reading, row[0]);
            if (!verdict.equals(row[1])) {
                others.add(String.join(" | ", row) + " is " + verdict + ": " + reading);
            }
        }
        assertTrue(rows.size() > 700);
        assertEquals(List.of(), others);
    }

    @Test
    void answersStandWhereTheTableSays() throws IOException {
        List<String> others = new ArrayList<>();
        for (String[] row : rows("completions.txt", 4)) {
            Reading reading = AnswerFormat.named(row[0]).read(row[3], isChoice(row[1]));
            String verdict = verdict(reading, row[1]);
            if (!verdict.equals(row[2])) {
                others.add(String.join(" | ", row) + " is " + verdict + ": " + reading);
            }
        }
        assertEquals(List.of(), others);
    }

    /** Answers that a reader would take for right and that are not read, since the same words may say something else: docs/answers.md. */
    private static final Set<String> UNREAD = Set.of("The answer is 0 (none are left).", "Final answer: 3-1/2 inches", "Answer - 36",
            "Final answer: After 3 days, 12.", "The answer is 12!\n", "The answer is (C), not (D).", "The answer is 36 C.",
            "The answer is 36 days (5 weeks and 1 day).");

    /** What people and models write, judged by hand: no wrong answer is rewarded, and of right ones at least 98 % are read. */
    @Test
    void noWrongAnswerIsRightAndNearlyAllRightOnesAreRead() throws IOException {
        List<String> rewarded = new ArrayList<>();
        Set<String> unread = new HashSet<>();
        List<String[]> rows = rows("judged.txt", 4);
        long right = rows.stream().filter(r -> r[2].equals("right")).count();
        for (String[] row : rows) {
            boolean read = verdict(AnswerFormat.named(row[0]).read(row[3], isChoice(row[1])), row[1]).equals("right");
            if (row[2].equals("right") && !read) {
                unread.add(row[3]);
            } else if (!row[2].equals("right") && read) {
                rewarded.add(String.join(" | ", row));
            }
        }
        assertEquals(List.of(), rewarded);
        assertEquals(UNREAD, unread);
        assertTrue(unread.size() < 0.02 * right, unread.size() + " of " + right);
        assertTrue(rows.size() > 750 && right > 400);
    }

    /** An answer is read alike wherever a format has it. */
    @Test
    void everyFormatReadsWhatItWrites() throws IOException {
        for (String[] row : rows("answers.txt", 3)) {
            boolean brackets = row[2].chars().filter(c -> c == '{').count() == row[2].chars().filter(c -> c == '}').count();
            if (!row[1].equals("right") || row[2].contains("\n") || row[2].matches("(?i).*(the|an?|final|correct) answer.*")) {
                continue;
            }
            for (AnswerFormat format : AnswerFormat.values()) {
                if (format != AnswerFormat.BOXED || brackets && !row[2].contains("boxed")) {
                    String completion = "So it is." + format.line(row[2]);
                    assertEquals("right", verdict(format.read(completion, isChoice(row[0])), row[0]), format + ": " + completion);
                }
            }
        }
    }
}
