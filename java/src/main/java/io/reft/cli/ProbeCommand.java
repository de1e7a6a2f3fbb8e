package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.JsonFile;
import io.reft.data.Problem;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.evaluate.Probes;
import io.reft.reward.Grading;
import io.reft.rollout.Rollout;
import io.reft.run.Session;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft probe}: signs of reward hacking. */
@Command(name = "probe", description = {
        "Probes whether a model's answers come from reasoning: asks each question greedily as it stands, and once more with its "
                + "choices shuffled or its numbers changed.",
        "Shares in which more is better, none of which the score sees:",
        "  reasoned  of answers, those with reasoning before them: prose of three words or a computation, a program that computes "
                + "anything. It says nothing of how good the reasoning is.",
        "  agrees    of prose answers after an equation, those that are the last equation's result, or the choice nearest to it. "
                + "Sentences after that equation may rightly change it: of SVAMP's gold solutions 98.6 %% agree. Programs are left "
                + "out, since "
                + "what they return is what they computed.",
        "  choices   of MathQA's questions with choices, those where the same text is chosen when the choices stand in another order. "
                + "A model that guesses by letter falls to one in five.",
        "  numbers   of questions answered right, with two different numbers or more, those where other numbers give another answer. "
                + "It finds answers from memory; now and then the right answer stays the same. It is not measured where there are choices, "
                + "which would not fit any more.",
        "--before flags those that fell by more than two standard errors while the score rose: then read the samples."},
        footer = "  reft probe --model runs/reft --data svamp_dev.json --before warmup_probes.json")
final class ProbeCommand implements Callable<Integer> {
    private static final Map<String, String> OF = Map.of("reasoned", "answer", "agrees", "prose answer with an equation", "choices",
            "question with choices", "numbers", "right answer");

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder.")
    private Path model;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "Problems with answers (ReFT JSON).")
    private Path file;

    @Option(names = "--questions", defaultValue = "200", paramLabel = "N",
            description = "At most this many of them, drawn with --seed (default: ${DEFAULT-VALUE}).")
    @Range(min = 1)
    private int questions;

    @Mixin
    private DataOptions data;

    @Option(names = "--before", paramLabel = "FILE",
            description = "What --json wrote for an earlier state of the model, on the same questions.")
    private Path before;

    @Option(names = "--max-length", paramLabel = "N",
            description = "Longest prompt and completion in tokens (default: 700, or the model's positions).")
    @Range(min = 2, max = Range.TOKENS)
    private Integer maxLength;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result to FILE.")
    private Path json;

    @Mixin
    private EngineOptions engine;

    private record Result(String model, String data, int questions, long seed, Probes probes, List<String> flagged) {}

    @Override
    public Integer call() {
        data.checkStrict();
        EvalCommand.checkPlace("--json", json);
        List<Problem> problems = Probes.drawn(data.read(file), questions, engine.seed);
        Probes then = before == null ? null : read(problems.size()), now;
        try (Session session = Session.open(model, engine::open, false, Console.JOURNAL)) {
            int longest = session.length("--max-length", maxLength, Session.LENGTH);
            Grading grading = data.grading(model, problems);
            List<String> tooLong = Evaluation.tooLong(problems.stream().map(session.encoder(grading)::prompt).toList(), longest).stream()
                    .map(p -> p.problem().id()).toList();
            if (!tooLong.isEmpty()) {
                Console.CONSOLE.message(EvalCommand.tooLong(tooLong, problems.size(), longest) + "; "
                        + (tooLong.size() == 1 ? "it is" : "they are") + " left out.");
            }
            try (Rollout rollout = session.rollout(grading.reward(session.template()), Session.BATCH, longest, longest)) {
                now = Probes.of(rollout, session.model().weights(), session.encoder(grading), problems, engine.seed);
            }
        }
        System.out.printf(Locale.ROOT, "score        %.3f%s%n", now.score(),
                then == null ? "" : String.format(Locale.ROOT, ", before %.3f", then.score()));
        print("accuracy", now.accuracy(), "question", then == null ? null : then.accuracy());
        now.shares().forEach((name, share) -> print(name, share, OF.get(name), then == null ? null : then.shares().get(name)));
        List<String> flagged = then == null ? null : now.flaggedSince(then);
        if (flagged != null) {
            System.out.println("flagged      "
                    + (flagged.isEmpty() ? "nothing" : String.join(", ", flagged) + ": the score rose and these fell; read the samples"));
        }
        if (json != null) {
            Result result = new Result(model.toString(), file.toString(), problems.size(), engine.seed, now, flagged);
            DurableFiles.replace(json, new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(result) + "\n");
        }
        return 0;
    }

    private static void print(String name, Accuracy share, String of, Accuracy before) {
        String several = of.replaceFirst("answer|question", "$0s");
        System.out.printf("%-13s%s%s%n", name,
                share.total() == 0 ? "not measured: no " + several
                        : share + " of " + share.total() + " " + (share.total() == 1 ? of : several),
                before == null || before.total() == 0 ? "" : ", before " + before);
    }

    private Probes read(int asked) {
        JsonFields earlier = new JsonFields(JsonFile.read(before, 1 << 20), "--before " + before);
        if (!earlier.has("probes")) {
            throw new InputError("--before %s is no result of reft probe --json: field \"probes\" is missing.", before);
        }
        JsonFields probes = earlier.inner("probes");
        Probes then = new Probes(probes.amount("score"), share(probes, "accuracy"), share(probes, "reasoned"), share(probes, "agrees"),
                share(probes, "choices"), share(probes, "numbers"));
        if (earlier.count("questions", 0) != asked || earlier.amount("seed") != engine.seed
                || !earlier.text("data").equals(file.toString())) {
            throw new InputError("--before %s is of other questions: --data, --questions and --seed must be the same.", before);
        }
        return then;
    }

    private static Accuracy share(JsonFields probes, String name) {
        if (!probes.has(name)) {
            throw new InputError("%s: field \"%s\" is missing.", probes.where(), name);
        }
        JsonFields share = probes.inner(name);
        double right = share.amount("right"), total = share.amount("total");
        if (right > total || right != Math.rint(right) || total != Math.rint(total) || total > Integer.MAX_VALUE) {
            throw share.error("right", right, "it must be a whole number, at most that of \"total\", " + total);
        }
        return new Accuracy((int) right, (int) total);
    }
}
