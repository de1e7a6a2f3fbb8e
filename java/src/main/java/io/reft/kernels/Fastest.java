package io.reft.kernels;

import io.reft.device.Device;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/**
 * Several libraries' products, of which each shape gets the fastest: {@code --matmul auto}. The first product of a shape
 * runs a race, on scratch memory. Its winner is written to a file, because two libraries differ in the last bits: a second
 * run with the same seed takes the same products, and so gives the same bits.
 */
final class Fastest implements Gemm {
    private static final int ROUNDS = 3, REPEATS = 5;

    private final Device device;
    private final List<Gemm> candidates;
    private final Path verdicts;
    private final Map<String, Gemm> winners = new HashMap<>();

    /**
     * @param device     where they run
     * @param candidates closed with this
     * @param verdicts   file of earlier races, a line each; made where it is absent
     */
    Fastest(Device device, List<Gemm> candidates, Path verdicts) {
        this.device = device;
        this.candidates = candidates;
        this.verdicts = verdicts;
        try {
            for (String line : Files.exists(verdicts) ? Files.readAllLines(verdicts) : List.<String>of()) {
                String[] race = line.split("\t");
                candidates.stream().filter(c -> race.length == 2 && c.name().equals(race[1])).findFirst()
                        .ifPresent(winner -> winners.putIfAbsent(race[0], winner));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * With its verdicts in the program's cache, in a file for these candidates on this device: another build of a library or
     * another device races anew.
     */
    static Fastest of(Device device, List<Gemm> candidates, String description) {
        try {
            CRC32 key = new CRC32();
            Path own = NativeLibraries.find("libreft_cuda.so");
            key.update((description + candidates.stream().map(Gemm::name).toList() + Files.size(own) + Files.getLastModifiedTime(own))
                    .getBytes(StandardCharsets.UTF_8));
            return new Fastest(device, candidates,
                    NativeLibraries.cacheFolder(System.getenv()).resolve(String.format("products-%08x.txt", key.getValue())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void run(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        winner(out, a, transposeA, b, transposeB, beta).run(out, a, transposeA, b, transposeB, beta);
    }

    /** By the winner of the bare product. */
    @Override
    public void linear(Kernels kernels, Tensor out, Tensor before, Tensor x, Tensor weight, Tensor bias, int activation) {
        winner(out, x, false, weight, true, 0).linear(kernels, out, before, x, weight, bias, activation);
    }

    private Gemm winner(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        return winners.computeIfAbsent(shape(out, a, transposeA, transposeB, beta), shape -> {
            Gemm winner = race(out, a, transposeA, b, transposeB, beta);
            remember(shape, winner);
            return winner;
        });
    }

    @Override
    public boolean takesBf16() {
        return candidates.stream().allMatch(Gemm::takesBf16);
    }

    @Override
    public String name() {
        return "the faster of " + candidates.stream().map(Gemm::name).collect(Collectors.joining(" and "));
    }

    @Override
    public void close() {
        candidates.forEach(Gemm::close);
    }

    /** Sizes count by their power of two: the number of packed tokens is another in every batch. */
    private static String shape(Tensor out, Tensor a, boolean transposeA, boolean transposeB, float beta) {
        return Arrays.stream(new long[] {out.rows(), out.cols(), transposeA ? a.rows() : a.cols()})
                .mapToObj(n -> "≤" + (n < 2 ? 1 : Long.highestOneBit(n - 1) << 1)).collect(Collectors.joining(" × "))
                + " " + (transposeA ? "T" : "N") + (transposeB ? "T" : "N") + " " + a.dtype() + " to " + out.dtype()
                + (beta != 0 ? " added" : "");
    }

    private Gemm race(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        Gemm winner = null;
        long best = Long.MAX_VALUE;
        try (Memory scratch = device.allocate(out.bytes())) {
            Tensor to = new Tensor(scratch.address(), out.dtype(), out.rows(), out.cols());
            for (Gemm candidate : candidates) {
                candidate.run(to, a, transposeA, b, transposeB, beta);
                for (int round = 0; round < ROUNDS; round++) {
                    device.synchronize();
                    long start = System.nanoTime();
                    for (int i = 0; i < REPEATS; i++) {
                        candidate.run(to, a, transposeA, b, transposeB, beta);
                    }
                    device.synchronize();
                    long ns = System.nanoTime() - start;
                    if (ns < best) {
                        best = ns;
                        winner = candidate;
                    }
                }
            }
        }
        return winner;
    }

    private void remember(String shape, Gemm winner) {
        try {
            Files.writeString(verdicts, shape + "\t" + winner.name() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
