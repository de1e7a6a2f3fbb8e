package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes and one folder. */
class RunLockTest {
    /** Makes a run's folder and holds it until it is killed, or tries to and says why not. */
    static final class Holder {
        private Holder() {}

        /** @param arguments the folder */
        public static void main(String[] arguments) throws IOException {
            try (RunFolder run = RunFolder.create(Path.of(arguments[0]), "sft", Map.of(), true)) {
                run.folder();
                System.out.println("held");
                System.in.read();
            } catch (InputError e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static Process start(Path folder) throws IOException {
        return new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp", System.getProperty("java.class.path"),
                Holder.class.getName(), folder.toString()).start();
    }

    private static String says(Process process) throws IOException {
        return new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
    }

    @Test
    void oneAtATime(@TempDir Path dir) throws IOException, InterruptedException {
        Path folder = dir.resolve("out");
        Process first = start(folder), second = null;
        try {
            assertEquals("held", says(first));
            String refused = "--out " + folder + ": another run is at work there; let it end, or name another folder.";
            assertEquals(refused, assertThrows(InputError.class, () -> RunFolder.create(folder, "sft", Map.of(), true)).getMessage());
            assertEquals(refused, assertThrows(InputError.class, () -> RunFolder.create(folder, "sft", Map.of(), false)).getMessage());
            assertEquals(refused, assertThrows(InputError.class, () -> RunFolder.resume(folder, "sft")).getMessage());
            second = start(folder);
            assertEquals(refused, says(second));

            first.destroyForcibly();
            assertTrue(first.waitFor(30, TimeUnit.SECONDS));
            try (RunFolder run = RunFolder.create(folder, "sft", Map.of(), true)) {
                run.folder();
                assertThrows(InputError.class, () -> RunFolder.resume(folder, "sft")); // which must not free the lock of this process
                second = start(folder);
                assertEquals(refused, says(second));
            }
        } finally {
            first.destroyForcibly();
            if (second != null) {
                second.destroyForcibly();
            }
        }
    }
}
