package io.reft.model;

import io.reft.device.DType;
import io.reft.device.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a transformer as views of one flat buffer: of its parameters, of their gradients, or of an optimizer
 * moment. The order is the checkpoint's; query, key and value projections lie one after the other, as do gate and up,
 * so that each group is also one matrix. Groups start at every 64th element; the gaps between them are zero and stay zero.
 * Tensors that a family does not have are null.
 */
public final class Weights {
    private static final int ALIGNMENT = 64;

    /** A tensor of the checkpoint. {@code rows} is 0 for a vector, whose length is {@code cols}. */
    public record Entry(String name, long rows, long cols, Tensor tensor) {
        /** The shape as a checkpoint has it. */
        public long[] shape() {
            return rows == 0 ? new long[] {cols} : new long[] {rows, cols};
        }
    }

    /**
     * One layer. Matrices are [out, in], as checkpoints store them. A norm belongs to what reads its output: where norms
     * stand behind the sums (OPT-350m), the one that attention reads is the checkpoint's last of the layer before, and null
     * in the first layer.
     */
    public record Layer(
            Tensor attentionNormWeight, // [C]
            Tensor attentionNormBias,   // [C]
            Tensor qkvWeight,           // [(NH + 2·NKV)·HS, C]
            Tensor qkvBias,             // [(NH + 2·NKV)·HS]
            Tensor outWeight,           // [C, NH·HS]
            Tensor outBias,             // [C]
            Tensor mlpNormWeight,       // [C]
            Tensor mlpNormBias,         // [C]
            Tensor upWeight,            // [F, C], or [2F, C] for SwiGLU: gate, then up
            Tensor upBias,              // [F] or [2F]
            Tensor downWeight,          // [C, F]
            Tensor downBias) {}         // [C]

    private final List<Entry> entries = new ArrayList<>();
    private final long base;
    private final DType dtype;
    private long used;

    /** Token embedding [V, E]. */
    public final Tensor tokenEmbedding;
    /** From embedding to layers [C, E] and from layers to output head [E, C]; null where E is C. */
    public final Tensor projectIn, projectOut;
    /** Learned positions [P + 2, C], or null for rotary models. */
    public final Tensor positionEmbedding;
    /** The layers, first to last. */
    public final List<Layer> layers;
    /** Norm after the last layer, [C] each, or null. */
    public final Tensor finalNormWeight, finalNormBias;
    /** Output head [V, E]: the token embedding itself where tied; of a classifier, its score head [classes, E]. */
    public final Tensor head;
    /** Value head [1, E] and its bias [1], or null without one. */
    public final Tensor valueWeight, valueBias;
    /** The whole buffer as one vector. */
    public final Tensor flat;

    /**
     * Lays the tensors over a buffer of {@link #size} elements.
     *
     * @param config    the model
     * @param valueHead whether a value head follows at the end
     * @param dtype     storage
     * @param address   the buffer's, aligned to 256 bytes
     */
    public Weights(ModelConfig config, boolean valueHead, DType dtype, long address) {
        this(config, valueHead, dtype, address, null);
    }

    /**
     * As the shorter form, for the working copy of {@code master}, or of nothing where that is null. Its value bias is the
     * master's: values are fp32, and a bias has the type of what it is added to.
     */
    Weights(ModelConfig config, boolean valueHead, DType dtype, long address, Weights master) {
        this.base = address;
        this.dtype = dtype;
        long c = config.channels(), e = config.embedWidth(), f = config.ffn(), v = config.vocab();
        long q = (long) config.heads() * config.headSize(), kv = (long) config.kvHeads() * config.headSize();
        boolean opt = config.family() == ModelConfig.Family.OPT;
        String root = opt ? "model.decoder." : "model.";
        tokenEmbedding = matrix(root + "embed_tokens.weight", v, e);
        positionEmbedding = opt ? matrix(root + "embed_positions.weight", config.maxPositions() + 2, c) : null;
        projectOut = e == c ? null : matrix(root + "project_out.weight", e, c);
        projectIn = e == c ? null : matrix(root + "project_in.weight", c, e);
        Norm behind = new Norm(null, null); // of the layer before, where norms stand behind
        List<Layer> all = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            String layer = root + "layers." + i + ".", attention = layer + "self_attn.";
            Norm norm1 = config.preNorm() ? norm(config, layer + (opt ? "self_attn_layer_norm" : "input_layernorm")) : behind;
            Tensor qkvWeight = joined(q + 2 * kv, c, matrix(attention + "q_proj.weight", q, c),
                    next(attention + "k_proj.weight", kv, c), next(attention + "v_proj.weight", kv, c));
            Tensor qkvBias = !config.qkvBias() ? null : joined(q + 2 * kv, 1, vector(attention + "q_proj.bias", q),
                    next(attention + "k_proj.bias", 0, kv), next(attention + "v_proj.bias", 0, kv));
            String out = attention + (opt ? "out_proj" : "o_proj");
            Tensor outWeight = matrix(out + ".weight", c, q);
            Tensor outBias = config.outBias() ? vector(out + ".bias", c) : null;
            Norm norm2 = norm(config, layer + (!config.preNorm() ? "self_attn_layer_norm" : opt ? "final_layer_norm" : "post_attention_layernorm"));
            Tensor upWeight, upBias, downWeight, downBias;
            if (opt) {
                upWeight = matrix(layer + "fc1.weight", f, c);
                upBias = config.mlpBias() ? vector(layer + "fc1.bias", f) : null;
                downWeight = matrix(layer + "fc2.weight", c, f);
                downBias = config.mlpBias() ? vector(layer + "fc2.bias", c) : null;
                behind = config.preNorm() ? behind : norm(config, layer + "final_layer_norm");
            } else {
                upWeight = joined(2 * f, c, matrix(layer + "mlp.gate_proj.weight", f, c), next(layer + "mlp.up_proj.weight", f, c));
                upBias = !config.mlpBias() ? null
                        : joined(2 * f, 1, vector(layer + "mlp.gate_proj.bias", f), next(layer + "mlp.up_proj.bias", 0, f));
                downWeight = matrix(layer + "mlp.down_proj.weight", c, f);
                downBias = config.mlpBias() ? vector(layer + "mlp.down_proj.bias", c) : null;
            }
            all.add(new Layer(norm1.weight, norm1.bias, qkvWeight, qkvBias, outWeight, outBias, norm2.weight, norm2.bias,
                    upWeight, upBias, downWeight, downBias));
        }
        layers = List.copyOf(all);
        Norm last = config.preNorm() && config.finalNorm() ? norm(config, root + (opt ? "final_layer_norm" : "norm")) : behind;
        finalNormWeight = last.weight;
        finalNormBias = last.bias;
        head = config.classes() > 0 ? matrix("score.weight", config.classes(), e)
                : config.tiedHead() ? tokenEmbedding : matrix("lm_head.weight", v, e);
        valueWeight = valueHead ? matrix("v_head.summary.weight", 1, e) : null;
        Tensor bias = valueHead ? vector("v_head.summary.bias", 1) : null;
        valueBias = master != null ? master.valueBias : bias;
        align();
        flat = new Tensor(base, dtype, used, 1);
    }

    /** Elements of the flat buffer, gaps included. */
    public static long size(ModelConfig config, boolean valueHead) {
        return new Weights(config, valueHead, DType.F32, 0).used;
    }

    /** Parameters of the model, without gaps. */
    public static long parameters(ModelConfig config) {
        return new Weights(config, false, DType.F32, 0).entries.stream().mapToLong(e -> e.tensor.size()).sum();
    }

    /** The checkpoint's tensors, in order; the value head's, where there is one, last. */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** The matrices that hidden states are multiplied with. */
    public List<Tensor> products() {
        List<Tensor> all = new ArrayList<>();
        layers.forEach(l -> all.addAll(List.of(l.qkvWeight, l.outWeight, l.upWeight, l.downWeight)));
        if (projectIn != null) {
            all.addAll(List.of(projectIn, projectOut));
        }
        all.add(head);
        return all;
    }

    private record Norm(Tensor weight, Tensor bias) {}

    private Norm norm(ModelConfig config, String name) {
        if (!config.normParameters()) {
            return new Norm(null, null);
        }
        Tensor weight = vector(name + ".weight", config.channels());
        return new Norm(weight, config.family() == ModelConfig.Family.OPT ? vector(name + ".bias", config.channels()) : null);
    }

    private Tensor matrix(String name, long rows, long cols) {
        align();
        return next(name, rows, cols);
    }

    private Tensor vector(String name, long n) {
        align();
        return next(name, 0, n);
    }

    /** Directly after the tensor before it. */
    private Tensor next(String name, long rows, long cols) {
        Tensor t = rows == 0 ? new Tensor(base + used * dtype.bytes, dtype, cols, 1) : new Tensor(base + used * dtype.bytes, dtype, rows, cols);
        entries.add(new Entry(name, rows, cols, t));
        used += t.size();
        return t;
    }

    private static Tensor joined(long rows, long cols, Tensor first, Tensor... followers) {
        return new Tensor(first.address(), first.dtype(), rows, cols);
    }

    private void align() {
        used = (used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
