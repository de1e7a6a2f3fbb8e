package io.reft.data;

import io.reft.InputError;
import io.reft.answer.AnswerFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a problem is put to the model: the one place where prompts, training texts and the programs that are run come from.
 *
 * <p>A text has three parts, which are always encoded apart and joined: the <em>prompt</em> with the question, the
 * <em>head</em> (for P-CoT the first lines of the program, given to the model at generation time; otherwise empty) and the
 * <em>continuation</em>, which the model writes.
 *
 * @param name      what a checkpoint's folder calls it
 * @param before    the prompt's text before the question
 * @param after     the prompt's text after the question
 * @param docstring whether a P-CoT program starts with the question as its docstring, which is then the head
 * @param bos       whether the prompt starts with the tokenizer's BOS
 * @param answers   where prose gives its answer: how gold solutions end, and what a verifier looks for
 * @param indentation of the bodies of programs: what the head's docstring has
 */
public record Template(String name, String before, String after, boolean docstring, boolean bos, AnswerFormat answers,
                       String indentation) {
    /** Python's usual indentation. */
    public static final String STANDARD = "    ";

    /** The paper's prompts. */
    public static final Template PAPER =
            new Template("paper", "Question:\n", "\nAnswer reasoning:\n", true, false, AnswerFormat.PAPER, STANDARD);

    /** The demo's, as short as they can be: a tiny model from random weights has no use for the words. */
    public static final Template DEMO = new Template("demo", "", "\n", false, true, AnswerFormat.PAPER, STANDARD);

    /** What stands before the answer in the last line of a prose solution of the paper. */
    public static final String ANSWER_LINE = "\nTherefore, the answer is: ";

    private static final String FUNCTION = "def solution():\n";
    private static final Pattern ANSWER_LINES = Pattern.compile("(?i)\\s*####(?!#).*|[*_]*(?:final )?answer[*_]*\\s*:.*");
    private static final Pattern ANSWER_SENTENCE = Pattern.compile("(?i)(?:(?:therefore|thus|hence|so),? +)?\\bthe answer is\\b");

    /** The template of that name, as a checkpoint's folder holds it. */
    public static Template named(String name) {
        return List.of(PAPER, DEMO).stream().filter(t -> t.name.equals(name)).findFirst()
                .orElseThrow(() -> new InputError("there is no prompt template \"%s\"; known are paper and demo.", name));
    }

    /** This template for programs of another indentation. */
    public Template indented(String indentation) {
        return new Template(name, before, after, docstring, bos, answers, indentation);
    }

    /** This template with the indentation that most of the gold programs have; as it is where there are none. */
    public Template indentedAs(List<Problem> problems) {
        Map<String, Long> counts =
                problems.stream().filter(p -> p.cot() != null && isProgram(p.cot().strip())).map(p -> indentation(body(p.cot().strip())))
                        .filter(i -> !i.isEmpty()).collect(Collectors.groupingBy(i -> i, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream().max(Map.Entry.comparingByValue()).map(most -> indented(most.getKey())).orElse(this);
    }

    /** This template for solutions in prose that give their answers in another place. */
    public Template answering(AnswerFormat place) {
        return new Template(name, before, after, docstring, bos, place, indentation);
    }

    /** The prompt, head left out. */
    public String prompt(Problem problem) {
        return before + problem.question().strip() + after;
    }

    /** The head that the model continues, from the question alone; empty where it writes everything. */
    public String head(Problem problem, SolutionFormat cot) {
        return cot == SolutionFormat.PYTHON && docstring ? head(indentation, problem.question().strip()) : "";
    }

    private static String head(String indentation, String question) {
        return FUNCTION + indentation + "\"\"\"" + question + "\"\"\"\n";
    }

    /**
     * The gold solution, cut where generation starts. A program keeps its own docstring, which may word the question
     * differently, or gets one as deep as its body; prose ends in {@code answer_value} as {@link #answers} has it, instead of an answer
     * line or sentence of its own.
     */
    public Gold gold(Problem problem, SolutionFormat cot) {
        if (problem.cot() == null) {
            throw new InputError("%s has no solution, so it cannot be trained on.", problem.id());
        }
        String text = problem.cot().strip();
        boolean program = isProgram(text);
        if (cot == SolutionFormat.NL) {
            if (program) {
                throw new InputError("the answer_cot of %s is a program, not prose; use --cot python.", problem.id());
            }
            return new Gold("", withoutAnswer(text) + answers.line(problem.answer().strip()));
        }
        if (!program) {
            throw new InputError("the answer_cot of %s does not begin with the line \"def solution():\"; for prose use --cot nl.",
                    problem.id());
        }
        if (!docstring) {
            return new Gold("", text);
        }
        int body = afterDocstring(text);
        return body > 0 ? new Gold(text.substring(0, body), text.substring(body))
                : new Gold(head(deep(body(text)), problem.question().strip()), body(text));
    }

    private static boolean isProgram(String text) {
        return text.startsWith("def solution():") && text.indexOf('\n') > 0;
    }

    /** What follows the line of the {@code def}. */
    private static String body(String program) {
        return program.substring(program.indexOf('\n') + 1);
    }

    /** What stands before the first statement of a body; empty where it has none, or one that is not indented. */
    private static String indentation(String body) {
        String first = body.lines().filter(line -> !line.isBlank() && !line.stripLeading().startsWith("#")).findFirst().orElse("");
        return first.substring(0, first.length() - first.stripLeading().length());
    }

    /** The indentation of a body, or this template's where it has none. */
    private String deep(String body) {
        String own = indentation(body);
        return own.isEmpty() ? indentation : own;
    }

    /** Where the line after the function's docstring begins; 0 where it has none, or one that the program needs on its line. */
    private static int afterDocstring(String program) {
        int start = program.indexOf(':') + 1;
        while (start < program.length() && Character.isWhitespace(program.charAt(start))) {
            start++;
        }
        String quotes = program.startsWith("\"\"\"", start) ? "\"\"\"" : "'''";
        if (!program.startsWith(quotes, start)) {
            return 0;
        }
        int end = start + 3;
        while (end < program.length() && !program.startsWith(quotes, end)) {
            end += program.charAt(end) == '\\' ? 2 : 1;
        }
        int line = program.indexOf('\n', end);
        return line > 0 && program.substring(end + 3, line).isBlank() ? line + 1 : 0;
    }

    /** The text without a last sentence or line of its own that gives the answer, such as "Therefore, the answer is <203>.". */
    private static String withoutAnswer(String text) {
        String line = text.substring(text.lastIndexOf('\n') + 1);
        if (line.length() < text.length() && ANSWER_LINES.matcher(line).matches()) {
            return text.substring(0, text.length() - line.length()).stripTrailing();
        }
        int sentence = -1;
        for (Matcher m = ANSWER_SENTENCE.matcher(line); m.find();) {
            sentence = m.start();
        }
        String before = sentence < 0 ? line : line.substring(0, sentence).stripTrailing();
        boolean whole = sentence >= 0 && (before.isEmpty() || ".!?:)".indexOf(before.charAt(before.length() - 1)) >= 0);
        return whole ? (text.substring(0, text.length() - line.length()) + before).stripTrailing() : text;
    }

    /**
     * The program to run for what the model wrote. The docstring is escaped, and as deep as what was written: neither a question
     * that holds quotes or backslashes nor tabs where others have spaces must break a program that is right.
     */
    public String program(Problem problem, String completion) {
        if (!docstring) {
            return completion;
        }
        String question = problem.question().strip().replace("\\", "\\\\").replace("\"", "\\\"");
        return head(deep(completion), question) + completion;
    }

    /**
     * A gold solution.
     *
     * @param head         what the model is given at generation time; empty where it writes everything
     * @param continuation what the model writes
     */
    public record Gold(String head, String continuation) {}
}
