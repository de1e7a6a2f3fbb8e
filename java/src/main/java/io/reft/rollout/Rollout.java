package io.reft.rollout;

import io.reft.data.Prompt;
import io.reft.generate.Completion;
import io.reft.generate.Generator;
import io.reft.generate.Sampling;
import io.reft.model.Weights;
import io.reft.reward.Attempt;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.IntConsumer;

/**
 * Prompts in, scored completions out: what training, self-training and evaluation all do.
 *
 * @param generator    writes the completions
 * @param tokenizer    decodes them
 * @param reward       scores them
 * @param executor     on whose threads
 * @param maxNewTokens most tokens of a completion
 * @param maxTokens    most tokens of prompt and completion
 */
public record Rollout(Generator generator, Tokenizer tokenizer, Reward reward, ExecutorService executor, int maxNewTokens, int maxTokens)
        implements AutoCloseable {
    /**
     * {@code samples} scored completions of each prompt, in order.
     *
     * @param firstSequence number of the first completion, for the random draws
     * @param progress      told how many completions are written
     */
    public List<ScoredCompletion> run(Weights weights, List<Prompt> prompts, int samples, Sampling sampling, long firstSequence,
            IntConsumer progress) {
        List<Completion> completions =
                generator.generate(weights, new Generator.Request(prompts.stream().map(Prompt::ids).toList(), samples,
                        maxNewTokens, maxTokens, firstSequence, false), sampling, progress);
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < completions.size(); i++) {
            Completion c = completions.get(i);
            attempts.add(new Attempt(prompts.get(i / samples).problem(), tokenizer.decode(c.text()), c.finished()));
        }
        List<Score> scores = reward.scoreAll(attempts, executor);
        List<ScoredCompletion> scored = new ArrayList<>();
        for (int i = 0; i < completions.size(); i++) {
            scored.add(new ScoredCompletion(prompts.get(i / samples), completions.get(i), attempts.get(i).completion(), scores.get(i)));
        }
        return scored;
    }

    @Override
    public void close() {
        generator.close();
    }
}
