package io.reft.data;

import com.github.luben.zstd.ZstdInputStream;
import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * What a data file holds, unpacked where gzip or zstd packed it: its first bytes say so, not its name. {@code -} is standard input, which
 * is read once and kept.
 */
final class Content {
    private static final byte[] GZIP = {0x1f, (byte) 0x8b}, ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}, PARQUET = {'P', 'A', 'R', '1'};
    private static final int MOST = 1 << 30; // bytes of what must be held in memory

    private static byte[] standardInput;

    private final Path file;

    Content(Path file) {
        this.file = file;
        if (!isStandardInput() && !Files.isRegularFile(file)) {
            throw new InputError("%s: there is no such data file.", file);
        }
    }

    private boolean isStandardInput() {
        return file.equals(Datasets.STANDARD_INPUT);
    }

    /** A new stream of the unpacked bytes. */
    InputStream open() throws IOException {
        InputStream raw = raw();
        try {
            byte[] start = raw.readNBytes(ZSTD.length);
            InputStream all = new SequenceInputStream(new ByteArrayInputStream(start), raw);
            if (begins(start, GZIP)) {
                return new GZIPInputStream(all, 1 << 16);
            }
            return begins(start, ZSTD) ? new ZstdInputStream(all) : all;
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /** Whether it is a Parquet file, packed or not. */
    boolean isParquet() throws IOException {
        try (InputStream in = open()) {
            return Arrays.equals(in.readNBytes(PARQUET.length), PARQUET);
        }
    }

    /** All bytes. */
    byte[] bytes() throws IOException {
        try (InputStream in = open()) {
            byte[] all = in.readNBytes(MOST);
            if (in.read() >= 0) {
                throw new InputError("%s: more than %d bytes cannot be held in memory; split it.", file, MOST);
            }
            return all;
        }
    }

    /** The sentence that it cannot be read, and why. */
    InputError failed(Exception e) {
        String reason = e instanceof IOException io ? JsonFile.reason(io) : e.getMessage();
        return new InputError("%s: cannot be read (%s).", file, reason);
    }

    private InputStream raw() throws IOException {
        return isStandardInput() ? new ByteArrayInputStream(standardInput(file)) : new FileInputStream(file.toFile());
    }

    private static synchronized byte[] standardInput(Path name) throws IOException {
        if (standardInput == null) {
            byte[] all = System.in.readNBytes(MOST);
            if (System.in.read() >= 0) {
                throw new InputError("%s: more than %d bytes of standard input cannot be held in memory; write them to a file.", name,
                        MOST);
            }
            standardInput = all;
        }
        return standardInput;
    }

    private static boolean begins(byte[] bytes, byte[] with) {
        return bytes.length >= with.length && Arrays.equals(bytes, 0, with.length, with, 0, with.length);
    }
}
