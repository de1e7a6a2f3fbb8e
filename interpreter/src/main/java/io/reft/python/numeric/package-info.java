/**
 * Internal: elementary functions of doubles, to the bit as CPython has them from the C library on Linux, or correctly rounded. It knows
 * nothing of Python.
 */
package io.reft.python.numeric;
