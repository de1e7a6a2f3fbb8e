package io.reft.answer;

/**
 * How a text was understood.
 *
 * @param answer    the answer that it gives; null where it gives none
 * @param ambiguous whether it gives several answers that differ, which is none
 */
public record Reading(Answer answer, boolean ambiguous) {
    /** A text that gives no answer, or goes on in a way that leaves open which. */
    public static final Reading NONE = new Reading(null, false);
    /** A text that gives several answers. */
    public static final Reading SEVERAL = new Reading(null, true);

    /** A text that gives this answer. */
    public static Reading of(Answer answer) {
        return new Reading(answer, false);
    }

    /** Reads a number, written in any of the ways that {@link NumberReader} knows. */
    public static Reading number(String text) {
        return NumberReader.read(text);
    }

    /** Reads the number that a text begins with; what stands behind it may be anything but more of the number. */
    public static Reading leadingNumber(String text) {
        return NumberReader.readLeading(text);
    }

    /** Reads a choice letter, as {@link ChoiceReader} does. */
    public static Reading choice(String text) {
        return ChoiceReader.read(text);
    }

    /** Reads an answer of a set of numbers or of choices. */
    public static Reading of(String text, boolean choice) {
        return choice ? choice(text) : number(text);
    }
}
