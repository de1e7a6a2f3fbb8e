package io.reft.python.runtime;

/**
 * A function that the program defined.
 *
 * @param initials        defaults of the last positional parameters
 * @param keywordInitials defaults of the keyword-only parameters; null where there is none
 * @param captured        the cells of enclosing functions' variables
 */
public record PyFunction(Code code, Object[] initials, Object[] keywordInitials, Cell[] captured) implements PyValue {
    /** A variable that several functions share; null while it is unbound. */
    static final class Cell {
        Object value;

        Cell(Object value) {
            this.value = value;
        }
    }

    /** The same function under another one's name. */
    public PyFunction named(Code other) {
        return new PyFunction(code.named(other.name(), other.qualname()), initials, keywordInitials, captured);
    }

    @Override
    public PyType type() {
        return PyType.FUNCTION;
    }
}
