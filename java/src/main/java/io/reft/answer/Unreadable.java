package io.reft.answer;

/** Thrown within the readers where a text gives no answer, or several. */
final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;

    final transient Reading reading;

    private Unreadable(Reading reading) {
        super(null, null, false, false); // most samples of a young model end here: no stack trace
        this.reading = reading;
    }

    /** The text gives no answer for certain. */
    static Unreadable text() {
        return new Unreadable(Reading.NONE);
    }

    /** Stops at what cannot be read. */
    static void unless(boolean readable) {
        if (!readable) {
            throw text();
        }
    }

    /** The text gives answers that differ. */
    static Unreadable several() {
        return new Unreadable(Reading.SEVERAL);
    }
}
