package io.reft.kernels;

import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import java.lang.invoke.MethodHandle;

/**
 * The ops of {@code native/include/reft.h} on one device, one instance a library. Shapes and storage types are checked
 * here, so that a wrong call is a Java exception with a sentence; what the ops compute stands in reft.h. Names of sizes
 * are those of reft.h. Null stands for an absent tensor where reft.h allows NULL.
 */
public final class Kernels {
    /** Tokens in one page of the key/value cache, {@code REFT_KV_PAGE}. */
    public static final int KV_PAGE = 16;
    private static final int ABI_VERSION = 2;
    /** {@code REFT_NONE}: a linear layer without activation function. */
    public static final int NONE = -1;
    private static final int PLAIN = 0, TRANSPOSED = 1, PACKED = 2, PACKED_BF16 = 3;

    private final Device device;
    private int threads = Runtime.getRuntime().availableProcessors();
    private final MethodHandle lastError, describe, setThreads, setIsa, setWorkspace, convert, fill, add, gatherRows, scatterAddRows,
            embeddingForward, embeddingBackward, biasForward, biasBackward, layerNormForward, layerNormBackward,
            rmsNormForward, rmsNormBackward, activationForward, activationBackward, swigluForward, swigluBackward, rope,
            attentionForward, attentionBackward, kvAppend, attentionCached, packedSize, matmulPack, matmul, linear, logprobForward,
            logprobBackward,
            crossEntropy, klRewards, gae, whiten, ppoLoss, klLoss, sumSquares, clipScale, adamw, sample, decodeAdvance;

    /**
     * @param library {@code libreft_cpu.so} or {@code libreft_cuda.so}
     * @param device  whose memory the tensors are in and on whose stream the ops run
     */
    public Kernels(String library, Device device) {
        this.device = device;
        Foreign c = new Foreign(library);
        int version = call(() -> (int) c.function("reft_abi_version", "").invokeExact());
        if (version != ABI_VERSION) {
            throw new KernelError(library + " speaks version " + version + " of reft.h, this jar version " + ABI_VERSION);
        }
        lastError = c.text("reft_last_error");
        describe = c.text("reft_describe");
        setThreads = c.function("reft_set_threads", "i");
        setIsa = c.function("reft_set_isa", "p");
        setWorkspace = c.function("reft_set_workspace", "pl");
        convert = c.function("reft_convert", "pipilp");
        fill = c.function("reft_fill", "pflip");
        add = c.function("reft_add", "pplip");
        gatherRows = c.function("reft_gather_rows", "pppllip");
        scatterAddRows = c.function("reft_scatter_add_rows", "pppllip");
        embeddingForward = c.function("reft_embedding_forward", "ppppplllllip");
        embeddingBackward = c.function("reft_embedding_backward", "ppppllllip");
        biasForward = c.function("reft_bias_forward", "ppllip");
        biasBackward = c.function("reft_bias_backward", "ppllip");
        layerNormForward = c.function("reft_layernorm_forward", "ppppppppfllip");
        layerNormBackward = c.function("reft_layernorm_backward", "ppppppppllip");
        rmsNormForward = c.function("reft_rmsnorm_forward", "ppppppfllip");
        rmsNormBackward = c.function("reft_rmsnorm_backward", "ppppppllip");
        activationForward = c.function("reft_activation_forward", "ipppllip");
        activationBackward = c.function("reft_activation_backward", "ipppllip");
        swigluForward = c.function("reft_swiglu_forward", "ppllip");
        swigluBackward = c.function("reft_swiglu_backward", "pppllip");
        rope = c.function("reft_rope", "pppllllliip");
        attentionForward = c.function("reft_attention_forward", "pppplllllllfip");
        attentionBackward = c.function("reft_attention_backward", "ppppppplllllllfip");
        kvAppend = c.function("reft_kv_append", "ppipppplllllip");
        attentionCached = c.function("reft_attention_cached", "ppppippp" + "llllllllfip");
        packedSize = c.count("reft_packed_size", "lli");
        matmulPack = c.function("reft_matmul_pack", "pipllip");
        matmul = c.function("reft_matmul", "pipplllii" + "ffip");
        linear = c.function("reft_linear", "ppppplll" + "iiip");
        logprobForward = c.function("reft_logprob_forward", "pppppfllip");
        logprobBackward = c.function("reft_logprob_backward", "ppppppfllip");
        crossEntropy = c.function("reft_cross_entropy", "ppppllip");
        klRewards = c.function("reft_kl_rewards", "pppppfllp");
        gae = c.function("reft_gae", "pppppffllp");
        whiten = c.function("reft_whiten", "pilp");
        ppoLoss = c.function("reft_ppo_loss", "pppppppppppp" + "fffflp");
        klLoss = c.function("reft_kl_loss", "pppppflp");
        sumSquares = c.function("reft_sum_squares", "pplp");
        clipScale = c.function("reft_clip_scale", "ppfp");
        adamw = c.function("reft_adamw", "ppppppifffffllp");
        sample = c.function("reft_sample", "pppflfl" + "ppllip");
        decodeAdvance = c.function("reft_decode_advance", "pppppp" + "pppppppp" + "llllp");
    }

    /** The device that the tensors are on. */
    public Device device() {
        return device;
    }

    /** One line on the library's device, such as {@code cpu avx2, 2 threads}. */
    public String describe() {
        return Foreign.string(describe);
    }

    /** Whether this is the CUDA library, which stores bf16 too. */
    public boolean cuda() {
        return describe().startsWith("cuda");
    }

    /** Sets the number of threads of the CPU library; call from the thread that makes all other calls. */
    public void setThreads(int threads) {
        run(() -> (int) setThreads.invokeExact(threads));
        this.threads = threads;
    }

    /** Threads of the CPU for work beside the kernels' own; as many as the CPU library has. */
    public int threads() {
        return threads;
    }

    /** Lends the library scratch memory on the device until the next call of this; the CPU library needs none. */
    public void setWorkspace(Memory memory) {
        run(() -> (int) setWorkspace.invokeExact(memory.address(), memory.bytes()));
    }

    /**
     * Forces an instruction set of the CPU library: {@code scalar}, {@code avx2}, {@code avx512}, {@code avx512_bf16}, {@code amx},
     * {@code amx_emulated} or {@code auto}. Packed weights and caches made before are of no use then.
     */
    public void setIsa(String isa) {
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            long text = arena.allocateFrom(isa).address();
            run(() -> (int) setIsa.invokeExact(text));
        }
    }

    /** Copies {@code src} to {@code dst} in another storage type. */
    public void convert(Tensor dst, Tensor src) {
        check(dst.size() == src.size(), "convert", dst, src);
        run(() -> (int) convert.invokeExact(dst.address(), dst.dtype().code, src.address(), src.dtype().code, src.size(), stream()));
    }

    /** Sets every element. */
    public void fill(Tensor x, float value) {
        run(() -> (int) fill.invokeExact(x.address(), value, x.size(), x.dtype().code, stream()));
    }

    /** {@code y += x}. */
    public void add(Tensor y, Tensor x) {
        same("add", y, x);
        run(() -> (int) add.invokeExact(y.address(), x.address(), x.size(), x.dtype().code, stream()));
    }

    /** {@code out[m] = x[rows[m]]}. */
    public void gatherRows(Tensor out, Tensor x, Tensor rows) {
        check(out.cols() == x.cols() && out.dtype() == x.dtype() && ints(rows, out.rows()), "gather_rows", out, x, rows);
        run(() -> (int) gatherRows.invokeExact(out.address(), x.address(), rows.address(), out.rows(), out.cols(), x.dtype().code,
                stream()));
    }

    /** {@code x[rows[m]] += delta[m]}; rows are distinct. */
    public void scatterAddRows(Tensor x, Tensor delta, Tensor rows) {
        check(delta.cols() == x.cols() && delta.dtype() == x.dtype() && ints(rows, delta.rows()), "scatter_add_rows", x, delta, rows);
        run(() -> (int) scatterAddRows.invokeExact(x.address(), delta.address(), rows.address(), delta.rows(), x.cols(), x.dtype().code,
                stream()));
    }

    /** Token plus learned position embedding; {@code wpe} null for rotary models. */
    public void embeddingForward(Tensor out, Tensor ids, Tensor positions, Tensor wte, Tensor wpe, int positionOffset) {
        check(ints(ids, out.rows()) && ints(positions, out.rows()) && wte.cols() == out.cols() && wte.dtype() == out.dtype()
                && (wpe == null || wpe.cols() == out.cols()), "embedding_forward", out, ids, positions, wte, wpe);
        run(() -> (int) embeddingForward.invokeExact(out.address(), ids.address(), positions.address(), wte.address(), at(wpe),
                (long) positionOffset, out.rows(), out.cols(), wte.rows(), wpe == null ? 0 : wpe.rows(), out.dtype().code, stream()));
    }

    /** {@code dtable[index[n] + offset] += dout[n]}; {@code order} sorts the tokens by index, stably. */
    public void embeddingBackward(Tensor dtable, Tensor dout, Tensor index, Tensor order, int offset) {
        check(f32(dtable) && dtable.cols() == dout.cols() && ints(index, dout.rows()) && ints(order, dout.rows()),
                "embedding_backward", dtable, dout, index, order);
        run(() -> (int) embeddingBackward.invokeExact(dtable.address(), dout.address(), index.address(), order.address(), (long) offset,
                dout.rows(), dout.cols(), dtable.rows(), dout.dtype().code, stream()));
    }

    /** {@code x[n] += bias}. */
    public void biasForward(Tensor x, Tensor bias) {
        check(bias.size() == x.cols() && bias.dtype() == x.dtype(), "bias_forward", x, bias);
        run(() -> (int) biasForward.invokeExact(x.address(), bias.address(), x.rows(), x.cols(), x.dtype().code, stream()));
    }

    /** {@code dbias += Σ dout[n]}. */
    public void biasBackward(Tensor dbias, Tensor dout) {
        check(f32(dbias) && dbias.size() == dout.cols(), "bias_backward", dbias, dout);
        run(() -> (int) biasBackward.invokeExact(dbias.address(), dout.address(), dout.rows(), dout.cols(), dout.dtype().code, stream()));
    }

    /** {@code sum = x + delta}, {@code out} its layer norm. */
    public void layerNormForward(Tensor out, Tensor mean, Tensor rstd, Tensor sum, Tensor x, Tensor delta, Tensor weight, Tensor bias,
            float eps) {
        same("layernorm_forward", out, x);
        check(vector(weight, x) && vector(bias, x) && sized(mean, x.rows()) && sized(rstd, x.rows())
                && sized(sum, x.size()) && sized(delta, x.size()), "layernorm_forward", out, mean, rstd, sum, x, delta, weight, bias);
        run(() -> (int) layerNormForward.invokeExact(out.address(), at(mean), at(rstd), at(sum), x.address(), at(delta), at(weight),
                at(bias),
                eps, x.rows(), x.cols(), x.dtype().code, stream()));
    }

    /** {@code dx +=} the gradient of the norm's input {@code x}. */
    public void layerNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight, Tensor mean, Tensor rstd) {
        same("layernorm_backward", dx, dout, x);
        check(vector(weight, x) && sized(mean, x.rows()) && sized(rstd, x.rows()) && sized(dweight, x.cols()) && sized(dbias, x.cols()),
                "layernorm_backward", dx, dweight, dbias, weight, mean, rstd);
        run(() -> (int) layerNormBackward.invokeExact(dx.address(), at(dweight), at(dbias), dout.address(), x.address(), at(weight),
                mean.address(), rstd.address(), x.rows(), x.cols(), x.dtype().code, stream()));
    }

    /** {@code sum = x + delta}, {@code out} its RMS norm. */
    public void rmsNormForward(Tensor out, Tensor rstd, Tensor sum, Tensor x, Tensor delta, Tensor weight, float eps) {
        same("rmsnorm_forward", out, x);
        check(vector(weight, x) && sized(rstd, x.rows()) && sized(sum, x.size()) && sized(delta, x.size()),
                "rmsnorm_forward", out, rstd, sum, x, delta, weight);
        run(() -> (int) rmsNormForward.invokeExact(out.address(), at(rstd), at(sum), x.address(), at(delta), at(weight),
                eps, x.rows(), x.cols(), x.dtype().code, stream()));
    }

    /** {@code dx +=} the gradient of the norm's input {@code x}. */
    public void rmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) {
        same("rmsnorm_backward", dx, dout, x);
        check(vector(weight, x) && sized(rstd, x.rows()) && sized(dweight, x.cols()), "rmsnorm_backward", dx, dweight, weight, rstd);
        run(() -> (int) rmsNormBackward.invokeExact(dx.address(), at(dweight), dout.address(), x.address(), at(weight), rstd.address(),
                x.rows(), x.cols(), x.dtype().code, stream()));
    }

    /** {@code x += bias}, {@code out = f(x)}; {@code kind} is a {@code REFT_GELU…} code. */
    public void activationForward(int kind, Tensor out, Tensor x, Tensor bias) {
        same("activation_forward", out, x);
        check(vector(bias, x), "activation_forward", x, bias);
        run(() -> (int) activationForward.invokeExact(kind, out.address(), x.address(), at(bias), x.rows(), x.cols(), x.dtype().code,
                stream()));
    }

    /** {@code dx = dout·f'(x)}. */
    public void activationBackward(int kind, Tensor dx, Tensor x, Tensor dout) {
        same("activation_backward", dx, x, dout);
        run(() -> (int) activationBackward.invokeExact(kind, dx.address(), x.address(), dout.address(), x.rows(), x.cols(), x.dtype().code,
                stream()));
    }

    /** {@code out = silu(gate)·up}. */
    public void swigluForward(Tensor out, Tensor gateUp) {
        check(gateUp.rows() == out.rows() && gateUp.cols() == 2 * out.cols() && gateUp.dtype() == out.dtype(), "swiglu_forward", out,
                gateUp);
        run(() -> (int) swigluForward.invokeExact(out.address(), gateUp.address(), out.rows(), out.cols(), out.dtype().code, stream()));
    }

    /** {@code dgateUp} from {@code dout}; it may be {@code gateUp}. */
    public void swigluBackward(Tensor dgateUp, Tensor gateUp, Tensor dout) {
        same("swiglu_backward", dgateUp, gateUp);
        check(gateUp.rows() == dout.rows() && gateUp.cols() == 2 * dout.cols(), "swiglu_backward", dgateUp, dout);
        run(() -> (int) swigluBackward.invokeExact(dgateUp.address(), gateUp.address(), dout.address(), dout.rows(), dout.cols(),
                dout.dtype().code, stream()));
    }

    /** Rotates the first {@code heads} heads of each row in place; {@code table} is {@code [P, HS]}: cos, sin pairs. */
    public void rope(Tensor qkv, Tensor positions, Tensor table, int heads, int headSize, boolean inverse) {
        check(ints(positions, qkv.rows()) && table.cols() == headSize && f32(table) && qkv.cols() >= (long) heads * headSize, "rope", qkv,
                positions, table);
        run(() -> (int) rope.invokeExact(qkv.address(), positions.address(), table.address(), qkv.rows(), qkv.cols(), (long) heads,
                (long) headSize,
                table.rows(), inverse ? 1 : 0, qkv.dtype().code, stream()));
    }

    /**
     * The sizes of an attention.
     *
     * @param heads    NH, query heads
     * @param kvHeads  NKV, key/value heads
     * @param headSize HS
     * @param window   tokens that a token sees, itself included; 0: all before it
     */
    public record Attention(int heads, int kvHeads, int headSize, int window) {
        /** Columns of queries, keys and values side by side. */
        public int qkvWidth() {
            return (heads + 2 * kvHeads) * headSize;
        }

        /** Columns of the queries, and of the output. */
        public int outWidth() {
            return heads * headSize;
        }

        float scale() {
            return (float) (1 / Math.sqrt(headSize));
        }
    }

    /** Causal self-attention over packed sequences; {@code lse} {@code [NH, N]} or null. */
    public void attentionForward(Attention a, Tensor out, Tensor lse, Tensor qkv, Tensor cuSeqlens, int longest) {
        check(qkv.cols() == a.qkvWidth() && out.cols() == a.outWidth() && out.rows() == qkv.rows() && out.dtype() == qkv.dtype()
                && sized(lse, a.heads * qkv.rows()) && cuSeqlens.dtype() == DType.I32, "attention_forward", out, lse, qkv, cuSeqlens);
        run(() -> (int) attentionForward.invokeExact(out.address(), at(lse), qkv.address(), cuSeqlens.address(), cuSeqlens.size() - 1,
                qkv.rows(),
                (long) a.heads, (long) a.kvHeads, (long) a.headSize, (long) longest, (long) a.window, a.scale(), qkv.dtype().code,
                stream()));
    }

    /** {@code dqkv} from {@code dout}; {@code delta} {@code [NH, N]} is scratch. */
    public void attentionBackward(Attention a, Tensor dqkv, Tensor delta, Tensor dout, Tensor qkv, Tensor out, Tensor lse, Tensor cuSeqlens,
            int longest) {
        same("attention_backward", dqkv, qkv);
        same("attention_backward", dout, out);
        check(qkv.cols() == a.qkvWidth() && out.cols() == a.outWidth() && out.rows() == qkv.rows() && sized(lse, a.heads * qkv.rows())
                && sized(delta, a.heads * qkv.rows()), "attention_backward", dqkv, delta, out, lse);
        run(() -> (int) attentionBackward.invokeExact(dqkv.address(), delta.address(), dout.address(), qkv.address(), out.address(),
                lse.address(),
                cuSeqlens.address(), cuSeqlens.size() - 1, qkv.rows(), (long) a.heads, (long) a.kvHeads, (long) a.headSize, (long) longest,
                (long) a.window, a.scale(), qkv.dtype().code, stream()));
    }

    /**
     * Writes the keys and values of new tokens to their cache slots, after rotating queries and keys where {@code table} is given.
     * The pages are of qkv's type, or, on the CPU, of bf16.
     */
    public void kvAppend(Attention a, Tensor kPages, Tensor vPages, Tensor qkv, Tensor slots, Tensor positions, Tensor table) {
        same("kv_append", kPages, vPages);
        check(qkv.cols() == a.qkvWidth() && slots.dtype() == DType.I64 && slots.size() == qkv.rows() && ints(positions, qkv.rows())
                && kPages.cols() == (long) a.kvHeads * KV_PAGE * a.headSize, "kv_append", kPages, qkv, slots, positions, table);
        run(() -> (int) kvAppend.invokeExact(kPages.address(), vPages.address(), kPages.dtype().code, qkv.address(), slots.address(),
                positions.address(), at(table),
                qkv.rows(), (long) a.heads, (long) a.kvHeads, (long) a.headSize, table == null ? 0 : table.rows(), qkv.dtype().code,
                stream()));
    }

    /** Attention of the newest tokens of each sequence against its pages; {@code blockTable} is {@code [B, max_blocks]}. */
    public void attentionCached(Attention a, Tensor out, Tensor qkv, Tensor kPages, Tensor vPages, Tensor cuNew, Tensor context,
            Tensor blockTable,
            int longestContext) {
        check(qkv.cols() == a.qkvWidth() && out.cols() == a.outWidth() && out.rows() == qkv.rows() && ints(cuNew, context.size() + 1)
                && blockTable.rows() == context.size(), "attention_cached", out, qkv, kPages, cuNew, context, blockTable);
        run(() -> (int) attentionCached.invokeExact(out.address(), qkv.address(), kPages.address(), vPages.address(), kPages.dtype().code,
                cuNew.address(), context.address(), blockTable.address(), context.size(), qkv.rows(), blockTable.cols(),
                (long) longestContext, (long) a.heads, (long) a.kvHeads,
                (long) a.headSize, (long) a.window, a.scale(), qkv.dtype().code, stream()));
    }

    /** {@code out = alpha·op(a)·op(b) + beta·out}. */
    public void matmul(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float alpha, float beta) {
        long m = transposeA ? a.cols() : a.rows(), k = transposeA ? a.rows() : a.cols(), n = transposeB ? b.rows() : b.cols();
        check(out.rows() == m && out.cols() == n && (transposeB ? b.cols() : b.rows()) == k && a.dtype() == b.dtype(), "matmul", out, a, b);
        run(() -> (int) matmul.invokeExact(out.address(), out.dtype().code, a.address(), b.address(), m, n, k, transposeA ? 1 : 0,
                transposeB ? TRANSPOSED : PLAIN, alpha, beta, a.dtype().code, stream()));
    }

    /**
     * Elements of a weight [N, K] in the order in which {@link #matmulPacked} reads it, in {@code type}; 0 where this device has no such
     * order.
     */
    public long packedSize(Tensor weight, DType type) {
        try {
            return (long) packedSize.invokeExact(weight.rows(), weight.cols(), type.code);
        } catch (Throwable t) {
            throw new KernelError("a foreign call failed", t);
        }
    }

    /** Lays a weight [N, K] out in {@code packed}, of {@link #packedSize} elements, in its own type or, on the CPU, rounded to bf16. */
    public void matmulPack(Tensor packed, Tensor weight) {
        check(packed.size() == packedSize(weight, packed.dtype()), "matmul_pack", packed, weight);
        run(() -> (int) matmulPack.invokeExact(packed.address(), packed.dtype().code, weight.address(), weight.rows(), weight.cols(),
                weight.dtype().code,
                stream()));
    }

    /** {@code out = x·Wᵀ}, W [out.cols, x.cols] laid out by {@link #matmulPack}: the bits of {@link #matmul}, or a product of bf16. */
    public void matmulPacked(Tensor out, Tensor x, Tensor packed) {
        linearPacked(out, null, x, packed, null, NONE);
    }

    /**
     * {@code z = x·Wᵀ + bias}, {@code out = f(z)}, W being {@code weight} [out.cols, x.cols].
     *
     * @param before     where z goes for the backward of f, or null
     * @param bias       or null
     * @param activation f: {@link #NONE} or a {@code REFT_GELU…} code
     */
    public void linear(Tensor out, Tensor before, Tensor x, Tensor weight, Tensor bias, int activation) {
        check(weight.rows() == out.cols() && weight.cols() == x.cols(), "linear", out, x, weight);
        linear(out, before, x, weight, TRANSPOSED, bias, activation);
    }

    /** As {@link #linear}, W laid out by {@link #matmulPack}; where that is bf16 and x is not, x is rounded too. */
    public void linearPacked(Tensor out, Tensor before, Tensor x, Tensor packed, Tensor bias, int activation) {
        check(packed.size() >= out.cols() * x.cols(), "linear", out, x, packed);
        linear(out, before, x, packed, packed.dtype() == x.dtype() ? PACKED : PACKED_BF16, bias, activation);
    }

    private void linear(Tensor out, Tensor before, Tensor x, Tensor weight, int form, Tensor bias, int activation) {
        if (before != null) {
            same("linear", out, before);
        }
        check(out.rows() == x.rows() && vector(bias, out)
                && (x.dtype() == weight.dtype() || form == PACKED_BF16 && weight.dtype() == DType.BF16)
                && x.dtype() == out.dtype(), "linear", out, x, weight, bias);
        run(() -> (int) linear.invokeExact(out.address(), at(before), x.address(), weight.address(), at(bias), out.rows(), out.cols(),
                x.cols(), form,
                activation, x.dtype().code, stream()));
    }

    /** Log-probability of each target; {@code entropy} and {@code lse} may be null. */
    public void logprobForward(Tensor logprob, Tensor entropy, Tensor lse, Tensor logits, Tensor targets, float inverseTemperature) {
        check(sized(logprob, logits.rows()) && sized(entropy, logits.rows()) && sized(lse, logits.rows()) && ints(targets, logits.rows()),
                "logprob_forward", logprob, entropy, lse, logits, targets);
        run(() -> (int) logprobForward.invokeExact(logprob.address(), at(entropy), at(lse), logits.address(), targets.address(),
                inverseTemperature,
                logits.rows(), logits.cols(), logits.dtype().code, stream()));
    }

    /** Turns logits into their own gradient in place; {@code dentropy} and {@code entropy} may both be null. */
    public void logprobBackward(Tensor logits, Tensor targets, Tensor lse, Tensor dlogprob, Tensor dentropy, Tensor entropy,
            float inverseTemperature) {
        check(sized(lse, logits.rows()) && sized(dlogprob, logits.rows()) && sized(dentropy, logits.rows()) && sized(entropy, logits.rows())
                && ints(targets, logits.rows()) && (dentropy == null) == (entropy == null), "logprob_backward", logits, targets, lse,
                dlogprob, dentropy, entropy);
        run(() -> (int) logprobBackward.invokeExact(logits.address(), targets.address(), lse.address(), dlogprob.address(), at(dentropy),
                at(entropy),
                inverseTemperature, logits.rows(), logits.cols(), logits.dtype().code, stream()));
    }

    /** {@code loss[n] = -log p(target)}; with {@code weight}, logits become their gradient in place. */
    public void crossEntropy(Tensor loss, Tensor logits, Tensor targets, Tensor weight) {
        check(sized(loss, logits.rows()) && sized(weight, logits.rows()) && ints(targets, logits.rows()), "cross_entropy", loss, logits,
                targets, weight);
        run(() -> (int) crossEntropy.invokeExact(loss.address(), logits.address(), targets.address(), at(weight), logits.rows(),
                logits.cols(),
                logits.dtype().code, stream()));
    }

    /** The reward of each action: its share of the KL penalty, and the score at the last action. */
    public void klRewards(Tensor rewards, Tensor score, Tensor oldLogprob, Tensor refLogprob, Tensor cuActions, float beta) {
        check(sized(oldLogprob, rewards.size()) && sized(refLogprob, rewards.size()) && ints(cuActions, score.size() + 1),
                "kl_rewards", rewards, score, oldLogprob, refLogprob, cuActions);
        run(() -> (int) klRewards.invokeExact(rewards.address(), score.address(), oldLogprob.address(), refLogprob.address(),
                cuActions.address(), beta,
                score.size(), rewards.size(), stream()));
    }

    /** Generalised advantage estimation. */
    public void gae(Tensor advantages, Tensor returns, Tensor rewards, Tensor values, Tensor cuActions, float gamma, float lambda) {
        check(sized(advantages, rewards.size()) && sized(returns, rewards.size()) && sized(values, rewards.size())
                && cuActions.dtype() == DType.I32,
                "gae", advantages, returns, rewards, values, cuActions);
        run(() -> (int) gae.invokeExact(advantages.address(), returns.address(), rewards.address(), values.address(), cuActions.address(),
                gamma, lambda,
                cuActions.size() - 1, rewards.size(), stream()));
    }

    /** Zero mean (unless {@code keepMean}) and unit variance, in place. */
    public void whiten(Tensor x, boolean keepMean) {
        run(() -> (int) whiten.invokeExact(x.address(), keepMean ? 1 : 0, x.size(), stream()));
    }

    /**
     * What PPO's loss reads and writes, an element each action. {@code pg}, {@code vf} and {@code clipped} may be null;
     * all of {@code dvalue}, {@code value}, {@code oldValue}, {@code returns}, {@code vf} are null without a value head.
     */
    public record PpoLoss(Tensor dlogprob, Tensor dvalue, Tensor pg, Tensor vf, Tensor clipped, Tensor logprob, Tensor oldLogprob,
                          Tensor advantages, Tensor value, Tensor oldValue, Tensor returns, Tensor weight) {}

    /** The clipped PPO losses of each action and their gradients. */
    public void ppoLoss(PpoLoss t, float clipLow, float clipHigh, float valueClip, float vfCoef) {
        long n = t.logprob.size();
        for (Tensor x : new Tensor[] {t.dlogprob, t.dvalue, t.pg, t.vf, t.clipped, t.oldLogprob, t.advantages, t.value, t.oldValue,
                t.returns, t.weight}) {
            check(sized(x, n), "ppo_loss", t.logprob, x);
        }
        run(() -> (int) ppoLoss.invokeExact(t.dlogprob.address(), at(t.dvalue), at(t.pg), at(t.vf), at(t.clipped), t.logprob.address(),
                t.oldLogprob.address(), t.advantages.address(), at(t.value), at(t.oldValue), at(t.returns), t.weight.address(),
                clipLow, clipHigh, valueClip, vfCoef, n, stream()));
    }

    /**
     * Adds the gradient of {@code beta} times the KL estimate k3 towards the reference to {@code dlogprob}; {@code kl} may be null. All
     * [n].
     */
    public void klLoss(Tensor dlogprob, Tensor kl, Tensor logprob, Tensor refLogprob, Tensor weight, float beta) {
        long n = logprob.size();
        check(sized(dlogprob, n) && sized(kl, n) && sized(refLogprob, n) && sized(weight, n), "kl_loss", dlogprob, kl, logprob, refLogprob,
                weight);
        run(() -> (int) klLoss.invokeExact(dlogprob.address(), at(kl), logprob.address(), refLogprob.address(), weight.address(), beta, n,
                stream()));
    }

    /** {@code out[0] += Σ x²}. */
    public void sumSquares(Tensor out, Tensor x) {
        check(f32(out) && f32(x), "sum_squares", out, x);
        run(() -> (int) sumSquares.invokeExact(out.address(), x.address(), x.size(), stream()));
    }

    /** {@code normScale} = the norm, and the factor that clips it to {@code maxNorm}. */
    public void clipScale(Tensor normScale, Tensor sumSquares, float maxNorm) {
        check(sized(normScale, 2) && sized(sumSquares, 1), "clip_scale", normScale, sumSquares);
        run(() -> (int) clipScale.invokeExact(normScale.address(), sumSquares.address(), maxNorm, stream()));
    }

    /** One step of AdamW over flat buffers; {@code copy}, or null, receives the parameters in its own storage type. */
    public void adamw(Tensor param, Tensor grad, Tensor m, Tensor v, Tensor normScale, Tensor copy, float lr, float beta1, float beta2,
            float eps,
            float decay, long step) {
        check(f32(param) && sized(grad, param.size()) && sized(m, param.size()) && sized(v, param.size()) && sized(normScale, 2)
                && (copy == null || copy.size() == param.size()), "adamw", param, grad, m, v, normScale, copy);
        run(() -> (int) adamw.invokeExact(param.address(), grad.address(), m.address(), v.address(), at(normScale), at(copy),
                copy == null ? 0 : copy.dtype().code, lr, beta1, beta2, eps, decay, step, param.size(), stream()));
    }

    /** Draws one token a row; see reft.h for the order of the cuts and the source of randomness. */
    public void sample(Tensor tokens, Tensor logprob, Tensor logits, float temperature, int topK, float topP, long seed, Tensor sequence,
            Tensor position) {
        check(ints(tokens, logits.rows()) && sized(logprob, logits.rows()) && ints(position, logits.rows())
                && sequence.dtype() == DType.I64 && sequence.size() == logits.rows(), "sample", tokens, logprob, logits, sequence,
                position);
        run(() -> (int) sample.invokeExact(tokens.address(), logprob.address(), logits.address(), temperature, (long) topK, topP, seed,
                sequence.address(), position.address(), logits.rows(), logits.cols(), logits.dtype().code, stream()));
    }

    /**
     * Sequences that decode together, an element each: the inputs of their next step, tokens that remain to be drawn, and
     * what was noted so far, in rows. {@code notedValues} is null without a value head.
     */
    public record Decoding(Tensor ids, Tensor positions, Tensor slots, Tensor context, Tensor blockTable, Tensor remaining, Tensor count,
                           Tensor notedTokens, Tensor notedLogprob, Tensor notedValues) {}

    /** Notes the tokens drawn and sets the inputs of the next step; {@code eos}: the tokens that end a sequence, or null. */
    public void decodeAdvance(Decoding d, Tensor tokens, Tensor logprob, Tensor values, Tensor eos) {
        long b = tokens.rows();
        for (Tensor t : new Tensor[] {tokens, d.ids, d.positions, d.context, d.remaining, d.count}) {
            check(ints(t, b), "decode_advance", t);
        }
        check(d.slots.dtype() == DType.I64 && d.slots.size() == b && d.blockTable.rows() == b && d.notedTokens.rows() == b
                && logprob.size() == b
                && sized(d.notedLogprob, d.notedTokens.size()) && sized(d.notedValues, d.notedTokens.size()) && sized(values, b),
                "decode_advance", d.slots, d.blockTable, d.notedTokens, logprob, values);
        run(() -> (int) decodeAdvance.invokeExact(d.ids.address(), d.positions.address(), d.slots.address(), d.context.address(),
                d.remaining.address(),
                d.count.address(), d.notedTokens.address(), d.notedLogprob.address(), at(d.notedValues), tokens.address(),
                logprob.address(), at(values),
                d.blockTable.address(), at(eos), b, d.notedTokens.cols(), d.blockTable.cols(), eos == null ? 0 : eos.size(), stream()));
    }

    private long stream() {
        return device.stream();
    }

    @FunctionalInterface
    private interface Call {
        int run() throws Throwable;
    }

    private void run(Call op) {
        if (call(op) != 0) {
            throw new KernelError(Foreign.string(lastError));
        }
    }

    private static int call(Call op) {
        try {
            return op.run();
        } catch (Throwable t) {
            throw new KernelError("a foreign call failed", t);
        }
    }

    private static long at(Tensor t) {
        return t == null ? 0 : t.address();
    }

    private static boolean f32(Tensor t) {
        return t.dtype() == DType.F32;
    }

    private static boolean sized(Tensor t, long n) {
        return t == null || t.size() == n;
    }

    private static boolean ints(Tensor t, long n) {
        return t.dtype() == DType.I32 && t.size() == n;
    }

    private static boolean vector(Tensor t, Tensor x) {
        return t == null || t.size() == x.cols() && t.dtype() == x.dtype();
    }

    private static void same(String op, Tensor first, Tensor... others) {
        for (Tensor t : others) {
            check(t.rows() == first.rows() && t.cols() == first.cols() && t.dtype() == first.dtype(), op, first, t);
        }
    }

    private static void check(boolean right, String op, Tensor... tensors) {
        if (!right) {
            throw new IllegalArgumentException("reft_" + op + " does not take the shapes " + java.util.Arrays.toString(tensors));
        }
    }
}
