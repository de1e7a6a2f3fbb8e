package io.reft;

import io.reft.answer.Answer;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.generate.Completion;
import io.reft.reward.Score;
import io.reft.rollout.ScoredCompletion;
import io.reft.run.DrawnCompletions;
import io.reft.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Completions as a run draws them, made up. */
public final class DrawnSamples {
    private DrawnSamples() {}

    /** An iteration of so many completions in groups of two, each with text of its own. */
    public static DrawnCompletions of(Tokenizer tokenizer, int iteration, int count) {
        List<ScoredCompletion> scored = new ArrayList<>();
        Random random = new Random(iteration);
        int actions = 0;
        for (int i = 0; i < count; i++) {
            String text = "    a = " + random.nextInt(1000) + "\n    return a + " + i;
            int[] ids = tokenizer.encode(text);
            float[] logprobs = new float[ids.length];
            for (int t = 0; t < logprobs.length; t++) {
                logprobs[t] = -random.nextFloat();
            }
            actions += ids.length;
            Problem problem = new Problem("svamp_" + i / 2, "How many <b>pens</b> has Ann, who had " + i / 2 + "?", null, "7.0");
            boolean right = i % 3 == 0;
            scored.add(new ScoredCompletion(new Prompt(problem, "Q", "", new int[] {1, 5, 9}),
                    new Completion(ids, logprobs, null, i % 5 != 0), text,
                    new Score(right ? 1 : 0.1, right ? Score.Verdict.RIGHT : Score.Verdict.WRONG, Answer.of(right ? 7 : i))));
        }
        float[] advantages = new float[actions];
        for (int t = 0; t < actions; t++) {
            advantages[t] = t;
        }
        return new DrawnCompletions(iteration, 2, scored, null, advantages, tokenizer);
    }
}
