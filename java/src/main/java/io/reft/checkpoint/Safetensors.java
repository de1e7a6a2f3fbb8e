package io.reft.checkpoint;

import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.reft.InputError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format: the length of a JSON header (u64), the header, then the tensors without gaps. Reading maps the
 * file and believes nothing of the header; writing gives the same bytes for the same tensors, those Hugging Face's
 * library gives.
 */
public final class Safetensors {
    /** The format allows 100 MB; a header of 16 describes 100 000 tensors. */
    private static final long HEADER_LIMIT = 16 << 20;
    static final int RANK_LIMIT = 16;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Safetensors() {}

    /** Opens one file. */
    public static TensorStore open(Path file) {
        Arena arena = Arena.ofShared();
        try {
            return new TensorStore(file, arena, read(file, arena));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** The tensors of {@code file} by name, mapped in {@code arena}. */
    static Map<String, StoredTensor> read(Path file, Arena arena) {
        MemorySegment mapped = MappedFile.map(file, arena);
        if (mapped.byteSize() < 8) {
            throw new InputError("%s: %d bytes are too few for a safetensors file; it is truncated.", file, mapped.byteSize());
        }
        long length = mapped.get(LENGTH, 0);
        if (length < 2 || length > HEADER_LIMIT) {
            throw new InputError("%s: not a safetensors file (its header would have %s bytes).", file, Long.toUnsignedString(length));
        }
        if (length > mapped.byteSize() - 8) {
            throw new InputError("%s: truncated: its header has %d bytes, the file %d.", file, length, mapped.byteSize());
        }
        String header = JsonFile.decode(mapped.asSlice(8, length).asByteBuffer(), file);
        MemorySegment data = mapped.asSlice(8 + length);
        List<Entry> entries = JsonFile.parse(header, file, reader -> header(reader, file));
        checkPlaces(entries, data.byteSize(), file);
        Map<String, StoredTensor> tensors = new HashMap<>();
        for (Entry entry : entries) {
            tensors.put(entry.info.name(), new StoredTensor(entry.info, file, data.asSlice(entry.begin, entry.end - entry.begin), null));
        }
        return tensors;
    }

    /** A tensor and where the header says it is, in bytes behind the header. */
    private record Entry(TensorInfo info, long begin, long end) {}

    private static List<Entry> header(JsonReader reader, Path file) throws IOException {
        Map<String, Entry> entries = new HashMap<>();
        boolean metadata = false;
        reader.beginObject();
        while (reader.hasNext()) {
            String name = JsonFile.checkName(reader.nextName(), file);
            boolean twice;
            if (name.equals("__metadata__")) {
                twice = metadata;
                metadata = true;
                reader.skipValue();
            } else {
                twice = entries.put(name, entry(name, reader, file)) != null;
            }
            if (twice) {
                throw new InputError("%s: tensor %s stands twice in the header.", file, name);
            }
        }
        reader.endObject();
        return new ArrayList<>(entries.values());
    }

    private static Entry entry(String name, JsonReader reader, Path file) throws IOException {
        String type = null;
        long[] shape = null;
        long[] place = null;
        reader.beginObject();
        while (reader.hasNext()) {
            switch (reader.nextName()) {
                case "dtype" -> type = JsonFile.checkName(reader.nextString(), file);
                case "shape" -> shape = longs(reader, name, file);
                case "data_offsets" -> place = longs(reader, name, file);
                default -> reader.skipValue();
            }
        }
        reader.endObject();
        if (type == null || shape == null || place == null || place.length != 2) {
            throw new InputError("%s: the header lacks type, shape or place of tensor %s.", file, name);
        }
        DataType dtype = type(type, name, file);
        long bytes = bytes(shape, dtype, name, file);
        if (place[0] > place[1] || place[1] - place[0] != bytes) {
            throw new InputError("%s: tensor %s needs %d bytes by its shape and has those from %d to %d.",
                    file, name, bytes, place[0], place[1]);
        }
        return new Entry(new TensorInfo(name, dtype, shape), place[0], place[1]);
    }

    private static DataType type(String type, String name, Path file) {
        for (DataType known : DataType.values()) {
            if (known.name().equals(type)) {
                return known;
            }
        }
        throw new InputError("%s: tensor %s is of unknown type \"%s\".", file, name, type);
    }

    /** A list of integers from 0 up. */
    private static long[] longs(JsonReader reader, String name, Path file) throws IOException {
        long[] values = new long[RANK_LIMIT];
        int length = 0;
        reader.beginArray();
        while (reader.hasNext()) {
            // nextLong would take "7" and 7.0
            String number = reader.peek() == JsonToken.NUMBER ? reader.nextString() : "a list or a text";
            if (length == RANK_LIMIT || !number.matches("[0-9]{1,18}")) {
                throw new InputError("%s: tensor %s has %s among its sizes or offsets, where up to %d integers from 0 up may stand.",
                        file, name, number, RANK_LIMIT);
            }
            values[length++] = Long.parseLong(number);
        }
        reader.endArray();
        return Arrays.copyOf(values, length);
    }

    /** Bytes of a tensor of this shape. */
    static long bytes(long[] shape, DataType dtype, String name, Path file) {
        try {
            long bytes = dtype.bytes();
            for (long extent : shape) {
                bytes = Math.multiplyExact(bytes, extent);
            }
            return bytes;
        } catch (ArithmeticException e) {
            throw new InputError("%s: the shape of tensor %s is larger than any memory.", file, name);
        }
    }

    /** Tensors must tile the data: what lies outside, overlaps or leaves gaps is an error or an attack. */
    private static void checkPlaces(List<Entry> entries, long size, Path file) {
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : entries) {
            if (entry.end > size) {
                throw new InputError("%s: truncated: tensor %s ends at byte %d of the data, and there are %d.",
                        file, entry.info.name(), entry.end, size);
            }
            if (entry.begin != end) {
                throw new InputError("%s: tensor %s begins at byte %d of the data, where the one before it ends at %d.",
                        file, entry.info.name(), entry.begin, end);
            }
            end = entry.end;
        }
        if (end != size) {
            throw new InputError("%s: %d bytes behind the last tensor belong to none.", file, size - end);
        }
    }

    /** Writes {@code tensors} as {@code dtype} to {@code file}, which appears all at once or not at all. */
    public static void write(Path file, List<Source> tensors, DataType dtype) {
        DurableFiles.replace(file, channel -> writeTo(channel, tensors, dtype));
    }

    /** Writes a whole file to {@code channel}, the tensors sorted by name. */
    static void writeTo(FileChannel channel, List<Source> tensors, DataType dtype) throws IOException {
        List<Source> sorted = tensors.stream().sorted(Comparator.comparing(Source::name)).toList();
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        long end = 0;
        for (int i = 0; i < sorted.size(); i++) {
            Source tensor = sorted.get(i);
            if (i > 0 && tensor.name().equals(sorted.get(i - 1).name()) || tensor.name().equals("__metadata__")) {
                throw new IllegalArgumentException("two tensors named " + tensor.name());
            }
            long begin = end;
            end = Math.addExact(end, Math.multiplyExact(tensor.size(), dtype.bytes()));
            header.append(',').append(new JsonPrimitive(tensor.name())).append(":{\"dtype\":\"").append(dtype).append("\",\"shape\":")
                    .append(Arrays.toString(tensor.shape()).replace(" ", "")).append(",\"data_offsets\":[")
                    .append(begin).append(',').append(end).append("]}");
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        int padded = json.length + 7 & ~7;
        ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(json);
        while (head.hasRemaining()) {
            head.put((byte) ' ');
        }
        writeAll(channel, head.flip());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(8 << 20, 8);
            for (Source tensor : sorted) {
                writeTensor(channel, tensor, dtype, buffer);
            }
        }
    }

    private static void writeTensor(FileChannel channel, Source tensor, DataType dtype, MemorySegment buffer) throws IOException {
        MemorySegment data = tensor.data().get();
        long size = tensor.size();
        if (data.byteSize() != size * tensor.dtype().bytes()) {
            throw new IllegalArgumentException(tensor.name() + " has " + data.byteSize() + " bytes where its shape needs "
                    + size * tensor.dtype().bytes());
        }
        long step = buffer.byteSize() / 8;
        for (long at = 0; at < size; at += step) {
            long count = Math.min(step, size - at);
            if (!Conversion.convert(tensor.dtype(), data.asSlice(at * tensor.dtype().bytes()), dtype, buffer, count)) {
                throw new InputError("Tensor %s has values beyond 65504, which fp16 cannot hold: choose bf16 or fp32.", tensor.name());
            }
            MappedFile.release(data, (at + count) * tensor.dtype().bytes());
            writeAll(channel, buffer.asSlice(0, count * dtype.bytes()).asByteBuffer());
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
