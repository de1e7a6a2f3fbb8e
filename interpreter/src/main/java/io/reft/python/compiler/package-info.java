/**
 * Internal: a syntax tree to the instructions of the runtime ({@link io.reft.python.runtime.Op}), one
 * {@link io.reft.python.runtime.Code} a function. Nothing is optimised.
 */
package io.reft.python.compiler;
