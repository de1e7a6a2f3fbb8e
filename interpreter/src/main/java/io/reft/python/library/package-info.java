/**
 * Internal: Python's library as far as it goes here: built-in functions, constructors and methods of the built-in types, and modules, a
 * class each. The machine sees it as a {@link io.reft.python.library.StandardLibrary}. No function in it reads or writes anything
 * outside the program's own values.
 */
package io.reft.python.library;
