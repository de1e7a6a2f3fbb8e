package io.reft.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DemoProblemsTest {
    @Test
    void everyProgramGivesItsAnswer() {
        for (long seed = 1; seed <= 5; seed++) {
            DemoProblems problems = DemoProblems.of(seed);
            for (Problem problem : all(problems)) {
                assertEquals(problem.answer(), Integer.toString(new Program(problem.cot()).run()), problem.cot());
                assertTrue(DataSet.of(problem).accepts(problem.answer()));
            }
        }
    }

    @Test
    void setsAreDistinctAndComeFromTheSeed() {
        DemoProblems problems = DemoProblems.of(3);
        assertEquals(List.of(1500, 200, 500), List.of(problems.train().size(), problems.dev().size(), problems.test().size()));
        assertEquals(2200, all(problems).stream().map(Problem::question).distinct().count());
        assertEquals(2200, all(problems).stream().map(Problem::id).distinct().count());
        assertEquals(problems, DemoProblems.of(3));
        assertNotEquals(problems.train(), DemoProblems.of(4).train());
    }

    @Test
    void annotatorsShareTheWork() {
        List<String> programs = all(DemoProblems.of(1)).stream().map(Problem::cot).toList();
        // a computed value is known by a program whose return names nothing and works nothing out
        long mental = programs.stream().filter(p -> p.matches("(?s).*return \\d+")).count();
        long letters = programs.stream().filter(p -> p.contains(" a = ")).count();
        long expressions = programs.stream().filter(p -> p.matches("def solution\\(\\):\n    return .*[+*/-].*")).count();
        assertEquals(0.2, mental / 2200.0, 0.03);
        assertEquals(0.8 / 3, letters / 2200.0, 0.03);
        assertEquals(0.8 / 3, expressions / 2200.0, 0.03);
        assertEquals(0, all(DemoProblems.of(1, 1500, 200, 500, 0)).stream().filter(p -> p.cot().matches("(?s).*return \\d+")).count());
    }

    private static List<Problem> all(DemoProblems problems) {
        return Stream.of(problems.train(), problems.dev(), problems.test()).flatMap(List::stream).toList();
    }

    /** The little Python that the gold programs use: assignments and a return, integers, brackets, + - * and //. */
    private static final class Program {
        private final Map<String, Integer> variables = new HashMap<>();
        private final String[] lines;
        private String[] tokens;
        private int next;

        Program(String source) {
            lines = source.split("\n");
            assertEquals("def solution():", lines[0]);
        }

        int run() {
            for (int i = 1; i < lines.length; i++) {
                assertTrue(lines[i].startsWith("    "), lines[i]);
                String line = lines[i].substring(4);
                if (line.startsWith("return ")) {
                    assertEquals(lines.length - 1, i);
                    return value(line.substring(7));
                }
                String[] sides = line.split(" = ");
                variables.put(sides[0], value(sides[1]));
            }
            throw new AssertionError("nothing is returned");
        }

        private int value(String expression) {
            tokens = expression.replace("(", "( ").replace(")", " )").split(" ");
            next = 0;
            int value = sum();
            assertEquals(tokens.length, next);
            return value;
        }

        private int sum() {
            int value = product();
            while (next < tokens.length && "+-".contains(tokens[next])) {
                value = tokens[next++].equals("+") ? value + product() : value - product();
            }
            return value;
        }

        private int product() {
            int value = operand();
            while (next < tokens.length && List.of("*", "//").contains(tokens[next])) {
                if (tokens[next++].equals("*")) {
                    value *= operand();
                } else {
                    int divisor = operand();
                    assertEquals(0, value % divisor, "shares come out even");
                    value /= divisor;
                }
            }
            return value;
        }

        private int operand() {
            String token = tokens[next++];
            if (token.equals("(")) {
                int value = sum();
                next++;
                return value;
            }
            return token.matches("\\d+") ? Integer.parseInt(token) : variables.get(token);
        }
    }
}
