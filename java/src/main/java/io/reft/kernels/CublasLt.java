package io.reft.kernels;

import io.reft.InputError;
import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import io.reft.kernels.cublas.cublasLtMatmulHeuristicResult_t;
import io.reft.kernels.cublas.cublasLt_h;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * cuBLASLt's matrix products, through the bindings that jextract made of its header ({@code native/jextract}). The library
 * is not part of the program: it is looked for in {@code -Dreft.cublas=PATH} (the file or its folder), {@code CUDA_HOME},
 * among the system's libraries and in {@code /usr/local/cuda}. Sums are made in fp32, without TF32. One thread at a time.
 */
final class CublasLt implements Gemm {
    private static final List<String> NAMES = List.of("libcublasLt.so.13", "libcublasLt.so.12");
    /** What NVIDIA recommends for Hopper; algorithms that split a sum keep their parts there. */
    private static final long WORKSPACE = 32L << 20;
    private static final int KEPT = 512;
    private static Optional<Path> library;

    private final Device device;
    private final MemorySegment handle;
    private final Memory workspace;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1), beta = arena.allocate(ValueLayout.JAVA_FLOAT);
    /** For what a call writes or reads through a pointer. */
    private final MemorySegment cell = arena.allocate(ValueLayout.JAVA_LONG), count = arena.allocate(ValueLayout.JAVA_INT),
            found = cublasLtMatmulHeuristicResult_t.allocate(arena);

    /** What the choice of an algorithm depends on; an alignment is the largest power of two that divides an address, up to 256. */
    private record Key(long m, long n, long k, boolean transposeFirst, boolean transposeSecond, DType in, DType out,
                       long alignFirst, long alignSecond, long alignOut) {
        /** In our order: rows, columns, terms; whether a and b are transposed. */
        @Override
        public String toString() {
            return n + " × " + m + " × " + k + " " + (transposeSecond ? "T" : "N") + (transposeFirst ? "T" : "N") + ", " + in + " to "
                    + out;
        }
    }

    /** A prepared product: cuBLASLt's descriptions, and the algorithm that its heuristics chose. */
    private record Plan(MemorySegment product, MemorySegment first, MemorySegment second, MemorySegment out, MemorySegment algorithm) {}

    private final Map<Key, Plan> plans = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Plan> eldest) {
            boolean full = size() > KEPT;
            if (full) {
                release(eldest.getValue());
            }
            return full;
        }
    };

    /**
     * @param device a CUDA device, whose context is current
     * @throws InputError  where the library is not found
     * @throws KernelError where it does not start
     */
    CublasLt(Device device) {
        if (library().isEmpty()) {
            throw new InputError(
                    "No cuBLASLt: %s is neither in CUDA_HOME nor among the system's libraries nor in /usr/local/cuda; "
                            + "REFT_JAVA_OPTS=-Dreft.cublas=PATH "
                            + "names the file or its folder, and --matmul own does without.",
                    String.join(" or ", NAMES));
        }
        this.device = device;
        MemorySegment created = null;
        try {
            created = create("cublasLtCreate", "", cublasLt_h::cublasLtCreate);
            handle = created;
            workspace = device.allocate(WORKSPACE);
        } catch (RuntimeException e) {
            if (created != null) {
                cublasLt_h.cublasLtDestroy(created);
            }
            arena.close();
            throw e;
        }
    }

    /** Where the library lies that is or would be used; loads it. Empty where there is none. */
    static synchronized Optional<Path> library() {
        if (library == null) {
            library = find(System.getProperty("reft.cublas"), System.getenv("CUDA_HOME"));
            library.ifPresent(path -> System.load(path.toString()));
        }
        return library;
    }

    /**
     * Looks for the library.
     *
     * @param given    the file or a folder that must hold it, or null
     * @param cudaHome a toolkit, or null
     */
    static Optional<Path> find(String given, String cudaHome) {
        if (given != null) {
            Path path = Path.of(given);
            return Optional.of(Files.isRegularFile(path) ? path.toAbsolutePath() : in(path).findFirst()
                    .orElseThrow(() -> new InputError("-Dreft.cublas=%s: there is no %s.", given, String.join(" or ", NAMES))));
        }
        Stream<Path> home = cudaHome == null ? Stream.empty() : Stream.of("lib64", "lib").flatMap(lib -> in(Path.of(cudaHome, lib)));
        return Stream.of(home, NAMES.stream().flatMap(CublasLt::open), in(Path.of("/usr/local/cuda/lib64"))).flatMap(s -> s).findFirst();
    }

    private static Stream<Path> in(Path folder) {
        return NAMES.stream().map(folder::resolve).filter(Files::isRegularFile).map(Path::toAbsolutePath);
    }

    /** Has the system's loader look for a library, and asks the process where it found it. */
    private static Stream<Path> open(String name) {
        try {
            SymbolLookup.libraryLookup(name, Arena.global());
        } catch (IllegalArgumentException e) {
            return Stream.empty();
        }
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("/" + name)).limit(1).toList().stream()
                    .map(line -> Path.of(line.substring(line.indexOf('/'))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean takesBf16() {
        return true;
    }

    @Override
    public String name() {
        long version = cublasLt_h.cublasLtGetVersion();     // 130101 is 13.1.1
        return "cuBLASLt " + version / 10000 + "." + version / 100 % 100 + "." + version % 100;
    }

    @Override
    public void run(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        ColumnMajor p = ColumnMajor.of(out, a, transposeA, b, transposeB);
        Key key = new Key(p.m(), p.n(), p.k(), transposeB, transposeA, a.dtype(), out.dtype(), alignment(b), alignment(a), alignment(out));
        Plan plan = plans.get(key);
        if (plan == null) {
            plan = plan(key, p);
            plans.put(key, plan);
        }
        this.beta.set(ValueLayout.JAVA_FLOAT, 0, beta);
        MemorySegment to = MemorySegment.ofAddress(out.address());
        check("cublasLtMatmul", key, cublasLt_h.cublasLtMatmul(handle, plan.product, one, MemorySegment.ofAddress(b.address()), plan.first,
                MemorySegment.ofAddress(a.address()), plan.second, this.beta, to, plan.out, to, plan.out, plan.algorithm,
                MemorySegment.ofAddress(workspace.address()), WORKSPACE, MemorySegment.ofAddress(device.stream())));
    }

    private Plan plan(Key key, ColumnMajor p) {
        List<Runnable> undo = new ArrayList<>();
        try {
            MemorySegment product = create("cublasLtMatmulDescCreate", key,
                    to -> cublasLt_h.cublasLtMatmulDescCreate(to, cublasLt_h.CUBLAS_COMPUTE_32F(), cublasLt_h.CUDA_R_32F()));
            undo.add(() -> cublasLt_h.cublasLtMatmulDescDestroy(product));
            transpose(key, product, cublasLt_h.CUBLASLT_MATMUL_DESC_TRANSA(), key.transposeFirst);
            transpose(key, product, cublasLt_h.CUBLASLT_MATMUL_DESC_TRANSB(), key.transposeSecond);
            MemorySegment first = matrix(key, p.first(), key.in);
            undo.add(() -> cublasLt_h.cublasLtMatrixLayoutDestroy(first));
            MemorySegment second = matrix(key, p.second(), key.in);
            undo.add(() -> cublasLt_h.cublasLtMatrixLayoutDestroy(second));
            MemorySegment out = matrix(key, p.out(), key.out);
            undo.add(() -> cublasLt_h.cublasLtMatrixLayoutDestroy(out));
            choose(key, product, first, second, out);
            MemorySegment algorithm = Arena.ofAuto().allocate(64, 8).copyFrom(cublasLtMatmulHeuristicResult_t.algo(found));
            return new Plan(product, first, second, out, algorithm);
        } catch (RuntimeException e) {
            undo.forEach(Runnable::run);
            throw e;
        }
    }

    /** Leaves the heuristics' choice in {@link #found}. */
    private void choose(Key key, MemorySegment product, MemorySegment first, MemorySegment second, MemorySegment out) {
        MemorySegment preference = create("cublasLtMatmulPreferenceCreate", key, cublasLt_h::cublasLtMatmulPreferenceCreate);
        try {
            prefer(key, preference, cublasLt_h.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES(), WORKSPACE, 8);
            prefer(key, preference, cublasLt_h.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES(), key.alignFirst, 4);
            prefer(key, preference, cublasLt_h.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES(), key.alignSecond, 4);
            prefer(key, preference, cublasLt_h.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES(), key.alignOut, 4);
            prefer(key, preference, cublasLt_h.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES(), key.alignOut, 4);
            check("cublasLtMatmulAlgoGetHeuristic", key, cublasLt_h.cublasLtMatmulAlgoGetHeuristic(handle, product, first, second, out, out,
                    preference, 1, found, count));
        } finally {
            cublasLt_h.cublasLtMatmulPreferenceDestroy(preference);
        }
        check("cublasLtMatmulAlgoGetHeuristic", key, count.get(ValueLayout.JAVA_INT, 0) == 0
                ? cublasLt_h.CUBLAS_STATUS_NOT_SUPPORTED() : cublasLtMatmulHeuristicResult_t.state(found));
    }

    private void transpose(Key key, MemorySegment product, int attribute, boolean transpose) {
        cell.set(ValueLayout.JAVA_INT, 0, transpose ? cublasLt_h.CUBLAS_OP_T() : cublasLt_h.CUBLAS_OP_N());
        check("cublasLtMatmulDescSetAttribute", key, cublasLt_h.cublasLtMatmulDescSetAttribute(product, attribute, cell, 4));
    }

    private MemorySegment matrix(Key key, ColumnMajor.Operand matrix, DType type) {
        int stored = type == DType.BF16 ? cublasLt_h.CUDA_R_16BF() : cublasLt_h.CUDA_R_32F();
        return create("cublasLtMatrixLayoutCreate", key,
                to -> cublasLt_h.cublasLtMatrixLayoutCreate(to, stored, matrix.rows(), matrix.cols(), matrix.ld()));
    }

    private void prefer(Key key, MemorySegment preference, int attribute, long value, long bytes) {
        cell.set(ValueLayout.JAVA_LONG, 0, value);      // little-endian: its first bytes are the 32-bit value
        check("cublasLtMatmulPreferenceSetAttribute", key,
                cublasLt_h.cublasLtMatmulPreferenceSetAttribute(preference, attribute, cell, bytes));
    }

    /** Runs a call that writes a new object's pointer. */
    private MemorySegment create(String function, Object shapes, ToIntFunction<MemorySegment> creation) {
        check(function, shapes, creation.applyAsInt(cell));
        return MemorySegment.ofAddress(cell.get(ValueLayout.JAVA_LONG, 0));
    }

    /** @throws KernelError with the function, the shapes and the status's name, unless it succeeded */
    static void check(String function, Object shapes, int status) {
        if (status != cublasLt_h.CUBLAS_STATUS_SUCCESS()) {
            throw new KernelError("cuBLASLt: " + function + (shapes.toString().isEmpty() ? "" : " for " + shapes) + " failed with "
                    + cublasLt_h.cublasLtGetStatusName(status).getString(0));
        }
    }

    /** The largest power of two up to 256 that divides a tensor's address. */
    static long alignment(Tensor t) {
        return Math.min(256, Long.lowestOneBit(t.address() | 256));
    }

    private static void release(Plan plan) {
        cublasLt_h.cublasLtMatmulDescDestroy(plan.product);
        cublasLt_h.cublasLtMatrixLayoutDestroy(plan.first);
        cublasLt_h.cublasLtMatrixLayoutDestroy(plan.second);
        cublasLt_h.cublasLtMatrixLayoutDestroy(plan.out);
    }

    @Override
    public void close() {
        device.synchronize();
        plans.values().forEach(CublasLt::release);
        plans.clear();
        workspace.close();
        cublasLt_h.cublasLtDestroy(handle);
        arena.close();
    }
}
