package io.reft.model;

import io.reft.device.DType;
import io.reft.device.Tensor;
import io.reft.kernels.Matmul;
import io.reft.kernels.WeightMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The tensors of a transformer as views of one flat buffer: of its parameters, of their gradients, or of an optimizer
 * moment, in checkpoint order. Of parameters it also owns the working copies that products read (rounded to bf16, packed for
 * decoding), which are made for one version of them and not used for another. Parts that a model does not have are null.
 */
public final class Weights implements AutoCloseable {
    /** What the names of a value head's tensors begin with; its file has them apart from the model's. */
    private static final String VALUE_HEAD = "v_head.";

    /** A tensor of the checkpoint. {@code rows} is 0 for a vector, whose length is {@code cols}. */
    public record Entry(String name, long rows, long cols, Tensor tensor) {
        /** The shape as a checkpoint has it. */
        public long[] shape() {
            return rows == 0 ? new long[] {cols} : new long[] {rows, cols};
        }

        /** The index of the element number {@code flat}. */
        long[] index(long flat) {
            return rows == 0 ? new long[] {flat} : new long[] {flat / cols, flat % cols};
        }

        /** Whether it belongs to a value head. */
        boolean ofValueHead() {
            return Weights.ofValueHead(name);
        }
    }

    /**
     * One layer. A norm belongs to what reads its output: where norms stand behind the sums (OPT-350m), the one that attention
     * reads is the checkpoint's last of the layer before, and null in the first layer.
     *
     * @param attentionNorm before the attention
     * @param qkv           query, key and value: C to (NH + 2·NKV)·HS
     * @param out           what attention gives: NH·HS to C
     * @param mlpNorm       before the MLP
     * @param up            C to F; of a gated MLP gate, then up: C to 2F
     * @param down          F to C
     */
    public record Layer(Norm attentionNorm, Linear qkv, Linear out, Norm mlpNorm, Linear up, Linear down) {}

    private final List<Entry> entries;
    private long version;

    /** Token embedding [V, E]. */
    public final Tensor tokenEmbedding;
    /** Learned positions [offset + P, C], or null for rotary models. */
    public final Tensor positionEmbedding;
    /** From embedding to layers, E to C, and from layers to output head, C to E; null where E is C. */
    public final Linear projectIn, projectOut;
    /** The layers, first to last. */
    public final List<Layer> layers;
    /** Norm after the last layer, or null. */
    public final Norm finalNorm;
    /** Output head, E to V: its weight is the token embedding itself where tied; of a classifier, E to the classes. */
    public final Linear head;
    /** Value head, E to 1, or null. */
    public final Linear value;
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
     * As the shorter form, for the copy of {@code master} in another storage. Its value bias is the master's: values are fp32, and a
     * bias has the type of what it is added to.
     */
    Weights(ModelConfig config, boolean valueHead, DType dtype, long address, Weights master) {
        Layout layout = new Layout(dtype, address);
        Naming names = new Naming(config.family());
        long c = config.channels(), e = config.embedWidth(), f = config.ffn();
        long q = config.queryWidth(), kv = (long) config.kvHeads() * config.headSize();
        tokenEmbedding = layout.matrix(names.of(Part.EMBEDDING) + ".weight", config.vocab(), e);
        positionEmbedding = config.rope() != null ? null
                : layout.matrix(names.of(Part.POSITIONS) + ".weight", config.positionOffset() + (long) config.maxPositions(), c);
        projectOut = e == c ? null : linear(layout, c, false, names.output(Part.PROJECT_OUT, e));
        projectIn = e == c ? null : linear(layout, e, false, names.output(Part.PROJECT_IN, c));
        List<Layer> all = new ArrayList<>();
        Norm behind = null; // of the layer before, where norms stand behind the sums
        for (int i = 0; i < config.layers(); i++) {
            Naming in = names.layer(i);
            Norm attentionNorm = config.preNorm() ? Norm.lay(layout, config, in.of(Part.ATTENTION_NORM)) : behind;
            Linear qkv = linear(layout, c, config.qkvBias(), in.output(Part.QUERY, q), in.output(Part.KEY, kv), in.output(Part.VALUE, kv));
            Linear out = linear(layout, q, config.outBias(), in.output(Part.ATTENTION_OUT, c));
            Norm mlpNorm = Norm.lay(layout, config, in.of(config.preNorm() ? Part.MLP_NORM : Part.ATTENTION_NORM));
            Linear up = config.activation().gated() ? linear(layout, c, config.mlpBias(), in.output(Part.GATE, f), in.output(Part.UP, f))
                    : linear(layout, c, config.mlpBias(), in.output(Part.UP, f));
            Linear down = linear(layout, f, config.mlpBias(), in.output(Part.DOWN, c));
            behind = config.preNorm() ? null : Norm.lay(layout, config, in.of(Part.MLP_NORM));
            all.add(new Layer(attentionNorm, qkv, out, mlpNorm, up, down));
        }
        layers = List.copyOf(all);
        finalNorm = config.preNorm() && config.finalNorm() ? Norm.lay(layout, config, names.of(Part.FINAL_NORM)) : behind;
        head = config.classes() > 0 ? linear(layout, e, false, names.output(Part.SCORE, config.classes()))
                : config.tiedHead() ? Linear.tied(tokenEmbedding, this::version)
                : linear(layout, e, false, names.output(Part.HEAD, config.vocab()));
        Linear summary = valueHead ? linear(layout, e, true, new Layout.Output(VALUE_HEAD + "summary", 1)) : null;
        value = master == null || summary == null ? summary : summary.withBias(master.value.bias());
        flat = layout.flat();
        entries = layout.entries();
    }

    /** Whether a tensor of this name belongs to a value head. */
    static boolean ofValueHead(String name) {
        return name.startsWith(VALUE_HEAD);
    }

    private Linear linear(Layout layout, long in, boolean biased, Layout.Output... outputs) {
        return Linear.lay(layout, this::version, in, biased, outputs);
    }

    /** The family's names, in one layer or outside of all. */
    private record Naming(Family family, String layer) {
        Naming(Family family) {
            this(family, null);
        }

        Naming layer(int i) {
            return new Naming(family, Integer.toString(i));
        }

        String of(Part part) {
            String name = family.names().get(part);
            return layer == null ? name : name.replace("#", layer);
        }

        Layout.Output output(Part part, long rows) {
            return new Layout.Output(of(part), rows);
        }
    }

    /** Elements of the flat buffer, gaps included. */
    public static long size(ModelConfig config, boolean valueHead) {
        return new Weights(config, valueHead, DType.F32, 0).flat.size();
    }

    /** Parameters of the model, without gaps. */
    public static long parameters(ModelConfig config) {
        return new Weights(config, false, DType.F32, 0).entries.stream().mapToLong(e -> e.tensor.size()).sum();
    }

    /** The checkpoint's tensors, in order; the value head's, where there is one, last. */
    public List<Entry> entries() {
        return entries;
    }

    /** A number that is another one after each change of the values. */
    public long version() {
        return version;
    }

    /** To be called after values were written: the working copies of the old ones are stale. */
    public void changed() {
        version++;
    }

    /** Packs the matrices that hidden states are multiplied with, for products of few rows: {@link Matmul#pack}. */
    public void pack(Matmul matmul) {
        matmul.pack(products());
    }

    /** Its norms, in order. */
    List<Norm> norms() {
        List<Norm> all = new ArrayList<>();
        layers.forEach(l -> all.addAll(Arrays.asList(l.attentionNorm, l.mlpNorm)));
        all.add(finalNorm);
        all.removeIf(Objects::isNull);
        return all;
    }

    private List<WeightMatrix> products() {
        List<WeightMatrix> all = new ArrayList<>();
        for (Layer l : layers) {
            all.addAll(List.of(l.qkv.matrix(), l.out.matrix(), l.up.matrix(), l.down.matrix()));
        }
        if (projectIn != null) {
            all.addAll(List.of(projectIn.matrix(), projectOut.matrix()));
        }
        all.add(head.matrix());
        return all;
    }

    /** Frees the working copies; the flat buffer is its owner's. */
    @Override
    public void close() {
        products().forEach(WeightMatrix::close);
        if (value != null) {
            value.matrix().close();
        }
    }
}
