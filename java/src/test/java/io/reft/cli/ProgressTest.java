package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private String run(boolean terminal, int millis) throws InterruptedException {
        try (Progress progress = new Progress("Work", "steps", 4, new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal)) {
            progress.note("loss 0.5");
            progress.step();
            Thread.sleep(millis);
            progress.step(3);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shortWorkShowsNothing() throws InterruptedException {
        assertEquals("", run(true, 0));
        assertEquals("", run(false, 0));
    }

    @Test
    void linesWhereThereIsNoTerminal() throws InterruptedException {
        String text = run(false, 1100);
        assertTrue(text.matches("Work: 4/4 steps \\(100 %\\), \\d\\.\\d steps/s, loss 0\\.5\n"), text);
    }

    @Test
    void aBarOnATerminal() throws InterruptedException {
        String text = run(true, 1600);
        assertTrue(text.contains("\rWork ▕███         ▏ 1/4 steps (25 %), "), text);
        assertTrue(text.contains(" left, loss 0.5") && text.contains(" 4/4 steps (100 %), ") && text.endsWith("\n"), text);
    }
}
