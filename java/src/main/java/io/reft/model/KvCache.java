package io.reft.model;

import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Keys and values of the sequences being generated, in pages of {@link Kernels#KV_PAGE} tokens taken from one pool. The
 * samples of one prompt share its full pages: a {@link #fork} copies the last, partial page alone.
 */
public final class KvCache implements AutoCloseable {
    private static final int PAGE = Kernels.KV_PAGE;

    /** A sequence in the cache: its pages in order, and how many tokens they hold. */
    public static final class Sequence {
        private final List<Integer> pages = new ArrayList<>();
        private int length;

        /** Its pages, in order; those that are reserved at the end. */
        public List<Integer> pages() {
            return Collections.unmodifiableList(pages);
        }

        /** Tokens in the cache. */
        public int length() {
            return length;
        }
    }

    /**
     * What one forward pass over cached sequences needs, for B sequences and their N new tokens.
     *
     * @param ids            new tokens [N]
     * @param positions      their places [N]
     * @param slots          page·16 + place in the page, of each [N]
     * @param cuNew          where each sequence's new tokens start [B + 1]
     * @param context        tokens of each sequence, new ones included [B]
     * @param blockTable     its pages [B, maxBlocks], row after row
     * @param longestContext the largest of {@code context}
     */
    public record Step(int[] ids, int[] positions, long[] slots, int[] cuNew, int[] context, int[] blockTable, int longestContext) {}

    /** The parts of a step that attention reads, on the device. */
    public record OnDevice(Tensor slots, Tensor cuNew, Tensor context, Tensor blockTable) {}

    private final TensorBlock workspace;
    private final Device device;
    private final List<Tensor> keys = new ArrayList<>(), values = new ArrayList<>(); // [pages + 1, NKV·16·HS] each
    private final Tensor slots, cuNew, context, blockTable;
    private final int[] holders;    // how many sequences hold a page
    private final int[] free;       // a stack of the pages nobody holds
    private int freeCount;

    private KvCache(ModelConfig config, DType storage, int pages, int maxSequences, int maxTokens, TensorBlock w) {
        workspace = w;
        device = w.device();
        for (int i = 0; i < config.layers(); i++) {
            keys.add(w.tensor(storage, pages + 1L, (long) config.kvHeads() * PAGE * config.headSize()));
            values.add(w.tensor(storage, pages + 1L, (long) config.kvHeads() * PAGE * config.headSize()));
        }
        slots = w.tensor(DType.I64, maxTokens, 1);
        cuNew = w.i32(maxSequences + 1L);
        context = w.i32(maxSequences);
        blockTable = w.i32((long) maxSequences * pagesFor(config.maxPositions()));
        holders = new int[pages];
        free = new int[pages];
        for (int page = pages - 1; page >= 0; page--) {
            free[freeCount++] = page;
        }
    }

    /**
     * Allocates the pool.
     *
     * @param pages        pages of 16 tokens
     * @param maxSequences most sequences of one step
     * @param maxTokens    most new tokens of one step
     */
    public static KvCache allocate(Engine engine, ModelConfig config, int pages, int maxSequences, int maxTokens) {
        return TensorBlock.lay(engine.device(), w -> new KvCache(config, storage(engine, config), pages, maxSequences, maxTokens, w));
    }

    /** Bytes that {@link #allocate} takes. */
    public static long bytes(Engine engine, ModelConfig config, int pages, int maxSequences, int maxTokens) {
        return TensorBlock.bytes(w -> new KvCache(config, storage(engine, config), pages, maxSequences, maxTokens, w));
    }

    /** The engine's; kernels for the CPU have bf16 by pairs of channels. */
    private static DType storage(Engine engine, ModelConfig config) {
        return config.headSize() % 2 == 0 ? engine.cache() : engine.storage();
    }

    /** Pages that hold {@code tokens} tokens. */
    public static int pagesFor(int tokens) {
        return (tokens + PAGE - 1) / PAGE;
    }

    /** Pages of the pool. */
    public int pages() {
        return holders.length;
    }

    /** Pages that nobody holds. */
    public int freePages() {
        return freeCount;
    }

    /** A page behind those of the pool, for rows of a batch that stand for no sequence. */
    public int sparePage() {
        return holders.length;
    }

    /** Makes room for {@code tokens} more tokens of a sequence, which the device will append; {@link #appended} follows. */
    public void reserve(Sequence s, int tokens) {
        while (s.pages.size() * PAGE < s.length + tokens) {
            s.pages.add(take());
        }
    }

    /** Says that the device appended {@code tokens} tokens in the room reserved. */
    public void appended(Sequence s, int tokens) {
        s.length += tokens;
    }

    /** A sequence with the same tokens as {@code parent}, which may go on differently. */
    public Sequence fork(Sequence parent) {
        Sequence child = new Sequence();
        child.length = parent.length;
        int full = parent.length / PAGE;
        for (int page : parent.pages.subList(0, full)) {
            holders[page]++;
            child.pages.add(page);
        }
        if (parent.length % PAGE != 0) {
            int from = parent.pages.get(full), to = take();
            child.pages.add(to);
            for (int i = 0; i < keys.size(); i++) {
                copyPage(keys.get(i), from, to);
                copyPage(values.get(i), from, to);
            }
        }
        return child;
    }

    /** Gives the pages of a sequence back. */
    public void release(Sequence s) {
        for (int page : s.pages) {
            if (--holders[page] == 0) {
                free[freeCount++] = page;
            }
        }
        s.pages.clear();
        s.length = 0;
    }

    /** Makes room for {@code tokens.get(b)} at the end of sequence b, and describes the forward pass over them. */
    public Step append(List<Sequence> sequences, List<int[]> tokens) {
        int count = sequences.size(), total = tokens.stream().mapToInt(t -> t.length).sum();
        int[] ids = new int[total], positions = new int[total], cu = new int[count + 1], lengths = new int[count];
        long[] slot = new long[total];
        int n = 0, longest = 0;
        for (int b = 0; b < count; b++) {
            Sequence s = sequences.get(b);
            for (int id : tokens.get(b)) {
                reserve(s, 1);
                ids[n] = id;
                positions[n] = s.length;
                slot[n] = (long) s.pages.get(s.length / PAGE) * PAGE + s.length % PAGE;
                s.length++;
                n++;
            }
            cu[b + 1] = n;
            lengths[b] = s.length;
            longest = Math.max(longest, s.length);
        }
        int blocks = pagesFor(longest);
        int[] table = new int[count * blocks];
        for (int b = 0; b < count; b++) {
            List<Integer> pages = sequences.get(b).pages;
            for (int i = 0; i < Math.min(blocks, pages.size()); i++) {
                table[b * blocks + i] = pages.get(i);
            }
        }
        return new Step(ids, positions, slot, cu, lengths, table, longest);
    }

    OnDevice upload(Step s) {
        Tensor table = device.upload(blockTable, s.blockTable);
        return new OnDevice(device.upload(slots, s.slots), device.upload(cuNew, s.cuNew),
                device.upload(context, s.context), table.reshape(s.context.length, s.blockTable.length / s.context.length));
    }

    /** Keys of a layer, [pages + 1, NKV·16·HS]. */
    Tensor keys(int layer) {
        return keys.get(layer);
    }

    /** Values of a layer, [pages + 1, NKV·16·HS]. */
    Tensor values(int layer) {
        return values.get(layer);
    }

    private int take() {
        if (freeCount == 0) {
            throw new IllegalStateException("the key/value cache has no page left: its user admitted too many sequences");
        }
        int page = free[--freeCount];
        holders[page] = 1;
        return page;
    }

    private void copyPage(Tensor pool, int from, int to) {
        Tensor source = pool.rows(from, 1);
        device.copy(source.address(), pool.rows(to, 1).address(), source.bytes());
    }

    @Override
    public void close() {
        workspace.close();
    }
}
