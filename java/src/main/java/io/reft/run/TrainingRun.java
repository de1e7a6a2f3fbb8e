package io.reft.run;

import io.reft.Version;
import io.reft.checkpoint.DataType;
import io.reft.checkpoint.JsonFields;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One run of a training command: its folder, its journal, the state it can go on from, and whether it should stop. Closing it closes the
 * records.
 */
public final class TrainingRun implements AutoCloseable {
    /**
     * What a run that goes on may do in another way: where it is, what computes it and in what portions. A recipe's values stand in the
     * other options.
     */
    private static final Set<String> FREE =
            Set.of("out", "overwrite", "resume", "save-every", "keep", "recipe", "device", "threads", "matmul",
                    "tokens-per-batch", "keep-samples", "watch");

    /** Megabytes of completions that are kept unless something else is asked for. */
    public static final int KEEP_SAMPLES = 512;

    private static final long MEGABYTE = 1_000_000;

    /**
     * Where a run leaves its results, and whether it goes on from an earlier one.
     *
     * @param out       the folder
     * @param overwrite whether an earlier run in it may go
     * @param resume    whether the run in it goes on where it was stopped
     * @param saveEvery units (steps, iterations) from one state to the next; 0: only when the run is stopped; null: every ten minutes
     * @param models    how models are written
     * @param samples   megabytes of completions that are kept, the latest ones; 0: none
     */
    public record Target(Path out, boolean overwrite, boolean resume, Integer saveEvery, Models models, int samples) {
        /** With models as the source has them, none beside the one that the run keeps, and the usual samples. */
        public Target(Path out, boolean overwrite, boolean resume, Integer saveEvery) {
            this(out, overwrite, resume, saveEvery, new Models(null, 0), KEEP_SAMPLES);
        }

        /** A new run in a new folder. */
        public static Target of(Path out) {
            return new Target(out, false, false, null);
        }
    }

    /**
     * How a run writes models.
     *
     * @param dtype   of the tensors; null: that of the model it started from
     * @param judged  how many of those that were judged last are kept in {@code checkpoints/}, beside the one that the run keeps
     */
    public record Models(DataType dtype, int judged) {}

    private final Models models;
    private final RunFolder folder;
    private final EventFile events;
    private final SampleStore samples;
    private final Journal journal;
    private final TrainingState state;
    private final Interrupt interrupt;

    private TrainingRun(Models models, RunFolder folder, EventFile events, SampleStore samples, Journal journal,
            TrainingState state) {
        this.models = models;
        this.folder = folder;
        this.events = events;
        this.samples = samples;
        this.journal = journal;
        this.state = state;
        interrupt = new Interrupt(journal::message);
    }

    /**
     * Opens a run. Nothing is written before the first record: a run that finds its input bad leaves no trace.
     *
     * @param command   what the run is called in its records, such as {@code sft}
     * @param options   all that decides the result, by name: recorded, and asked to be the same when the run goes on
     * @param inputs    files and model folders that decide the result: their checksums are recorded, and asked to be the same
     * @param listeners who hears the journal beside the run's folder
     * @throws io.reft.InputError where the folder is taken, or holds no state to go on from
     */
    public static TrainingRun open(Target target, String command, Map<String, ?> options, List<Path> inputs,
            Journal.Listener... listeners) {
        long began = System.nanoTime();
        Path[] read = inputs.toArray(Path[]::new);
        RunFolder folder = target.resume ? RunFolder.resume(target.out, command, options, FREE, read)
                : RunFolder.create(target.out, command, options, target.overwrite, read);
        try {
            EventFile events = new EventFile(folder);
            SampleStore samples = new SampleStore(folder, target.samples * MEGABYTE);
            Journal journal = new Journal(List.of(listeners)).with(new ProgressFile(folder)).with(new LogFile(folder)).with(samples)
                    .with(events).with(folder);
            if (target.resume) {
                journal = journal.with(new Continuation(folder.startedBy(), new Journal(List.of(listeners))));
            }
            return new TrainingRun(target.models, folder, events, samples, journal,
                    new TrainingState(folder, journal, target.resume, target.saveEvery, began));
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Says so where another version or another device goes on with a run. */
    private record Continuation(String startedBy, Journal told) implements Journal.Listener {
        @Override
        public void device(String description) {
            String now = "reft " + Version.text() + " on " + description;
            if (startedBy != null && !startedBy.equals(now)) {
                told.message("This run was started by " + startedBy + ", and goes on by " + now
                        + ": its result need not have the bits of a run that was never stopped.");
            }
        }
    }

    /** How it writes models. */
    Models models() {
        return models;
    }

    /** The run's folder, which exists from the first call on. */
    public Path folder() {
        return folder.folder();
    }

    /** Where the run tells how it goes. */
    public Journal journal() {
        return journal;
    }

    /** From where the run goes on, and where it will be able to. */
    public TrainingState state() {
        return state;
    }

    /** The samples told before the run was stopped. */
    List<JsonFields> samples() {
        return folder.samples();
    }

    /** Whether the run should stop after its current step. */
    public boolean stopRequested() {
        return interrupt.requested();
    }

    /** Asks the run to stop after its current step; it can be resumed from there. */
    public void stop() {
        interrupt.request();
    }

    @Override
    public void close() {
        interrupt.close();
        events.close();
        samples.close();
        folder.close();
    }
}
