/**
 * How fast ops and whole tasks run, beside the floor that the machine sets them: what {@code reft bench} times.
 *
 * <p>{@link io.reft.bench.Work} counts the operations and bytes that a task cannot do without; {@link io.reft.bench.Ceilings} says what the
 * machine can do at best. Left out: micro-benchmarks of single calls, which are JMH's ({@code benchmarks/}).
 */
package io.reft.bench;
