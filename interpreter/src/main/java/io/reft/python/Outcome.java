package io.reft.python;

import io.reft.python.runtime.BigInts;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.OptionalDouble;

/**
 * What a program did. Texts of more than {@link #LONGEST} characters are cut there, and end with {@code …}.
 *
 * @param kind  whether it returned a value, raised an exception, ran out of a budget, or used what is not supported
 * @param type  the returned value's type by Python's name for it ({@code int}, {@code float}, {@code str}, …);
 *              null unless {@code OK}
 * @param value the returned value's {@code repr}, equal to CPython's to the last digit; null unless {@code OK}
 * @param error null if {@code OK}; the exception as CPython words it ({@code ZeroDivisionError: division by zero}),
 *              or the budget's name, or the construct's
 */
public record Outcome(Kind kind, String type, String value, String error) {
    /** How a program ended. */
    public enum Kind {
        /** The function returned. */
        OK,
        /** An exception left the program, or the source is not Python. */
        ERROR,
        /** A budget of {@link Limits} was used up. */
        LIMIT,
        /** The program uses a part of Python that is left out here. */
        UNSUPPORTED
    }

    /** The longest value or message in characters. */
    public static final int LONGEST = 1 << 16;

    /** Cuts what is too long. */
    public Outcome {
        type = cut(type);
        value = cut(value);
        error = cut(error);
    }

    private static String cut(String text) {
        if (text == null || text.length() <= LONGEST) {
            return text;
        }
        int end = LONGEST - 1;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }

    /** A value that was returned. */
    public static Outcome ok(String type, String value) {
        return new Outcome(Kind.OK, type, value, null);
    }

    /**
     * The returned value as a double, correctly rounded. Present for {@code int}, {@code float}, {@code Fraction}
     * and {@code Decimal}
     * (a {@code bool} is not a number); absent for all else, and for an integer that is beyond every double.
     */
    public OptionalDouble number() {
        if (kind != Kind.OK) {
            return OptionalDouble.empty();
        }
        switch (type) {
            case "float":
                return OptionalDouble.of(switch (value) {
                    case "nan" -> Double.NaN;
                    case "inf" -> Double.POSITIVE_INFINITY;
                    case "-inf" -> Double.NEGATIVE_INFINITY;
                    default -> Double.parseDouble(value);
                });
            case "int":
                return finite(new BigDecimal(value).doubleValue());
            case "Decimal":
                return finite(new BigDecimal(value.substring("Decimal('".length(), value.length() - 2)).doubleValue());
            case "Fraction": {
                String[] parts = value.substring("Fraction(".length(), value.length() - 1).split(", ");
                return finite(BigInts.quotient(new BigInteger(parts[0]), new BigInteger(parts[1])));
            }
            default:
                return OptionalDouble.empty();
        }
    }

    private static OptionalDouble finite(double x) {
        return Double.isInfinite(x) ? OptionalDouble.empty() : OptionalDouble.of(x);
    }
}
