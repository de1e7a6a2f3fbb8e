package io.reft.generate;

import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Graph;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.model.Activations;
import io.reft.model.Heads;
import io.reft.model.KvCache;
import io.reft.model.ModelConfig;
import io.reft.model.Transformer;
import io.reft.model.Weights;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Steps of decoding that follow one another on the device: forward pass, draw, and the inputs of the next step. A step is
 * recorded once for each size of batch and given to the stream again and again; the host looks after {@link #STEPS} of
 * them. For devices on which looking costs waiting.
 */
final class Decoder implements AutoCloseable {
    /** Steps between two looks of the host. Sequences that end on the way repeat their last step until then. */
    static final int STEPS = 16;

    private static final int KEPT = 64;
    /** Below this bound, contexts share one recording. */
    private static final int LEAST_CONTEXT = 256;

    private final ModelConfig config;
    private final Transformer transformer;
    private final Engine engine;
    private final Kernels k;
    private final Device device;
    private final KvCache cache;
    private final Activations activations;
    private final int batch;
    private final Buffers buffers;

    private record Buffers(Tensor ids, Tensor positions, Tensor slots, Tensor context, Tensor blockTable, Tensor remaining, Tensor count,
                           Tensor notedTokens, Tensor notedLogprobs, Tensor notedValues, Tensor sequence, Tensor cuNew, Tensor eos,
                           Tensor logits,
                           Tensor tokens, Tensor logprobs, Tensor values, TensorBlock workspace) {}

    /** All that a recorded step has in it beside its buffers. */
    private record Key(int rows, int context, Weights weights, Sampling sampling, boolean ignoreEos) {
        boolean values() {
            return weights.value != null;
        }
    }

    private final Map<Key, Graph> graphs = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Graph> eldest) {
            boolean full = size() > KEPT;
            if (full) {
                eldest.getValue().close();
            }
            return full;
        }
    };

    /** Cache and activations must outlive this. */
    Decoder(Transformer transformer, Engine engine, KvCache cache, Activations activations, int batch) {
        this.config = transformer.config();
        this.transformer = transformer;
        this.engine = engine;
        this.k = engine.kernels();
        this.device = engine.device();
        this.cache = cache;
        this.activations = activations;
        this.batch = batch;
        buffers = TensorBlock.lay(device, w -> buffers(config, batch, w));
        int[] each = new int[batch + 1];
        Arrays.setAll(each, i -> i);
        device.upload(buffers.cuNew, each);
        if (config.eosIds().length > 0) {
            device.upload(buffers.eos, config.eosIds());
        }
    }

    /** Bytes that a decoder takes. */
    static long bytes(ModelConfig config, int batch) {
        return TensorBlock.bytes(w -> buffers(config, batch, w));
    }

    private static Buffers buffers(ModelConfig config, int n, TensorBlock w) {
        return new Buffers(w.i32(n), w.i32(n), w.tensor(DType.I64, n, 1), w.i32(n),
                w.tensor(DType.I32, n, KvCache.pagesFor(config.maxPositions())),
                w.i32(n), w.i32(n), w.tensor(DType.I32, n, STEPS), w.f32(n, STEPS), w.f32(n, STEPS), w.tensor(DType.I64, n, 1),
                w.i32(n + 1L),
                w.i32(config.eosIds().length), w.f32(n, config.vocab()), w.i32(n), w.f32(n), w.f32(n), w);
    }

    /**
     * A sequence to go on with.
     *
     * @param cached    its tokens but the last
     * @param last      its last token
     * @param number    its own, for the draws
     * @param remaining tokens that it may still have, at least 1
     */
    record Row(KvCache.Sequence cached, int last, long number, int remaining) {}

    /** What was drawn for a sequence; {@code values} null without a value head. */
    record Drawn(int[] tokens, float[] logprobs, float[] values) {}

    /** Up to {@link #STEPS} tokens for each row, fewer where it ends; they are appended to the cache but for the last. */
    List<Drawn> decode(Weights weights, List<Row> rows, Sampling sampling, boolean ignoreEos) {
        int steps = Math.min(STEPS, rows.stream().mapToInt(Row::remaining).max().orElse(0)), longest = 0;
        for (Row r : rows) {
            int tokens = Math.min(steps, r.remaining);
            cache.reserve(r.cached, tokens);
            longest = Math.max(longest, r.cached.length() + tokens);
        }
        Key key = new Key(padded(rows.size()),
                Math.min(powerOfTwo(Math.max(longest, LEAST_CONTEXT)), (int) buffers.blockTable.cols() * Kernels.KV_PAGE),
                weights, sampling, ignoreEos);
        set(rows, key.rows);
        Runnable step = () -> step(key);
        Graph graph = graphs.get(key);
        int done = 0;
        if (graph == null) {
            step.run(); // plainly the first time, which also loads its kernels
            done++;
            graph = device.capture(step);
            graphs.put(key, graph);
        }
        for (; done < steps; done++) {
            graph.launch();
        }
        return drawn(rows, key.values());
    }

    /** One step of the first {@code key.rows} rows. */
    private void step(Key key) {
        Kernels.Decoding d = state(key.rows, key.values());
        KvCache.OnDevice cached = new KvCache.OnDevice(d.slots(), buffers.cuNew.first(key.rows + 1L), d.context(), d.blockTable());
        Tensor hidden = transformer.forwardCached(key.weights, d.ids(), d.positions(), cached, key.context, cache, activations);
        Tensor logits = buffers.logits.first(key.rows), tokens = buffers.tokens.first(key.rows),
                logprobs = buffers.logprobs.first(key.rows);
        Tensor values = key.values() ? buffers.values.first(key.rows) : null;
        key.weights.head.forward(engine.invariant(), logits, hidden);
        // a token is drawn for the position behind the context
        k.sample(tokens, logprobs, logits, key.sampling.temperature(), key.sampling.topK(), key.sampling.topP(), key.sampling.seed(),
                buffers.sequence.first(key.rows), d.context());
        if (key.values()) {
            Heads.values(engine.invariant(), key.weights, hidden, values);
        }
        k.decodeAdvance(d, tokens, logprobs, values, key.ignoreEos || buffers.eos.size() == 0 ? null : buffers.eos);
    }

    private Kernels.Decoding state(int n, boolean values) {
        return new Kernels.Decoding(buffers.ids.first(n), buffers.positions.first(n), buffers.slots.first(n), buffers.context.first(n),
                buffers.blockTable.first(n), buffers.remaining.first(n), buffers.count.first(n), buffers.notedTokens.first(n),
                buffers.notedLogprobs.first(n), values ? buffers.notedValues.first(n) : null);
    }

    /** The rows, and behind them rows that stand for nothing: done from the start, each on a place of its own in the spare page. */
    private void set(List<Row> rows, int n) {
        int blocks = (int) buffers.blockTable.cols();
        int[] ids = new int[n], positions = new int[n], context = new int[n], remaining = new int[n], table = new int[n * blocks];
        long[] slots = new long[n], sequence = new long[n];
        for (int b = 0; b < n; b++) {
            if (b < rows.size()) {
                Row r = rows.get(b);
                List<Integer> pages = r.cached.pages();
                for (int i = 0; i < pages.size(); i++) {
                    table[b * blocks + i] = pages.get(i);
                }
                ids[b] = r.last;
                positions[b] = r.cached.length();
                remaining[b] = r.remaining;
                sequence[b] = r.number;
            } else {
                table[b * blocks] = cache.sparePage();
            }
            context[b] = positions[b] + 1;
            int place = b < rows.size() ? positions[b] % Kernels.KV_PAGE : b - rows.size();
            slots[b] = (long) table[b * blocks + positions[b] / Kernels.KV_PAGE] * Kernels.KV_PAGE + place;
        }
        device.upload(buffers.ids, ids);
        device.upload(buffers.positions, positions);
        device.upload(buffers.slots, slots);
        device.upload(buffers.context, context);
        device.upload(buffers.blockTable.reshape(buffers.blockTable.size(), 1), table);
        device.upload(buffers.remaining, remaining);
        device.upload(buffers.count, new int[n]);
        device.upload(buffers.sequence, sequence);
    }

    private List<Drawn> drawn(List<Row> rows, boolean valued) {
        int n = rows.size();
        int[] count = device.ints(buffers.count.first(n)), tokens = device.ints(buffers.notedTokens.first(n));
        float[] logprobs = device.floats(buffers.notedLogprobs.first(n)),
                values = valued ? device.floats(buffers.notedValues.first(n)) : null;
        Drawn[] drawn = new Drawn[n];
        for (int b = 0; b < n; b++) {
            int from = b * STEPS, to = from + count[b];
            cache.appended(rows.get(b).cached, count[b]);
            drawn[b] = new Drawn(Arrays.copyOfRange(tokens, from, to), Arrays.copyOfRange(logprobs, from, to),
                    valued ? Arrays.copyOfRange(values, from, to) : null);
        }
        return List.of(drawn);
    }

    /** Rows of the recording that serves {@code n}: few sizes, so that a batch that empties is recorded few times. At most 7 more. */
    private int padded(int n) {
        return Math.min(batch, n <= 8 ? powerOfTwo(n) : (n + 7) / 8 * 8);
    }

    private static int powerOfTwo(int least) {
        return Integer.highestOneBit(2 * least - 1);
    }

    @Override
    public void close() {
        graphs.values().forEach(Graph::close);
        buffers.workspace.close();
    }
}
