package io.reft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What comes from files into messages cannot steer a terminal or fill it. */
class InputErrorTest {
    @Test
    void argumentsAreShownAsText() {
        assertEquals("a\\nb: 3 of 2.5, true, null, \\u001b[31m\\u202egnp.exe\\u2028 ½ \uD83D\uDE00.",
                new InputError("%s: %d of %.1f, %b, %s, %s.", Path.of("a\nb"), 3, 2.5, true, null,
                        "\u001b[31m\u202egnp.exe\u2028 ½ \uD83D\uDE00").getMessage());
        assertEquals("false", new InputError("%b", false).getMessage());
        assertEquals("[1, 2]", new InputError("%s", java.util.List.of(1, 2)).getMessage());
    }

    @Test
    void longOnesAreCut() {
        String message = new InputError("%s.", "x".repeat(100_000)).getMessage();
        assertTrue(message.length() < 1100 && message.endsWith("x… (100000 characters)."), message);
        assertEquals("ab… (3 characters)", InputError.printable("abc", 2));
        assertEquals("abc", InputError.printable("abc", 3));
    }
}
