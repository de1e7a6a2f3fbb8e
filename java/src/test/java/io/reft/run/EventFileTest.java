package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's numbers as TensorBoard reads them; {@code java/src/test/python/read_events.py} holds TensorBoard itself against a run. */
class EventFileTest {
    @TempDir
    private Path dir;

    private record Scalar(long step, String tag, float value) {}

    private void tell(boolean resume, int from, int to) {
        try (TrainingRun run =
                TrainingRun.open(new TrainingRun.Target(dir.resolve("run"), false, false, null), "sft",
                        Map.of(), List.of())) {
            for (int step = from; step <= to; step++) {
                run.journal().numbers(Journal.Entry.at("step", step).with("loss", 1.0 / step).with("lr", Float.NaN).with("why", "so"));
            }
        }
    }

    @Test
    void everyNumberOnceByItsName() throws IOException {
        tell(false, 1, 3);
        assertEquals(List.of(new Scalar(1, "loss", 1), new Scalar(2, "loss", 0.5f), new Scalar(3, "loss", 1 / 3f)), scalars());
    }

    private List<Scalar> scalars() throws IOException {
        ByteBuffer file =
                ByteBuffer.wrap(Files.readAllBytes(dir.resolve("run/run/events.out.tfevents.0.reft"))).order(ByteOrder.LITTLE_ENDIAN);
        List<Scalar> scalars = new ArrayList<>();
        while (file.hasRemaining()) {
            long length = file.getLong();
            file.getInt();
            ByteBuffer event = file.slice(file.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
            file.position(file.position() + (int) length);
            file.getInt();
            assertEquals(1 << 3 | 1, event.get());
            event.getDouble();
            if (event.get() != (2 << 3)) {
                continue;   // the version
            }
            long step = event.get();
            assertEquals(5 << 3 | 2, event.get());
            for (int end = event.get() + event.position(); event.position() < end;) {
                assertEquals(1 << 3 | 2, event.get());
                event.get();
                assertEquals(1 << 3 | 2, event.get());
                byte[] tag = new byte[event.get()];
                event.get(tag);
                assertEquals(2 << 3 | 5, event.get());
                scalars.add(new Scalar(step, new String(tag, StandardCharsets.UTF_8), event.getFloat()));
            }
        }
        return scalars;
    }

    /** The checksums of the length and of the data of the first record but for its time, as TensorFlow computes them. */
    @Test
    void checksumsAreMasked() throws IOException {
        tell(false, 1, 1);
        byte[] file = Files.readAllBytes(dir.resolve("run/run/events.out.tfevents.0.reft"));
        assertArrayEquals(HexFormat.of().parseHex("1800000000000000a37f4b22"), java.util.Arrays.copyOf(file, 12));
    }
}
