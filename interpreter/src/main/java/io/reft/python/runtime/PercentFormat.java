package io.reft.python.runtime;

/** {@code 'text %d' % values}. */
final class PercentFormat {
    private final Machine m;
    private final String format;
    private final Object values;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int used;

    private PercentFormat(Machine m, String format, Object values) {
        this.m = m;
        this.format = format;
        this.values = values;
    }

    static String format(Machine m, String format, Object values) {
        return new PercentFormat(m, format, values).run();
    }

    private String run() {
        boolean mapped = false;
        while (at < format.length()) {
            int percent = format.indexOf('%', at);
            int end = percent < 0 ? format.length() : percent;
            m.text(end - at);
            out.append(format, at, end);
            if (percent < 0) {
                break;
            }
            at = percent + 1;
            mapped |= conversion();
        }
        if (!mapped && (values instanceof PyTuple t ? used < t.items().length : used == 0 && !(values instanceof PyDict)
                && !(values instanceof PyList) && !(values instanceof PyRange))) {
            throw Errors.typeError("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private char peek() {
        if (at >= format.length()) {
            throw Errors.valueError("incomplete format");
        }
        return format.charAt(at);
    }

    private Object nextValue() {
        if (values instanceof PyTuple t) {
            if (used >= t.items().length) {
                throw Errors.typeError("not enough arguments for format string");
            }
            return t.items()[used++];
        }
        if (used++ > 0) {
            throw Errors.typeError("not enough arguments for format string");
        }
        return values;
    }

    /** Formats one value, and says whether it came from a mapping. */
    private boolean conversion() {
        Object value = null;
        if (peek() == '(') {
            int close = format.indexOf(')', at);
            if (close < 0) {
                throw Errors.valueError("incomplete format key");
            }
            if (!(values instanceof PyDict dict)) {
                throw Errors.typeError("format requires a mapping");
            }
            value = Subscripts.get(m, dict, format.substring(at + 1, close));
            at = close + 1;
        }
        boolean left = false;
        boolean zero = false;
        boolean alternate = false;
        char sign = '-';
        for (; "-+ #0".indexOf(peek()) >= 0; at++) {
            switch (peek()) {
                case '-' -> left = true;
                case '+' -> sign = '+';
                case ' ' -> sign = sign == '+' ? '+' : ' ';
                case '#' -> alternate = true;
                default -> zero = true;
            }
        }
        long width = size();
        if (width < 0) {
            left = true;
            width = -width;
        }
        long precision = -1;
        if (peek() == '.') {
            at++;
            precision = Math.max(0, size());
        }
        while ("hlL".indexOf(peek()) >= 0) {
            at++;
        }
        char type = peek();
        at++;
        if (type == '%') {
            out.append('%');
            return value != null;
        }
        boolean mapped = value != null;
        value = mapped ? value : nextValue();
        String text;
        String signText = "";
        boolean number = true;
        switch (type) {
            case 's', 'r', 'a' -> {
                text = type == 's' ? Repr.str(m, value) : Repr.repr(m, value);
                text = type == 'a' ? Repr.ascii(m, text) : text;
                text = precision >= 0 && precision < Strings.counted(text).length() ? text.substring(0, (int) precision) : text;
                number = false;
            }
            case 'c' -> {
                text = value instanceof String s && s.length() == 1 ? s : Ints.isInt(value) ? Strings.ofCodePoint(value) : null;
                if (text == null) {
                    throw Errors.typeError("%c requires int or char");
                }
                number = false;
            }
            case 'd', 'i', 'u', 'x', 'X', 'o' -> {
                Object i = integer(m, value, type);
                boolean decimal = "diu".indexOf(type) >= 0;
                text = decimal ? Ints.toString(m, Ints.absolute(i))
                        : BigInts.digits(m, Ints.big(Ints.absolute(i)), type == 'o' ? 8 : 16);
                m.text(Math.max(precision, 0));
                text = "0".repeat((int) Math.max(0, precision - text.length())) + text;
                text = type == 'X' ? text.toUpperCase(java.util.Locale.ROOT) : text;
                signText = Ints.sign(i) < 0 ? "-" : sign == '-' ? "" : String.valueOf(sign);
                signText += alternate && !decimal ? "0" + type : "";
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                if (alternate) {
                    throw Stop.unsupported("the alternate form of floats");
                }
                text = Format.percent(m, Floats.real(m, value, "must be real number, not %s"), type,
                        precision < 0 ? 6 : precision, sign);
                if (!text.isEmpty() && "+- ".indexOf(text.charAt(0)) >= 0) {
                    signText = text.substring(0, 1);
                    text = text.substring(1);
                }
            }
            default -> throw Errors.valueError("unsupported format character '%s' (0x%x) at index %d", type, (int) type, at - 1);
        }
        long missing = Math.max(0, width - Strings.counted(text).length() - signText.length());
        m.text(missing + text.length());
        if (left) {
            out.append(signText).append(text).repeat(" ", (int) missing);
        } else if (zero && number) {
            out.append(signText).repeat("0", (int) missing).append(text);
        } else {
            out.repeat(" ", (int) missing).append(signText).append(text);
        }
        return mapped;
    }

    /** A width or precision, written or taken from the values. */
    private long size() {
        if (peek() == '*') {
            at++;
            Object size = nextValue();
            if (!Ints.isInt(size)) {
                throw Errors.typeError("* wants int");
            }
            return Ints.clamped(size, Integer.MAX_VALUE);
        }
        long size = 0;
        while (peek() >= '0' && peek() <= '9') {
            size = Math.min(Integer.MAX_VALUE, size * 10 + peek() - '0');
            at++;
        }
        return size;
    }

    private static Object integer(Machine m, Object value, char type) {
        Object plain = Ints.plain(value);
        if (Ints.isInt(plain)) {
            return plain;
        }
        if ("diu".indexOf(type) < 0) {
            throw Errors.typeError("%%%s format: an integer is required, not %s", type, Errors.typeName(value));
        }
        if (plain instanceof Double d) {
            return Floats.toInt(m, d);
        }
        if (plain instanceof Fraction f) {
            return f.truncated(m);
        }
        if (plain instanceof Decimal d) {
            return d.toInt(m);
        }
        throw Errors.typeError("%%%s format: a real number is required, not %s", type, Errors.typeName(value));
    }
}
