package io.reft.python.runtime;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;

/** {@code datetime.date}, or with {@code hasTime} a naive {@code datetime.datetime}. */
public record DateValue(LocalDateTime value, boolean hasTime) implements Temporal {
    private static final String[] DAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    private static final String[] MONTHS = {"January", "February", "March", "April", "May", "June", "July", "August",
            "September", "October", "November", "December"};

    @Override
    public PyType type() {
        return hasTime ? PyType.DATETIME : PyType.DATE;
    }

    /** The sum or, with sign −1, the difference; a date looks at the whole days of {@code t} only. */
    DateValue plus(TimeDelta t, int sign) {
        LocalDateTime sum = hasTime ? value.plus(sign * t.microseconds(), ChronoUnit.MICROS)
                : value.plusDays(sign * Math.floorDiv(t.microseconds(), TimeDelta.DAY));
        if (sum.getYear() < 1 || sum.getYear() > 9999) {
            throw Errors.overflow("date value out of range");
        }
        return new DateValue(sum, hasTime);
    }

    TimeDelta minus(DateValue o) {
        return new TimeDelta(ChronoUnit.MICROS.between(o.value, value));
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "year" -> (long) value.getYear();
            case "month" -> (long) value.getMonthValue();
            case "day" -> (long) value.getDayOfMonth();
            default -> !hasTime ? null : switch (name) {
                case "hour" -> (long) value.getHour();
                case "minute" -> (long) value.getMinute();
                case "second" -> (long) value.getSecond();
                case "microsecond" -> (long) value.getNano() / 1000;
                default -> null;
            };
        };
    }

    private String isoDate() {
        return Strings.padded(value.getYear(), 4) + '-' + Strings.padded(value.getMonthValue(), 2) + '-'
                + Strings.padded(value.getDayOfMonth(), 2);
    }

    public String isoFormat(Machine m, String separator) {
        m.text(32);
        int micros = value.getNano() / 1000;
        return !hasTime ? isoDate() : isoDate() + separator
                + Strings.padded(value.getHour(), 2) + ':' + Strings.padded(value.getMinute(), 2) + ':'
                + Strings.padded(value.getSecond(), 2) + (micros == 0 ? "" : '.' + Strings.padded(micros, 6));
    }

    @Override
    public String text(Machine m) {
        return isoFormat(m, " ");
    }

    @Override
    public String repr(Machine m) {
        m.text(64);
        StringBuilder out = new StringBuilder("datetime.").append(type().name).append('(').append(value.getYear())
                .append(", ").append(value.getMonthValue()).append(", ").append(value.getDayOfMonth());
        if (hasTime) {
            int micros = value.getNano() / 1000;
            out.append(", ").append(value.getHour()).append(", ").append(value.getMinute());
            if (value.getSecond() != 0 || micros != 0) {
                out.append(", ").append(value.getSecond());
            }
            if (micros != 0) {
                out.append(", ").append(micros);
            }
        }
        return out.append(')').toString();
    }

    @Override
    public String format(Machine m, String spec) {
        return strftime(m, spec);
    }

    /** {@code strftime} with the directives that do not depend on a locale or a time zone. */
    public String strftime(Machine m, String format) {
        m.text(format.length() * 10L);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            if (++i == format.length()) {
                throw Stop.unsupported("strftime with a % at the end");
            }
            int hour12 = (value.getHour() + 11) % 12 + 1;
            int day = value.getDayOfWeek().getValue();
            switch (format.charAt(i)) {
                case 'Y' -> {
                    if (value.getYear() < 1000) {
                        throw Stop.unsupported("strftime of an early year");
                    }
                    out.append(value.getYear());
                }
                case 'y' -> out.append(Strings.padded(value.getYear() % 100, 2));
                case 'm' -> out.append(Strings.padded(value.getMonthValue(), 2));
                case 'd' -> out.append(Strings.padded(value.getDayOfMonth(), 2));
                case 'H' -> out.append(Strings.padded(value.getHour(), 2));
                case 'I' -> out.append(Strings.padded(hour12, 2));
                case 'M' -> out.append(Strings.padded(value.getMinute(), 2));
                case 'S' -> out.append(Strings.padded(value.getSecond(), 2));
                case 'p' -> out.append(value.getHour() < 12 ? "AM" : "PM");
                case 'A' -> out.append(DAYS[day - 1]);
                case 'a' -> out.append(DAYS[day - 1], 0, 3);
                case 'B' -> out.append(MONTHS[value.getMonthValue() - 1]);
                case 'b' -> out.append(MONTHS[value.getMonthValue() - 1], 0, 3);
                case 'j' -> out.append(Strings.padded(value.getDayOfYear(), 3));
                case 'w' -> out.append(day % 7);
                case 'u' -> out.append(day);
                case 'f' -> out.append(Strings.padded(value.getNano() / 1000, 6));
                case '%' -> out.append('%');
                default -> throw Stop.unsupported("strftime %" + format.charAt(i));
            }
        }
        return out.toString();
    }

    /** {@code strptime}; null where the text does not match. */
    public static DateValue parse(Machine m, String text, String format) {
        m.charge(text.length() + format.length());
        int year = 1900;
        int month = 1;
        int day = 1;
        int hour = 0;
        int minute = 0;
        int second = 0;
        Boolean pm = null;
        boolean twelve = false;
        int at = 0;
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == ' ') {
                if (at >= text.length() || !Strings.isSpace(text.charAt(at))) {
                    return null;
                }
                while (at < text.length() && Strings.isSpace(text.charAt(at))) {
                    at++;
                }
                continue;
            }
            if (c != '%') {
                if (at >= text.length() || Character.toLowerCase(text.charAt(at)) != Character.toLowerCase(c)) {
                    return null;
                }
                at++;
                continue;
            }
            char directive = ++i < format.length() ? format.charAt(i) : 0;
            if ("YmdHIMS".indexOf(directive) >= 0) {
                int most = directive == 'Y' ? 4 : 2;
                int limit = switch (directive) {
                    case 'm', 'I' -> 12;
                    case 'd' -> 31;
                    case 'H' -> 23;
                    case 'M' -> 59;
                    case 'S' -> 61;
                    default -> 9999;
                };
                int start = at;
                int number = 0;
                while (at < text.length() && at - start < most && text.charAt(at) >= '0' && text.charAt(at) <= '9'
                        && number * 10 + text.charAt(at) - '0' <= limit) {
                    number = number * 10 + text.charAt(at++) - '0';
                }
                if (at == start || directive == 'Y' && at - start < 4 || "mdI".indexOf(directive) >= 0 && number == 0) {
                    return null;
                }
                switch (directive) {
                    case 'Y' -> year = number;
                    case 'm' -> month = number;
                    case 'd' -> day = number;
                    case 'H' -> hour = number;
                    case 'I' -> {
                        hour = number;
                        twelve = true;
                    }
                    case 'M' -> minute = number;
                    default -> second = number;
                }
            } else if (directive == 'p') {
                if (!text.regionMatches(true, at, "AM", 0, 2) && !text.regionMatches(true, at, "PM", 0, 2)) {
                    return null;
                }
                pm = Character.toLowerCase(text.charAt(at)) == 'p';
                at += 2;
            } else if (directive == 'B' || directive == 'b' || directive == 'A' || directive == 'a') {
                String[] names = directive == 'B' || directive == 'b' ? MONTHS : DAYS;
                int found = -1;
                for (int n = 0; n < names.length && found < 0; n++) {
                    int length = Character.isUpperCase(directive) ? names[n].length() : 3;
                    found = text.regionMatches(true, at, names[n], 0, length) ? n : -1;
                    at += found >= 0 ? length : 0;
                }
                if (found < 0) {
                    return null;
                }
                month = names == MONTHS ? found + 1 : month;
            } else {
                throw Stop.unsupported("strptime %" + directive);
            }
        }
        if (at < text.length()) {
            throw Errors.valueError("unconverted data remains: %s", text.substring(at));
        }
        if (twelve) {
            hour = pm == null ? hour % 12 : hour % 12 + (pm ? 12 : 0);
        }
        if (second > 59) {
            throw Stop.unsupported("leap seconds");
        }
        return of(year, month, day, hour, minute, second, 0, true);
    }

    /** A date, or CPython's error for a part that is out of range. */
    public static DateValue of(int year, int month, int day, int hour, int minute, int second, int microsecond, boolean hasTime) {
        if (year < 1 || year > 9999) {
            throw Errors.valueError("year %d is out of range", year);
        }
        range(month, 1, 12, "month must be in 1..12");
        try {
            java.time.LocalDate.of(year, month, day);
        } catch (DateTimeException e) {
            throw Errors.valueError("day is out of range for month");
        }
        range(hour, 0, 23, "hour must be in 0..23");
        range(minute, 0, 59, "minute must be in 0..59");
        range(second, 0, 59, "second must be in 0..59");
        range(microsecond, 0, 999999, "microsecond must be in 0..999999");
        return new DateValue(LocalDateTime.of(year, month, day, hour, minute, second, microsecond * 1000), hasTime);
    }

    private static void range(int x, int low, int high, String message) {
        if (x < low || x > high) {
            throw Errors.valueError(message);
        }
    }
}
