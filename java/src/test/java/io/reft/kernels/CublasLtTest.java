package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Expect;
import io.reft.InputError;
import io.reft.device.CpuDevice;
import io.reft.device.DType;
import io.reft.device.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** cuBLASLt as far as it goes without a GPU: how it is asked, how it is found, and what it says where it cannot start. */
class CublasLtTest {
    /** The element in row i and column j of {@code op(x)}, as a library of column-major matrices finds it. */
    private static double element(ColumnMajor.Operand x, long i, long j) {
        long row = x.transpose() ? j : i, col = x.transpose() ? i : j;
        assertTrue(row < x.rows() && col < x.cols(), "row " + row + ", column " + col + " of " + x);
        return MemorySegment.ofAddress(x.address()).reinterpret(4 * x.ld() * x.cols()).getAtIndex(ValueLayout.JAVA_FLOAT,
                row + col * x.ld());
    }

    /** A plain column-major product, given what cuBLASLt would be given, writes what our own row-major one does. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 7", "13, 1, 4", "1, 40, 9", "6, 6, 2"})
    void columnMajorIsTheSameProduct(int m, int n, int k) {
        try (Lab lab = new Lab(Lab.ONE_THREAD)) {
            for (int form = 0; form < 4; form++) {
                boolean ta = (form & 1) != 0, tb = (form & 2) != 0;
                Tensor a = ta ? lab.normal(k, m) : lab.normal(m, k), b = tb ? lab.normal(n, k) : lab.normal(k, n);
                Tensor ours = lab.zeros(m, n), theirs = lab.zeros(m, n);
                lab.k.matmul(ours, a, ta, b, tb, 1, 0);
                ColumnMajor p = ColumnMajor.of(theirs, a, ta, b, tb);
                assertEquals(p.out().rows(), p.m());
                assertEquals(p.out().cols(), p.n());
                assertFalse(p.out().transpose());
                float[] values = new float[m * n];
                for (long j = 0; j < p.n(); j++) {
                    for (long i = 0; i < p.m(); i++) {
                        double sum = 0;
                        for (long c = 0; c < p.k(); c++) {
                            sum += element(p.first(), i, c) * element(p.second(), c, j);
                        }
                        values[(int) (i + j * p.out().ld())] = (float) sum;
                    }
                }
                Expect.close("form " + form, lab.read(ours), values, 1e-6);
            }
        }
    }

    @Test
    void wrongShapesAreRefused() {
        Tensor a = new Tensor(0, DType.F32, 3, 4), b = new Tensor(0, DType.F32, 5, 6), out = new Tensor(0, DType.F32, 3, 6);
        var error = assertThrows(IllegalArgumentException.class, () -> ColumnMajor.of(out, a, false, b, true));
        assertEquals("no product of the shapes F32[3, 6], F32[3, 4], F32[5, 6]ᵀ", error.getMessage());
    }

    @Test
    void alignmentIsThatOfTheAddress() {
        for (long[] c : new long[][] {{0x7000, 256}, {0x7010, 16}, {0x7002, 2}, {0x7100, 256}, {0x7080, 128}}) {
            assertEquals(c[1], CublasLt.alignment(new Tensor(c[0], DType.BF16, 1, 1)));
        }
    }

    @Test
    void aPathGivenIsTheOneTaken(@TempDir Path folder) throws Exception {
        var error = assertThrows(InputError.class, () -> CublasLt.find(folder.toString(), null));
        assertEquals("-Dreft.cublas=" + folder + ": there is no libcublasLt.so.13 or libcublasLt.so.12.", error.getMessage());
        Path older = Files.createFile(folder.resolve("libcublasLt.so.12"));
        assertEquals(Optional.of(older), CublasLt.find(folder.toString(), null));
        assertEquals(Optional.of(older), CublasLt.find(older.toString(), null));
        Path newer = Files.createFile(folder.resolve("libcublasLt.so.13"));
        assertEquals(Optional.of(newer), CublasLt.find(folder.toString(), "/nowhere"));
    }

    @Test
    void cudaHomeGoesBeforeTheSystem(@TempDir Path home) throws Exception {
        Path library = Files.createFile(Files.createDirectory(home.resolve("lib64")).resolve("libcublasLt.so.13"));
        assertEquals(Optional.of(library), CublasLt.find(null, home.toString()));
    }

    @Test
    void onTheCpuThereIsNone() {
        var error = assertThrows(InputError.class, () -> Engine.open(new Engine.Options("cpu", 1, false, "cublas")));
        assertEquals("--matmul cublas needs --device cuda: on the CPU use own, onednn or auto.", error.getMessage());
        assertThrows(InputError.class, () -> Gemm.Provider.of("onednn", "cuda"));
        assertEquals(Gemm.Provider.ONEDNN, Gemm.Provider.of("auto", "cpu"));
        assertEquals(Gemm.Provider.OWN, Gemm.Provider.of("own", "cuda"));
    }

    /** Absence is no error unless cuBLASLt itself was asked for. */
    @Test
    void withoutTheLibraryAutoMeansOurOwn() {
        Assumptions.assumeTrue(CublasLt.library().isEmpty(), "skipped: cuBLASLt is here");
        assertEquals(Gemm.Provider.OWN, Gemm.Provider.of("auto", "cuda"));
        var error = assertThrows(InputError.class, () -> new CublasLt(new CpuDevice()));
        assertTrue(error.getMessage().startsWith("No cuBLASLt: libcublasLt.so.13 or libcublasLt.so.12 is neither in CUDA_HOME"),
                error.getMessage());
    }

    /** The real library answers through the bindings: its version, and the name of its refusal. */
    @Test
    void withoutAGpuTheRealLibraryIsNamed() {
        Assumptions.assumeTrue(CublasLt.library().isPresent(),
                "skipped: no cuBLASLt in CUDA_HOME, among the system's libraries or in -Dreft.cublas");
        Assumptions.assumeFalse(Files.exists(Path.of("/proc/driver/nvidia")), "skipped: this machine has an NVIDIA driver");
        assertEquals(Gemm.Provider.FASTEST, Gemm.Provider.of("auto", "cuda"));
        var error = assertThrows(KernelError.class, () -> new CublasLt(new CpuDevice()));
        assertEquals("cuBLASLt: cublasLtCreate failed with CUBLAS_STATUS_NOT_INITIALIZED", error.getMessage());
        error = assertThrows(KernelError.class, () -> CublasLt.check("cublasLtMatmul", "3 × 5 × 7 NT, BF16 to F32", 13));
        assertEquals("cuBLASLt: cublasLtMatmul for 3 × 5 × 7 NT, BF16 to F32 failed with CUBLAS_STATUS_EXECUTION_FAILED",
                error.getMessage());
        CublasLt.check("cublasLtMatmul", "", 0);
    }
}
