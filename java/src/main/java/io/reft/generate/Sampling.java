package io.reft.generate;

/**
 * How tokens are drawn.
 *
 * @param temperature 0: the most likely token
 * @param topK        only the k most likely; 0: all
 * @param topP        only the most likely that together reach p; 1: all
 * @param seed        of the draws; a draw depends on (seed, sequence, position) alone
 */
public record Sampling(float temperature, int topK, float topP, long seed) {
    /** The most likely token, always. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

    /** The model's own distribution, as ReFT samples it. */
    public static Sampling plain(long seed) {
        return new Sampling(1, 0, 1, seed);
    }
}
