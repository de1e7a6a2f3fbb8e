package io.reft.kernels;

import io.reft.InputError;
import io.reft.device.DType;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The three matrix products of a linear layer y = x·Wᵀ, by the library chosen with {@code --matmul} and in the
 * precision chosen with {@code --dtype}. In bf16 both operands are rounded to bf16, where they are not stored so, and the
 * products summed in fp32; the rounded weights are kept until {@link #weightsChanged}.
 */
public final class Matmul implements AutoCloseable {
    /**
     * Whose kernels: our own (row-invariant: a row's result does not depend on the batch), oneDNN's on the CPU, cuBLASLt's on
     * CUDA, or there the faster of the two for each shape.
     */
    public enum Provider {
        OWN, ONEDNN, CUBLAS, FASTEST;

        /**
         * The one that {@code --matmul} names.
         *
         * @param option {@code auto}, {@code own}, {@code onednn} or {@code cublas}; auto is the fastest there is
         * @param device {@code cpu} or {@code cuda}
         * @throws InputError where that device has it not
         */
        static Provider of(String option, String device) {
            boolean cuda = device.equals("cuda");
            return switch (option) {
                case "own" -> OWN;
                case "auto" -> !cuda ? ONEDNN : CublasLt.library().isPresent() ? FASTEST : OWN;
                case "onednn" -> {
                    if (cuda) {
                        throw new InputError("--matmul onednn has products for the CPU alone: use own, cublas or auto with --device cuda.");
                    }
                    yield ONEDNN;
                }
                case "cublas" -> {
                    if (!cuda) {
                        throw new InputError("--matmul cublas needs --device cuda: on the CPU use own, onednn or auto.");
                    }
                    yield CUBLAS;
                }
                default -> throw new IllegalArgumentException("no products by " + option);
            };
        }

        private Gemm open(Kernels kernels) {
            return switch (this) {
                case OWN -> new Gemm.Own(kernels);
                case ONEDNN -> new OneDnn();
                case CUBLAS -> new CublasLt(kernels.device());
                case FASTEST -> Fastest.of(kernels.device(), List.of(OWN.open(kernels), CUBLAS.open(kernels)), kernels.describe());
            };
        }
    }

    private final Kernels kernels;
    private final Gemm products;
    private final boolean bf16;
    private final Map<Long, Rounded> weights = new HashMap<>();
    private final Map<Long, Tensor> packed = new HashMap<>();
    private final Map<Long, PackedHalf> halves = new HashMap<>();
    private Memory packs;
    private final Rounded left, right;

    /**
     * @param kernels  our own kernels, on the same device
     * @param provider whose products
     * @param bf16     multiply in bf16: operands of fp32 are rounded
     */
    public Matmul(Kernels kernels, Provider provider, boolean bf16) {
        this.kernels = kernels;
        this.products = provider.open(kernels);
        this.bf16 = bf16;
        left = new Rounded();
        right = new Rounded();
    }

    /** The fastest there are on the device of {@code kernels}: a ceiling for others. */
    public static Matmul fastest(Kernels kernels, boolean bf16) {
        return new Matmul(kernels, Provider.of("auto", kernels.cuda() ? "cuda" : "cpu"), bf16);
    }

    /** Whether they multiply in bf16. */
    public boolean bf16() {
        return bf16;
    }

    /** What {@code reft info} says of the products. */
    public String describe() {
        String name = products.name();
        return !bf16 ? name + ", fp32" : name + (nativeBf16() ? ", bf16" : ", operands rounded to bf16 (this processor multiplies in fp32)");
    }

    /** {@code out = x·Wᵀ}: out [N,O], x [N,I], weight [O,I]. */
    public void forward(Tensor out, Tensor x, Tensor weight) {
        Tensor pack = packed(weight);
        if (pack != null && out.size() > 0) {
            kernels.matmulPacked(out, x, pack);
            return;
        }
        product(out, left.round(x), false, weight(weight), true, 0);
    }

    /**
     * A linear layer with what follows it: {@code z = x·Wᵀ + bias}, {@code out = f(z)}: out [N,O], x [N,I], weight [O,I], bias [O].
     *
     * @param before     [N,O], where z goes for the backward of f, or null
     * @param bias       or null
     * @param activation f: {@link Kernels#NONE} or a {@code REFT_GELU…} code
     */
    public void linear(Tensor out, Tensor before, Tensor x, Tensor weight, Tensor bias, int activation) {
        if (bias == null && activation == Kernels.NONE) {
            forward(out, x, weight);
        } else if (out.size() > 0) {
            Tensor pack = packed(weight);
            if (pack != null) {
                kernels.linearPacked(out, before, x, pack, bias, activation);
            } else {
                products.linear(kernels, out, before, left.round(x), weight(weight), bias, activation);
            }
        }
    }

    /** {@code dx = dout·W}, added to dx where {@code add}: dx [N,I], dout [N,O], weight [O,I]. */
    public void backwardInput(Tensor dx, Tensor dout, Tensor weight, boolean add) {
        product(dx, left.round(dout), false, weight(weight), false, add ? 1 : 0);
    }

    /** {@code dweight += doutᵀ·x}: dweight [O,I] fp32, dout [N,O], x [N,I]. */
    public void backwardWeight(Tensor dweight, Tensor dout, Tensor x) {
        product(dweight, left.round(dout), true, right.round(x), false, 1);
    }

    /**
     * Keeps a second copy of {@code matrices}, and of no others, in the order in which the kernels read them, which makes
     * {@link #forward} on few rows up to a third faster, and no bit different. Does nothing where the copies would take more
     * than half of the free memory, or the kernels have no order of their own; in bf16 a weight is packed at its first use anyway.
     */
    public void pack(Collection<Tensor> matrices) {
        if (!(products instanceof Gemm.Own) || bf16 || matrices.stream().allMatch(w -> packed.containsKey(w.address()))) {
            return;
        }
        packed.clear();
        long needed = matrices.stream().mapToLong(w -> 4 * kernels.packedSize(w, DType.F32)).sum();
        if (packs == null || packs.bytes() < needed) {
            closePacks();
            if (needed == 0 || needed > kernels.device().freeBytes() / 2) {
                return;
            }
            packs = kernels.device().allocate(needed);
        }
        long address = packs.address();
        for (Tensor w : matrices) {
            Tensor pack = new Tensor(address, DType.F32, kernels.packedSize(w, DType.F32), 1);
            kernels.matmulPack(pack, w);
            packed.put(w.address(), pack);
            address += pack.bytes();
        }
    }

    /** To be called after parameters were written: rounded and packed copies of them are stale. */
    public void weightsChanged() {
        packed.clear();
        weights.values().forEach(w -> w.stale = true);
        halves.values().forEach(w -> w.stale = true);
    }

    @Override
    public void close() {
        weights.values().forEach(Rounded::close);
        halves.values().forEach(PackedHalf::close);
        left.close();
        right.close();
        products.close();
        closePacks();
    }

    private void closePacks() {
        packed.clear();
        if (packs != null) {
            packs.close();
            packs = null;
        }
    }

    private void product(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        if (out.size() > 0) {
            products.run(out, a, transposeA, b, transposeB, beta);
        }
    }

    /** The copy of a weight in the order of our own kernels: of fp32 where there is one, of bf16 always; else null. */
    private Tensor packed(Tensor w) {
        if (bf16 && products instanceof Gemm.Own && kernels.packedSize(w, DType.BF16) > 0) {
            return halves.computeIfAbsent(w.address(), a -> new PackedHalf()).keep(w);
        }
        return packed.get(w.address());
    }

    private Tensor weight(Tensor w) {
        return bf16 && w.dtype() != DType.BF16 ? weights.computeIfAbsent(w.address(), a -> new Rounded()).keep(w) : w;
    }

    /** Whether the products take bf16 as it is stored. */
    private boolean nativeBf16() {
        return products.takesBf16();
    }

    /** A weight rounded to bf16 in the order of our own kernels. */
    private final class PackedHalf implements AutoCloseable {
        private Memory memory;
        private Tensor kept;
        private boolean stale = true;

        Tensor keep(Tensor w) {
            long size = kernels.packedSize(w, DType.BF16);
            if (stale || kept.size() != size) {
                if (memory == null || kept.size() != size) {
                    close();
                    memory = kernels.device().allocate(DType.BF16.bytes * size);
                }
                kept = new Tensor(memory.address(), DType.BF16, size, 1);
                kernels.matmulPack(kept, w);
                stale = false;
            }
            return kept;
        }

        @Override
        public void close() {
            if (memory != null) {
                memory.close();
                memory = null;
            }
        }
    }

    /** A growing buffer with a tensor rounded to bf16: stored so where the product takes bf16, as fp32 where it does not. */
    private final class Rounded implements AutoCloseable {
        private Memory memory;
        private Tensor kept;
        private boolean stale = true;

        Tensor round(Tensor x) {
            if (!bf16 || x.dtype() == DType.BF16) {
                return x;
            }
            DType stored = nativeBf16() ? DType.BF16 : DType.F32;
            long needed = x.size() * (DType.BF16.bytes + (stored == DType.F32 ? 4 : 0));
            if (memory == null || memory.bytes() < needed) {
                close();
                memory = kernels.device().allocate(needed);
            }
            Tensor out = new Tensor(memory.address(), stored, x.rows(), x.cols());
            if (stored == DType.BF16) {
                kernels.convert(out, x);
            } else {
                Tensor half = new Tensor(memory.address() + 4 * x.size(), DType.BF16, x.rows(), x.cols());
                kernels.convert(half, x);
                kernels.convert(out, half);
            }
            return out;
        }

        Tensor keep(Tensor w) {
            if (stale || kept.rows() != w.rows() || kept.cols() != w.cols()) {
                kept = round(w);
                stale = false;
            }
            return kept;
        }

        @Override
        public void close() {
            if (memory != null) {
                memory.close();
                memory = null;
            }
        }
    }
}
