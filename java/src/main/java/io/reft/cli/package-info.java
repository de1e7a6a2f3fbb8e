/**
 * The command line: one class a command, which parses, calls and prints. The only room that prints and the only one that knows picocli.
 *
 * <p>Options that several commands share are mixins ({@code DataOptions}, {@code EngineOptions}, {@code OptimizerOptions}, {@code
 * SelectionOptions}, {@code TargetOptions}, {@code RecipeOption}). {@code Console} shows a run's journal; {@code Main} turns what commands
 * throw into one sentence and an exit code.
 *
 * <p>Left out: everything that could be wanted from Java as well. Training is in {@code run}, whole tables in {@code reproduce}, timings in
 * {@code bench}.
 */
package io.reft.cli;
