/**
 * Internal: text to tokens ({@link io.reft.python.syntax.Lexer}) to a syntax tree ({@link io.reft.python.syntax.Parser},
 * {@link io.reft.python.syntax.Syntax}) by the grammar of Python 3.11, and the names that each function binds. Constants in the tree are
 * the runtime's values, and errors its exceptions. What the grammar has and the interpreter has not is refused here by name.
 */
package io.reft.python.syntax;
