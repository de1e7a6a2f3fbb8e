package io.reft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages files in seeded ways: flipped, replaced, cut out, doubled and cut-off bytes. */
public final class Mutations {
    private static final byte[] NASTY = {0, 1, 0x7f, -128, -1, '0', '9', '-', '"', '{', '[', ']', '}', '.', '/', 'e'};

    private Mutations() {}

    /** {@code original} with one to three damages. */
    public static byte[] of(byte[] original, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = original.clone();
        for (int left = 1 + random.nextInt(3); left > 0 && bytes.length > 0; left--) {
            int at = random.nextInt(bytes.length);
            int length = Math.min(random.nextInt(32), bytes.length - at);
            switch (random.nextInt(8)) {
                case 0 -> bytes = Arrays.copyOf(bytes, at);
                case 1 -> {
                    System.arraycopy(bytes, at + length, bytes, at, bytes.length - at - length);
                    bytes = Arrays.copyOf(bytes, bytes.length - length);
                }
                case 2 -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
                    System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
                    bytes = longer;
                }
                case 3, 4 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 5 -> bytes[at] = (byte) random.nextInt(256);
                default -> bytes[at] = NASTY[random.nextInt(NASTY.length)];
            }
        }
        return bytes;
    }

    /** Runs {@code use}, which may succeed, or fail by an {@link InputError} of one sentence; whether it succeeded. */
    public static boolean succeedsOrExplains(Runnable use, String what) {
        try {
            use.run();
            return true;
        } catch (InputError e) {
            String message = e.getMessage();
            assertFalse(message.contains("\n"), () -> what + ": " + message);
            assertTrue(message.endsWith(".") && message.length() < 2000, () -> what + ": " + message);
            return false;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(what, e);
        }
    }
}
