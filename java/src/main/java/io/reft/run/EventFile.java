package io.reft.run;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The numbers of a run as TensorBoard reads them: {@code run/events.out.tfevents.0.reft}, a scalar a number, by the names that {@code
 * metrics.jsonl} has. The file is made from {@code metrics.jsonl} when its first numbers come, so that a run that was stopped and goes on
 * shows every step once.
 *
 * <p>The format is TFRecord (length, masked CRC-32C, bytes, masked CRC-32C) of {@code Event} messages; of protocol buffers it takes four
 * fields, so they are written by hand.
 */
public final class EventFile implements Journal.Listener, AutoCloseable {
    private static final String NAME = "run/events.out.tfevents.0.reft";
    private static final int VARINT = 0, FIXED_64 = 1, BYTES = 2, FIXED_32 = 5;

    private final RunFolder folder;
    private OutputStream out;

    /** @param folder where the run is; asked when the first numbers come */
    EventFile(RunFolder folder) {
        this.folder = folder;
    }

    @Override
    public void numbers(Journal.Entry entry) {
        try {
            if (out == null) {
                begin();
            } else {
                write(entry.values());
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines of {@code metrics.jsonl} so far, the one that was just told among them. */
    private void begin() throws IOException {
        Path run = folder.folder();
        out = new BufferedOutputStream(Files.newOutputStream(run.resolve(NAME)));
        record(new Message().number(1, now()).bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8)).finish());
        for (String line : Files.readAllLines(run.resolve("run/metrics.jsonl"))) {
            JsonObject object = JsonParser.parseString(line).getAsJsonObject();
            Map<String, Object> values = new LinkedHashMap<>();
            for (Map.Entry<String, JsonElement> value : object.entrySet()) {
                if (value.getValue() instanceof JsonPrimitive primitive && primitive.isNumber()) {
                    values.put(value.getKey(), primitive.getAsDouble());
                }
            }
            write(values);
        }
    }

    /** One event with a scalar for each number but the first, which counts steps where it is whole. */
    private void write(Map<String, Object> values) throws IOException {
        List<Map.Entry<String, Object>> all = List.copyOf(values.entrySet());
        boolean counted = !all.isEmpty() && all.getFirst().getValue() instanceof Number n && n.doubleValue() == Math.rint(n.doubleValue());
        long step = counted ? ((Number) all.getFirst().getValue()).longValue() : 0;
        Message summary = new Message();
        for (Map.Entry<String, Object> value : all.subList(counted ? 1 : 0, all.size())) {
            if (value.getValue() instanceof Number number && Double.isFinite(number.doubleValue())) {
                Message scalar = new Message().bytes(1, value.getKey().getBytes(StandardCharsets.UTF_8)).number(2, number.floatValue());
                summary.bytes(1, scalar.finish());
            }
        }
        record(new Message().number(1, now()).number(2, step).bytes(5, summary.finish()).finish());
    }

    private static double now() {
        return System.currentTimeMillis() / 1e3;
    }

    private void record(byte[] data) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
        head.putInt(checksum(head.array(), 8));
        out.write(head.array());
        out.write(data);
        out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(checksum(data, data.length)).array());
    }

    /** TFRecord masks its checksums, for files whose data hold checksums themselves. */
    private static int checksum(byte[] data, int length) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, length);
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + 0xa282ead8;
    }

    /** A protocol buffer in the making. */
    private static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Message number(int field, double value) {
            return fixed(field, FIXED_64, 8, Double.doubleToRawLongBits(value));
        }

        Message number(int field, float value) {
            return fixed(field, FIXED_32, 4, Float.floatToRawIntBits(value));
        }

        Message number(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
            return this;
        }

        Message bytes(int field, byte[] value) {
            varint((long) field << 3 | BYTES);
            varint(value.length);
            bytes.writeBytes(value);
            return this;
        }

        byte[] finish() {
            return bytes.toByteArray();
        }

        private Message fixed(int field, int type, int size, long bits) {
            varint((long) field << 3 | type);
            for (int i = 0; i < size; i++) {
                bytes.write((int) (bits >>> 8 * i));
            }
            return this;
        }

        private void varint(long value) {
            long left = value;
            for (; (left & ~0x7fL) != 0; left >>>= 7) {
                bytes.write((int) (left & 0x7f | 0x80));
            }
            bytes.write((int) left);
        }
    }

    @Override
    public void close() {
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
