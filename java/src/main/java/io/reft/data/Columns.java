package io.reft.data;

import io.reft.Count;
import io.reft.InputError;
import io.reft.answer.AnswerFormat;
import io.reft.answer.Reading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which fields of a data file's rows hold what; null for what they do not hold.
 *
 * @param question the problem
 * @param input    what belongs to it, on a line of its own: Alpaca's {@code input}
 * @param solution a program or prose
 * @param answer   the answer alone; where it is more, it is taken for a solution that states it
 * @param id       a name of its own; without one a row is named after file and number
 */
public record Columns(String question, String input, String solution, String answer, String id) {
    private static final List<String> QUESTIONS =
            List.of("question", "problem", "instruction", "prompt", Rows.ASKED, "Question", "Problem"),
            SOLUTIONS = List.of("answer_cot", "solution", "rationale", "reasoning", "output", "completion", "response", Rows.ANSWERED),
            ANSWERS = List.of("answer_value", "answer", "final_answer", "result", "Answer"), IDS = List.of("item_id", "id", "ID");
    private static final String INPUT = "input";
    private static final Pattern MARK = Pattern.compile("<<[^<>]*+>>");
    /** A comma that may be a decimal one: 5,00 and 1.234,5. */
    private static final Pattern UNCLEAR = Pattern.compile("\\d+,\\d{1,2}|\\d{1,3}(?:\\.\\d{3})+,\\d+|\\d{1,3}(?:\\.\\d{3}){2,}");
    private static final String HASH = "####";
    private static final int MAX_ANSWER = 1000, MAX_TEXT = 50_000, SHOWN = 80;

    /** What {@code --fields} says: {@code question=Q,solution=S,answer=A,id=I}. */
    public static Columns parse(String text) {
        Map<String, String> given = new HashMap<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part.strip() : part.substring(0, equals).strip();
            String field = equals < 0 ? "" : part.substring(equals + 1).strip();
            if (!List.of("question", INPUT, "solution", "answer", "id").contains(name) || field.isEmpty()) {
                throw new InputError("--fields: \"%s\" is none of question=FIELD, input=FIELD, solution=FIELD, answer=FIELD and id=FIELD.",
                        part);
            }
            if (given.put(name, field) != null) {
                throw new InputError("--fields: %s is given twice.", name);
            }
        }
        if (!given.containsKey("question") || !given.containsKey("answer") && !given.containsKey("solution")) {
            throw new InputError("--fields needs question=FIELD, and answer=FIELD or solution=FIELD.");
        }
        return new Columns(given.get("question"), given.get(INPUT), given.get("solution"), given.get("answer"), given.get("id"));
    }

    /** Those that are known by their names, in the order of preference. */
    static Columns of(Path file, Set<String> names) {
        Columns fields = new Columns(first(QUESTIONS, names), first(List.of(INPUT), names), first(SOLUTIONS, names), first(ANSWERS, names),
                first(IDS, names));
        if (fields.question == null || fields.answer == null && fields.solution == null) {
            throw new InputError("%s has no field that is known for %s: name it with --fields question=...,answer=...", file,
                    fields.question == null ? "the question" : "the answer or the solution");
        }
        return fields;
    }

    private static String first(List<String> known, Set<String> names) {
        return known.stream().filter(names::contains).findFirst().orElse(null);
    }

    /** What is to be read of a file: the fields that are known by their names, or these. */
    static Rows.Wanted wanted(Columns own) {
        Set<String> names = new HashSet<>(), numbers = new HashSet<>();
        if (own == null) {
            for (List<String> known : List.of(QUESTIONS, SOLUTIONS, ANSWERS, IDS, List.of(INPUT, Rows.MESSAGES), Originals.ORIGINAL)) {
                names.addAll(known);
            }
            numbers.addAll(ANSWERS);
            numbers.addAll(IDS);
        } else {
            for (String name : new String[] {own.question, own.input, own.solution, own.answer, own.id}) {
                if (name != null) {
                    names.add(name);
                }
            }
            if (own.answer != null) {
                numbers.add(own.answer);
            }
            if (own.id != null) {
                numbers.add(own.id);
            }
        }
        return new Rows.Wanted(names, numbers);
    }

    /** The problem that a row holds; {@code stem} begins the name of one that has none. */
    Problem problem(Row row, String stem) {
        String id = row.text(null, this.id);
        if (id == null && this.id != null) {
            throw row.fault(null, "has no " + this.id);
        }
        id = id == null ? stem + "_" + row.number() : id;
        String question = row.text(id, this.question);
        if (question == null) {
            throw row.fault(id, this.question + " is missing or empty");
        }
        String more = row.text(id, input);
        question = more == null ? question : question.strip() + "\n" + more.strip();
        checkLength(row, id, this.question, question);
        String answer = row.text(id, this.answer), solution = row.text(id, this.solution);
        if (solution != null) {
            checkLength(row, id, this.solution, solution);
        }
        DataSet set = DataSet.of(id);
        if (answer != null && this.solution == null && (states(answer, set) || !set.accepts(answer) && Problem.isProgram(answer))) {
            solution = answer;
            answer = null;
        }
        if (answer == null) {
            return stated(row, set, id, question, solution);
        }
        check(row, set, id, answer);
        return new Problem(id, question, solution, answer);
    }

    private Problem stated(Row row, DataSet set, String id, String question, String solution) {
        if (solution == null) {
            throw row.fault(id, (answer != null ? answer : this.solution) + " is missing");
        }
        if (Problem.isProgram(solution)) {
            throw row.fault(id, "its solution is a program, and no field has the answer; name it with --fields answer=FIELD");
        }
        if (!states(solution, set) && set.accepts(solution)) {
            check(row, set, id, solution);
            return new Problem(id, question, null, solution.strip());
        }
        int hash = solution.lastIndexOf(HASH);
        Reading reading = hash >= 0 ? Reading.of(solution.substring(hash + HASH.length()).strip(), set.choice())
                : AnswerFormat.AUTO.read(solution, set.choice());
        if (reading.answer() == null) {
            throw row.fault(id, reading.ambiguous() ? "its solution states several answers"
                    : "its solution states no answer that can be read, such as \"#### 7\", \"\\boxed{7}\" or \"The answer is 7.\"");
        }
        String answer = hash >= 0 ? solution.substring(hash + HASH.length()).strip() : reading.answer().toString();
        check(row, set, id, answer);
        String prose = MARK.matcher(hash >= 0 ? solution.substring(0, hash) : solution).replaceAll("").strip();
        boolean reasoned = hash >= 0 ? !prose.isEmpty() : !AnswerFormat.AUTO.reasoning(prose).isBlank();
        return new Problem(id, question, !reasoned ? null : hash >= 0 ? prose + Template.ANSWER_LINE + answer : prose, answer);
    }

    /** Whether a text is more than an answer alone. */
    private static boolean states(String text, DataSet set) {
        return text.contains(HASH) || !AnswerFormat.AUTO.read(text, set.choice()).equals(Reading.NONE);
    }

    private static void checkLength(Row row, String id, String field, String text) {
        if (text.length() > MAX_TEXT) {
            throw row.fault(id,
                    String.format(Locale.ROOT, "%s has %,d characters; at most %,d can be read", field, text.length(), MAX_TEXT));
        }
    }

    private void check(Row row, DataSet set, String id, String answer) {
        String field = this.answer != null ? this.answer : "the answer";
        if (answer.length() > MAX_ANSWER) {
            throw row.fault(id, field + " has " + answer.length() + " characters; at most " + MAX_ANSWER + " can be an answer");
        }
        if (!set.choice() && UNCLEAR.matcher(answer.strip()).matches()) {
            throw row.fault(id,
                    field + " \"" + answer.strip() + "\" may be read in two ways; write the decimal point as a point, and thousands "
                            + "without any or between commas, as in 1,234.5");
        }
        if (!set.accepts(answer)) {
            throw row.fault(id, field + " \"" + InputError.printable(answer, SHOWN) + "\" is not "
                    + (set.choice() ? "one of the choices a to e" : "a number, as " + InputError.printable(set.name(), SHOWN) + " needs"));
        }
    }

    /** Whether they are those of the ReFT form, which need no word. */
    boolean isReft() {
        return "answer_value".equals(answer) && "item_id".equals(id) && "question".equals(question);
    }

    /** What was understood, in a sentence. */
    String understood(Path file, List<Problem> problems) {
        List<String> parts = new ArrayList<>();
        parts.add("question ← " + question + (input == null ? "" : " and " + input));
        parts.add("answer ← " + (answer != null ? answer : "what " + solution + " states"));
        boolean solved = problems.stream().anyMatch(p -> p.cot() != null);
        parts.add(!solved ? "no solutions" : "solutions ← " + (solution != null ? solution : answer));
        return Count.of(problems.size(), "question") + " from " + file + ": " + String.join(", ", parts) + ".";
    }
}
