package io.reft.data;

import io.reft.Count;
import io.reft.InputError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A training set and a development set made from it, on which checkpoints are chosen so that the test set is looked at only
 * once. Both keep the order of the rows. Rows that ask the same question stay on one side.
 *
 * @param train what is trained on
 * @param dev   what is set aside
 * @param seed  what it was drawn with
 */
public record Split(List<Problem> train, List<Problem> dev, long seed) {
    /** Sets about {@code size} problems aside (at least as many, by the few that share a question). */
    public static Split of(List<Problem> problems, int size, long seed) {
        List<String> questions = new ArrayList<>(new LinkedHashSet<>(problems.stream().map(Problem::question).toList()));
        if (size < 1 || size >= questions.size()) {
            throw new InputError("a development split of %s cannot be taken from %s: training needs some as well.",
                    Count.of(size, "problem"), Count.of(questions.size(), "distinct question"));
        }
        Collections.shuffle(questions, new Random(seed));
        Set<String> drawn = new HashSet<>(questions.subList(0, size));
        List<Problem> train = new ArrayList<>();
        List<Problem> dev = new ArrayList<>();
        for (Problem problem : problems) {
            (drawn.contains(problem.question()) ? dev : train).add(problem);
        }
        return new Split(List.copyOf(train), List.copyOf(dev), seed);
    }

    /** How the split came about, in a sentence for the run's records. */
    public String statement() {
        return String.format(java.util.Locale.ROOT, "development split: %d of %s, drawn with seed %d", dev.size(),
                Count.of(dev.size() + train.size(), "training row"), seed);
    }
}
