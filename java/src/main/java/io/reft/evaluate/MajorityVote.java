package io.reft.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * The answer that most samples of one question agree on.
 *
 * @param winner the answer, as its first sample gave it
 * @param votes  how many samples gave it
 * @param cast   how many samples gave any answer
 * @param <A>    the answers' type
 */
public record MajorityVote<A>(A winner, int votes, int cast) {
    /**
     * Counts the votes; empty where no sample has an answer. Each answer joins the first group whose first member it equals, since
     * "equal within a tolerance" makes no groups by itself. A tie goes to the group seen first.
     *
     * @param answers the samples' answers in their order; null where a sample has none
     * @param same    whether an answer (second) is the same as a group's first (first)
     */
    public static <A> Optional<MajorityVote<A>> of(List<? extends A> answers, BiPredicate<? super A, ? super A> same) {
        List<A> groups = new ArrayList<>();
        List<Integer> votes = new ArrayList<>();
        int cast = 0;
        for (A answer : answers) {
            if (answer == null) {
                continue;
            }
            cast++;
            int group = 0;
            while (group < groups.size() && !same.test(groups.get(group), answer)) {
                group++;
            }
            if (group == groups.size()) {
                groups.add(answer);
                votes.add(0);
            }
            votes.set(group, votes.get(group) + 1);
        }
        int best = 0;
        for (int group = 1; group < groups.size(); group++) {
            if (votes.get(group) > votes.get(best)) {
                best = group;
            }
        }
        return groups.isEmpty() ? Optional.empty() : Optional.of(new MajorityVote<>(groups.get(best), votes.get(best), cast));
    }
}
