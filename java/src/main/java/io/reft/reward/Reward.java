package io.reft.reward;

import io.reft.data.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Scores completions. Implementations are safe for several threads, and a score depends on the arguments alone. */
public interface Reward {
    /**
     * The score of one completion.
     *
     * @param completion what the model wrote, without prompt, head and EOS
     * @param finished   whether it ended by EOS, not at the length limit
     */
    Score score(Problem problem, String completion, boolean finished);

    /** The scores of many completions, in their order, worked out on the executor's threads. */
    default List<Score> scoreAll(List<Attempt> attempts, ExecutorService executor) {
        int chunk = 16; // enough work to outweigh the hand-over, few enough that one slow program holds up little
        List<Callable<List<Score>>> tasks = new ArrayList<>();
        for (int i = 0; i < attempts.size(); i += chunk) {
            List<Attempt> part = attempts.subList(i, Math.min(attempts.size(), i + chunk));
            tasks.add(() -> part.stream().map(a -> score(a.problem(), a.completion(), a.finished())).toList());
        }
        List<Score> scores = new ArrayList<>(attempts.size());
        try {
            for (Future<List<Score>> future : executor.invokeAll(tasks)) {
                scores.addAll(future.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException("interrupted while completions were scored", e);
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        }
        return scores;
    }
}
