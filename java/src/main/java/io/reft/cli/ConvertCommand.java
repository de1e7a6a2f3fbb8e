package io.reft.cli;

import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.CheckpointWriter;
import io.reft.checkpoint.Safetensors;
import io.reft.checkpoint.Source;
import io.reft.checkpoint.TensorInfo;
import io.reft.checkpoint.TensorStore;
import io.reft.device.DType;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Weights;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code reft convert}: a checkpoint in another number type. Its tensors go from file to file one by one; whatever form they
 * were in (shards, PyTorch's, another naming), they come out as transformers itself would save them.
 */
@Command(name = "convert", description = "Writes a checkpoint as safetensors in another number type; tokenizer and value head go along.",
        footer = "  reft convert --model runs/reft --out runs/reft-bf16 --to bf16")
final class ConvertCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder.")
    private Path model;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new model folder.")
    private Path out;

    @Option(names = "--to", required = true, paramLabel = "bf16|fp16|fp32",
            description = "Number type of the new weights; a value head stays in fp32.")
    private WeightType to;

    @Override
    public Integer call() {
        if (Files.exists(out)) {
            throw new InputError("--out %s exists already: choose a new folder.", out);
        }
        Path valueFile = model.resolve(Model.VALUE_HEAD);
        try (Checkpoint checkpoint = Checkpoint.open(model);
                TensorStore value = Files.exists(valueFile) ? Safetensors.open(valueFile) : null) {
            ModelConfig config = ModelConfig.of(checkpoint, System.err::println);
            Model.checkFinite(checkpoint, config);
            Map<Weights.Entry, String> names = Model.names(checkpoint, config, new Weights(config, true, DType.F32, 0));
            List<Source> tensors = new ArrayList<>(), valueHead = new ArrayList<>();
            try (Progress progress = Progress.ofBytes("convert", Weights.parameters(config) * to.dtype.bytes())) {
                names.forEach((e, name) -> (e.name().startsWith("v_head.") ? valueHead : tensors)
                        .add(counted(checkpoint.source(name, e.name()), e.tensor().size() * to.dtype.bytes(), progress)));
                if (value != null) {
                    valueHead.clear();
                    for (TensorInfo info : value.tensors()) {
                        valueHead.add(value.source(info.name(), info.name()));
                    }
                }
                CheckpointWriter.write(out, config.toJson(checkpoint.config()), tensors, to.dtype, model,
                        valueHead.isEmpty() ? Map.of() : Map.of(Model.VALUE_HEAD, valueHead));
            }
            System.out.printf("%s: %,d parameters in %s%n", out, Weights.parameters(config), to.dtype.torchName());
        }
        return 0;
    }

    /** The tensor, whose turn shows as progress. */
    private static Source counted(Source tensor, long bytes, Progress progress) {
        Supplier<MemorySegment> data = () -> {
            progress.step(bytes);
            return tensor.data().get();
        };
        return new Source(tensor.name(), tensor.shape(), tensor.dtype(), data);
    }
}
