package io.reft.answer;

/**
 * A value as a text gives it.
 *
 * @param value   exactly
 * @param places  decimals that it was given with, or {@link Numeral#EXACT}
 * @param kind    how it was written
 * @param percent with a percent sign
 * @param signed  with a sign of its own
 * @param money   with a currency
 */
record Form(Rational value, int places, Kind kind, boolean percent, boolean signed, boolean money) {
    /** How a value is written. */
    enum Kind {
        /** In digits. */
        NUMERAL,
        /** As a power of ten, {@code 10^3}: a number, and the second factor of one. */
        POWER_OF_TEN,
        /** As a fraction, a power, a numeral times a power of ten. */
        NUMBER,
        /** As a sum or product that was left to be worked out. */
        EXPRESSION
    }

    /** A value that was written in this way. */
    static Form of(Rational value, int places, Kind kind) {
        Unreadable.unless(value != null);
        return new Form(value, places, kind, false, false, false);
    }

    /** Whether it is a number, not an expression. */
    boolean isNumber() {
        return kind != Kind.EXPRESSION;
    }

    /** Whether so many digits that count were given behind the point. */
    boolean hasDigits(int digits) {
        return places == Numeral.EXACT
                || places >= digits && Math.abs(value.doubleValue()) * Math.pow(10, places) >= Math.pow(10, digits - 1);
    }

    Form plus(Form other) {
        return with(other, value.plus(other.value), Kind.EXPRESSION);
    }

    Form times(Form other) {
        boolean scientific = kind == Kind.NUMERAL && other.kind == Kind.POWER_OF_TEN;
        return with(other, value.times(other.value), scientific ? Kind.NUMBER : Kind.EXPRESSION);
    }

    /** A fraction where both are numerals and a stroke is between them. */
    Form over(Form other, boolean stroke) {
        boolean fraction = stroke && kind == Kind.NUMERAL && other.kind == Kind.NUMERAL && !other.signed && !other.money;
        return with(other, value.over(other.value), fraction ? Kind.NUMBER : Kind.EXPRESSION);
    }

    private Form with(Form other, Rational result, Kind how) {
        Unreadable.unless(!percent && !other.percent);
        Form form = of(result, Numeral.EXACT, how);
        return new Form(form.value, form.places, how, false, signed, money || other.money);
    }

    Form negated() {
        Unreadable.unless(!signed); // --3
        return new Form(value.negated(), places, kind, percent, true, money);
    }

    Form asMoney() {
        return new Form(value, places, kind, percent, signed, true);
    }

    Form asPercent() {
        Unreadable.unless(!percent);
        return new Form(value, places, kind, true, signed, money);
    }

    /** So many times as much. */
    Form scaled(long scale) {
        Unreadable.unless(!percent);
        int zeros = (int) Math.log10(scale);
        Form scaled = of(value.times(Rational.of(scale)), places == Numeral.EXACT ? places : Math.max(0, places - zeros),
                isNumber() ? Kind.NUMBER : kind);
        return new Form(scaled.value, scaled.places, scaled.kind, false, signed, money);
    }

    private Form share() {
        Rational share = value.over(Rational.HUNDRED);
        return of(share, places == Numeral.EXACT ? places : places + 2, kind);
    }

    /**
     * What a text says that gives this form and another: the number rather than an expression, and of numbers the one that is rounded
     * less. A percentage beside a plain number is what that one says.
     */
    Form and(Form other) {
        if (percent == other.percent) {
            if (!agrees(this, other)) {
                throw Unreadable.several();
            }
            boolean first = isNumber() != other.isNumber() ? isNumber() : places >= other.places;
            return first ? this : other;
        }
        Form share = percent ? this : other, plain = percent ? other : this;
        if (!agrees(share, plain) && !agrees(share.share(), plain)) {
            throw Unreadable.several();
        }
        return plain.isNumber() ? plain : share;
    }

    /** Whether forms are of one value, exactly, or as answers where one is rounded more than the other. */
    private static boolean agrees(Form one, Form other) {
        if (one.value.equals(other.value) || one.places == other.places) {
            return one.value.equals(other.value);
        }
        double a = one.value.doubleValue(), b = other.value.doubleValue();
        return Answer.close(a, b) && Answer.close(b, a);
    }

    /** This number as an answer. */
    Answer answer() {
        double number = value.doubleValue();
        boolean held = Double.isFinite(number) && (number != 0 || value.top().signum() == 0);
        Unreadable.unless(isNumber() && held);
        return new Answer(null, number, value.isWhole() ? value.top() : null, percent);
    }
}
