package io.reft.python.runtime;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * The format mini-language of f-strings, {@code format} and {@code str.format}:
 * {@code [[fill]align][sign][z][#][0][width][grouping][.precision][type]}. The alternate form of floats is left out.
 */
public final class Format {
    /** Digits behind the point that a double has at most. */
    private static final int MOST_DECIMALS = 1074;
    private final Machine m;
    private final Object value;
    private final String text;
    private String fill = " ";
    private char align;
    private char sign = '-';
    private boolean signGiven;
    private boolean alternate;
    private boolean noNegativeZero;
    private long width;
    private char grouping;
    private long precision = -1;
    private char type;

    private Format(Machine m, Object value, String text) {
        this.m = m;
        this.value = value;
        this.text = text;
    }

    /** {@code format(value, spec)}. */
    public static String format(Machine m, Object value, String spec) {
        if (spec.isEmpty()) {
            return Repr.str(m, value);
        }
        switch (value) {
            case String s:
                return new Format(m, value, spec).parse('<').string(s);
            case Double d:
                return new Format(m, value, spec).parse('>').number(d);
            case Temporal t:
                return t.format(m, spec);
            case Decimal d:
                return new Format(m, value, spec).parse('>').decimal(d);
            default:
                if (!Ints.isInt(value)) {
                    throw Errors.typeError("unsupported format string passed to %s.__format__", Errors.typeName(value));
                }
                return new Format(m, value, spec).parse('>').integer(Ints.plain(value));
        }
    }

    /** Formats a float as {@code %e}, {@code %f} or {@code %g} would. */
    static String percent(Machine m, double x, char type, long precision, char sign) {
        Format f = new Format(m, x, "");
        f.type = type;
        f.precision = precision;
        f.sign = sign;
        f.align = '>';
        return f.number(x);
    }

    private Format parse(char defaultAlign) {
        int at = 0;
        int length = text.length();
        int first = length == 0 ? 0 : Character.charCount(text.codePointAt(0));
        boolean fillGiven = false;
        if (length > first && "<>=^".indexOf(text.charAt(first)) >= 0) {
            fill = text.substring(0, first);
            align = text.charAt(first);
            at = first + 1;
            fillGiven = true;
        } else if (length > 0 && "<>=^".indexOf(text.charAt(0)) >= 0) {
            align = text.charAt(0);
            at = 1;
        }
        if (at < length && "+- ".indexOf(text.charAt(at)) >= 0) {
            sign = text.charAt(at++);
            signGiven = true;
        }
        if (at < length && text.charAt(at) == 'z') {
            noNegativeZero = true;
            at++;
        }
        if (at < length && text.charAt(at) == '#') {
            alternate = true;
            at++;
        }
        if (!fillGiven && at < length && text.charAt(at) == '0') {
            fill = "0";
            if (align == 0 && defaultAlign == '>') {
                align = '=';
            }
            at++;
        }
        int start = at;
        while (at < length && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        width = number(start, at);
        if (at < length && text.charAt(at) == ',') {
            grouping = ',';
            at++;
        }
        if (at < length && text.charAt(at) == '_') {
            if (grouping != 0) {
                throw Errors.valueError("Cannot specify both ',' and '_'.");
            }
            grouping = '_';
            at++;
        }
        if (at < length && text.charAt(at) == ',' && grouping != 0) {
            throw Errors.valueError(grouping == ',' ? "Cannot specify ',' with ','." : "Cannot specify both ',' and '_'.");
        }
        if (at < length && text.charAt(at) == '.') {
            start = ++at;
            while (at < length && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == start) {
                throw Errors.valueError("Format specifier missing precision");
            }
            precision = number(start, at);
        }
        if (length - at > 1) {
            throw Errors.valueError("Invalid format specifier '%s' for object of type '%s'", text, PyType.of(value).name);
        }
        if (at < length) {
            type = text.charAt(at);
        }
        if (grouping != 0 && !("defgEFG%\0".indexOf(type) >= 0 || grouping == '_' && "boxX".indexOf(type) >= 0)) {
            throw Errors.valueError("Cannot specify '%s' with '%s'.", grouping, type);
        }
        if (align == 0) {
            align = defaultAlign;
        }
        return this;
    }

    private long number(int start, int end) {
        if (end - start > 9) {
            if (end - start > 18) {
                throw Errors.valueError("Too many decimal digits in format string");
            }
            throw Stop.limit("bytes");
        }
        return start == end ? 0 : Long.parseLong(text, start, end, 10);
    }

    private Raised unknownType() {
        String code = type > ' ' && type < 128 ? String.valueOf(type) : "\\x" + Integer.toHexString(type);
        return Errors.valueError("Unknown format code '%s' for object of type '%s'", code, PyType.of(value).name);
    }

    private String string(String s) {
        if (type != 0 && type != 's') {
            throw unknownType();
        }
        if (signGiven) {
            throw Errors.valueError(sign == ' ' ? "Space not allowed in string format specifier"
                    : "Sign not allowed in string format specifier");
        }
        if (noNegativeZero) {
            throw Errors.valueError("Negative zero coercion (z) not allowed in string format specifier");
        }
        if (alternate) {
            throw Errors.valueError("Alternate form (#) not allowed in string format specifier");
        }
        if (grouping != 0) {
            throw Errors.valueError("Cannot specify '%s' with 's'.", grouping);
        }
        if (align == '=') {
            throw Errors.valueError("'=' alignment not allowed in string format specifier");
        }
        Strings.counted(s);
        if (precision >= 0 && precision < s.length()) {
            s = s.substring(0, (int) precision);
        }
        return pad("", "", s, "");
    }

    private String integer(Object x) {
        switch (type) {
            case 'e', 'E', 'f', 'F', 'g', 'G', '%':
                return number(Ints.toDouble(x));
            case 0, 'd', 'n', 'b', 'o', 'x', 'X', 'c':
                break;
            default:
                throw unknownType();
        }
        if (precision >= 0) {
            throw Errors.valueError("Precision not allowed in integer format specifier");
        }
        if (noNegativeZero) {
            throw Errors.valueError("Negative zero coercion (z) not allowed in integer format specifier");
        }
        if (type == 'c') {
            if (signGiven) {
                throw Errors.valueError("Sign not allowed with integer format specifier 'c'");
            }
            if (alternate) {
                throw Errors.valueError("Alternate form (#) not allowed with integer format specifier 'c'");
            }
            return pad("", "", Strings.ofCodePoint(x), "");
        }
        Object absolute = Ints.absolute(x);
        int radix = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
        String digits = radix == 10 ? Ints.toString(m, absolute) : BigInts.digits(m, Ints.big(absolute), radix);
        String prefix = !alternate || radix == 10 ? "" : "0" + type;
        if (type == 'X') {
            digits = digits.toUpperCase(java.util.Locale.ROOT);
        }
        return pad(signOf(Ints.sign(x) < 0), prefix, digits, "");
    }

    private String decimal(Decimal d) {
        if (type == 'n' || grouping == '_' || alternate || "eEfFgG%\0".indexOf(type) < 0 || precision > 1000) {
            throw Stop.unsupported("this format of a Decimal");
        }
        String[] shown = d.shown(m, type == 0 ? 'G' : type, precision);
        boolean negative = !shown[0].isEmpty() && !(noNegativeZero && (shown[1] + shown[2]).matches("[0.%]*"));
        return pad(signOf(negative), "", shown[1], shown[2]);
    }

    private String signOf(boolean negative) {
        return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    }

    private String number(double x) {
        if (alternate) {
            throw Stop.unsupported("the alternate form of floats");
        }
        char kind = type;
        boolean percent = kind == '%';
        long digits = precision;
        switch (kind) {
            case 0:
                kind = digits < 0 ? 'r' : 'g';
                break;
            case 'n':
                kind = 'g';
                break;
            case '%':
                x *= 100;
                kind = 'f';
                break;
            case 'e', 'E', 'f', 'F', 'g', 'G':
                break;
            default:
                throw unknownType();
        }
        digits = digits < 0 ? 6 : digits;
        m.text(digits + 330);
        m.charge(Math.abs(Math.getExponent(x)) >> 4);
        boolean upper = Character.isUpperCase(kind);
        String shown;
        if (Double.isFinite(x)) {
            double absolute = Math.abs(x);
            shown = switch (Character.toLowerCase(kind)) {
                case 'r' -> Floats.repr(absolute);
                case 'f' -> fixed(absolute, (int) digits);
                case 'e' -> scientific(absolute, (int) digits);
                default -> general(absolute, (int) digits, type == 0);
            };
        } else {
            shown = Double.isNaN(x) ? "nan" : "inf";
        }
        boolean negative = x < 0 || x == 0 && 1 / x < 0;
        if (noNegativeZero && negative && shown.chars().noneMatch(c -> c >= '1' && c <= '9' || c == 'i')) {
            negative = false;
        }
        shown = upper ? shown.toUpperCase(java.util.Locale.ROOT) : shown;
        int end = 0;
        while (end < shown.length() && Character.isDigit(shown.charAt(end))) {
            end++;
        }
        return pad(signOf(negative), "", shown.substring(0, end), shown.substring(end) + (percent ? "%" : ""));
    }

    /** Beyond a double's own digits there are only zeros. */
    private static String fixed(double x, int digits) {
        int exact = Math.min(digits, MOST_DECIMALS);
        String shown = new BigDecimal(x).setScale(exact, RoundingMode.HALF_EVEN).toPlainString();
        return shown + "0".repeat(digits - exact);
    }

    private static String scientific(double x, int digits) {
        BigDecimal exact = new BigDecimal(x);
        if (x == 0) {
            return (digits == 0 ? "0" : "0." + "0".repeat(digits)) + "e+00";
        }
        BigDecimal rounded = exact.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        String unscaled = rounded.unscaledValue().toString();
        int exponent = unscaled.length() - 1 - rounded.scale();
        StringBuilder out = new StringBuilder();
        unscaled = unscaled + "0".repeat(Math.max(0, digits + 1 - unscaled.length()));
        out.append(unscaled.charAt(0));
        if (digits > 0) {
            out.append('.').append(unscaled, 1, digits + 1);
        }
        int absolute = Math.abs(exponent);
        return out.append(exponent < 0 ? "e-" : "e+").append(absolute < 10 ? "0" : "").append(absolute).toString();
    }

    /** {@code addDotZero}: the form without a type shows a float as one, and turns to exponents one digit earlier. */
    private static String general(double x, int digits, boolean addDotZero) {
        digits = Math.max(digits, 1);
        Floats.Digits d = Floats.Digits.of(new BigDecimal(x).round(new MathContext(digits, RoundingMode.HALF_EVEN)));
        StringBuilder out = new StringBuilder();
        if (x != 0 && (d.point() <= -4 || d.point() > digits - (addDotZero ? 1 : 0))) {
            Floats.scientific(out, d);
        } else {
            Floats.fixed(out, d);
            if (addDotZero && out.indexOf(".") < 0) {
                out.append(".0");
            }
        }
        return out.toString();
    }

    /** Groups the digits, and pads the whole to the width. */
    private String pad(String signText, String prefix, String digits, String rest) {
        boolean zeros = align == '=' && fill.equals("0");
        boolean isText = value instanceof String || type == 'c';
        m.text(width + digits.length() * 2L + rest.length() + 8);
        if (!isText) {
            long least = zeros ? width - signText.length() - prefix.length() - rest.length() : 0;
            int size = type == 'b' || type == 'o' || type == 'x' || type == 'X' ? 4 : 3;
            digits = group(digits, (int) least, grouping, size);
        }
        String body = signText + prefix + digits + rest;
        int length = Strings.counted(body).length();
        int missing = (int) Math.max(0, width - length);
        if (missing == 0) {
            return body;
        }
        return switch (align) {
            case '<' -> body + fill.repeat(missing);
            case '^' -> fill.repeat(missing / 2) + body + fill.repeat(missing - missing / 2);
            case '=' -> signText + prefix + fill.repeat(missing) + digits + rest;
            default -> fill.repeat(missing) + body;
        };
    }

    /** CPython's own steps: zeros are put in front, and separated too, until the width is reached. */
    private static String group(String digits, int width, char separator, int size) {
        if (separator == 0) {
            return digits.length() >= width ? digits : "0".repeat(width - digits.length()) + digits;
        }
        StringBuilder reversed = new StringBuilder();
        int remaining = digits.length();
        boolean separate = false;
        while (true) {
            int length = Math.min(size, Math.max(Math.max(remaining, width), 1));
            int zeros = Math.max(0, length - remaining);
            int characters = Math.max(0, Math.min(remaining, length));
            if (separate) {
                reversed.append(separator);
            }
            for (int i = 0; i < characters; i++) {
                reversed.append(digits.charAt(--remaining));
            }
            reversed.repeat("0", zeros);
            separate = true;
            width -= length;
            if (remaining <= 0 && width <= 0) {
                return reversed.reverse().toString();
            }
            width -= 1;
        }
    }

    /** {@code bin}, {@code oct} and {@code hex}. */
    public static String prefixed(Machine m, Object x, String prefix, int radix) {
        BigInteger i = Ints.big(x);
        return (i.signum() < 0 ? "-" : "") + prefix + BigInts.digits(m, i.abs(), radix);
    }
}
