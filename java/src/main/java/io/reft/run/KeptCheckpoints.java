package io.reft.run;

import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The models of the last judgements, beside the one that a run leaves behind: {@code checkpoints/iteration-40} and so on, each a Hugging
 * Face folder that appears by one rename.
 */
final class KeptCheckpoints {
    private static final String FOLDER = "checkpoints", NAME = "(step|epoch|iteration)-\\d{1,10}";

    private final TrainingRun run;
    private final int most;
    private boolean begun;

    /** @param most how many stay, the latest ones */
    KeptCheckpoints(TrainingRun run, int most) {
        this.run = run;
        this.most = most;
    }

    /** Keeps the model after so many {@code unit}s, which {@code save} writes; those that are too many go once it is there. */
    void add(String unit, int number, Consumer<Path> save) {
        if (!begun) {
            begun = true;
            forget(run.state().resumes() ? number : 0);
        }
        if (most > 0) {
            Path out = folder().resolve(unit + "-" + number);
            save.accept(out);
            List<Path> all = all();
            all.subList(0, Math.max(0, all.size() - most)).forEach(KeptCheckpoints::delete);
        }
    }

    /** Those of an earlier run in this folder go; where a run goes on, only those that it will come to again. */
    private void forget(int from) {
        all().stream().filter(dir -> number(dir) >= from).forEach(KeptCheckpoints::delete);
    }

    private Path folder() {
        return run.folder().resolve(FOLDER);
    }

    /** The earliest first. */
    private List<Path> all() {
        List<Path> all = new ArrayList<>();
        if (Files.isDirectory(folder())) {
            try (DirectoryStream<Path> dirs = Files.newDirectoryStream(folder(),
                    f -> f.getFileName().toString().matches(NAME) && Files.isDirectory(f))) {
                dirs.forEach(all::add);
            } catch (IOException e) {
                throw new InputError("%s cannot be read.", folder());
            }
        }
        all.sort(Comparator.comparingLong(KeptCheckpoints::number));
        return all;
    }

    private static long number(Path dir) {
        String name = dir.getFileName().toString();
        return Long.parseLong(name.substring(name.indexOf('-') + 1));
    }

    /** A folder of files alone; whatever else somebody put there stays, and the folder with it. */
    private static void delete(Path dir) {
        try (Stream<Path> inside = Files.list(dir)) {
            List<Path> files = inside.toList();
            if (files.stream().allMatch(Files::isRegularFile)) {
                for (Path file : files) {
                    Files.delete(file);
                }
                Files.delete(dir);
            }
        } catch (IOException e) {
            throw DurableFiles.failed(dir, e);
        }
    }
}
