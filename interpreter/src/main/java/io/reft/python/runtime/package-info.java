/**
 * Internal: the machine that runs instructions within a {@link io.reft.python.runtime.Budget}, the values of programs, and what the
 * language itself does with them: operators, comparison, iteration, subscripts, formatting, calls, exceptions. Values stand in
 * Java classes of their own ({@link io.reft.python.runtime.PyValue}) or in Java's (Long, BigInteger, Double, Boolean, String). Whatever
 * takes time or memory in proportion to its operands charges the machine before it does so. Built-in functions, methods and modules are
 * the {@link io.reft.python.runtime.Library}'s.
 */
package io.reft.python.runtime;
