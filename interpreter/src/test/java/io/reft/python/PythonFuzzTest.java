package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.python.Outcome.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Facts of arithmetic on random numbers, and programs with random damage: these never throw and always end. */
@Tag("slow")
class PythonFuzzTest {
    private static final Limits SMALL = new Limits(200_000, 8 << 20, 200, 1 << 16, 1 << 16);

    private static Outcome returned(String expression) {
        return PythonInterpreter.run("def solution():\n    return " + expression + "\n");
    }

    private static BigInteger integer(Random r) {
        int bits = r.nextInt(4) == 0 ? r.nextInt(300) : r.nextInt(70);
        BigInteger x = new BigInteger(bits, r);
        return r.nextBoolean() ? x : x.negate();
    }

    private static double real(Random r) {
        return switch (r.nextInt(4)) {
            case 0 -> r.nextInt(100_000) / 100.0;
            case 1 -> (r.nextDouble() - 0.5) * Math.pow(10, r.nextInt(40) - 20);
            case 2 -> r.nextInt(1000);
            default -> Double.longBitsToDouble(r.nextLong());
        };
    }

    @Test
    void integersFollowTheirLaws() {
        Random r = new Random(1);
        for (int i = 0; i < 1500; i++) {
            BigInteger a = integer(r);
            BigInteger b = integer(r);
            assertEquals(a.add(b).toString(), returned(a + " + " + b).value());
            assertEquals(a.subtract(b).toString(), returned(a + " - " + b).value());
            assertEquals(a.multiply(b).toString(), returned(a + " * " + b).value());
            if (b.signum() != 0) {
                BigInteger[] both = a.divideAndRemainder(b);
                if (both[1].signum() != 0 && both[1].signum() != b.signum()) {
                    both[0] = both[0].subtract(BigInteger.ONE);
                    both[1] = both[1].add(b);
                }
                assertEquals("(" + both[0] + ", " + both[1] + ")",
                        returned("((" + a + ") // (" + b + "), (" + a + ") % (" + b + "))").value());
                double quotient = new BigDecimal(a).divide(new BigDecimal(b), new MathContext(400)).doubleValue();
                assertEquals(quotient, Double.parseDouble(returned("(" + a + ") / (" + b + ")").value()) + 0.0, a + " / " + b);
            }
        }
    }

    @Test
    void floatsReadBackTheSameAndRoundCorrectly() {
        Random r = new Random(2);
        for (int i = 0; i < 2500; i++) {
            double x = real(r);
            if (!Double.isFinite(x)) {
                continue;
            }
            String literal = new BigDecimal(x).toString();
            String shown = returned("float('" + literal + "')").value();
            assertEquals(x, Double.parseDouble(shown), 0.0);
            assertTrue(new BigDecimal(shown).precision() <= 17, shown);
            int digits = r.nextInt(6);
            double rounded = new BigDecimal(x).setScale(digits, RoundingMode.HALF_EVEN).doubleValue();
            assertEquals(rounded, Double.parseDouble(returned("round(float('" + literal + "'), " + digits + ")").value()), 0.0);
            assertEquals("'" + new BigDecimal(Math.abs(x)).setScale(digits, RoundingMode.HALF_EVEN).toPlainString() + "'",
                    returned("f\"{abs(float('" + literal + "')):." + digits + "f}\"").value());
        }
    }

    @Test
    void damagedProgramsEnd() throws IOException {
        String[] programs = Stream.concat(Recorded.resource("conformance.txt").stream(), Recorded.resource("programs.txt").stream())
                .map(Recorded::source).toArray(String[]::new);
        Random r = new Random(3);
        int ran = 0;
        for (int i = 0; i < 6000; i++) {
            StringBuilder source = new StringBuilder(programs[r.nextInt(programs.length)]);
            String other = programs[r.nextInt(programs.length)];
            for (int n = 1 + r.nextInt(3); n > 0 && source.length() > 2; n--) {
                int at = r.nextInt(source.length() - 1);
                switch (r.nextInt(6)) {
                    case 0 -> source.deleteCharAt(at);
                    case 1 -> source.insert(at, source.charAt(r.nextInt(source.length())));
                    case 2 -> {
                        char c = source.charAt(at);
                        source.setCharAt(at, source.charAt(at + 1));
                        source.setCharAt(at + 1, c);
                    }
                    case 3 -> source.setCharAt(at, "()[]{}:,.'\"\\\n\t =*/-+<>~@#%^&|!?_09azé\u2028\ud83d\ude00".charAt(r.nextInt(40)));
                    case 4 -> source.delete(at, Math.min(source.length(), at + r.nextInt(30)));
                    default -> {
                        int from = r.nextInt(other.length() + 1);
                        source.insert(at, other, from, Math.min(other.length(), from + r.nextInt(40)));
                    }
                }
            }
            Outcome outcome = PythonInterpreter.run(source.toString(), "solution", SMALL);
            assertTrue(outcome.kind() != Kind.UNSUPPORTED || !outcome.error().startsWith(PythonInterpreter.FAULT),
                    () -> outcome + " of\n" + source);
            ran += outcome.kind() == Kind.OK ? 1 : 0;
        }
        assertTrue(ran > 300, "most were damaged beyond use");
    }
}
