package io.reft.data;

import io.reft.InputError;
import io.reft.answer.Answer;
import io.reft.answer.Reading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the data sets in the form in which they were published, as problems of the ReFT form. Which it is shows in the first row's
 * fields:
 * <ul>
 * <li>GSM8K: {@code question} and {@code answer}, whose last line is {@code #### 72}; the calculator's marks {@code <<48/2=24>>} go;
 * <li>SVAMP: {@code Body}, {@code Question}, {@code Equation} and {@code Answer}; the equation is the solution;
 * <li>MathQA: {@code Problem}, {@code Rationale}, {@code options} and {@code correct}. As {@link Asked#CHOICE} the options follow
 *     the question and the answer is a letter; as {@link Asked#NUMERIC} the answer is the right option's number, and rows whose
 *     right option is no single number are left out.
 * </ul>
 * Rows are named after the set and their place in the file, from 0: {@code gsm8k_12}. Prose ends in {@link Template#ANSWER_LINE} and the
 * answer, instead of an answer sentence of its own.
 */
public final class Originals {
    private static final Set<String> FIELDS = Set.of("item_id", "question", "answer_cot", "answer_value", "answer",
            "Body", "Question", "Equation", "Answer", "Problem", "Rationale", "options", "correct");
    private static final Set<String> NUMBERS = Set.of("answer_value", "Answer");

    private static final Pattern MARK = Pattern.compile("<<[^<>]*+>>");
    private static final Pattern OPTION = Pattern.compile("(?:\\A|,)[\\s'\"\\[]*([a-e]) \\)\\s*");
    /** The sentence that names the chosen option at a rationale's end: {@code answer : c}, {@code the answer is d .}, {@code ans - b}. */
    private static final Pattern CHOSEN = Pattern.compile("(?<![\\s,;.=>])[\\s,;.=>]*+(?:"
            + "(?:\\b(?:so|hence|thus|therefore|correct|final|our|the)\\b[\\s,:]*+)*+\\b(?:answer|ans|option)\\b"
            + "[\\s:.\\-]*+(?:(?:is|option|choice)\\b[\\s:.\\-]*+)*+\\(?+\\s*+[a-e]\\s*+\\)?+[\\s.!]*+\\z"
            + "|\\b[a-e] is (?:the|our) (?:correct )?answer[\\s.!]*+\\z)");
    /** What tokenising left of an option before its number: a second letter, {@code rs .} without its r. */
    private static final Pattern BEFORE_NUMBER = Pattern.compile("\\A(?:[a-e] \\)\\s*)?+(?:s \\.\\s*)?+");
    /** A space that tokenising put into {@code cm2} or {@code 17th}. */
    private static final Pattern TORN = Pattern.compile("(?<=\\b[ck]?m) (?=[23]\\b)|(?<=\\d) (?=(?:st|nd|rd|th)\\b)");

    /** Names of fields that the sets were published with. */
    static final List<String> ORIGINAL = List.of("Body", "Question", "Equation", "Answer", "Problem", "Rationale", "options", "correct");

    private Originals() {}

    /** Whether rows with these fields are SVAMP's or MathQA's, which are put together of several. */
    static boolean isOriginal(Set<String> names) {
        return names.containsAll(Form.SVAMP.fields) || names.containsAll(Form.MATHQA.fields);
    }

    /** How MathQA is asked. */
    public enum Asked {
        /** The options are part of the question, the answer is a letter: the set {@code mathqa}. */
        CHOICE,
        /** The answer is a number: the set {@code mathqa-numeric}. */
        NUMERIC
    }

    /**
     * What a file holds.
     *
     * @param name     the set: {@code gsm8k}, {@code svamp}, {@code mathqa}, {@code mathqa-numeric}, or {@code reft} for rows that are of
     *                 that form already
     * @param problems in the file's order
     * @param rows     rows in the file, those left out included
     */
    public record Converted(String name, List<Problem> problems, int rows) {}

    /**
     * Reads a file of any of these forms.
     *
     * @param cot    the solutions' form: SVAMP's equations become programs or lines of prose; the others' own are prose
     * @param mathqa how MathQA is asked
     */
    public static Converted read(Path file, SolutionFormat cot, Asked mathqa) {
        List<Row> rows = Rows.read(file, new Rows.Wanted(FIELDS, NUMBERS), fault -> {
            throw fault;
        });
        return rows.getFirst().fields().containsKey("answer_value") ? new Converted("reft", Datasets.read(file), rows.size())
                : of(rows, cot, mathqa);
    }

    /** The problems of rows that were read, which are of one of the published forms. */
    static Converted of(List<Row> rows, SolutionFormat cot, Asked mathqa) {
        Path file = rows.getFirst().file();
        Form form = Form.of(rows.getFirst());
        if (form != Form.SVAMP && cot == SolutionFormat.PYTHON) {
            throw new InputError("%s holds solutions in prose (%s), from which no programs can be made; use --cot nl.", file, form.name);
        }
        String name = form == Form.MATHQA && mathqa == Asked.NUMERIC ? "mathqa-numeric" : form.name;
        List<Problem> problems = new ArrayList<>();
        for (Row row : rows) {
            String id = name + "_" + (row.number() - rows.getFirst().number());
            Problem problem = switch (form) {
                case GSM8K -> gsm8k(row, id);
                case SVAMP -> svamp(row, id, cot);
                case MATHQA -> mathqa(row, id, mathqa);
            };
            if (problem == null) {
                continue;
            }
            if (!DataSet.of(id).accepts(problem.answer())) {
                throw row.fault(id, "\"" + problem.answer() + "\" is no answer of this set");
            }
            problems.add(problem);
        }
        if (problems.isEmpty()) {
            throw new InputError("%s has no row whose right option is a number.", file);
        }
        return new Converted(name, List.copyOf(problems), rows.size());
    }

    private enum Form {
        GSM8K("gsm8k", "question", "answer"), SVAMP("svamp", "Body", "Question", "Answer"),
        MATHQA("mathqa", "Problem", "options", "correct");

        final String name;
        final List<String> fields;

        Form(String name, String... fields) {
            this.name = name;
            this.fields = List.of(fields);
        }

        static Form of(Row row) {
            for (Form form : values()) {
                if (form.fields.stream().allMatch(name -> row.fields().containsKey(name) || row.wrong().containsKey(name))) {
                    return form;
                }
            }
            throw new InputError(
                    "%s is no set that is known: the first row has neither answer_value (ReFT), nor question and answer (GSM8K), "
                            + "nor Body, Question and Answer (SVAMP), nor Problem, options and correct (MathQA).",
                    row.file());
        }
    }

    private static Problem gsm8k(Row row, String id) {
        String text = field(row, id, "answer");
        int mark = text.lastIndexOf("####");
        if (mark < 0) {
            throw row.fault(id, "answer does not end in a line like \"#### 72\"");
        }
        String answer = text.substring(mark + 4).strip().replace(",", "");
        return new Problem(id, field(row, id, "question"), prose(MARK.matcher(text.substring(0, mark)).replaceAll(""), answer), answer);
    }

    private static Problem svamp(Row row, String id, SolutionFormat cot) {
        String body = field(row, id, "Body").strip();
        String question = body + (body.matches("(?s).*[.!?,]") ? " " : ", ") + field(row, id, "Question").strip();
        String answer = field(row, id, "Answer").strip();
        String equation = row.text(id, "Equation");
        String solution = equation == null ? null
                : cot == SolutionFormat.NL ? prose(equation.strip() + " = " + plain(answer), plain(answer))
                : "def solution():\n    \"\"\"" + question.replace("\\", "\\\\").replace("\"", "\\\"") + "\"\"\"\n    return "
                        + equation.strip();
        return new Problem(id, question, solution, answer);
    }

    private static Problem mathqa(Row row, String id, Asked asked) {
        String question = field(row, id, "Problem").strip();
        String options = field(row, id, "options").strip();
        String letter = field(row, id, "correct").strip().toLowerCase(Locale.ROOT);
        String answer = asked == Asked.CHOICE ? letter : number(option(row, id, options, letter));
        if (answer == null) {
            return null;
        }
        String rationale = Objects.requireNonNullElse(row.text(id, "Rationale"), "").strip().replaceAll("\\A\"|\"\\z", "");
        String reasoning = CHOSEN.matcher(rationale.strip()).replaceFirst("");
        return new Problem(id, asked == Asked.CHOICE ? question + "\n" + options : question,
                reasoning.isBlank() ? null : prose(reasoning, answer), answer);
    }

    /** The text of the option of that letter. */
    private static String option(Row row, String id, String options, String letter) {
        Matcher m = OPTION.matcher(options);
        for (boolean found = m.find(); found;) {
            boolean right = m.group(1).equals(letter);
            int start = m.end();
            found = m.find();
            if (right) {
                return options.substring(start, found ? m.start() : options.length()).replaceAll("[\\s'\"\\]]+\\z", "");
            }
        }
        throw row.fault(id, "there is no option \"" + letter + "\" in \"" + options + "\"");
    }

    /** The number that an option is, units and currency left out; null where it is none, or several. */
    private static String number(String option) {
        String text = TORN.matcher(BEFORE_NUMBER.matcher(option).replaceFirst("")).replaceAll("");
        Answer number = Reading.number(text).answer();
        return number == null ? null : number.toString();
    }

    private static String plain(String answer) {
        return answer.matches("-?\\d+\\.0+") ? answer.substring(0, answer.indexOf('.')) : answer;
    }

    private static String prose(String reasoning, String answer) {
        return reasoning.strip() + Template.ANSWER_LINE + answer;
    }

    private static String field(Row row, String id, String name) {
        String text = row.text(id, name);
        if (text == null) {
            throw row.fault(id, name + " is missing or empty");
        }
        return text;
    }
}
