/**
 * Runs programs of a part of Python within budgets and without any way out: {@link io.reft.python.PythonInterpreter} takes the source,
 * {@link io.reft.python.Outcome} says how it ended, {@link io.reft.python.Limits} what it may spend. This package is all that other
 * modules may use; the packages below it are the interpreter's own and change without notice.
 */
package io.reft.python;
