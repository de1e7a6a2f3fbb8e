package io.reft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Broken and hostile files: each ends in one sentence that names the file and what is wrong with it. */
class BrokenCheckpointTest {
    /** Of each kind of file: 10,000 in all. */
    private static final int MUTATIONS = 2000;

    @TempDir
    Path dir;

    private static byte[] safetensors(String header, int data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).array();
    }

    private String opening(String file, byte[] bytes) throws IOException {
        Files.writeString(dir.resolve("config.json"), "{}");
        Files.write(dir.resolve(file), bytes);
        InputError error = assertThrows(InputError.class, () -> Checkpoint.open(dir).close());
        assertTrue(error.getMessage().startsWith(dir.resolve(file) + ": "), error.getMessage());
        assertTrue(error.getMessage().endsWith(".") && !error.getMessage().contains("\n"), error.getMessage());
        return error.getMessage();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 7 | truncated: tensor a ends at byte 8",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 9 | 1 bytes behind the last tensor",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | 12 | tensor a begins at byte 4",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | 12 | tensor b begins at byte 4",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}} | 20 | tensor b begins at byte 12",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 8 | tensor a needs 12 bytes",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | 8 | tensor a needs 8 bytes",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | 8 | tensor a has -2",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}} | 8 | tensor a has 2.0",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}} | 8 | tensor a has a list or a text",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}} | 8 | tensor a has 99999999999999999999",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}} | 0 | shape of tensor a is larger",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}} | 0 | tensor a has 4611686018427387904",
            "{\"a\":{\"dtype\":\"Q4\",\"shape\":[2],\"data_offsets\":[0,8]}} | 8 | tensor a is of unknown type \"Q4\"",
            "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}} | 8 | lacks type, shape or place of tensor a",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}} | 8 | lacks type, shape or place of tensor a",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                    + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}} | 16 | tensor a stands twice",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}} | 4 | up to 16 integers",
            "{\"a\":3} | 0 | not valid JSON",
            "[1, 2] | 0 | not valid JSON",
            "{\"a\": | 0 | not valid JSON",
            "{} {} | 0 | not valid JSON",
            "{\"a\\u000ab\":{}} | 0 | control characters",
    })
    void brokenSafetensors(String header, int data, String said) throws IOException {
        String message = opening("model.safetensors", safetensors(header, data));
        assertTrue(message.contains(said), message);
    }

    @Test
    void brokenSafetensorsHeaders() throws IOException {
        assertTrue(opening("model.safetensors", new byte[0]).contains("0 bytes are too few"));
        assertTrue(opening("model.safetensors", new byte[7]).contains("7 bytes are too few"));
        assertTrue(opening("model.safetensors", new byte[8]).contains("header would have 0 bytes"));
        byte[] huge = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 60).array();
        assertTrue(opening("model.safetensors", huge).contains("header would have 1152921504606846976 bytes"));
        byte[] longer = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(100).array();
        assertTrue(opening("model.safetensors", longer).contains("its header has 100 bytes, the file 16"));
        byte[] notText = safetensors("{\"a\":{}}", 0);
        notText[10] = (byte) 0xff;
        assertTrue(opening("model.safetensors", notText).contains("not UTF-8"));
        assertTrue(opening("model.safetensors", safetensors("[".repeat(100_000), 0)).contains("not valid JSON"));
        byte[] pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n".getBytes(StandardCharsets.UTF_8);
        assertTrue(opening("model.safetensors", pointer).contains("git lfs pull"));
        assertTrue(opening("config.json", pointer).contains("git lfs pull"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
            "{\"weight_map\": {\"a\": \"../b.safetensors\"}} | no file of this folder",
            "{\"weight_map\": {\"a\": \"/etc/passwd\"}} | no file of this folder",
            "{\"weight_map\": {\"a\": \"\"}} | no file of this folder",
            "{\"weight_map\": {\"a\": 3}} | the file of tensor a must be a text",
            "{\"weight_map\": {\"a\": null}} | the file of tensor a must be a text",
            "{\"weight_map\": {}, \"weight_map\": 7} | field \"weight_map\" stands there twice",
            "{\"weight_map\": null} | field \"weight_map\" must be an object",
            "{\"weight_map\": [\"a\"]} | field \"weight_map\" must be an object",
            "{\"weight_map\": {\"a\": \"x.safetensors\", \"a\": \"x.safetensors\"}} | tensor a stands there twice",
            "{\"metadata\": {}} | no weight_map",
            "[] | not valid JSON",
            "{\"weight_map\": {\"a\": \"good.safetensors\"}} | tensor a is said to be in good.safetensors, and is not",
    })
    void brokenIndexes(String index, String said) throws IOException {
        Files.write(dir.resolve("good.safetensors"), safetensors("{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8));
        String message = opening("model.safetensors.index.json", index.getBytes(StandardCharsets.UTF_8));
        assertTrue(message.contains(said), message);
    }

    @Test
    void missingFiles() throws IOException {
        assertTrue(assertThrows(InputError.class, () -> Checkpoint.open(dir.resolve("none"))).getMessage().contains("no such folder"));
        assertTrue(assertThrows(InputError.class, () -> Checkpoint.open(dir)).getMessage().endsWith("config.json: no such file."));
        Files.writeString(dir.resolve("config.json"), "{}");
        assertTrue(assertThrows(InputError.class, () -> Checkpoint.open(dir)).getMessage().contains("no weights; looked for"));
        Files.writeString(dir.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"gone.safetensors\"}}");
        assertTrue(assertThrows(InputError.class, () -> Checkpoint.open(dir)).getMessage().endsWith("gone.safetensors: no such file."));
        Files.delete(dir.resolve("config.json"));
        Files.createDirectory(dir.resolve("config.json"));
        assertTrue(assertThrows(InputError.class, () -> Checkpoint.open(dir)).getMessage().endsWith("config.json: not a file."));
    }

    @ParameterizedTest
    @CsvSource({
            "bad-attack, 'asks for posix.system, which is refused'",
            "bad-legacy, 'form used before PyTorch 1.6'",
            "bad-expanded, 'tensor a repeats elements of its storage'",
            "bad-nested, 'what it holds as model is no tensor'",
    })
    void refusedTorchFiles(String name, String said) {
        InputError error = assertThrows(InputError.class, () -> Checkpoint.open(CheckpointTest.golden(name)));
        assertTrue(error.getMessage().contains(said), error.getMessage());
    }

    private static byte[] zip(boolean stored, String... namesAndContents) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < namesAndContents.length; i += 2) {
                byte[] content = namesAndContents[i + 1].getBytes(StandardCharsets.ISO_8859_1);
                ZipEntry entry = new ZipEntry(namesAndContents[i]);
                if (stored) {
                    CRC32 sum = new CRC32();
                    sum.update(content);
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(content.length);
                    entry.setCrc(sum.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(content);
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void brokenZips() throws IOException {
        String file = "pytorch_model.bin";
        assertTrue(opening(file, new byte[0]).contains("no zip container"));
        assertTrue(opening(file, "PK\3\4".getBytes(StandardCharsets.UTF_8)).contains("truncated"));
        assertTrue(opening(file, zip(false, "x/data.pkl", "a".repeat(100_000))).contains("entry x/data.pkl is compressed"));
        assertTrue(opening(file, zip(true, "x/other", "")).contains("no data.pkl"));
        byte[] whole = Files.readAllBytes(CheckpointTest.golden("torch-2").resolve(file));
        for (int length : new int[] {4, 100, 4000, whole.length - 23, whole.length - 1}) {
            assertTrue(opening(file, Arrays.copyOf(whole, length)).contains("truncated"));
        }
    }

    /** Pickles by hand, and what is said of them. */
    private static Stream<Arguments> pickles() {
        return Stream.of(
                Arguments.of("", "truncated"),
                Arguments.of("\u0080\u0001.", "protocol 1"),
                Arguments.of("\u0080\u0002N.", "no dictionary"),
                Arguments.of("\u0080\u0002cbuiltins\neval\n(X\1\0\0\0atR.", "asks for builtins.eval"),
                Arguments.of("\u0080\u0004\u008c\u0008builtins\u008c\u0004eval\u0093.", "asks for builtins.eval"),
                Arguments.of("\u0080\u0002ctorch\nTensor\n.", "asks for torch.Tensor"),
                Arguments.of("\u0080\u0002cevil\u0007\nname\n.", "control characters"),
                Arguments.of("\u0080\u0002(i.", "instruction 0x69"),
                Arguments.of("\u0080\u0002R.", "broken"),
                Arguments.of("\u0080\u0002(.", "broken"),
                Arguments.of("\u0080\u0002t.", "broken"),
                Arguments.of("\u0080\u0002((t.", "no dictionary"),
                Arguments.of("\u0080\u0002X\u00ff\u00ff\u00ff\u00ff.", "truncated"),
                Arguments.of("\u0080\u0002\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.", "truncated"),
                Arguments.of("\u0080\u0002\u008a\u00ff.", "integer of 255 bytes"),
                Arguments.of("\u0080\u0002h\7.", "broken"),
                Arguments.of("\u0080\u0002}X\1\0\0\0aK\3s.", "holds as a is no tensor"),
                Arguments.of("\u0080\u0002}})s.", "no names"),
                Arguments.of("\u0080\u0002}q\0h\0h\0s.", "no names"),
                Arguments.of("\u0080\u0002}X\1\0\0\0ah\0.", "broken"));
    }

    @ParameterizedTest
    @MethodSource("pickles")
    void brokenPickles(String pickle, String said) throws IOException {
        String message = opening("pytorch_model.bin", zip(true, "x/data.pkl", pickle));
        assertTrue(message.contains(said), message);
    }

    @Test
    void endlessPicklesEnd() throws IOException {
        assertTrue(opening("pytorch_model.bin", zip(true, "x/data.pkl", "\u0080\u0002" + "]".repeat(3_000_000))).contains("does not end"));
    }

    /** Files over 4 GB have 64-bit offsets; here a small one is written as if it were large. */
    @Test
    void largeZips() throws IOException {
        Path golden = CheckpointTest.golden("torch-2");
        ByteBuffer zip = ByteBuffer.wrap(Files.readAllBytes(golden.resolve("pytorch_model.bin"))).order(ByteOrder.LITTLE_ENDIAN);
        int end = zip.capacity() - 22;
        int count = zip.getShort(end + 10);
        int directory = zip.getInt(end + 16);
        ByteBuffer large =
                ByteBuffer.allocate(zip.capacity() + 28 * count + 76).order(ByteOrder.LITTLE_ENDIAN).put(zip.slice(0, directory));
        for (int at = directory, i = 0; i < count; i++) {
            int name = zip.getShort(at + 28);
            int extra = zip.getShort(at + 30);
            int start = large.position();
            large.put(zip.slice(at, 46 + name)).putShort((short) 1).putShort((short) 24);
            large.putLong(zip.getInt(at + 24)).putLong(zip.getInt(at + 20)).putLong(zip.getInt(at + 42));
            large.put(zip.slice(at + 46 + name, extra));
            large.putInt(start + 20, -1).putInt(start + 24, -1).putShort(start + 30, (short) (extra + 28)).putInt(start + 42, -1);
            at += 46 + name + extra + zip.getShort(at + 32);
        }
        int end64 = large.position();
        large.putInt(0x06064b50).putLong(44).putInt(0).putLong(0).putLong(count).putLong(count).putLong(end64 - directory)
                .putLong(directory);
        large.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
        large.putInt(0x06054b50).putInt(0).putInt(-1).putInt(-1).putInt(-1).putShort((short) 0);
        Files.copy(golden.resolve("config.json"), dir.resolve("config.json"));
        Files.write(dir.resolve("pytorch_model.bin"), Arrays.copyOf(large.array(), large.position()));
        try (Checkpoint expected = Checkpoint.open(golden); Checkpoint checkpoint = Checkpoint.open(dir)) {
            for (TensorInfo tensor : expected.tensors()) {
                assertArrayEquals(CheckpointTest.floats(expected, tensor.name()), CheckpointTest.floats(checkpoint, tensor.name()));
            }
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"llama-bfloat16/model.safetensors", "llama-shards/model.safetensors.index.json", "torch-2/pytorch_model.bin",
            "torch-views/pytorch_model.bin", "llama-bfloat16/config.json"})
    void damagedFilesAreReadOrExplained(String name) throws IOException {
        Path original = CheckpointTest.golden(name);
        try (Stream<Path> files = Files.list(original.getParent())) {
            for (Path file : files.toList()) {
                Files.copy(file, dir.resolve(file.getFileName()));
            }
        }
        byte[] good = Files.readAllBytes(original);
        int read = 0;
        for (int seed = 0; seed < MUTATIONS; seed++) {
            Files.write(dir.resolve(original.getFileName()), Mutations.of(good, seed));
            read += Mutations.succeedsOrExplains(this::readAll, name + ", seed " + seed) ? 1 : 0;
        }
        assertTrue(read > 0 && read < MUTATIONS, read + " of " + MUTATIONS + " were read");
    }

    private void readAll() {
        try (Checkpoint checkpoint = Checkpoint.open(dir)) {
            for (TensorInfo tensor : checkpoint.tensors()) {
                if (tensor.dtype().isReadable()) {
                    assertTrue(tensor.size() < 10_000, tensor.name());
                    checkpoint.readFloats(tensor.name(), MemorySegment.ofArray(new float[(int) tensor.size()]));
                }
            }
        }
    }
}
