package io.reft.model;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.kernels.Matmul;

/**
 * A decoder-only transformer of the OPT or the Llama family as a flat list of ops over packed tokens: forward, the
 * backward that mirrors it right below, and the forward of new tokens against a key/value cache. It holds no
 * parameters of its own: the same object serves policy and reference, whose {@link Weights} are handed in.
 */
public final class Transformer implements AutoCloseable {
    /** OPT's table of positions starts with two rows for padding. */
    private static final int OPT_POSITION_OFFSET = 2;

    private final ModelConfig config;
    private final Kernels k;
    private final Matmul matmul, invariant;
    private final Device device;
    private final Kernels.Attention attention;
    private final RopeTable rope;

    /** @param engine the device and its kernels; it must outlive this */
    public Transformer(ModelConfig config, Engine engine) {
        this.config = config;
        this.k = engine.kernels();
        this.matmul = engine.matmul();
        this.invariant = engine.invariant();
        this.device = engine.device();
        this.attention = new Kernels.Attention(config.heads(), config.kvHeads(), config.headSize(), config.slidingWindow());
        this.rope = config.rope() == null ? null : RopeTable.of(config, device);
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
        Tensor cu = device.upload(a.cuSeqlens, batch.cuSeqlens());
        return forward(w, device.upload(a.ids, batch.ids()), device.upload(a.positions, batch.positions()), a, matmul, (layer, out, lse, qkv, positions) -> {
            if (rope != null) {
                k.rope(qkv, positions, rope.table(), config.heads() + config.kvHeads(), config.headSize(), false);
            }
            k.attentionForward(attention, out, lse, qkv, cu, batch.longest());
        });
    }

    /**
     * Hidden states [N, E] of the newest tokens of cached sequences, which the call appends to the cache. A row depends
     * on its own sequence alone, bit for bit.
     */
    public Tensor forwardCached(Weights w, KvCache.Step step, KvCache cache, Activations a) {
        return forwardCached(w, device.upload(a.ids, step.ids()), device.upload(a.positions, step.positions()), cache.upload(step), step.longestContext(),
                cache, a);
    }

    /** As the shorter form, for a step that lies on the device: ids and positions [N], and a bound of the contexts. */
    public Tensor forwardCached(Weights w, Tensor ids, Tensor positions, KvCache.OnDevice s, int longestContext, KvCache cache, Activations a) {
        return forward(w, ids, positions, a, invariant, (layer, out, lse, qkv, places) -> {
            Tensor kPages = cache.keys(layer), vPages = cache.values(layer);
            k.kvAppend(attention, kPages, vPages, qkv, s.slots(), places, rope == null ? null : rope.table());
            k.attentionCached(attention, out, qkv, kPages, vPages, s.cuNew(), s.context(), s.blockTable(), longestContext);
        });
    }

    @FunctionalInterface
    private interface Attend {
        void run(int layer, Tensor out, Tensor lse, Tensor qkv, Tensor positions);
    }

    private Tensor forward(Weights w, Tensor ids, Tensor positions, Activations a, Matmul matmul, Attend attend) {
        long n = ids.rows();
        Tensor delta = a.delta.first(n);
        Activations.Layer first = a.layers.getFirst();
        // the residual stream: what the norms read, or, where they stand behind, what they write
        Tensor x = (config.preNorm() ? first.in() : first.attentionNorm()).first(n), added = null;
        if (w.projectIn == null) {
            k.embeddingForward(x, ids, positions, w.tokenEmbedding, w.positionEmbedding, OPT_POSITION_OFFSET);
        } else {
            Tensor embedded = a.embedded.first(n), places = w.positionEmbedding.rows(OPT_POSITION_OFFSET, config.maxPositions());
            k.embeddingForward(embedded, ids, positions, w.tokenEmbedding, null, 0);
            matmul.forward(x, embedded, w.projectIn);
            k.embeddingForward(delta, positions, positions, places, null, 0);
            k.add(x, delta);
        }
        for (int i = 0; i < config.layers(); i++) {
            Weights.Layer p = w.layers.get(i);
            Activations.Layer s = a.layers.get(i);
            Tensor in = s.in().first(n), norm1 = s.attentionNorm().first(n), qkv = s.qkv().first(n), att = s.attention().first(n);
            if (i > 0 || config.preNorm()) {
                norm(norm1, s.mean1(), s.rstd1(), in, x, added, p.attentionNormWeight(), p.attentionNormBias());
            }
            x = config.preNorm() ? in : norm1;
            matmul.linear(qkv, null, norm1, p.qkvWeight(), p.qkvBias(), Kernels.NONE);
            attend.run(i, att, s.lse() == null ? null : Activations.statistics(s.lse(), config.heads(), n), qkv, positions);
            matmul.linear(delta, null, att, p.outWeight(), p.outBias(), Kernels.NONE);

            Tensor mid = s.mid().first(n), norm2 = s.mlpNorm().first(n), up = s.up().first(n), act = s.act().first(n);
            norm(norm2, s.mean2(), s.rstd2(), mid, x, delta, p.mlpNormWeight(), p.mlpNormBias());
            x = config.preNorm() ? mid : norm2;
            if (config.activation() == ModelConfig.Activation.SWIGLU) {
                matmul.linear(up, null, norm2, p.upWeight(), p.upBias(), Kernels.NONE);
                k.swigluForward(act, up);
            } else {
                matmul.linear(act, a.training ? up : null, norm2, p.upWeight(), p.upBias(), activation());
            }
            matmul.linear(delta, null, act, p.downWeight(), p.downBias(), Kernels.NONE);
            added = delta;
        }
        Tensor hidden = a.hidden.first(n);
        if (config.finalNorm()) {
            norm(hidden, a.lastMean, a.lastRstd, a.last.first(n), x, added, w.finalNormWeight, w.finalNormBias);
        } else {
            device.copy(x.address(), hidden.address(), hidden.bytes());
            k.add(hidden, delta);
        }
        if (w.projectOut == null) {
            return hidden;
        }
        Tensor projected = a.projected.first(n);
        matmul.forward(projected, hidden, w.projectOut);
        return projected;
    }

    /** Adds the gradients of all parameters below the heads to {@code g}, from that of the hidden states, {@code dhidden} [N, E]. */
    public void backward(Weights w, Packed batch, Activations a, Tensor dhidden, Weights g) {
        int n = batch.tokens();
        Tensor dx = a.dx.first(n), dnorm = a.dnorm.first(n), dact = a.dact.first(n), datt = a.dattention.first(n), dqkv = a.dqkv.first(n);
        Tensor cu = a.cuSeqlens.first(batch.cuSeqlens().length), ids = a.ids.first(n), positions = a.positions.first(n);
        Tensor dlast = dhidden;
        if (w.projectOut != null) {
            dlast = dnorm;
            linearBackward(dlast, dhidden, a.hidden.first(n), w.projectOut, g.projectOut, null);
        }
        if (config.finalNorm()) {
            k.fill(dx, 0);
            normBackward(dx, g.finalNormWeight, g.finalNormBias, dlast, a.last.first(n), w.finalNormWeight, a.lastMean, a.lastRstd);
        } else {
            device.copy(dlast.address(), dx.address(), dx.bytes());
        }
        for (int i = config.layers() - 1; i >= 0; i--) {
            Weights.Layer p = w.layers.get(i), d = g.layers.get(i);
            Activations.Layer s = a.layers.get(i);
            Tensor norm2 = s.mlpNorm().first(n), up = s.up().first(n), act = s.act().first(n);
            linearBackward(dact, dx, act, p.downWeight(), d.downWeight(), d.downBias());
            Tensor dup = config.activation() == ModelConfig.Activation.SWIGLU ? up : dact;
            if (config.activation() == ModelConfig.Activation.SWIGLU) {
                k.swigluBackward(dup, up, dact);
            } else {
                k.activationBackward(activation(), dup, up, dact);
            }
            linearBackward(dnorm, dup, norm2, p.upWeight(), d.upWeight(), d.upBias());
            normBackward(dx, d.mlpNormWeight(), d.mlpNormBias(), dnorm, s.mid().first(n), p.mlpNormWeight(), s.mean2(), s.rstd2());

            Tensor norm1 = s.attentionNorm().first(n), qkv = s.qkv().first(n), att = s.attention().first(n);
            linearBackward(datt, dx, att, p.outWeight(), d.outWeight(), d.outBias());
            k.attentionBackward(attention, dqkv, Activations.statistics(a.attentionDelta, config.heads(), n), datt, qkv, att,
                    Activations.statistics(s.lse(), config.heads(), n), cu, batch.longest());
            if (rope != null) {
                k.rope(dqkv, positions, rope.table(), config.heads() + config.kvHeads(), config.headSize(), true);
            }
            linearBackward(dnorm, dqkv, norm1, p.qkvWeight(), d.qkvWeight(), d.qkvBias());
            if (i > 0 || config.preNorm()) {
                normBackward(dx, d.attentionNormWeight(), d.attentionNormBias(), dnorm, s.in().first(n), p.attentionNormWeight(), s.mean1(), s.rstd1());
            } else {
                k.add(dx, dnorm);
            }
        }
        if (g.positionEmbedding != null) {
            k.embeddingBackward(g.positionEmbedding, dx, positions,
                    device.upload(a.positionOrder, Packed.order(batch.positions(), batch.longest())), OPT_POSITION_OFFSET);
        }
        Tensor dembedded = dx;
        if (w.projectIn != null) {
            dembedded = a.dembedded.first(n);
            linearBackward(dembedded, dx, a.embedded.first(n), w.projectIn, g.projectIn, null);
        }
        for (int i = 0; i < n; i++) {
            if (batch.ids()[i] == config.padId()) {
                k.fill(dembedded.rows(i, 1), 0);   // as torch.nn.Embedding: the padding token's row is not trained as an input
            }
        }
        k.embeddingBackward(g.tokenEmbedding, dembedded, ids, device.upload(a.idOrder, Packed.order(batch.ids(), config.vocab())), 0);
    }

    private void linearBackward(Tensor dx, Tensor dout, Tensor x, Tensor weight, Tensor dweight, Tensor dbias) {
        matmul.backwardInput(dx, dout, weight, false);
        matmul.backwardWeight(dweight, dout, x);
        if (dbias != null) {
            k.biasBackward(dbias, dout);
        }
    }

    /** {@code sum = x + delta}, {@code out} its norm; statistics are written for {@code x.rows()} tokens. */
    private void norm(Tensor out, Tensor mean, Tensor rstd, Tensor sum, Tensor x, Tensor delta, Tensor weight, Tensor bias) {
        long n = x.rows();
        if (config.family() == ModelConfig.Family.OPT) {
            k.layerNormForward(out, mean.first(n), rstd.first(n), sum, x, delta, weight, bias, config.normEps());
        } else {
            k.rmsNormForward(out, rstd.first(n), sum, x, delta, weight, config.normEps());
        }
    }

    /** Adds the gradient of the norm's input to that of the residual stream, {@code dx}, which goes past the norm or through it. */
    private void normBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight, Tensor mean, Tensor rstd) {
        long n = x.rows();
        if (!config.preNorm()) {
            k.add(dout, dx);
            k.fill(dx, 0);
        }
        if (config.family() == ModelConfig.Family.OPT) {
            k.layerNormBackward(dx, dweight, dbias, dout, x, weight, mean.first(n), rstd.first(n));
        } else {
            k.rmsNormBackward(dx, dweight, dout, x, weight, rstd.first(n));
        }
    }

    /** The code of the activation function in reft.h. */
    private int activation() {
        return switch (config.activation()) {
            case GELU -> 0;
            case GELU_TANH -> 1;
            case RELU -> 2;
            case SWIGLU -> throw new IllegalStateException("SwiGLU is an op of its own");
        };
    }

    @Override
    public void close() {
        if (rope != null) {
            rope.close();
        }
    }

    /** Cosine and sine of position times frequency, [P, HS]: pairs, for each position. */
    private record RopeTable(Tensor table, TensorBlock workspace) implements AutoCloseable {
        static RopeTable of(ModelConfig config, Device device) {
            float[] frequencies = config.rope().frequencies(config.headSize());
            int half = frequencies.length;
            float[] values = new float[Math.multiplyExact(config.maxPositions(), config.headSize())];
            for (int p = 0; p < config.maxPositions(); p++) {
                for (int j = 0; j < half; j++) {
                    float angle = p * frequencies[j];   // in fp32, as transformers does it
                    values[(p * half + j) * 2] = (float) Math.cos(angle);
                    values[(p * half + j) * 2 + 1] = (float) Math.sin(angle);
                }
            }
            return TensorBlock.lay(device, w -> {
                Tensor table = w.f32(config.maxPositions(), config.headSize());
                if (w.device() != null) {
                    device.upload(java.lang.foreign.MemorySegment.ofArray(values), table.address());
                }
                return new RopeTable(table, w);
            });
        }

        @Override
        public void close() {
            workspace.close();
        }
    }
}
