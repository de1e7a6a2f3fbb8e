/**
 * One step of each kind of training: the loss, its gradient, the optimizer.
 *
 * <p>{@link io.reft.train.Learner} runs forward and backward passes within a budget of tokens and steps {@link io.reft.train.AdamW}. On it
 * stand {@link io.reft.train.Sft}, {@link io.reft.train.PolicyGradient}, {@link io.reft.train.SelfTraining} and {@link
 * io.reft.train.RerankerTraining}. A new policy-gradient method is one implementation of {@link io.reft.train.Advantages}.
 *
 * <p>Left out: loops, files and judgements ({@code run}), sampling ({@code rollout}).
 */
package io.reft.train;
