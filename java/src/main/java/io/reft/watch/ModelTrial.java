package io.reft.watch;

import io.reft.InputError;
import io.reft.answer.AnswerFormat;
import io.reft.answer.Reading;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.generate.Completion;
import io.reft.generate.Generator;
import io.reft.generate.Sampling;
import io.reft.kernels.Engine;
import io.reft.python.Outcome;
import io.reft.python.PythonInterpreter;
import io.reft.reward.Grading;
import io.reft.run.Journal;
import io.reft.run.ModelSettings;
import io.reft.run.Session;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A trained model that answers questions, one at a time: as it was trained to, greedily, its programs run in reft's own interpreter. */
public final class ModelTrial implements AutoCloseable {
    private final String name;
    private final Session session;
    private final Grading grading;
    private final Generator generator;

    /**
     * What came of a question.
     *
     * @param program the program that ran; null for prose
     * @param answer  what it gave; null where it gave nothing
     * @param why     why it gave nothing; null where it did
     */
    public record Result(String program, String answer, String why) {}

    private ModelTrial(Path model, Session session, Grading grading) {
        name = model.toAbsolutePath().normalize().getFileName().toString();
        this.session = session;
        this.grading = grading;
        generator = new Generator(session.transformer(), session.engine(), 1);
    }

    /**
     * Opens a model.
     *
     * @param engine what computes it
     * @throws InputError where it is none
     */
    public static ModelTrial open(Path model, Supplier<Engine> engine, Journal journal) {
        ModelSettings trained = ModelSettings.read(model);
        SolutionFormat format = trained.solutions() != null ? trained.solutions() : SolutionFormat.PYTHON;
        AnswerFormat answers = trained.answers() != null ? trained.answers() : AnswerFormat.PAPER;
        Session session = Session.open(model, engine, false, journal);
        return new ModelTrial(model, session, new Grading(format, answers, "fixed", PythonInterpreter::run));
    }

    /** The folder's name. */
    String name() {
        return name;
    }

    /**
     * Answers a question.
     *
     * @param text hears the answer as far as it is written, with the head of a program that the model was given, again and again
     * @throws InputError where the question leaves no room for an answer
     */
    synchronized Result answer(String question, Consumer<String> text) {
        Encoder encoder = session.encoder(grading);
        Problem problem = new Problem("question_1", question, null, "0");
        Prompt prompt = encoder.prompt(problem);
        int longest = session.length("", null, Session.LENGTH);
        if (prompt.ids().length >= longest) {
            throw new InputError("The question has %d tokens, which leaves no room for an answer within %d: ask a shorter one.",
                    prompt.ids().length, longest);
        }
        Completion completion = generator.generate(session.model().weights(),
                new Generator.Request(List.of(prompt.ids()), 1, longest, longest, 0, false), Sampling.GREEDY, done -> {},
                ids -> text.accept(prompt.head() + decoded(ids))).getFirst();
        String written = session.tokenizer().decode(completion.text());
        text.accept(prompt.head() + written);
        if (!completion.finished()) {
            return new Result(null, null, "The model came to no end within " + longest + " tokens.");
        }
        return grading.format() == SolutionFormat.PYTHON ? run(problem, written) : read(written);
    }

    private String decoded(int[] ids) {
        int end = ids.length > 0 && session.config().isEos(ids[ids.length - 1]) ? ids.length - 1 : ids.length;
        return session.tokenizer().decode(Arrays.copyOf(ids, end));
    }

    private Result run(Problem problem, String written) {
        Template template = grading.template(session.template());
        String program = template.program(problem, written);
        Outcome outcome = PythonInterpreter.run(program);
        return outcome.kind() == Outcome.Kind.OK ? new Result(program, outcome.value(), null)
                : new Result(program, null, switch (outcome.kind()) {
                    case LIMIT -> "It ran out of its budget: " + outcome.error() + ".";
                    case UNSUPPORTED -> "It uses a part of Python that is left out: " + outcome.error() + ".";
                    default -> outcome.error();
                });
    }

    private Result read(String written) {
        Reading reading = grading.answers().read(written, false);
        return reading.answer() != null ? new Result(null, reading.answer().toString(), null)
                : new Result(null, null, reading.ambiguous() ? "It gives several answers." : "It gives no answer that can be read.");
    }

    @Override
    public void close() {
        generator.close();
        session.close();
    }
}
