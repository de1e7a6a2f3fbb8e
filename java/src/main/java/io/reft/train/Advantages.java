package io.reft.train;

import io.reft.kernels.Kernels;

/**
 * From scores to advantages: what makes one policy-gradient method another. The update itself, {@link PolicyGradient}, is the same for
 * all.
 */
public interface Advantages {
    /**
     * What an action was worth.
     *
     * @param advantages by which its log-probability is to rise [A]
     * @param returns    what the value head is to learn [A]; null for a method without values
     */
    record Estimate(float[] advantages, float[] returns) {}

    /** Works out the advantages of a batch, whose rewards hold the KL penalty where the method has it there. */
    Estimate estimate(Kernels kernels, ActionBatch actions);
}
