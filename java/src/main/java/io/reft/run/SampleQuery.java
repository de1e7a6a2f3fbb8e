package io.reft.run;

import io.reft.reward.Score.Verdict;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Which samples are looked for; a {@link SampleBlock}'s header answers.
 *
 * @param verdicts one of these; none: any
 * @param least    lowest score
 * @param most     highest score
 * @param first    earliest iteration
 * @param last     latest iteration
 * @param item     {@code item_id} of the question; null: any
 * @param question what the question's text holds, in any case; null: anything
 */
public record SampleQuery(Set<Verdict> verdicts, double least, double most, int first, int last, String item, String question) {
    /** Every sample. */
    public static final SampleQuery ALL =
            new SampleQuery(EnumSet.noneOf(Verdict.class), Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0, Integer.MAX_VALUE, null,
                    null);

    /** Whether samples of the iteration are looked for. */
    public boolean accepts(int iteration) {
        return iteration >= first && iteration <= last;
    }

    /** Whether samples of the question are looked for. */
    public boolean accepts(SampleBlock.Question asked) {
        return (item == null || item.equals(asked.id())) && (question == null || holds(asked.text(), question));
    }

    /** Whether samples with such a verdict and score are looked for. */
    public boolean accepts(Verdict verdict, double score) {
        return (verdicts.isEmpty() || verdicts.contains(verdict)) && score >= least && score <= most;
    }

    /** Whether this sample of the block is looked for. */
    public boolean accepts(SampleBlock block, SampleBlock.Entry sample) {
        return accepts(block.iteration()) && accepts(sample.verdict(), sample.score()) && accepts(block.questions().get(sample.question()));
    }

    /** Whether a text holds another, in any case. */
    public static boolean holds(String text, String part) {
        return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
    }
}
