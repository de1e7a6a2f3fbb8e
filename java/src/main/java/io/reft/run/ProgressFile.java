package io.reft.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.reft.checkpoint.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * How far a run has come, for who watches it: {@code run/progress.json}, replaced at most once a second. It is no record: it is not synced,
 * and a run does not go on from it.
 */
final class ProgressFile implements Journal.Listener {
    static final String FILE = "run/progress.json";

    /**
     * What the file holds; times in milliseconds since 1970.
     *
     * @param task    what is done, such as {@code ppo}
     * @param unit    what is counted, in the plural
     * @param from    how many were done before
     * @param done    how many are done
     * @param total   how many there are in all; -1 where nobody knows
     * @param note    something short, such as the loss; or null
     * @param began   when the first of them was begun
     * @param updated when this was written
     * @param ended   whether that stretch of work is over
     * @param process the number that the operating system gave the run's process
     */
    record State(String task, String unit, long from, long done, long total, String note, long began, long updated, boolean ended,
                 long process) {}

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final long BETWEEN = 1000;

    private final RunFolder run;
    private boolean recorded;

    /** @param run asked where it is when there are records */
    ProgressFile(RunFolder run) {
        this.run = run;
    }

    @Override
    public void numbers(Journal.Entry entry) {
        recorded = true;
    }

    @Override
    public void resumed(int done) {
        recorded = true;
    }

    @Override
    public Journal.Progress progress(String task, String unit, long from, long total) {
        return new Stretch(new State(task, unit, from, from, total, null, System.currentTimeMillis(), 0, false,
                ProcessHandle.current().pid()));
    }

    private final class Stretch implements Journal.Progress {
        private State state;

        Stretch(State state) {
            this.state = state;
            write(false);
        }

        @Override
        public void reach(long done) {
            state = new State(state.task, state.unit, state.from, done, state.total, state.note, state.began, state.updated, false,
                    state.process);
            if (System.currentTimeMillis() - state.updated >= BETWEEN) {
                write(false);
            }
        }

        @Override
        public void note(String text) {
            state = new State(state.task, state.unit, state.from, state.done, state.total, text, state.began, state.updated, false,
                    state.process);
        }

        @Override
        public void close() {
            write(true);
        }

        private void write(boolean ended) {
            if (!recorded) {
                return; // there need not be a folder
            }
            state = new State(state.task, state.unit, state.from, state.done, state.total, state.note, state.began,
                    System.currentTimeMillis(), ended, state.process);
            Path file = run.folder().resolve(FILE), next = file.resolveSibling("progress.json.unfinished");
            try {
                Files.writeString(next, GSON.toJson(state) + "\n");
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw DurableFiles.failed(file, e);
            }
        }
    }
}
