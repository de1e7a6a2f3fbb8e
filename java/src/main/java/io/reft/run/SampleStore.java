package io.reft.run;

import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * All completions that a run drew: {@code run/samples/000001.jsonl.gz} and so on, of {@link SampleBlock}s. A file that has grown to a
 * sixteenth of what is allowed in all is followed by another, and the oldest go where they would be more than that.
 *
 * <p>A run that goes on cuts off what was drawn after the state from which it does: each block says of which iteration it is.
 */
public final class SampleStore implements Journal.Listener, AutoCloseable {
    private static final String FOLDER = "run/samples", NAME = "%06d.jsonl.gz", PATTERN = "\\d{6,9}\\.jsonl\\.gz";
    /** Into so many files what is allowed is divided. */
    private static final int FILES = 16;

    private final RunFolder run;
    private final long limit;
    private final Deque<Path> files = new ArrayDeque<>();
    private FileChannel channel;
    private TokenSpans spans;

    /**
     * @param run   asked where it is when there is something to write
     * @param limit bytes on the disk; 0: nothing is kept
     */
    SampleStore(RunFolder run, long limit) {
        this.run = run;
        this.limit = limit;
    }

    /** The files of a run's folder, the oldest first; none where there are no samples. */
    public static List<Path> files(Path run) {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(run.resolve(FOLDER))) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(run.resolve(FOLDER),
                    f -> f.getFileName().toString().matches(PATTERN) && Files.isRegularFile(f))) {
                all.forEach(files::add);
            } catch (IOException e) {
                throw new InputError("%s cannot be read.", run.resolve(FOLDER));
            }
        }
        Collections.sort(files);
        return files;
    }

    @Override
    public void completions(DrawnCompletions drawn) {
        if (limit == 0) {
            return;
        }
        try {
            if (spans == null) {
                spans = new TokenSpans(drawn.tokenizer());
                Files.createDirectories(run.folder().resolve(FOLDER));
                files.addAll(files(run.folder()));
            }
            for (int from = 0; from < drawn.scored().size(); from += SampleBlock.SAMPLES) {
                int to = Math.min(from + SampleBlock.SAMPLES, drawn.scored().size());
                append(SampleBlock.encode(drawn, from, to, spans));
            }
        } catch (IOException e) {
            throw DurableFiles.failed(run.folder().resolve(FOLDER), e);
        }
    }

    private void append(byte[] block) throws IOException {
        if (channel == null && !files.isEmpty()) {
            channel = FileChannel.open(files.getLast(), StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        }
        if (channel == null || channel.size() >= limit / FILES) {
            next();
        }
        for (ByteBuffer bytes = ByteBuffer.wrap(block); bytes.hasRemaining();) {
            channel.write(bytes);
        }
    }

    private void next() throws IOException {
        close();
        int number = files.isEmpty() ? 1 : 1 + Integer.parseInt(files.getLast().getFileName().toString().split("\\.")[0]);
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        while (!files.isEmpty() && bytes > limit - limit / FILES) {
            bytes -= Files.size(files.getFirst());
            Files.delete(files.removeFirst());
        }
        files.add(run.folder().resolve(FOLDER).resolve(String.format(Locale.ROOT, NAME, number)));
        channel = FileChannel.open(files.getLast(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    @Override
    public void saving(int done) {
        try {
            if (channel != null) {
                channel.force(true);
            }
        } catch (IOException e) {
            throw DurableFiles.failed(files.getLast(), e);
        }
    }

    /** Cuts off what was drawn after so many iterations, and a block of which a kill left a part. */
    @Override
    public void resumed(int done) {
        List<Path> all = files(run.folder());
        boolean cut = false;
        try {
            for (Path file : all) {
                if (cut) {
                    Files.delete(file);
                    continue;
                }
                try (FileChannel blocks = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    long end = 0;
                    for (SampleBlock block; (block = SampleBlock.read(file, blocks, end)) != null && block.iteration() <= done;) {
                        end += block.length();
                    }
                    cut = end < blocks.size();
                    blocks.truncate(end);
                }
            }
        } catch (IOException e) {
            throw DurableFiles.failed(run.folder().resolve(FOLDER), e);
        }
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
            channel = null;
        } catch (IOException e) {
            throw DurableFiles.failed(files.getLast(), e);
        }
    }
}
