package io.reft.model;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.kernels.Matmul;

/**
 * A decoder-only transformer over packed tokens, as a flat list of ops: forward, the backward that mirrors it right below, and the
 * forward of new tokens against a key/value cache. What it computes is said by the capabilities in {@link ModelConfig}. It holds no
 * parameters of its own: the same object serves policy and reference, whose {@link Weights} are handed in.
 */
public final class Transformer implements AutoCloseable {
    private final ModelConfig config;
    private final Kernels k;
    private final Matmul matmul, invariant;
    private final Device device;
    private final Kernels.Attention attention;
    private final Rope.Table rope;      // null where positions are learned

    /** @param engine the device and its kernels; it must outlive this */
    public Transformer(ModelConfig config, Engine engine) {
        this.config = config;
        this.k = engine.kernels();
        this.matmul = engine.matmul();
        this.invariant = engine.invariant();
        this.device = engine.device();
        this.attention = new Kernels.Attention(config.heads(), config.kvHeads(), config.headSize(), config.slidingWindow());
        this.rope = config.rope() == null ? null : config.rope().table(config.maxPositions(), config.headSize(), device);
    }

    /** The model's shape. */
    public ModelConfig config() {
        return config;
    }

    /** The sizes of its attention. */
    public Kernels.Attention attention() {
        return attention;
    }

    /** Hidden states [N, E] after the final norm and projection, valid until the next call that writes {@code a}. */
    public Tensor forward(Weights w, Packed batch, Activations a) {
        Tensor cu = device.upload(a.cuSeqlens, batch.cuSeqlens()), ids = device.upload(a.ids, batch.ids());
        Tensor positions = device.upload(a.positions, batch.positions());
        return forward(new Forward(w, a, batch.tokens(), matmul, (layer, s) -> {
            rope(s.qkv(), positions, false);
            k.attentionForward(attention, s.attention(), s.lse(), s.qkv(), cu, batch.longest());
        }), ids, positions);
    }

    /**
     * Hidden states [N, E] of the newest tokens of cached sequences, which the call appends to the cache. A row depends
     * on its own sequence alone, bit for bit.
     */
    public Tensor forwardCached(Weights w, KvCache.Step step, KvCache cache, Activations a) {
        Tensor ids = device.upload(a.ids, step.ids()), positions = device.upload(a.positions, step.positions());
        return forwardCached(w, ids, positions, cache.upload(step), step.longestContext(), cache, a);
    }

    /** As the shorter form, for a step that lies on the device: ids and positions [N], and a bound of the contexts. */
    public Tensor forwardCached(Weights w, Tensor ids, Tensor positions, KvCache.OnDevice step, int longestContext, KvCache cache,
            Activations a) {
        return forward(new Forward(w, a, ids.rows(), invariant, (layer, s) -> {
            Tensor keys = cache.keys(layer), values = cache.values(layer);
            k.kvAppend(attention, keys, values, s.qkv(), step.slots(), positions, rope == null ? null : rope.values());
            k.attentionCached(attention, s.attention(), s.qkv(), keys, values, step.cuNew(), step.context(), step.blockTable(),
                    longestContext);
        }), ids, positions);
    }

    /** From {@code s.qkv()}, not rotated, to {@code s.attention()}. */
    @FunctionalInterface
    private interface Attend {
        void run(int layer, Activations.Layer s);
    }

    /** A forward pass over {@code n} tokens. */
    private record Forward(Weights w, Activations a, long n, Matmul matmul, Attend attend) {}

    /** The residual stream [N, C] between two norms: x + added, a sum that the norm makes which reads it. {@code added} may be null. */
    private record Stream(Tensor x, Tensor added) {}

    private Tensor forward(Forward pass, Tensor ids, Tensor positions) {
        Stream stream = embed(pass, ids, positions);
        for (int i = 0; i < config.layers(); i++) {
            stream = layerForward(pass, i, stream);
        }
        return finish(pass, stream);
    }

    /** The embeddings of tokens and learned positions. */
    private Stream embed(Forward pass, Tensor ids, Tensor positions) {
        Weights w = pass.w;
        Activations.Layer first = pass.a.layer(0, pass.n);
        // what the first norm reads, or, without one before it, the attention
        Tensor x = config.preNorm() ? first.in() : first.attentionNorm();
        if (w.projectIn == null) {
            k.embeddingForward(x, ids, positions, w.tokenEmbedding, w.positionEmbedding, config.positionOffset());
            return new Stream(x, null);
        }
        Tensor embedded = pass.a.embedded.first(pass.n);
        k.embeddingForward(embedded, ids, positions, w.tokenEmbedding, null, 0);
        w.projectIn.forward(pass.matmul, x, embedded);
        if (w.positionEmbedding != null) {
            Tensor places = pass.a.delta.first(pass.n), table = w.positionEmbedding.rows(config.positionOffset(), config.maxPositions());
            k.embeddingForward(places, positions, positions, table, null, 0);
            k.add(x, places);
        }
        return new Stream(x, null);
    }

    /** Layer i over the residual stream; all that its backward reads is in the layer's activations afterwards. */
    private Stream layerForward(Forward pass, int i, Stream in) {
        Weights.Layer p = pass.w.layers.get(i);
        Activations.Layer s = pass.a.layer(i, pass.n);
        Tensor delta = pass.a.delta.first(pass.n);

        Stream stream = norm(p.attentionNorm(), s.attentionNorm(), s.attentionStatistics(), s.in(), in);
        p.qkv().forward(pass.matmul, s.qkv(), s.attentionNorm());
        pass.attend.run(i, s);
        p.out().forward(pass.matmul, delta, s.attention());

        stream = norm(p.mlpNorm(), s.mlpNorm(), s.mlpStatistics(), s.mid(), new Stream(stream.x, delta));
        if (config.activation().gated()) {
            p.up().forward(pass.matmul, s.up(), s.mlpNorm());
            k.swigluForward(s.act(), s.up());
        } else {
            p.up().forward(pass.matmul, s.act(), pass.a.training ? s.up() : null, s.mlpNorm(), config.activation());
        }
        p.down().forward(pass.matmul, delta, s.act());
        return new Stream(stream.x, delta);
    }

    /** The final norm and the projection out. */
    private Tensor finish(Forward pass, Stream stream) {
        Weights w = pass.w;
        Tensor hidden = pass.a.hidden.first(pass.n);
        if (w.finalNorm != null) {
            norm(w.finalNorm, hidden, pass.a.lastStatistics.first(pass.n), pass.a.last.first(pass.n), stream);
        } else {
            device.copy(stream.x.address(), hidden.address(), hidden.bytes());
            k.add(hidden, stream.added);
        }
        if (w.projectOut == null) {
            return hidden;
        }
        Tensor projected = pass.a.projected.first(pass.n);
        w.projectOut.forward(pass.matmul, projected, hidden);
        return projected;
    }

    /** A norm of the residual stream. The stream goes on from the sum, or, where norms stand behind the sums, from the norm. */
    private Stream norm(Norm norm, Tensor out, Norm.Statistics statistics, Tensor sum, Stream stream) {
        if (norm == null) {
            return stream;  // nothing stands before the first layer
        }
        norm.forward(k, out, statistics, sum, stream.x, stream.added);
        return new Stream(config.preNorm() ? sum : out, null);
    }

    /** A backward pass over {@code n} tokens, after the forward that wrote {@code a}. */
    private record Backward(Weights w, Weights g, Activations a, long n, Tensor positions, Tensor cu, int longest) {}

    /** Adds the gradients of all parameters below the heads to {@code g}, from that of the hidden states, {@code dhidden} [N, E]. */
    public void backward(Weights w, Packed batch, Activations a, Tensor dhidden, Weights g) {
        int n = batch.tokens();
        Backward pass = new Backward(w, g, a, n, a.positions.first(n), a.cuSeqlens.first(batch.cuSeqlens().length), batch.longest());
        finishBackward(pass, dhidden);
        for (int i = config.layers() - 1; i >= 0; i--) {
            layerBackward(pass, i);
        }
        embedBackward(pass, batch);
    }

    /** From the gradient of the hidden states to that of the residual stream, {@code a.dx}. */
    private void finishBackward(Backward pass, Tensor dhidden) {
        Activations a = pass.a;
        Tensor dx = a.dx.first(pass.n), dlast = dhidden;
        if (pass.w.projectOut != null) {
            dlast = a.dnorm.first(pass.n);
            pass.w.projectOut.backward(matmul, dlast, dhidden, a.hidden.first(pass.n), pass.g.projectOut);
        }
        if (pass.w.finalNorm != null) {
            k.fill(dx, 0);
            normBackward(pass.w.finalNorm, dx, dlast, a.last.first(pass.n), a.lastStatistics.first(pass.n), pass.g.finalNorm);
        } else {
            device.copy(dlast.address(), dx.address(), dx.bytes());
        }
    }

    /** The gradient of the residual stream, {@code a.dx}, from behind layer i to before it. */
    private void layerBackward(Backward pass, int i) {
        Weights.Layer p = pass.w.layers.get(i), d = pass.g.layers.get(i);
        Activations a = pass.a;
        Activations.Layer s = a.layer(i, pass.n);
        Tensor dx = a.dx.first(pass.n), dnorm = a.dnorm.first(pass.n), dact = a.dact.first(pass.n);
        Tensor dattention = a.dattention.first(pass.n), dqkv = a.dqkv.first(pass.n);

        p.down().backward(matmul, dact, dx, s.act(), d.down());
        Tensor dup = config.activation().gated() ? s.up() : dact;   // in place
        if (config.activation().gated()) {
            k.swigluBackward(dup, s.up(), dact);
        } else {
            k.activationBackward(config.activation().code, dup, s.up(), dact);
        }
        p.up().backward(matmul, dnorm, dup, s.mlpNorm(), d.up());
        normBackward(p.mlpNorm(), dx, dnorm, s.mid(), s.mlpStatistics(), d.mlpNorm());

        p.out().backward(matmul, dattention, dx, s.attention(), d.out());
        k.attentionBackward(attention, dqkv, a.attentionDelta(pass.n), dattention, s.qkv(), s.attention(), s.lse(), pass.cu, pass.longest);
        rope(dqkv, pass.positions, true);
        p.qkv().backward(matmul, dnorm, dqkv, s.attentionNorm(), d.qkv());
        normBackward(p.attentionNorm(), dx, dnorm, s.in(), s.attentionStatistics(), d.attentionNorm());
    }

    /** The gradients of the embeddings. */
    private void embedBackward(Backward pass, Packed batch) {
        Activations a = pass.a;
        Weights w = pass.w, g = pass.g;
        Tensor dx = a.dx.first(pass.n), dembedded = dx;
        if (g.positionEmbedding != null) {
            Tensor order = device.upload(a.positionOrder, Packed.order(batch.positions(), batch.longest()));
            k.embeddingBackward(g.positionEmbedding, dx, pass.positions, order, config.positionOffset());
        }
        if (w.projectIn != null) {
            dembedded = a.dembedded.first(pass.n);
            w.projectIn.backward(matmul, dembedded, dx, a.embedded.first(pass.n), g.projectIn);
        }
        for (int i = 0; i < pass.n; i++) {
            if (batch.ids()[i] == config.padId()) {
                k.fill(dembedded.rows(i, 1), 0);   // as torch.nn.Embedding: the padding token's row is not trained as an input
            }
        }
        Tensor order = device.upload(a.idOrder, Packed.order(batch.ids(), config.vocab()));
        k.embeddingBackward(g.tokenEmbedding, dembedded, a.ids.first(pass.n), order, 0);
    }

    /** Adds the gradient of the norm's input to that of the residual stream, {@code dx}, which goes past the norm or through it. */
    private void normBackward(Norm norm, Tensor dx, Tensor dout, Tensor sum, Norm.Statistics statistics, Norm gradient) {
        if (norm == null) {
            k.add(dx, dout);
            return;
        }
        if (!config.preNorm()) {
            k.add(dout, dx);
            k.fill(dx, 0);
        }
        norm.backward(k, dx, dout, sum, statistics, gradient);
    }

    /** Rotates queries and keys to their positions, or back. */
    private void rope(Tensor qkv, Tensor positions, boolean inverse) {
        if (rope != null) {
            k.rope(qkv, positions, rope.values(), config.heads() + config.kvHeads(), config.headSize(), inverse);
        }
    }

    @Override
    public void close() {
        if (rope != null) {
            rope.close();
        }
    }
}
