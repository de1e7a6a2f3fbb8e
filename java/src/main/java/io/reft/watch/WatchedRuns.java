package io.reft.watch;

import io.reft.InputError;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The runs in some folders, looked at again and again by a thread of its own; whoever waits for news is woken. */
final class WatchedRuns implements AutoCloseable {
    /** Most runs at a time; more than anybody can tell apart. */
    static final int MOST = 64;
    /** How far below a folder runs are looked for: {@code runs/demo/sft}. */
    private static final int DEPTH = 2;
    private static final int ENTRIES = 1000;
    private static final long BETWEEN_LOOKS = 500;

    private final List<Path> places;
    private final List<WatchedRun> runs = new ArrayList<>();
    private final Thread thread = new Thread(this::lookAgainAndAgain, "watch");
    private long version;
    private volatile boolean closed;

    /** @param places folders of runs, or of folders of runs; runs that begin there later are found too */
    WatchedRuns(List<Path> places) {
        this.places = places.stream().map(p -> p.toAbsolutePath().normalize()).toList();
        thread.setDaemon(true);
    }

    /** Looks at all once, and from now on twice a second. */
    WatchedRuns begin() {
        look();
        thread.start();
        return this;
    }

    /** The runs in the order in which they were found. */
    synchronized List<WatchedRun> runs() {
        return List.copyOf(runs);
    }

    /** The number of changes so far. */
    synchronized long version() {
        return version;
    }

    /** Waits until there have been more changes than {@code seen}; at most so long. Gives how many there have been. */
    synchronized long await(long seen, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = millis; version == seen && left > 0 && !closed; left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
            wait(Math.max(1, left));
        }
        return version;
    }

    private void lookAgainAndAgain() {
        try {
            while (!closed) {
                Thread.sleep(BETWEEN_LOOKS);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks at all of them once. */
    void look() {
        boolean changed = false;
        for (Path place : places) {
            changed |= find(place, place, DEPTH);
        }
        for (WatchedRun run : runs()) {
            try {
                changed |= run.look();
            } catch (IOException | InputError e) {
                continue; // deleted or changed while it was read: the next look sees what there is then
            }
        }
        if (changed) {
            synchronized (this) {
                version++;
                notifyAll();
            }
        }
    }

    private boolean find(Path place, Path folder, int depth) {
        boolean found = WatchedRun.isIn(folder) && add(place, folder);
        if (depth > 0 && Files.isDirectory(folder)) {
            try (DirectoryStream<Path> inside = Files.newDirectoryStream(folder, Files::isDirectory)) {
                List<Path> all = new ArrayList<>();
                for (Path path : inside) {
                    if (all.size() < ENTRIES) {
                        all.add(path);
                    }
                }
                for (Path path : all.stream().sorted().toList()) {
                    found |= find(place, path, depth - 1);
                }
            } catch (IOException e) {
                return found; // not ours to read
            }
        }
        return found;
    }

    private synchronized boolean add(Path place, Path folder) {
        if (runs.size() == MOST || runs.stream().anyMatch(r -> r.folder().equals(folder))) {
            return false;
        }
        Path above = place.getParent() != null ? place.getParent() : place;
        runs.add(new WatchedRun(folder, above.relativize(folder).toString()));
        return true;
    }

    @Override
    public synchronized void close() {
        closed = true;
        thread.interrupt();
        notifyAll();
    }
}
