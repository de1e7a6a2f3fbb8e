package io.reft.run;

import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What a run says to people, each line with its time: {@code run/log.txt}. What it says before there is a folder is written with the first
 * record. A run that goes on adds to it, and so it alone tells of every attempt.
 */
final class LogFile implements Journal.Listener {
    static final String FILE = "run/log.txt";
    /** Characters of a line. */
    private static final int LINE = 4000;

    private final RunFolder run;
    private final StringBuilder waiting = new StringBuilder();
    private boolean recorded;

    /** @param run asked where it is when there are records */
    LogFile(RunFolder run) {
        this.run = run;
    }

    @Override
    public void message(String sentence) {
        String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        sentence.lines().forEach(line -> waiting.append(time).append(' ').append(InputError.printable(line, LINE)).append('\n'));
        if (recorded) {
            write();
        }
    }

    @Override
    public void numbers(Journal.Entry entry) {
        recorded = true;
        write();
    }

    @Override
    public void resumed(int done) {
        recorded = true;
        write();
    }

    private void write() {
        if (waiting.isEmpty()) {
            return;
        }
        Path file = run.folder().resolve(FILE);
        try {
            Files.writeString(file, waiting, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            waiting.setLength(0);
        } catch (IOException e) {
            throw DurableFiles.failed(file, e);
        }
    }
}
