package io.reft.reward;

import io.reft.data.Problem;

/**
 * A completion to be scored.
 *
 * @param problem    the problem asked
 * @param completion what the model wrote, without prompt, head and EOS
 * @param finished   whether it ended by EOS, not at the length limit
 */
public record Attempt(Problem problem, String completion, boolean finished) {}
