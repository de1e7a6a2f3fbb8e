package io.reft.watch;

import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.reward.Score.Verdict;
import io.reft.run.SampleBlock;
import io.reft.run.SampleQuery;
import io.reft.run.SampleStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a run's samples are and what they are like: some 20 bytes a sample, texts stay in the files. It is made of the headers of {@link
 * SampleBlock}s and kept up by reading those that are new.
 */
final class SampleIndex {
    /** Most samples that are known at a time, the latest ones. */
    static final int MOST = 4_000_000;
    /** Most characters of questions that are kept to be searched. */
    private static final int QUESTION_TEXT = 1 << 25;
    private static final Verdict[] VERDICTS = Verdict.values();

    /**
     * A sample among those that were asked for.
     *
     * @param id     by which it can be read: file, place in it and number in its block
     * @param header what its block says
     */
    record Found(String id, int iteration, SampleBlock.Question question, SampleBlock.Entry header) {}

    /** Samples that were asked for: how many there are in all, and some of them. */
    record Answer(int total, List<Found> samples) {}

    /** A block and the number of its first sample. */
    private record Block(Path file, long offset, int length, int iteration, int first) {}

    private final Path run;
    private final List<Block> blocks = new ArrayList<>();
    private final Map<String, Integer> questions = new HashMap<>();
    private final List<SampleBlock.Question> asked = new ArrayList<>();
    private int[] question = new int[1024];
    private float[] score = new float[1024];
    private byte[] verdict = new byte[1024];
    private int count, characters;

    SampleIndex(Path run) {
        this.run = run;
    }

    /** How many samples are known. */
    synchronized int count() {
        return count;
    }

    /** The first and the last iteration of which samples are known; 0 where none are. */
    synchronized int[] iterations() {
        return blocks.isEmpty() ? new int[2] : new int[] {blocks.getFirst().iteration, blocks.getLast().iteration};
    }

    /** Reads what is new; gives whether anything has changed. */
    synchronized boolean look() throws IOException {
        int before = count;
        List<Path> files = SampleStore.files(run);
        boolean changed = forget(files);
        for (Path file : files) {
            if (blocks.isEmpty() || file.compareTo(blocks.getLast().file) >= 0) {
                long at = blocks.isEmpty() || !file.equals(blocks.getLast().file) ? 0 : blocks.getLast().offset + blocks.getLast().length;
                read(file, at);
            }
        }
        return changed || count != before;
    }

    /** Drops what is no longer there: the oldest files, or all where the run went back. */
    private boolean forget(List<Path> files) throws IOException {
        if (blocks.isEmpty()) {
            return false;
        }
        Block last = blocks.getLast();
        if (!files.contains(last.file) || !isThere(last)) {
            clear();
            return true;
        }
        if (!files.getFirst().equals(blocks.getFirst().file) || count > MOST) {
            Path keep = count > MOST ? files.stream().filter(f -> f.compareTo(blocks.getFirst().file) > 0).findFirst().orElse(last.file)
                    : files.getFirst();
            drop(keep);
            return true;
        }
        return false;
    }

    private static boolean isThere(Block block) throws IOException {
        try (FileChannel channel = FileChannel.open(block.file)) {
            SampleBlock now = SampleBlock.read(block.file, channel, block.offset);
            return now != null && now.length() == block.length && now.iteration() == block.iteration;
        } catch (NoSuchFileException | InputError e) {
            return false;
        }
    }

    private void clear() {
        blocks.clear();
        count = 0;
    }

    private void drop(Path keep) {
        int dropped = 0;
        while (dropped < blocks.size() && blocks.get(dropped).file.compareTo(keep) < 0) {
            dropped++;
        }
        int gone = dropped == blocks.size() ? count : blocks.get(dropped).first;
        List<Block> left = blocks.subList(dropped, blocks.size()).stream()
                .map(b -> new Block(b.file, b.offset, b.length, b.iteration, b.first - gone)).toList();
        System.arraycopy(question, gone, question, 0, count - gone);
        System.arraycopy(score, gone, score, 0, count - gone);
        System.arraycopy(verdict, gone, verdict, 0, count - gone);
        count -= gone;
        blocks.clear();
        blocks.addAll(left);
    }

    private void read(Path file, long from) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long at = from;
            for (SampleBlock block; (block = SampleBlock.read(file, channel, at)) != null; at += block.length()) {
                add(file, block);
            }
        } catch (NoSuchFileException e) {
            return; // deleted since: the next look forgets it
        }
    }

    private void add(Path file, SampleBlock block) {
        blocks.add(new Block(file, block.offset(), block.length(), block.iteration(), count));
        int[] numbers = block.questions().stream().mapToInt(this::number).toArray();
        if (count + block.samples().size() > question.length) {
            int capacity = Math.max(2 * question.length, count + block.samples().size());
            question = Arrays.copyOf(question, capacity);
            score = Arrays.copyOf(score, capacity);
            verdict = Arrays.copyOf(verdict, capacity);
        }
        for (SampleBlock.Entry sample : block.samples()) {
            question[count] = numbers[sample.question()];
            score[count] = (float) sample.score();
            verdict[count] = (byte) sample.verdict().ordinal();
            count++;
        }
    }

    private int number(SampleBlock.Question q) {
        return questions.computeIfAbsent(q.id(), id -> {
            characters += q.text().length();
            asked.add(characters <= QUESTION_TEXT ? q : new SampleBlock.Question(id, "", q.gold()));
            return asked.size() - 1;
        });
    }

    /**
     * Samples that a query accepts.
     *
     * @param latest whether the latest come first
     * @param skip   how many of them are left out first
     * @param most   how many are told at most
     */
    synchronized Answer find(SampleQuery query, boolean latest, int skip, int most) throws IOException {
        boolean[] accepted = new boolean[asked.size()];
        for (int q = 0; q < accepted.length; q++) {
            accepted[q] = query.accepts(asked.get(q));
        }
        int total = 0;
        Map<Block, List<Integer>> chosen = new LinkedHashMap<>();
        for (int b = 0; b < blocks.size(); b++) {
            int number = latest ? blocks.size() - 1 - b : b;
            Block block = blocks.get(number);
            if (!query.accepts(block.iteration)) {
                continue;
            }
            int end = number + 1 < blocks.size() ? blocks.get(number + 1).first : count;
            for (int i = block.first; i < end; i++) {
                int s = latest ? end - 1 - (i - block.first) : i;
                if (accepted[question[s]] && query.accepts(VERDICTS[verdict[s]], score[s])) {
                    if (total >= skip && total - skip < most) {
                        chosen.computeIfAbsent(block, x -> new ArrayList<>()).add(s - block.first);
                    }
                    total++;
                }
            }
        }
        return new Answer(total, headers(chosen));
    }

    private static List<Found> headers(Map<Block, List<Integer>> chosen) throws IOException {
        List<Found> found = new ArrayList<>();
        for (Map.Entry<Block, List<Integer>> entry : chosen.entrySet()) {
            Block block = entry.getKey();
            try (FileChannel channel = FileChannel.open(block.file)) {
                SampleBlock header = SampleBlock.read(block.file, channel, block.offset);
                for (int i : header == null || header.length() != block.length ? List.<Integer>of() : entry.getValue()) {
                    SampleBlock.Entry sample = header.samples().get(i);
                    String id = block.file.getFileName().toString().split("\\.")[0] + "-" + block.offset + "-" + i;
                    found.add(new Found(id, block.iteration, header.questions().get(sample.question()), sample));
                }
            } catch (NoSuchFileException e) {
                continue; // deleted since
            }
        }
        return found;
    }

    /** The whole sample of such an id; null where there is none. */
    synchronized JsonObject sample(String id) throws IOException {
        String[] parts = id.split("-");
        for (Block block : blocks) {
            if (block.file.getFileName().toString().startsWith(parts[0] + ".") && Long.toString(block.offset).equals(parts[1])) {
                try (FileChannel channel = FileChannel.open(block.file)) {
                    SampleBlock header = SampleBlock.read(block.file, channel, block.offset);
                    int number = Integer.parseInt(parts[2]);
                    return header == null || number >= header.samples().size() ? null : header.lines(block.file, channel).get(number);
                } catch (NoSuchFileException e) {
                    return null;
                }
            }
        }
        return null;
    }
}
