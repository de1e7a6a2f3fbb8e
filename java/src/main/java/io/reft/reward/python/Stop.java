package io.reft.reward.python;

/**
 * The end of a run that no {@code except} of the program can catch: a budget is used up, or a construct is left out.
 */
final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;
    final Outcome.Kind kind;

    private Stop(Outcome.Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    static Stop limit(String budget) {
        return new Stop(Outcome.Kind.LIMIT, budget);
    }

    static Stop unsupported(String construct) {
        return new Stop(Outcome.Kind.UNSUPPORTED, construct);
    }
}
