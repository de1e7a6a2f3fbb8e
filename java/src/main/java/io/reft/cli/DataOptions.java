package io.reft.cli;

import io.reft.InputError;
import io.reft.answer.AnswerFormat;
import io.reft.data.Cot;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.Template;
import io.reft.reward.Audit;
import io.reft.reward.Reward;
import io.reft.reward.Verifier;
import io.reft.reward.python.CPython;
import io.reft.reward.python.Outcome;
import io.reft.reward.python.PythonInterpreter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How problems are put to the model and answers judged, for all commands that do so: {@code @Mixin DataOptions data}. */
final class DataOptions {
    @Option(names = "--cot", defaultValue = "python", paramLabel = "python|nl",
            description = "Solutions are Python programs or prose (default: ${DEFAULT-VALUE}).")
    Cot cot;

    @Option(names = "--verifier", defaultValue = "fixed", paramLabel = "fixed|paper",
            description = "Rules of the score; paper: the published ones, faults included (default: ${DEFAULT-VALUE}).")
    String verifier;

    @Option(names = "--answer-format", defaultValue = "paper", paramLabel = "paper|boxed|hash|final|auto",
            description = {"Where prose gives its answer: \"Therefore, the answer is: 7\"; the last \\boxed{7}; the line \"#### 7\"; "
                    + "\"Final answer: 7\" or \"**Answer:** 7\"; auto takes any, to evaluate and audit (default: ${DEFAULT-VALUE})."})
    String answerFormat;

    @Option(names = "--python", defaultValue = "own", paramLabel = "own|cpython",
            description = "What runs programs: reft's interpreter, or python3 in workers that can reach nothing, for sympy (default: ${DEFAULT-VALUE}).")
    Python python;

    /** What runs programs. */
    enum Python { OWN, CPYTHON }

    /** What runs programs, as the options ask. */
    Function<String, Outcome> programs() {
        return python == Python.CPYTHON && cot == Cot.PYTHON ? CPython.open("python3") : PythonInterpreter::run;
    }

    /** The reward that the options ask for. */
    Reward reward(Template template) {
        return Verifier.named(verifier, cot, template(template), programs());
    }

    /** A checkpoint's template, with answers where the options have them. */
    Template template(Template own) {
        return own.answering(format());
    }

    private AnswerFormat format() {
        AnswerFormat format = AnswerFormat.named(answerFormat);
        if (format != AnswerFormat.PAPER && cot == Cot.PYTHON) {
            throw new InputError("--answer-format %s is for prose, and a program's answer is what it returns: give --cot nl, or leave it out.", format);
        }
        if (format != AnswerFormat.PAPER && verifier.equals("paper")) {
            throw new InputError("--answer-format %s: the paper's verifier knows the paper's sentence alone; leave --verifier paper out.", format);
        }
        return format;
    }

    /** Refuses options that do not go together. */
    void check() {
        format();
    }

    /** Refuses besides what only {@code eval} and {@code audit} may do: who is rewarded, or probed, has one place for answers. */
    void checkStrict() {
        if (format() == AnswerFormat.AUTO) {
            throw new InputError("--answer-format auto is for eval and audit: give the one format that the model is to keep to, paper, boxed, hash or final.");
        }
    }

    /**
     * Looks at the gold solutions before they or their answers train a model: says on standard error how many do not score 1, and
     * refuses data on which more than half do not, since data and reward then do not belong together.
     */
    static void audit(Reward reward, Cot cot, Template template, List<Problem> problems, String what) {
        List<Problem> solved = problems.stream().filter(p -> p.cot() != null).toList();
        List<Audit.Failing> failing = Audit.of(solved, cot, template, reward).failing();
        if (failing.isEmpty()) return;
        Audit.Failing first = failing.getFirst();
        String count = String.format(Locale.ROOT, "%d of %d gold solutions of %s fail the audit, %s first (%s)", failing.size(), solved.size(), what, first.id(), first.why());
        if (2 * failing.size() > solved.size()) {
            throw new InputError("%s: data and reward do not belong together; are --cot and --verifier right? reft audit names the rows.", count);
        }
        System.err.println(count + "; reft audit names them all.");
    }

    /** The prompts of problems, those longer than {@code maxPrompt} tokens left out with a word about it. */
    static List<Prompt> prompts(Encoder encoder, List<Problem> problems, int maxPrompt, String what) {
        List<Prompt> all = problems.stream().map(encoder::prompt).toList();
        List<Prompt> kept = all.stream().filter(p -> p.ids().length <= maxPrompt).toList();
        if (kept.isEmpty()) {
            throw new InputError("%s has no prompt of at most %d tokens.", what, maxPrompt);
        }
        if (kept.size() < all.size()) {
            System.err.printf("%d of %d prompts of %s are longer than %d tokens and left out.%n", all.size() - kept.size(), all.size(), what, maxPrompt);
        }
        return kept;
    }
}
