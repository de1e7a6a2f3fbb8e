package io.reft.python.runtime;

/**
 * A compiled function, or the program's top level.
 *
 * @param name      as it was defined; {@code qualname} with the functions around it, as messages show it
 * @param code      instructions: {@link Op} in the low 8 bits, its argument in the others
 * @param constants what instructions refer to, and {@code names} likewise
 * @param variables the local variables' names, parameters first, then the others; captured ones included
 * @param slots     how many values a frame holds: variables and the expression stack
 * @param cells     slots of parameters that inner functions share, and have to be put into cells at the call
 * @param owned     slots of other variables that inner functions share
 * @param captured  slots that take the enclosing function's cells; {@code sources} are its slots they come from
 * @param positional number of positional parameters; {@code positionalOnly} of them have no name for callers
 * @param args      slot of {@code *args} or -1; {@code keywords} of {@code **kwargs} or -1
 */
public record Code(String name, String qualname, int[] code, Object[] constants, String[] names, String[] variables, int slots,
                   int[] cells, int[] owned, int[] captured, int[] sources, int positional, int positionalOnly,
                   int keywordOnly, int args, int keywords, boolean generator) {
    /** The same under another function's name. */
    Code named(String otherName, String otherQualname) {
        return new Code(otherName, otherQualname, code, constants, names, variables, slots, cells, owned, captured, sources,
                positional, positionalOnly, keywordOnly, args, keywords, generator);
    }

    /** What one call costs: a frame, and a pass through the code. */
    int cost() {
        return 1 + (code.length + slots >> 4);
    }
}
