package io.reft.cli;

import io.reft.Version;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.TensorInfo;
import io.reft.device.CudaDevice;
import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.kernels.NativeLibraries;
import io.reft.model.Activations;
import io.reft.model.KvCache;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Weights;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import io.reft.train.Learner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft info}: what the program runs on, or what a model is and takes. */
@Command(name = "info",
        description = "Shows the device, instruction set, threads, libraries and versions; or what a model is and the memory that it "
                + "takes.",
        footer = {"  reft info", "  reft info --model runs/warmup"})
final class Info implements Callable<Integer> {
    @Option(names = "--model", paramLabel = "DIR", description = "Hugging Face model folder to describe.")
    private Path model;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N",
            description = "For the memory that training --model takes (default: ${DEFAULT-VALUE}).")
    @Range(min = 2, max = Range.TOKENS)
    private int tokensPerBatch;

    @Mixin
    private EngineOptions engine;

    @Override
    public Integer call() {
        if (model != null) {
            describe();
        } else {
            describeMachine();
        }
        return 0;
    }

    private void describeMachine() {
        row("reft", Version.text());
        row("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        row("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        try (Engine on = engine.open()) {
            row("device", on.kernels().describe());
            if (on.device() instanceof CudaDevice gpu) {
                row("driver", gpu.driver());
                row("architecture", gpu.capability());
            }
            row("products", on.matmul().describe());
            row("storage", on.storage() == DType.F32 ? "fp32" : "bf16, and fp32 for master weights, gradients and sums");
            row("memory", "%s free of %s", Device.size(on.device().freeBytes()), Device.size(on.device().totalBytes()));
        }
        for (String library : new String[] {"libreft_cuda.so", "libreft_cpu.so", "libdnnl.so.3", "libgomp.so.1"}) {
            row(library, NativeLibraries.holds(library) ? NativeLibraries.find(library).toString() : "not in this build");
        }
    }

    private void describe() {
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            ModelConfig config = ModelConfig.of(checkpoint, System.err::println);
            Model.names(checkpoint, config, new Weights(config, true, DType.F32, 0)); // says what is missing
            row("model", model.toAbsolutePath().normalize().toString());
            row("family", config.family().className());
            row("parameters", "%,d", Weights.parameters(config));
            row("layers", "%d of width %d, %d heads of %d on %d key/value heads, MLP of %d (%s)", config.layers(), config.channels(),
                    config.heads(),
                    config.headSize(), config.kvHeads(), config.ffn(), config.activation().name().toLowerCase(Locale.ROOT));
            row("positions",
                    config.maxPositions() + (config.slidingWindow() > 0 ? ", attention to the last " + config.slidingWindow() : ""));
            row("vocabulary", "%d, output head %s", config.vocab(), config.classes() > 0 ? "of " + config.classes() + " classes"
                    : config.tiedHead() ? "tied to the embedding" : "of its own");
            row("on disk", "%s, %s",
                    checkpoint.tensors().stream().map(t -> t.dtype().toString()).distinct().collect(Collectors.joining(" and ")),
                    size(checkpoint.tensors().stream().mapToLong(Info::bytes).sum()));
            row("value head", Files.exists(model.resolve(Model.VALUE_HEAD)) || checkpoint.has("v_head.summary.weight") ? "yes" : "none");
            describeTokenizer(config);
            describeMemory(config);
        }
    }

    private void describeTokenizer(ModelConfig config) {
        Path file = Tokenizers.file(model);
        if (file == null) {
            row("tokenizer", "none");
            return;
        }
        try (Tokenizer tokenizer = Tokenizers.open(model)) {
            row("tokenizer", "%s, %d tokens; BOS %s, EOS %s, padding %s", file.getFileName(), tokenizer.size(),
                    id(config.bosId()) + (Tokenizers.addsBos(model) ? " put first" : ""),
                    config.eosIds().length == 0 ? "none"
                            : Arrays.stream(config.eosIds()).mapToObj(Integer::toString).collect(Collectors.joining(" or ")),
                    id(config.padId()));
        }
    }

    /** What {@code sft} and {@code ppo} allocate; a value head, buffers of a few tokens and the libraries' own are left out. */
    private void describeMemory(ModelConfig config) {
        try (Engine on = engine.open()) {
            DType storage = on.storage();
            long weights = Model.bytes(config, false, false, storage),
                    activations = Activations.bytes(config, storage, tokensPerBatch, tokensPerBatch, true);
            long learner = weights + Learner.bytes(config, false, on, tokensPerBatch);
            long cache = 2L * storage.bytes * config.layers() * config.kvHeads() * config.headSize()
                    * KvCache.pagesFor(config.maxPositions()) * Kernels.KV_PAGE;
            row("to infer", "%s in %s, and %s a sequence of %d tokens", size(weights), storage == DType.F32 ? "fp32" : "fp32 and bf16",
                    size(cache),
                    config.maxPositions());
            row("to train, sft", "%s: weights, gradients, two moments and %s of activations (--tokens-per-batch %d)", size(learner),
                    size(activations),
                    tokensPerBatch);
            row("to train, ppo", "%s: as sft, and the reference; sequences being sampled come on top",
                    size(learner + Model.bytes(config, false, true, storage)));
        }
    }

    private static long bytes(TensorInfo tensor) {
        return tensor.size() * tensor.dtype().bytes();
    }

    private static String id(int id) {
        return id < 0 ? "none" : Integer.toString(id);
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, bytes < 1e9 ? "%.1f MB" : "%.2f GB", bytes / (bytes < 1e9 ? 1e6 : 1e9));
    }

    private static void row(String name, String format, Object... values) {
        row(name, String.format(Locale.ROOT, format, values));
    }

    private static void row(String name, String value) {
        System.out.printf("%-16s %s%n", name, value);
    }
}
