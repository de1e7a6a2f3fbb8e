package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.DateValue;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Stop;
import io.reft.python.runtime.TimeDelta;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Map;

/** {@code datetime}: date, datetime and timedelta without time zones. What asks for the present time is refused. */
final class DatetimeModule {
    static final Builtin DATE = Builtin.of("", "date(year, month, day)",
            (m, a) -> DateValue.of(part(a[0]), part(a[1]), part(a[2]), 0, 0, 0, 0, false));
    static final Builtin DATETIME = Builtin.of("",
            "datetime(year, month, day, hour=, minute=, second=, microsecond=)", (m, a) -> DateValue.of(part(a[0]), part(a[1]),
                    part(a[2]), part(a[3]), part(a[4]), part(a[5]), part(a[6]), true));
    static final Builtin TIMEDELTA = Builtin.of("",
            "timedelta(days=, seconds=, microseconds=, milliseconds=, minutes=, hours=, weeks=)", (m, a) -> {
                long[] units = {TimeDelta.DAY, TimeDelta.SECOND, 1, 1000, 60 * TimeDelta.SECOND, 3600 * TimeDelta.SECOND,
                        7 * TimeDelta.DAY};
                String[] names = {"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"};
                m.allocate(48);
                BigDecimal sum = BigDecimal.ZERO;
                for (int i = 0; i < units.length; i++) {
                    Object x = a[i] == null ? 0L : Ints.plain(a[i]);
                    if (x instanceof Double d && !Double.isFinite(d)) {
                        throw Double.isNaN(d) ? Errors.valueError("cannot convert float NaN to integer")
                                : Errors.overflow("cannot convert float infinity to integer");
                    }
                    if (!(x instanceof Double) && !Ints.isInt(x)) {
                        throw Errors.typeError("unsupported type for timedelta %s component: %s", names[i], Errors.typeName(x));
                    }
                    sum = sum.add(TimeDelta.factor(m, x).multiply(BigDecimal.valueOf(units[i])));
                }
                return TimeDelta.of(sum);
            });
    static final Map<PyType, Map<String, Builtin>> METHODS;
    static final PyModule MODULE = new PyModule("datetime", Map.of("date", PyType.DATE, "datetime", PyType.DATETIME,
            "timedelta", PyType.TIMEDELTA), null);
    static final PyModule CALENDAR = new PyModule("calendar", Map.of(
            "isleap", Builtin.of("", "isleap(year)", (m, a) -> isLeap(year(a[0]))),
            "leapdays", Builtin.of("", "leapdays(y1, y2)", (m, a) -> leapYears(year(a[1])) - leapYears(year(a[0]))),
            "weekday", Builtin.of("", "weekday(year, month, day)", (m, a) -> DateValue.of(year(a[0]), part(a[1]), part(a[2]),
                    0, 0, 0, 0, false).value().getDayOfWeek().getValue() - 1L),
            "monthrange", Builtin.of("", "monthrange(year, month)", (m, a) -> {
                if (!Ints.isInt(a[1]) || part(a[1]) < 1 || part(a[1]) > 12) {
                    throw Stop.unsupported("IllegalMonthError");
                }
                LocalDateTime first = DateValue.of(year(a[0]), part(a[1]), 1, 0, 0, 0, 0, false).value();
                return PyTuple.of(first.getDayOfWeek().getValue() - 1L, (long) first.toLocalDate().lengthOfMonth());
            })), null);
    private static final Builtin STRPTIME = Builtin.of("", "strptime(date_string, format, /)", (m, a) -> {
        if (!(a[0] instanceof String text) || !(a[1] instanceof String format)) {
            throw Errors.typeError("strptime() argument %d must be str, not %s", a[0] instanceof String ? 2 : 1,
                    Errors.typeName(a[0] instanceof String ? a[1] : a[0]));
        }
        DateValue value = DateValue.parse(m, text, format);
        if (value == null) {
            throw Errors.valueError("time data %s does not match format %s", Repr.repr(m, text), Repr.repr(m, format));
        }
        return value;
    });

    static {
        Map<String, Builtin> t = new HashMap<>();
        define(t, "weekday(self, /)", (m, a) -> date(a).value().getDayOfWeek().getValue() - 1L);
        define(t, "isoweekday(self, /)", (m, a) -> (long) date(a).value().getDayOfWeek().getValue());
        define(t, "toordinal(self, /)", (m, a) -> date(a).value().toLocalDate().toEpochDay() + 719163);
        define(t, "isoformat(self, /)", (m, a) -> date(a).isoFormat(m, "T"));
        define(t, "strftime(self, format)", (m, a) -> {
            if (!(a[1] instanceof String format)) {
                throw Errors.typeError("strftime() argument 1 must be str, not %s", Errors.typeName(a[1]));
            }
            return date(a).strftime(m, format);
        });
        define(t, "date(self, /)", (m, a) -> {
            if (!date(a).hasTime()) {
                throw Errors.attributeError("'datetime.date' object has no attribute 'date'");
            }
            return new DateValue(date(a).value().toLocalDate().atStartOfDay(), false);
        });
        define(t, "replace(self, /, year=, month=, day=, hour=, minute=, second=, microsecond=)", (m, a) -> {
            String[] names = {"year", "month", "day", "hour", "minute", "second", "microsecond"};
            int[] parts = new int[7];
            for (int i = 0; i < 7; i++) {
                if (i > 2 && !date(a).hasTime() && a[i + 1] != null) {
                    throw Errors.typeError("'%s' is an invalid keyword argument for replace()", names[i]);
                }
                Object old = date(a).attribute(names[i]);
                parts[i] = part(a[i + 1] == null ? old : a[i + 1]);
            }
            return DateValue.of(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], date(a).hasTime());
        });
        Map<String, Builtin> dates = new HashMap<>(t);
        dates.remove("date");
        METHODS = Map.of(PyType.DATETIME, Map.copyOf(t), PyType.DATE, Map.copyOf(dates), PyType.TIMEDELTA,
                Map.of("total_seconds", Builtin.of("timedelta", "total_seconds(self, /)",
                        (m, a) -> ((TimeDelta) a[0]).totalSeconds(m))));
    }

    private DatetimeModule() {}

    /** A year of {@code calendar}, which takes others too, and floats. */
    private static int year(Object x) {
        if (!Ints.isInt(x) || Ints.clamped(x, 10_000) < 1 || Ints.clamped(x, 10_000) > 9999) {
            throw Stop.unsupported("calendar of such a year");
        }
        return part(x);
    }

    private static boolean isLeap(long year) {
        return Math.floorMod(year, 4) == 0 && (Math.floorMod(year, 100) != 0 || Math.floorMod(year, 400) == 0);
    }

    /** Leap years before a year. */
    private static long leapYears(long year) {
        long y = year - 1;
        return Math.floorDiv(y, 4) - Math.floorDiv(y, 100) + Math.floorDiv(y, 400);
    }

    private static void define(Map<String, Builtin> table, String signature, Builtin.Body body) {
        ListMethods.define(table, "date", signature, body);
    }

    private static DateValue date(Object[] a) {
        if (!(a[0] instanceof DateValue date)) {
            throw Errors.typeError("descriptor requires a 'datetime.date' object but received a '%s'", Errors.typeName(a[0]));
        }
        return date;
    }

    /** What can be taken from the types themselves, or null. */
    static Object ofType(PyType type, String name) {
        return type == PyType.DATETIME && name.equals("strptime") ? STRPTIME : null;
    }

    private static int part(Object x) {
        return x == null ? 0 : Ints.index(x);
    }
}
