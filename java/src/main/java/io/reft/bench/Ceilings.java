package io.reft.bench;

import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import io.reft.kernels.Matmul;
import io.reft.kernels.WeightMatrix;
import java.util.List;

/**
 * What a machine can do at best.
 *
 * @param flops  operations a second, in products of the precision asked for
 * @param bytes  a second, to and from main memory
 * @param source {@code known}, of this kind of GPU, or {@code measured} in this run
 */
public record Ceilings(double flops, double bytes, String source) {
    /** @param name a part of the device's name; rates in 10¹² a second, as measured on such devices */
    private record Known(String name, double bf16, double fp32, double bytes) {}

    private static final List<Known> GPUS = List.of(new Known("H200", 790, 60, 4.3), new Known("H100", 790, 60, 3.0));
    private static final int ROUNDS = 5;

    /** Those of an engine: known ones of a GPU where there are any, else a large sum and a large product are timed. */
    public static Ceilings of(Engine engine) {
        String description = engine.kernels().describe();
        boolean bf16 = engine.matmul().bf16();
        for (Known gpu : GPUS) {
            if (engine.kernels().cuda() && description.contains(gpu.name)) {
                return new Ceilings(1e12 * (bf16 ? gpu.bf16 : gpu.fp32), 1e12 * gpu.bytes, "known");
            }
        }
        return measured(engine);
    }

    private static Ceilings measured(Engine engine) {
        boolean cuda = engine.kernels().cuda();
        long n = cuda ? 8192 : 1024, rows = cuda ? 1 << 18 : 1 << 16;
        try (Operands operands = new Operands(engine, 1);
                Matmul fastest = Matmul.fastest(engine.kernels(), engine.matmul().bf16())) {
            Tensor x = operands.normal(DType.F32, rows, 1024), y = operands.normal(DType.F32, rows, 1024);
            double add = seconds(engine.device(), () -> engine.kernels().add(y, x));
            DType storage = engine.storage();
            Tensor a = operands.normal(storage, n, n), b = operands.normal(storage, n, n), out = operands.zeros(storage, n, n);
            try (WeightMatrix weight = new WeightMatrix(b)) {
                double product = seconds(engine.device(), () -> fastest.forward(out, a, weight));
                return new Ceilings(2.0 * n * n * n / product, 3.0 * x.bytes() / add, "measured");
            }
        }
    }

    /** The shortest of some runs, after one that is not timed. */
    private static double seconds(Device device, Runnable work) {
        work.run();
        long best = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            device.synchronize();
            long start = System.nanoTime();
            work.run();
            device.synchronize();
            best = Math.min(best, System.nanoTime() - start);
        }
        return best / 1e9;
    }
}
