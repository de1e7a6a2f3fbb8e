/**
 * Training runs, without a command line: what they are told, the loops, what they leave behind, and how they go on.
 *
 * <p>{@link io.reft.run.SupervisedRun}, {@link io.reft.run.ReinforcementRun}, {@link io.reft.run.SelfTrainingRun} and {@link
 * io.reft.run.RerankerRun} each read from top to bottom: open the checkpoint ({@link io.reft.run.Session}), make the examples or prompts,
 * train. They share two loops: {@code EpochLoop} passes over fixed examples, {@code RolloutLoop} draws completions anew in every iteration.
 * A {@link io.reft.run.TrainingRun} has the folder, the {@link io.reft.run.Journal}, the state from which it can go on, and Ctrl-C.
 *
 * <ul>
 * <li>A new way to follow a run (a file, a page, a protocol): one {@link io.reft.run.Journal.Listener}.
 * <li>Something to look at between steps: one {@link io.reft.run.Watcher}.
 * </ul>
 *
 * <p>Left out: the arithmetic of a step ({@code train}), how answers are counted ({@code evaluate}).
 */
package io.reft.run;
