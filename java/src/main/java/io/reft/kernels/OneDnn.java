package io.reft.kernels;

import io.reft.device.DType;
import io.reft.device.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * oneDNN's matrix products through Panama: {@code dnnl_sgemm} for fp32, its matmul primitive for bf16 operands with an
 * fp32 result. A primitive is compiled for its sizes, so the latest ones are kept. One thread at a time.
 */
final class OneDnn implements Gemm {
    private static final int F32 = 3, BF16 = 2;
    private static final int SRC = 1, WEIGHTS = 33, DST = 17;
    private static final int ENGINE_CPU = 1;
    private static final int AVX512_CORE_BF16 = 0xe7;
    private static final int KEPT = 256;

    private final MethodHandle sgemm, memoryDescCreate, memoryDescDestroy, matmulCreate, primitiveDescDestroy, primitiveCreate,
            primitiveDestroy, execute, memoryCreate, memoryDestroy, setHandle, attrCreate, attrDestroy, attrSetPostOps, postOpsCreate,
            postOpsDestroy, appendSum;
    private final boolean fastBf16;
    private final long engine, stream;
    private final MemorySegment scratch = Arena.global().allocate(256, 16);

    /** A compiled product: its primitive and its three memory objects, whose addresses are set at each call. */
    private record Product(long primitive, long a, long b, long out) {}

    private record Key(long m, long n, long k, boolean transposeA, boolean transposeB, boolean add) {}

    private final Map<Key, Product> products = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Product> eldest) {
            boolean full = size() > KEPT;
            if (full) {
                release(eldest.getValue());
            }
            return full;
        }
    };

    OneDnn() {
        Foreign c = new Foreign("libdnnl.so.3");
        sgemm = c.function("dnnl_sgemm", "cclllfplplfpl");
        memoryDescCreate = c.function("dnnl_memory_desc_create_with_strides", "pipip");
        memoryDescDestroy = c.function("dnnl_memory_desc_destroy", "p");
        matmulCreate = c.function("dnnl_matmul_primitive_desc_create", "ppppppp");
        primitiveDescDestroy = c.function("dnnl_primitive_desc_destroy", "p");
        primitiveCreate = c.function("dnnl_primitive_create", "pp");
        primitiveDestroy = c.function("dnnl_primitive_destroy", "p");
        execute = c.function("dnnl_primitive_execute", "ppip");
        memoryCreate = c.function("dnnl_memory_create", "pppp");
        memoryDestroy = c.function("dnnl_memory_destroy", "p");
        setHandle = c.function("dnnl_memory_set_data_handle", "pp");
        attrCreate = c.function("dnnl_primitive_attr_create", "p");
        attrDestroy = c.function("dnnl_primitive_attr_destroy", "p");
        attrSetPostOps = c.function("dnnl_primitive_attr_set_post_ops", "pp");
        postOpsCreate = c.function("dnnl_post_ops_create", "p");
        postOpsDestroy = c.function("dnnl_post_ops_destroy", "p");
        appendSum = c.function("dnnl_post_ops_append_sum", "pfii");
        MethodHandle isa = c.function("dnnl_get_effective_cpu_isa", "");
        MethodHandle engineCreate = c.function("dnnl_engine_create", "pil");
        MethodHandle streamCreate = c.function("dnnl_stream_create", "ppi");
        try {
            fastBf16 = ((int) isa.invokeExact() & AVX512_CORE_BF16) == AVX512_CORE_BF16;
        } catch (Throwable t) {
            throw new KernelError("oneDNN does not answer", t);
        }
        engine = create(out -> (int) engineCreate.invokeExact(out, ENGINE_CPU, 0L), "engine");
        stream = create(out -> (int) streamCreate.invokeExact(out, engine, 0), "stream");
    }

    @Override
    public void run(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        if (a.dtype() == DType.BF16) {
            bf16(out, a, transposeA, b, transposeB, beta != 0);
        } else {
            fp32(out, a, transposeA, b, transposeB, beta);
        }
    }

    /** Whether the processor multiplies bf16 natively (AVX-512 BF16 or AMX); elsewhere the bf16 primitive is very slow. */
    @Override
    public boolean takesBf16() {
        return fastBf16;
    }

    @Override
    public String name() {
        return "oneDNN";
    }

    /** {@code out = op(a)·op(b) + beta·out}, fp32. */
    void fp32(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        long m = out.rows(), n = out.cols(), k = transposeA ? a.rows() : a.cols();
        check(() -> (int) sgemm.invokeExact((byte) (transposeA ? 'T' : 'N'), (byte) (transposeB ? 'T' : 'N'), m, n, k, 1f,
                a.address(), a.cols(), b.address(), b.cols(), beta, out.address(), n), "sgemm");
    }

    /** {@code out = op(a)·op(b)}, plus {@code out} itself where {@code add}; a, b bf16, out fp32. */
    void bf16(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, boolean add) {
        Key key = new Key(out.rows(), out.cols(), transposeA ? a.rows() : a.cols(), transposeA, transposeB, add);
        Product p = products.get(key);
        if (p == null) {
            p = compile(key);
            products.put(key, p);
        }
        Product product = p;
        check(() -> (int) setHandle.invokeExact(product.a, a.address()), "set_data_handle");
        check(() -> (int) setHandle.invokeExact(product.b, b.address()), "set_data_handle");
        check(() -> (int) setHandle.invokeExact(product.out, out.address()), "set_data_handle");
        int[] kinds = {SRC, WEIGHTS, DST};
        long[] memories = {product.a, product.b, product.out};
        for (int i = 0; i < 3; i++) {   // dnnl_exec_arg_t: an int, padding, a pointer
            scratch.set(ValueLayout.JAVA_INT, 16L * i, kinds[i]);
            scratch.set(ValueLayout.JAVA_LONG, 16L * i + 8, memories[i]);
        }
        check(() -> (int) execute.invokeExact(product.primitive, stream, 3, scratch.address()), "primitive_execute");
    }

    private Product compile(Key key) {
        long a = matrix(key.m, key.k, BF16, key.transposeA), b = matrix(key.k, key.n, BF16, key.transposeB),
                out = matrix(key.m, key.n, F32, false);
        long attributes = 0;
        if (key.add) {
            long postOps = create(p -> (int) postOpsCreate.invokeExact(p), "post_ops");
            check(() -> (int) appendSum.invokeExact(postOps, 1f, 0, 0), "post_ops_append_sum");
            attributes = create(p -> (int) attrCreate.invokeExact(p), "primitive_attr");
            long held = attributes;
            check(() -> (int) attrSetPostOps.invokeExact(held, postOps), "set_post_ops");
            check(() -> (int) postOpsDestroy.invokeExact(postOps), "post_ops_destroy");
        }
        long with = attributes;
        long description = create(p -> (int) matmulCreate.invokeExact(p, engine, a, b, 0L, out, with), "matmul");
        long primitive = create(p -> (int) primitiveCreate.invokeExact(p, description), "primitive");
        Product product = new Product(primitive, memory(a), memory(b), memory(out));
        check(() -> (int) primitiveDescDestroy.invokeExact(description), "primitive_desc_destroy");
        if (with != 0) {
            check(() -> (int) attrDestroy.invokeExact(with), "primitive_attr_destroy");
        }
        for (long description1 : new long[] {a, b, out}) {
            check(() -> (int) memoryDescDestroy.invokeExact(description1), "memory_desc_destroy");
        }
        return product;
    }

    private long matrix(long rows, long cols, int type, boolean transposed) {
        long dims = scratch.address() + 64, strides = dims + 16;
        scratch.set(ValueLayout.JAVA_LONG, 64, rows);
        scratch.set(ValueLayout.JAVA_LONG, 72, cols);
        scratch.set(ValueLayout.JAVA_LONG, 80, transposed ? 1 : cols);
        scratch.set(ValueLayout.JAVA_LONG, 88, transposed ? rows : 1);
        return create(p -> (int) memoryDescCreate.invokeExact(p, 2, dims, type, strides), "memory_desc");
    }

    private long memory(long description) {
        return create(p -> (int) memoryCreate.invokeExact(p, description, engine, 0L), "memory");
    }

    private void release(Product p) {
        check(() -> (int) primitiveDestroy.invokeExact(p.primitive), "primitive_destroy");
        for (long memory : new long[] {p.a, p.b, p.out}) {
            check(() -> (int) memoryDestroy.invokeExact(memory), "memory_destroy");
        }
    }

    @FunctionalInterface
    private interface Call {
        int run() throws Throwable;
    }

    @FunctionalInterface
    private interface Creation {
        int run(long out) throws Throwable;
    }

    /** Runs a call that writes a new object's pointer to its first argument. */
    private long create(Creation creation, String what) {
        check(() -> creation.run(scratch.address()), what);
        return scratch.get(ValueLayout.JAVA_LONG, 0);
    }

    private static void check(Call call, String what) {
        int status;
        try {
            status = call.run();
        } catch (Throwable t) {
            throw new KernelError("a foreign call failed", t);
        }
        if (status != 0) {
            throw new KernelError("oneDNN: dnnl_" + what + " failed with status " + status);
        }
    }
}
