package io.reft.train;

/**
 * The choices that make a policy-gradient method. {@link PolicyGradient} takes the step for all of them.
 *
 * @param advantages from scores to advantages
 * @param kl         the penalty for leaving the reference
 * @param clip       of the policy's ratio
 * @param values     how the value head is trained; null for a method without one
 * @param mean       how the losses of the actions are averaged
 */
public record Algorithm(Advantages advantages, Kl kl, Clip clip, Values values, Mean mean) {
    /**
     * The penalty for leaving the reference.
     *
     * @param beta  its weight; 0: none, and the reference is never asked
     * @param place in the reward of each action, as in PPO, or in the loss, as in GRPO
     */
    public record Kl(float beta, Place place) {
        /** Where the penalty stands. */
        public enum Place { REWARD, LOSS }
    }

    /** The ratio counts from {@code 1 - low} to {@code 1 + high}; DAPO raises {@code high} alone (arXiv 2503.14476). */
    public record Clip(float low, float high) {
        /** One bound on both sides, as in PPO. */
        public static Clip of(float epsilon) {
            return new Clip(epsilon, epsilon);
        }
    }

    /**
     * How the value head is trained.
     *
     * @param coef weight of the value loss
     * @param clip how far a value may move from the old one before its loss is cut
     */
    public record Values(float coef, float clip) {}

    /** How the losses of the actions are averaged. */
    public enum Mean {
        /** Over the actions of each completion, then over the completions: PPO, GRPO. A long completion's actions count less. */
        SEQUENCE,
        /** Over all actions of the minibatch: DAPO, RLOO. */
        TOKEN,
        /**
         * Over the completions, each action divided by the longest completion allowed: Dr. GRPO (arXiv 2503.20783), free of the bias by
         * length.
         */
        CONSTANT
    }

    /** ReFT's own, the paper's: generalised advantages, the penalty in the reward, values from a head on the policy. */
    public static Algorithm ppo(Gae gae, float beta, float clip, float valueCoef) {
        return new Algorithm(gae, new Kl(beta, Kl.Place.REWARD), Clip.of(clip), new Values(valueCoef, clip), Mean.SEQUENCE);
    }
}
