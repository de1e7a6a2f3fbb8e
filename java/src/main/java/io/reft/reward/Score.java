package io.reft.reward;

import io.reft.answer.Answer;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a completion earned. A score is given once a completion; rewards, advantages and returns are made from it later.
 *
 * @param value   1 for a right answer, {@link #PARTIAL} for a wrong one of the right type in a numeric set, otherwise 0
 * @param verdict why
 * @param answer  the final answer that was read, even where it earned nothing; null where there is none
 * @param refused the part of Python that the program used and the interpreter leaves out, such as {@code import numpy}; null where
 *                it used none
 */
public record Score(double value, Verdict verdict, Answer answer, String refused) {
    /** The score of a wrong answer, where a number was asked for and a number was given. */
    public static final double PARTIAL = 0.1;

    /** A score with nothing refused. */
    public Score(double value, Verdict verdict, Answer answer) {
        this(value, verdict, answer, null);
    }

    /** How many programs were refused for each part of Python that the interpreter leaves out. */
    public static Map<String, Integer> refused(Collection<Score> scores) {
        Map<String, Integer> counts = new TreeMap<>();
        for (Score score : scores) {
            if (score.refused != null) {
                counts.merge(score.refused, 1, Integer::sum);
            }
        }
        return counts;
    }

    /** Whether the final answer is the gold one and was arrived at properly. */
    public boolean right() {
        return verdict == Verdict.RIGHT;
    }

    /** Why a completion got its score. */
    public enum Verdict {
        /** The final answer is the gold one. */
        RIGHT,
        /** An answer of the right type, but not the gold one. */
        WRONG,
        /** No final answer of the right type. */
        NO_ANSWER,
        /** Several final answers that differ. */
        AMBIGUOUS,
        /** A final answer in prose with no reasoning before it. */
        NO_REASONING,
        /** Cut at the length limit, so that what stands last need not be final. */
        UNFINISHED,
        /** The program raised an exception or is no Python. */
        PROGRAM_ERROR,
        /** The program ran out of its budget of steps or memory. */
        PROGRAM_LIMIT,
        /** The program uses Python that the interpreter does not know. */
        PROGRAM_UNSUPPORTED
    }
}
