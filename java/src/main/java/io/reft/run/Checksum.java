package io.reft.run;

import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * SHA-256 of whole files, so that a run that goes on finds all that it rests on as it was. Of a file above 64 MiB it is that of the
 * SHA-256s of its parts of 64 MiB one after the other, which all processors work out together: a checkpoint takes the time of reading it.
 */
final class Checksum {
    private static final long PART = 64 << 20;
    private static final int BUFFER = 1 << 18;
    /** What a model folder holds beside these changes nothing. */
    private static final List<String> OF_MODELS = List.of(".json", ".safetensors", ".bin", ".model", ".txt");

    private Checksum() {}

    /** Of a text. */
    static String of(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Of a file. */
    static String of(Path file) {
        try {
            return of(file, Files.size(file));
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Of the first bytes of a file. */
    static String of(Path file, long bytes) {
        try (FileChannel channel = FileChannel.open(file)) {
            long parts = Math.max(1, (bytes + PART - 1) / PART);
            List<byte[]> sums = LongStream.range(0, parts).parallel()
                    .mapToObj(p -> part(file, channel, p * PART, Math.min(bytes, (p + 1) * PART))).toList();
            if (parts == 1) {
                return HexFormat.of().formatHex(sums.getFirst());
            }
            MessageDigest all = sha256();
            sums.forEach(all::update);
            return HexFormat.of().formatHex(all.digest());
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static byte[] part(Path file, FileChannel channel, long from, long to) {
        MessageDigest digest = sha256();
        byte[] bytes = new byte[BUFFER];
        try {
            for (long at = from; at < to;) {
                int read = channel.read(ByteBuffer.wrap(bytes, 0, (int) Math.min(BUFFER, to - at)), at);
                if (read < 0) {
                    throw new InputError("%s: became shorter while it was read.", file);
                }
                digest.update(bytes, 0, read);
                at += read;
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
        return digest.digest();
    }

    /** Of all that a command reads, by absolute path: files, and of model folders the files that matter. What is not there is left out. */
    static Map<String, String> of(List<Path> inputs) {
        Map<String, String> sums = new TreeMap<>();
        for (Path input : inputs) {
            if (Files.isRegularFile(input)) {
                sums.put(name(input), of(input));
            } else if (Files.isDirectory(input)) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(input,
                        f -> Files.isRegularFile(f) && OF_MODELS.stream().anyMatch(f.getFileName().toString()::endsWith))) {
                    files.forEach(file -> sums.put(name(file), of(file)));
                } catch (IOException e) {
                    throw failed(input, e);
                }
            }
        }
        return sums;
    }

    private static String name(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }

    private static InputError failed(Path file, IOException e) {
        return new InputError("%s: cannot be read (%s).", file, JsonFile.reason(e));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
