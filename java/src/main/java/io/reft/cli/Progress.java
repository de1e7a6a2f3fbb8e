package io.reft.cli;

import io.reft.run.Journal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressState;

/**
 * How far a longer piece of work has come, with its rate and the time left, on standard error: a bar on a terminal, a plain
 * line every few seconds elsewhere. Work done within a second shows nothing.
 *
 * <pre>{@code
 * try (Progress progress = new Progress("SFT", "steps", 240)) {
 *     ...
 *     progress.note("loss 0.43");
 *     progress.step();
 * }
 * }</pre>
 */
final class Progress implements Journal.Progress {
    private static final Duration SILENT = Duration.ofSeconds(1);
    private static final Duration BETWEEN_REDRAWS = Duration.ofMillis(250);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

    /** Characters of the bar, and what stands for eighths of one. */
    private static final int WIDTH = 12;
    private static final String BLOCKS = " ▏▎▍▌▋▊▉";

    /** Bytes of a megabyte. */
    private static final long MB = 1_000_000;

    private final ProgressBar bar;

    /** For work counted in bytes, shown as megabytes. */
    static Progress ofBytes(String task, long total) {
        return new Progress(task, "MB", MB, 0, total, System.err, isTerminal());
    }

    /**
     * @param task  what is done, such as {@code SFT epoch 1/3}
     * @param unit  what is counted, in the plural
     * @param total how many there are in all; -1 if nobody knows
     */
    public Progress(String task, String unit, long total) {
        this(task, unit, 0, total);
    }

    /**
     * For work that goes on where it stopped.
     *
     * @param from how many were done before
     */
    Progress(String task, String unit, long from, long total) {
        this(task, unit, 1, from, total, System.err, isTerminal());
    }

    Progress(String task, String unit, long total, PrintStream out, boolean terminal) {
        this(task, unit, 1, 0, total, out, terminal);
    }

    private Progress(String task, String unit, long unitSize, long from, long total, PrintStream out, boolean terminal) {
        ProgressBarBuilder builder = ProgressBar.builder().setTaskName(task).setInitialMax(total).startsFrom(from, Duration.ZERO)
                .setRenderer((state, width) -> {
                    String line = line(state, unit, unitSize, terminal);
                    return terminal && line.length() > width ? line.substring(0, width) : line;
                })
                .setConsumer(new Display(out, terminal))
                .setUpdateIntervalMillis((int) (terminal ? BETWEEN_REDRAWS : BETWEEN_LINES).toMillis());
        bar = (terminal ? builder.continuousUpdate() : builder).build();
    }

    /** One more is done. */
    public void step() {
        bar.step();
    }

    /** {@code n} more are done. */
    public void step(long n) {
        bar.stepBy(n);
    }

    @Override
    public void reach(long n) {
        bar.stepTo(n);
    }

    @Override
    public void note(String text) {
        bar.setExtraMessage(text);
    }

    /** The work is over; shows its last state if it took long enough to show any. */
    @Override
    public void close() {
        bar.close();
    }

    /** Such as {@code SFT ▕██████      ▏ 120/240 steps (50 %), 1.9 steps/s, 1:03 left, loss 0.43}. */
    private static String line(ProgressState state, String unit, long unitSize, boolean terminal) {
        double seconds = state.getElapsedAfterStart().toMillis() / 1e3;
        long done = state.getCurrent() - state.getStart();
        double rate = done / Math.max(seconds, 1e-3);
        StringBuilder line = new StringBuilder(state.getTaskName());
        if (terminal && !state.isIndefinite()) {
            int eighths = (int) Math.round(8 * WIDTH * Math.min(state.getNormalizedProgress(), 1));
            String filled = "█".repeat(eighths / 8) + BLOCKS.charAt(eighths % 8);
            line.append(" ▕").append(String.format("%-" + WIDTH + "." + WIDTH + "s", filled)).append("▏ ");
        } else {
            line.append(": ");
        }
        line.append(state.getCurrent() / unitSize);
        if (!state.isIndefinite()) {
            line.append('/').append(state.getMax() / unitSize);
        }
        line.append(' ').append(unit);
        if (!state.isIndefinite()) {
            line.append(String.format(Locale.ROOT, " (%.0f %%)", 100 * state.getNormalizedProgress()));
        }
        line.append(String.format(Locale.ROOT, rate / unitSize < 100 ? ", %.1f %s/s" : ", %.0f %s/s", rate / unitSize, unit));
        if (!state.isIndefinite() && done > 0 && state.getCurrent() < state.getMax()) {
            long left = Math.round((state.getMax() - state.getCurrent()) / rate);
            line.append(left < 3600 ? ", %d:%02d left".formatted(left / 60, left % 60)
                    : ", %d:%02d:%02d left".formatted(left / 3600, left / 60 % 60, left % 60));
        }
        if (state.getExtraMessage() != null && !state.getExtraMessage().isBlank()) {
            line.append(", ").append(state.getExtraMessage().strip());
        }
        return line.toString();
    }

    private static boolean isTerminal() {
        try {
            String stderr = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return (stderr.startsWith("/dev/pts/") || stderr.startsWith("/dev/tty")) && !"dumb".equals(System.getenv("TERM"));
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** Where the text goes: over the last one on a terminal, otherwise on a line of its own; nowhere in the first second. */
    private static final class Display implements ProgressBarConsumer {
        private static final String START_OF_LINE = "\r";
        private static final String ERASE_REST = "\u001b[K";

        private final PrintStream out;
        private final boolean terminal;
        private final long start = System.nanoTime();
        private String last;

        Display(PrintStream out, boolean terminal) {
            this.out = out;
            this.terminal = terminal;
        }

        @Override
        public int getMaxRenderedLength() {
            String columns = System.getenv("COLUMNS");
            return columns != null && columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) - 1 : 79;
        }

        @Override
        public void accept(String text) {
            if (System.nanoTime() - start < SILENT.toNanos() || text.equals(last)) {
                return;
            }
            out.print(terminal ? START_OF_LINE + text + ERASE_REST : text + "\n");
            out.flush();
            last = text;
        }

        @Override
        public void clear() {}

        @Override
        public void close() {
            if (terminal && last != null) {
                out.println();
            }
        }
    }
}
