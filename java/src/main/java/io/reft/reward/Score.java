package io.reft.reward;

/**
 * What a completion earned. A score is given once a completion; rewards, advantages and returns are made from it later.
 *
 * @param value   1 for a right answer, {@link #PARTIAL} for a wrong one of the right type in a numeric set, otherwise 0
 * @param verdict why
 * @param answer  the final answer that was read, even where it earned nothing; null where there is none
 */
public record Score(double value, Verdict verdict, Answer answer) {
    /** The score of a wrong answer, where a number was asked for and a number was given. */
    public static final double PARTIAL = 0.1;

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
