package io.reft.python.runtime;

/**
 * The end of a run that no {@code except} of the program can catch: a budget is used up, or a construct is left out.
 */
public final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;
    /** Why a run ends. */
    public enum Kind { LIMIT, UNSUPPORTED }

    public final Kind kind;

    private Stop(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public static Stop limit(String budget) {
        return new Stop(Kind.LIMIT, budget);
    }

    public static Stop unsupported(String construct) {
        return new Stop(Kind.UNSUPPORTED, construct);
    }
}
