package io.reft.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run tells while it goes on: the numbers of each step, completions worth reading, sentences for people, and how far it has come.
 * It goes to every {@link Listener}: the run's folder writes the numbers down, a terminal shows the sentences. A new way to follow a run
 * (a file, a page, a protocol) is one more listener.
 */
public final class Journal {
    /** Hears what a run tells, in the order in which it happens; calls come from one thread. */
    public interface Listener {
        /** The numbers of one step, epoch or iteration. */
        default void numbers(Entry entry) {}

        /** A completion worth reading. */
        default void sample(Entry sample) {}

        /** All completions of an iteration. */
        default void completions(DrawnCompletions drawn) {}

        /** The run goes on after so many steps or iterations: what was told of later ones will be told again. */
        default void resumed(int done) {}

        /** The run will be able to go on after so many: what it has told must outlive a power cut. */
        default void saving(int done) {}

        /** What the run computes on and with, such as {@code cpu: AVX-512, 8 threads}. */
        default void device(String description) {}

        /** A sentence about how the run goes. */
        default void message(String sentence) {}

        /** A sentence about what came out. */
        default void result(String sentence) {
            message(sentence);
        }

        /**
         * A stretch of work begins.
         *
         * @param task  what is done, such as {@code sft}
         * @param unit  what is counted, in the plural
         * @param from  how many were done before
         * @param total how many there are in all; -1 where nobody knows
         */
        default Progress progress(String task, String unit, long from, long total) {
            return Progress.NONE;
        }
    }

    /** How far a stretch of work has come; closed at its end. */
    public interface Progress extends AutoCloseable {
        /** For nobody. */
        Progress NONE = new Progress() {};

        /** So many are done in all. */
        default void reach(long done) {}

        /** Something short beside the figures, such as the loss. */
        default void note(String text) {}

        @Override
        default void close() {}
    }

    /** Named values in the order in which they were given; the first is usually what is counted: {@code step 3, loss 0.46}. */
    public static final class Entry {
        private final Map<String, Object> values = new LinkedHashMap<>();

        /** An empty entry. */
        public Entry() {}

        /** An entry of a step, epoch or iteration. */
        public static Entry at(String unit, int number) {
            return new Entry().with(unit, number);
        }

        /** Adds a number, a text, or a map of such; null and what is not finite stay without a value. */
        public Entry with(String name, Object value) {
            values.put(name, value);
            return this;
        }

        /** The values by their names. */
        public Map<String, Object> values() {
            return Collections.unmodifiableMap(values);
        }
    }

    /** A journal that nobody reads. */
    public static final Journal SILENT = new Journal(List.of());

    private final List<Listener> listeners;

    /** @param listeners who hears it, in this order */
    public Journal(List<Listener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    /** The same listeners and one more, which hears first. */
    public Journal with(Listener listener) {
        List<Listener> all = new ArrayList<>(listeners);
        all.addFirst(listener);
        return new Journal(all);
    }

    /** Tells the numbers of a step, epoch or iteration. */
    public void numbers(Entry entry) {
        listeners.forEach(l -> l.numbers(entry));
    }

    /** Tells a completion worth reading. */
    public void sample(Entry sample) {
        listeners.forEach(l -> l.sample(sample));
    }

    /** Tells all completions of an iteration. */
    public void completions(DrawnCompletions drawn) {
        listeners.forEach(l -> l.completions(drawn));
    }

    /** Tells that the run goes on after so many steps or iterations. */
    void resumed(int done) {
        listeners.forEach(l -> l.resumed(done));
    }

    /** Tells that a state is about to be saved. */
    void saving(int done) {
        listeners.forEach(l -> l.saving(done));
    }

    /** Tells on what the run computes. */
    public void device(String description) {
        listeners.forEach(l -> l.device(description));
    }

    /** Tells people how the run goes. */
    public void message(String sentence) {
        listeners.forEach(l -> l.message(sentence));
    }

    /** Tells people what came out. */
    public void result(String sentence) {
        listeners.forEach(l -> l.result(sentence));
    }

    /** Begins a stretch of work, as {@link Listener#progress} has it. */
    public Progress progress(String task, String unit, long from, long total) {
        List<Progress> all = listeners.stream().map(l -> l.progress(task, unit, from, total)).filter(p -> p != Progress.NONE).toList();
        return new Progress() {
            @Override
            public void reach(long done) {
                all.forEach(p -> p.reach(done));
            }

            @Override
            public void note(String text) {
                all.forEach(p -> p.note(text));
            }

            @Override
            public void close() {
                all.forEach(Progress::close);
            }
        };
    }
}
