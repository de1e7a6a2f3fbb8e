package io.reft.model;

import io.reft.device.DType;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import java.util.ArrayList;
import java.util.List;

/**
 * What a forward pass writes and its backward pass reads, for up to {@code maxTokens} tokens and {@code maxSequences}
 * sequences at a time. For inference all layers share one set of buffers and nothing is kept. Statistics are fp32, all
 * else has the engine's storage.
 */
public final class Activations implements AutoCloseable {
    /** One layer's activations. */
    record Layer(
                 Tensor in,              // [N, C]: what the norm before the attention reads
                 Tensor attentionNorm,   // [N, C]: what the attention reads
                 Norm.Statistics attentionStatistics,    // of that norm
                 Tensor qkv,             // [N, (NH + 2·NKV)·HS], rotated
                 Tensor attention,       // [N, NH·HS]
                 Tensor lse,             // [NH, N], null for inference
                 Tensor mid,             // [N, C]: what the norm before the MLP reads
                 Tensor mlpNorm,         // [N, C]: what the MLP reads
                 Norm.Statistics mlpStatistics,          // of that norm
                 Tensor up,              // [N, F] or [N, 2F]: before the activation function
                 Tensor act) {           // [N, F]

        /** The parts of {@code n} tokens. */
        Layer first(long n, long heads) {
            return new Layer(in.first(n), attentionNorm.first(n), attentionStatistics.first(n), qkv.first(n), attention.first(n),
                    lse == null ? null : statistics(lse, heads, n), mid.first(n), mlpNorm.first(n), mlpStatistics.first(n), up.first(n),
                    act.first(n));
        }
    }

    private final TensorBlock workspace;
    final int maxTokens, maxSequences;
    final boolean training;
    private final List<Layer> layers = new ArrayList<>();
    private final long heads;
    final Tensor delta;             // [N, C]: what attention or MLP adds to the residual stream
    final Tensor last;              // [N, C]: what the final norm reads
    final Norm.Statistics lastStatistics;   // of the final norm
    final Tensor hidden;            // [N, C]: after the final norm
    final Tensor embedded, projected; // [N, E]: before the projection in and after that out; null without
    final Tensor ids, positions, idOrder, positionOrder; // [N]
    final Tensor cuSeqlens;         // [B + 1]
    // backward only
    final Tensor dx;                // [N, C]: gradient of the residual stream
    final Tensor dembedded;         // [N, E], null without projections
    final Tensor dnorm;             // [N, C]
    final Tensor dact;              // [N, F]
    final Tensor dattention;        // [N, NH·HS]
    final Tensor dqkv;              // as qkv
    private final Tensor attentionDelta; // [NH, N]

    private Activations(ModelConfig config, DType t, int maxTokens, int maxSequences, boolean training, TensorBlock w) {
        this.workspace = w;
        this.maxTokens = maxTokens;
        this.maxSequences = maxSequences;
        this.training = training;
        this.heads = config.heads();
        long n = maxTokens, c = config.channels(), e = config.embedWidth(), f = config.ffn();
        long q = config.queryWidth(), qkvWidth = config.qkvWidth();
        long upWidth = config.activation().gated() ? 2 * f : f;
        for (int i = 0; i < config.layers(); i++) {
            layers.add(!training && i > 0 ? layers.getFirst() : new Layer(w.tensor(t, n, c), w.tensor(t, n, c), statistics(config, n, w),
                    w.tensor(t, n, qkvWidth), w.tensor(t, n, q), training ? w.f32(n * heads) : null, w.tensor(t, n, c), w.tensor(t, n, c),
                    statistics(config, n, w), w.tensor(t, n, upWidth), w.tensor(t, n, f)));
        }
        delta = w.tensor(t, n, c);
        last = w.tensor(t, n, c);
        lastStatistics = statistics(config, n, w);
        hidden = w.tensor(t, n, c);
        embedded = e == c ? null : w.tensor(t, n, e);
        projected = e == c ? null : w.tensor(t, n, e);
        ids = w.i32(n);
        positions = w.i32(n);
        idOrder = training ? w.i32(n) : null;
        positionOrder = training ? w.i32(n) : null;
        cuSeqlens = w.i32(maxSequences + 1L);
        dx = training ? w.tensor(t, n, c) : null;
        dembedded = training && e != c ? w.tensor(t, n, e) : null;
        dnorm = training ? w.tensor(t, n, c) : null;
        dact = training ? w.tensor(t, n, f) : null;
        dattention = training ? w.tensor(t, n, q) : null;
        dqkv = training ? w.tensor(t, n, qkvWidth) : null;
        attentionDelta = training ? w.f32(n * heads) : null;
    }

    private static Norm.Statistics statistics(ModelConfig config, long n, TensorBlock w) {
        return new Norm.Statistics(config.norm() == Norm.Kind.LAYER ? w.f32(n) : null, w.f32(n));
    }

    /** Allocates the buffers in one block. */
    public static Activations allocate(Engine engine, ModelConfig config, int maxTokens, int maxSequences, boolean training) {
        return TensorBlock.lay(engine.device(), w -> new Activations(config, engine.storage(), maxTokens, maxSequences, training, w));
    }

    /** Bytes that {@link #allocate} takes where {@code storage} is the engine's. */
    public static long bytes(ModelConfig config, DType storage, int maxTokens, int maxSequences, boolean training) {
        return TensorBlock.bytes(w -> new Activations(config, storage, maxTokens, maxSequences, training, w));
    }

    /** The most tokens of one batch. */
    public int maxTokens() {
        return maxTokens;
    }

    /** Layer i's, of the first {@code n} tokens. */
    Layer layer(int i, long n) {
        return layers.get(i).first(n, heads);
    }

    /** {@link #attentionDelta} of {@code n} tokens. */
    Tensor attentionDelta(long n) {
        return statistics(attentionDelta, heads, n);
    }

    /** {@code [NH, N]} statistics laid out for exactly {@code n} tokens. */
    private static Tensor statistics(Tensor t, long heads, long n) {
        return new Tensor(t.address(), DType.F32, heads * n, 1);
    }

    @Override
    public void close() {
        workspace.close();
    }
}
