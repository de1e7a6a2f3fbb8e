package io.reft.generate;

import io.reft.Diverged;
import io.reft.InputError;
import io.reft.device.DType;
import io.reft.device.Device;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Batched generation with a key/value cache: finished sequences leave the batch, waiting ones enter it. The samples of
 * one prompt read it once and share its cache. A sample depends on (seed, sequence, position) alone, never on who else
 * is in the batch. Where the device is asynchronous, steps that nobody enters are a {@link Decoder}'s.
 */
public final class Generator implements AutoCloseable {
    private static final long PREFILL_TOKENS = 2048;
    /** Completions from which on their many products of few rows make up for packing the weights. */
    private static final int WORTH_PACKING = 8;
    /** Completions that one request may ask for. */
    private static final int MOST = 10_000_000;

    private final ModelConfig config;
    private final Transformer transformer;
    private final Engine engine;
    private final Kernels k;
    private final Device device;
    private final int batch;
    private final Buffers buffers;
    private Activations activations;
    private KvCache cache;
    private Decoder decoder;    // null where the host looks at every step

    private record Buffers(Tensor rows, Tensor hidden, Tensor logits, Tensor tokens, Tensor logprobs, Tensor values, Tensor sequence,
                           Tensor position, TensorBlock workspace) {}

    /**
     * @param transformer its model
     * @param engine      the device; it must outlive this
     * @param batch       most sequences at a time
     */
    public Generator(Transformer transformer, Engine engine, int batch) {
        this.config = transformer.config();
        this.transformer = transformer;
        this.engine = engine;
        this.k = engine.kernels();
        this.device = engine.device();
        this.batch = batch;
        this.buffers = TensorBlock.lay(device,
                w -> new Buffers(w.i32(batch), w.tensor(engine.storage(), batch, config.embedWidth()), w.f32(batch, config.vocab()),
                        w.i32(batch), w.f32(batch), w.f32(batch), w.tensor(DType.I64, batch, 1), w.i32(batch), w));
    }

    /**
     * What is asked for.
     *
     * @param prompts       token ids of each prompt, none empty
     * @param samples       completions of each prompt
     * @param maxNewTokens  most tokens of a completion
     * @param maxTokens     most tokens of prompt and completion together; at most the model's positions
     * @param firstSequence number of the first completion; the i-th of prompt p is {@code firstSequence + p·samples + i}
     * @param ignoreEos     go on to the length limit whatever is drawn, as benchmarks do
     */
    public record Request(List<int[]> prompts, int samples, int maxNewTokens, int maxTokens, long firstSequence, boolean ignoreEos) {
        /** Refuses more completions than can be held at a time. */
        public Request {
            if ((long) prompts.size() * samples > MOST) {
                throw new InputError("%d prompts with %d completions of each are more than %d at a time: ask for fewer.", prompts.size(),
                        samples, MOST);
            }
        }
    }

    /** A completion being written. */
    private final class Running {
        final int index;            // where it goes in the answer
        final int prompt;           // tokens of its prompt
        final int limit;            // tokens that it may have
        final int[] ids;
        final float[] logprobs, values;
        int length;
        KvCache.Sequence cached;

        Running(int index, int prompt, int limit, boolean values) {
            this.index = index;
            this.prompt = prompt;
            this.limit = limit;
            this.ids = new int[limit];
            this.logprobs = new float[limit];
            this.values = values ? new float[limit] : null;
        }

        void add(int token, float logprob, float value) {
            if (token < 0) {
                throw new Diverged("The model's logits are not finite: the training that made its weights diverged.");
            }
            ids[length] = token;
            logprobs[length] = logprob;
            if (values != null) {
                values[length] = value;
            }
            length++;
        }

        Completion completion(boolean finished) {
            return new Completion(Arrays.copyOf(ids, length), Arrays.copyOf(logprobs, length),
                    values == null ? null : Arrays.copyOf(values, length), finished);
        }
    }

    /** A prompt that waits, with the completions to draw from it. */
    private record Waiting(int[] prompt, List<Running> runs) {
        int pages() {
            // each run owns at most what follows the prompt's full pages
            int shared = prompt.length / Kernels.KV_PAGE;
            return shared + runs.stream().mapToInt(r -> KvCache.pagesFor(prompt.length + r.limit) - shared).sum();
        }
    }

    /**
     * Completions of all prompts, in order: those of the first prompt, then those of the second.
     *
     * @param weights  the model; a value head in it gives {@link Completion#values}
     * @param finished told the number of completions done so far, after each step
     */
    public List<Completion> generate(Weights weights, Request request, Sampling sampling, IntConsumer finished) {
        return generate(weights, request, sampling, finished, null);
    }

    /**
     * As the shorter form, with an ear for what is being written.
     *
     * @param first hears the tokens that the first completion has, after each step; or null
     */
    public List<Completion> generate(Weights weights, Request request, Sampling sampling, IntConsumer finished, Consumer<int[]> first) {
        Deque<Waiting> waiting = queue(request, weights.value != null);
        Completion[] done = new Completion[request.prompts.size() * request.samples];
        prepare(waiting);
        if (Math.min(batch, done.length) >= WORTH_PACKING) {
            weights.pack(engine.invariant());
        }
        List<Running> running = new ArrayList<>();
        int count = 0, reserved = 0;
        while (!waiting.isEmpty() || !running.isEmpty()) {
            List<Waiting> entering = entering(waiting, running, reserved);
            if (entering.isEmpty() && decoder != null) {
                decode(weights, running, request, sampling);
            } else {
                step(weights, entering, running, request.firstSequence, sampling);
            }
            if (first != null) {
                running.stream().filter(r -> r.index == 0).forEach(r -> first.accept(Arrays.copyOf(r.ids, r.length)));
            }
            List<Running> going = new ArrayList<>();
            for (Running r : running) {
                boolean eos = !request.ignoreEos && config.isEos(r.ids[r.length - 1]);
                if (eos || r.length == r.limit) {
                    done[r.index] = r.completion(eos);
                    cache.release(r.cached);
                    count++;
                } else {
                    going.add(r);
                }
            }
            running = going;
            reserved = running.stream().mapToInt(r -> KvCache.pagesFor(r.prompt + r.limit)).sum();
            finished.accept(count);
        }
        return Arrays.asList(done);
    }

    /** Takes those from the queue that have room beside the running ones, of whose pages {@code reserved} are spoken for. */
    private List<Waiting> entering(Deque<Waiting> waiting, List<Running> running, int reserved) {
        List<Waiting> entering = new ArrayList<>();
        int sequences = running.size(), newTokens = running.size(), pages = reserved;
        for (Waiting next; (next = waiting.peek()) != null && sequences + next.runs.size() <= batch
                && pages + next.pages() <= cache.pages() && newTokens + next.prompt.length <= activations.maxTokens();) {
            entering.add(waiting.poll());
            sequences += next.runs.size();
            newTokens += next.prompt.length;
            pages += next.pages();
        }
        return entering;
    }

    /** One new token of each running sequence, and the whole prompt of each one that enters. */
    private void step(Weights weights, List<Waiting> entering, List<Running> running, long firstSequence, Sampling sampling) {
        List<KvCache.Sequence> sequences = new ArrayList<>();
        List<int[]> tokens = new ArrayList<>();
        List<Integer> rows = new ArrayList<>();
        int newTokens = 0;
        for (Running r : running) {
            sequences.add(r.cached);
            tokens.add(new int[] {r.ids[r.length - 1]});
            rows.add(newTokens++);
        }
        for (Waiting w : entering) {
            KvCache.Sequence first = new KvCache.Sequence();
            sequences.add(first);
            tokens.add(w.prompt);
            newTokens += w.prompt.length;
            for (Running r : w.runs) {
                r.cached = first;
                running.add(r);
                rows.add(newTokens - 1);
            }
        }
        Tensor hidden = transformer.forwardCached(weights, cache.append(sequences, tokens), cache, activations);
        for (Waiting w : entering) {
            for (Running r : w.runs.subList(1, w.runs.size())) {
                r.cached = cache.fork(r.cached);
            }
        }
        draw(weights, hidden, rows, running, firstSequence, sampling);
    }

    /** Several new tokens of each running sequence. */
    private void decode(Weights weights, List<Running> running, Request request, Sampling sampling) {
        List<Decoder.Row> rows = running.stream()
                .map(r -> new Decoder.Row(r.cached, r.ids[r.length - 1], request.firstSequence + r.index, r.limit - r.length))
                .toList();
        List<Decoder.Drawn> drawn = decoder.decode(weights, rows, sampling, request.ignoreEos);
        for (int i = 0; i < running.size(); i++) {
            Decoder.Drawn d = drawn.get(i);
            for (int t = 0; t < d.tokens().length; t++) {
                running.get(i).add(d.tokens()[t], d.logprobs()[t], d.values() == null ? 0 : d.values()[t]);
            }
        }
    }

    private Deque<Waiting> queue(Request request, boolean values) {
        Deque<Waiting> queue = new ArrayDeque<>();
        for (int p = 0; p < request.prompts.size(); p++) {
            int[] prompt = request.prompts.get(p);
            int limit = Math.min(request.maxNewTokens, Math.min(request.maxTokens, config.maxPositions()) - prompt.length);
            if (limit < 1) {
                throw new InputError("Prompt %d has %d tokens, which leaves no room for an answer: at most %d tokens are allowed in all.",
                        p + 1, prompt.length, Math.min(request.maxTokens, config.maxPositions()));
            }
            for (int from = 0; from < request.samples; from += batch) {
                List<Running> runs = new ArrayList<>();
                for (int i = from; i < Math.min(from + batch, request.samples); i++) {
                    runs.add(new Running(p * request.samples + i, prompt.length, limit, values));
                }
                queue.add(new Waiting(prompt, runs));
            }
        }
        return queue;
    }

    /** Makes cache and activations large enough for the largest entry of the queue, and for a full batch of the common ones. */
    private void prepare(Deque<Waiting> queue) {
        int largest = queue.stream().mapToInt(Waiting::pages).max().orElse(1);
        int each = queue.stream().flatMap(w -> w.runs.stream()).mapToInt(r -> KvCache.pagesFor(r.prompt + r.limit)).max().orElse(1);
        long all = queue.stream().mapToLong(Waiting::pages).sum();
        int pages = Math.toIntExact(Math.max(largest, Math.min(all, (long) each * batch)));
        int longest = queue.stream().mapToInt(w -> w.prompt.length).max().orElse(1);
        ensure(pages, longest);
    }

    /**
     * Allocates now what requests will need for up to {@code completions} completions at a time, each of up to {@code maxTokens}
     * tokens with its prompt.
     *
     * @throws InputError where that does not fit in the device's memory, with the numbers
     */
    public void reserve(int completions, int maxTokens) {
        ensure(Math.min(batch, completions) * KvCache.pagesFor(maxTokens), maxTokens);
    }

    private void ensure(int pages, int longestPrompt) {
        int tokens = (int) Math.max(longestPrompt + batch, PREFILL_TOKENS);
        if (cache != null && cache.pages() >= pages && activations.maxTokens() >= tokens) {
            return;
        }
        closeBuffers();
        DType storage = engine.storage();
        long needed = KvCache.bytes(engine, config, pages, batch, tokens) + Activations.bytes(config, storage, tokens, batch, false)
                + (device.asynchronous() ? Decoder.bytes(config, batch) : 0);
        long free = device.freeBytes();
        if (needed > free) {
            throw new InputError(
                    "Generating needs %s for %d tokens of %d sequences at a time, and the %s has %s free: ask for shorter or fewer "
                            + "completions.",
                    Device.size(needed), pages * Kernels.KV_PAGE, batch, device.owner(), Device.size(free));
        }
        cache = KvCache.allocate(engine, config, pages, batch, tokens);
        activations = Activations.allocate(engine, config, tokens, batch, false);
        decoder = device.asynchronous() ? new Decoder(transformer, engine, cache, activations, batch) : null;
    }

    /** Draws the next token of each running completion from the hidden state in its row. */
    private void draw(Weights weights, Tensor hidden, List<Integer> rows, List<Running> running, long firstSequence, Sampling sampling) {
        int n = running.size();
        long[] sequence = new long[n];
        int[] position = new int[n];
        for (int i = 0; i < n; i++) {
            sequence[i] = firstSequence + running.get(i).index;
            position[i] = running.get(i).prompt + running.get(i).length;
        }
        Tensor wanted = buffers.hidden.first(n), logits = buffers.logits.first(n);
        k.gatherRows(wanted, hidden, device.upload(buffers.rows, rows.stream().mapToInt(Integer::intValue).toArray()));
        weights.head.forward(engine.invariant(), logits, wanted);
        k.sample(buffers.tokens.first(n), buffers.logprobs.first(n), logits, sampling.temperature(), sampling.topK(), sampling.topP(),
                sampling.seed(), device.upload(buffers.sequence, sequence), device.upload(buffers.position, position));
        int[] tokens = device.ints(buffers.tokens.first(n));
        float[] logprobs = device.floats(buffers.logprobs.first(n)), values = null;
        if (weights.value != null) {
            Heads.values(engine.invariant(), weights, wanted, buffers.values.first(n));
            values = device.floats(buffers.values.first(n));
        }
        for (int i = 0; i < n; i++) {
            running.get(i).add(tokens[i], logprobs[i], values == null ? 0 : values[i]);
        }
    }

    private void closeBuffers() {
        if (decoder != null) {
            decoder.close();
            decoder = null;
        }
        if (cache != null) {
            cache.close();
            cache = null;
            activations.close();
        }
    }

    @Override
    public void close() {
        closeBuffers();
        buffers.workspace.close();
    }
}
