package io.reft.cli;

import io.reft.InputError;
import java.lang.reflect.Field;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * How numbers and paths are read on the command line, and that each number lies in its option's {@link Range}. Java's own spellings
 * (NaN, Infinity, hexadecimal) are no numbers here. A whole number that is too large for its type becomes the largest
 * one, which its range judges.
 */
final class Ranges {
    private static final Pattern WHOLE = Pattern.compile("[+-]?\\d{1,1000}"),
            DECIMAL = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d{1,9})?");
    private static final int SHOWN = 60;

    private Ranges() {}

    /** Has a command line read numbers and paths so. */
    static void register(CommandLine line) {
        ITypeConverter<Integer> whole = text -> (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
        ITypeConverter<Long> wide = text -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
        ITypeConverter<Float> single = text -> (float) decimal(text, Float.parseFloat(checked(text)));
        ITypeConverter<Double> twice = text -> decimal(text, Double.parseDouble(checked(text)));
        line.registerConverter(int.class, whole).registerConverter(Integer.class, whole).registerConverter(long.class, wide)
                .registerConverter(Long.class, wide)
                .registerConverter(float.class, single).registerConverter(Float.class, single).registerConverter(double.class, twice)
                .registerConverter(Double.class, twice).registerConverter(Path.class, Ranges::path);
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + InputError.printable(text, SHOWN) + "' is not a path");
        }
    }

    private static long whole(String text, long least, long most) {
        if (!WHOLE.matcher(text).matches()) {
            throw new TypeConversionException("'" + InputError.printable(text, SHOWN) + "' is not a whole number");
        }
        return new BigInteger(text).max(BigInteger.valueOf(least)).min(BigInteger.valueOf(most)).longValueExact();
    }

    private static String checked(String text) {
        if (!DECIMAL.matcher(text).matches()) {
            throw new TypeConversionException("'" + InputError.printable(text, SHOWN) + "' is not a number");
        }
        return text;
    }

    private static double decimal(String text, double value) {
        if (value == 0 && text.replaceFirst("[eE].*", "").matches(".*[1-9].*")) {
            throw new TypeConversionException("'" + InputError.printable(text, SHOWN) + "' is so near to 0 that it cannot be told from it");
        }
        return value;
    }

    /** @throws InputError where an option's value, given or by default, lies out of its range */
    static void check(CommandSpec command) {
        for (OptionSpec option : command.options()) {
            Range range = of(option);
            if (range != null && option.getValue() != null) {
                for (double value : values(option.getValue())) {
                    if (!holds(range, value)) {
                        throw new InputError("%s is %s; it must be %s.", option.longestName(), given(option, value), words(range));
                    }
                }
            }
        }
    }

    /** The range of an option; null where it has none. */
    static Range of(OptionSpec option) {
        return option.userObject() instanceof Field field ? field.getAnnotation(Range.class) : null;
    }

    private static double[] values(Object value) {
        // of a float the digits count: 0.01f is below 0.01
        return value instanceof int[] several ? Arrays.stream(several).asDoubleStream().toArray()
                : new double[] {Double.parseDouble(value.toString())};
    }

    private static boolean holds(Range range, double value) {
        return value >= range.min() && value > range.above() && value <= range.max() && value < range.below() && Double.isFinite(value)
                || range.orZero() && value == 0;
    }

    /** The value as it stands on the command line, if it is the only one. */
    private static String given(OptionSpec option, double value) {
        List<String> texts = option.originalStringValues();
        return texts.size() == 1 && !(option.getValue() instanceof int[]) ? InputError.printable(texts.getFirst(), SHOWN) : text(value);
    }

    /** Such as {@code from 1 to 10}, {@code above 0 and at most 1}, {@code 0, or from 0.01 to 100}. */
    private static String words(Range range) {
        String least = Double.isFinite(range.min()) ? text(range.min()) : null,
                over = Double.isFinite(range.above()) ? text(range.above()) : null;
        String most = Double.isFinite(range.max()) ? text(range.max()) : null,
                under = Double.isFinite(range.below()) ? text(range.below()) : null;
        String upper = most != null ? "at most " + most : under != null ? "below " + under : null;
        String words;
        if (least != null) {
            words = most != null ? "from " + least + " to " + most : under != null ? "from " + least + " to below " + under
                    : "at least " + least;
        } else if (over != null) {
            words = "above " + over + (upper == null ? "" : " and " + upper);
        } else {
            words = upper;
        }
        return (range.orZero() ? "0, or " : "") + words;
    }

    private static String text(double value) {
        return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
    }
}
