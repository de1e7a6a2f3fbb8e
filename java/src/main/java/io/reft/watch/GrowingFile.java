package io.reft.watch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The lines of a file to which others append: each look reads what is new alone. A file that was cut back, replaced or deleted is read from
 * its beginning again.
 */
final class GrowingFile {
    /** Bytes read at a time; a line that is longer is skipped. */
    private static final int CHUNK = 1 << 20;
    /** Bytes before the place reached that must still be what they were. */
    private static final int KNOWN = 256;

    private final Path file;
    private long at;
    private byte[] known = {};

    GrowingFile(Path file) {
        this.file = file;
    }

    /** New lines, and whether they are the file's first because those told before no longer count. */
    record News(boolean afresh, List<String> lines) {}

    /** What is new since the last look; at most about a megabyte, so that more may be left. */
    News look() throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            boolean afresh = at > 0 && !isAsBefore(channel);
            if (afresh) {
                at = 0;
                known = new byte[0];
            }
            return new News(afresh, lines(channel));
        } catch (NoSuchFileException e) {
            boolean afresh = at > 0;
            at = 0;
            known = new byte[0];
            return new News(afresh, List.of());
        }
    }

    private boolean isAsBefore(FileChannel channel) throws IOException {
        return channel.size() >= at && Arrays.equals(known, bytes(channel, at - known.length, known.length));
    }

    private List<String> lines(FileChannel channel) throws IOException {
        byte[] bytes = bytes(channel, at, (int) Math.min(CHUNK, channel.size() - at));
        List<String> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                lines.add(new String(bytes, from, i - from, StandardCharsets.UTF_8));
                from = i + 1;
            }
        }
        if (from == 0 && bytes.length == CHUNK) {
            from = CHUNK; // no line of ours
        }
        at += from;
        if (from > 0) {
            known = Arrays.copyOfRange(bytes, Math.max(0, from - KNOWN), from);
        }
        return lines;
    }

    private static byte[] bytes(FileChannel channel, long from, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {
            continue;
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** Whether there is such a file. */
    boolean exists() {
        return Files.isRegularFile(file);
    }
}
