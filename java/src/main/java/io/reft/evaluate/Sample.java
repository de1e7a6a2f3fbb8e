package io.reft.evaluate;

import io.reft.data.Problem;
import io.reft.reward.Score;
import io.reft.rollout.ScoredCompletion;

/**
 * One of several completions of a question, as evaluation keeps it.
 *
 * @param itemId     the question's
 * @param number     which of its samples, from 0
 * @param completion what the model wrote, without prompt, head and EOS
 * @param score      what it earned, with the answer that was read
 * @param rerank     a reranker's log-odds that it is right; null where none was asked
 */
public record Sample(String itemId, int number, String completion, Score score, Double rerank) {
    /** What a rollout gave. */
    public static Sample of(ScoredCompletion scored, int number) {
        return new Sample(scored.prompt().problem().id(), number, scored.text(), scored.score(), null);
    }

    /** What a question gets that is too long to be answered. */
    public static Sample unanswered(Problem problem, int number) {
        return new Sample(problem.id(), number, "", new Score(0, Score.Verdict.UNFINISHED, null), null);
    }

    /** This sample with a reranker's judgement. */
    public Sample ranked(double rerank) {
        return new Sample(itemId, number, completion, score, rerank);
    }
}
