package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Cot;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import java.util.List;
import picocli.CommandLine.Option;

/** How problems are put to the model and answers judged, for all commands that do so: {@code @Mixin DataOptions data}. */
final class DataOptions {
    @Option(names = "--cot", defaultValue = "python", paramLabel = "python|nl",
            description = "Solutions are Python programs or prose (default: ${DEFAULT-VALUE}).")
    Cot cot;

    @Option(names = "--verifier", defaultValue = "fixed", paramLabel = "fixed|paper",
            description = "Rules of the score; paper: the published ones, faults included (default: ${DEFAULT-VALUE}).")
    String verifier;

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
