package io.reft.checkpoint;

import com.google.gson.JsonObject;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.reft.InputError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Hugging Face model folder, open for reading: {@code config.json} and the weights, which are one file or shards, as
 * safetensors or as PyTorch's {@code .bin}. The weights stay in the files, mapped, until a tensor is read. Whether the
 * right tensors are there is for the model to say. A folder that is being saved again meanwhile is read as it was before
 * or as it is after. Safe for use by several threads.
 */
public final class Checkpoint implements AutoCloseable {
    /** The file that a value head stands in, beside the model. */
    public static final String VALUE_HEAD = "value_head.safetensors";

    static final String CONFIG = "config.json";
    static final String GENERATION_CONFIG = "generation_config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    private static final String TORCH = "pytorch_model.bin";
    private static final String TORCH_INDEX = "pytorch_model.bin.index.json";
    private static final long SMALL = 1 << 20;
    private static final long INDEX_LIMIT = 16 << 20;

    private final Path dir;
    private final JsonObject config;
    private final JsonObject generationConfig;
    private final TensorStore weights;

    private Checkpoint(Path dir) {
        this.dir = dir;
        config = JsonFile.read(dir.resolve(CONFIG), SMALL);
        Path generation = dir.resolve(GENERATION_CONFIG);
        generationConfig = Files.exists(generation) ? JsonFile.read(generation, SMALL) : null;
        Arena arena = Arena.ofShared();
        try {
            weights = new TensorStore(dir, arena, weights(dir, arena));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** The type that most of its numbers have, of those that are read here; fp32 for fp64, which nothing computes in. */
    public DataType dtype() {
        Map<DataType, Long> numbers = new EnumMap<>(DataType.class);
        for (TensorInfo tensor : weights.tensors()) {
            numbers.merge(tensor.dtype(), tensor.size(), Long::sum);
        }
        DataType most = Collections.max(numbers.entrySet(), Map.Entry.comparingByValue()).getKey();
        return most == DataType.F16 || most == DataType.BF16 ? most : DataType.F32;
    }

    /** Opens the model in {@code dir}; an {@link InputError} says what is missing or broken. */
    public static Checkpoint open(Path dir) {
        if (!Files.isDirectory(dir)) {
            throw new InputError("%s: no such folder; a model is a local folder with config.json and its weights.", dir);
        }
        while (true) {
            List<Object> before = state(dir);
            try {
                Checkpoint checkpoint = new Checkpoint(dir);
                if (before.equals(state(dir))) {
                    return checkpoint;
                }
                checkpoint.close();
            } catch (InputError e) {
                // a save that came between may have taken away what was being opened
                if (before.equals(state(dir))) {
                    throw e;
                }
            }
        }
    }

    /** Identity and time of the files that a save replaces last. */
    private static List<Object> state(Path dir) {
        List<Object> state = new ArrayList<>();
        for (String name : List.of(CONFIG, WEIGHTS, INDEX)) {
            try {
                BasicFileAttributes file = Files.readAttributes(dir.resolve(name), BasicFileAttributes.class);
                state.add(List.of(String.valueOf(file.fileKey()), file.lastModifiedTime(), file.size()));
            } catch (IOException e) {
                state.add(name + " is not there");
            }
        }
        return state;
    }

    private static Map<String, StoredTensor> weights(Path dir, Arena arena) {
        if (Files.exists(dir.resolve(WEIGHTS))) {
            return Safetensors.read(dir.resolve(WEIGHTS), arena);
        }
        if (Files.exists(dir.resolve(INDEX))) {
            return shards(dir.resolve(INDEX), file -> Safetensors.read(file, arena));
        }
        if (Files.exists(dir.resolve(TORCH))) {
            return TorchFile.read(dir.resolve(TORCH), arena);
        }
        if (Files.exists(dir.resolve(TORCH_INDEX))) {
            return shards(dir.resolve(TORCH_INDEX), file -> TorchFile.read(file, arena));
        }
        throw new InputError("%s: no weights; looked for %s, %s, %s and %s.", dir, WEIGHTS, INDEX, TORCH, TORCH_INDEX);
    }

    /** Reads one shard. */
    private interface Shard {
        Map<String, StoredTensor> read(Path file);
    }

    /** The tensors of all shards that {@code index} names, each from the shard it names. */
    private static Map<String, StoredTensor> shards(Path index, Shard shard) {
        Map<String, String> places = places(index);
        Map<String, Map<String, StoredTensor>> files = new HashMap<>();
        Map<String, StoredTensor> tensors = new HashMap<>();
        places.forEach((name, file) -> {
            StoredTensor tensor = files.computeIfAbsent(file, f -> shard.read(index.resolveSibling(f))).get(name);
            if (tensor == null) {
                throw new InputError("%s: tensor %s is said to be in %s, and is not.", index, name, file);
            }
            tensors.put(name, tensor);
        });
        return tensors;
    }

    /** Tensor names to the files they are in, as {@code index} has it. */
    static Map<String, String> places(Path index) {
        return JsonFile.parse(JsonFile.text(index, INDEX_LIMIT), index, reader -> weightMap(reader, index));
    }

    private static Map<String, String> weightMap(JsonReader reader, Path index) throws IOException {
        Map<String, String> places = null;
        reader.beginObject();
        while (reader.hasNext()) {
            if (!reader.nextName().equals("weight_map")) {
                reader.skipValue();
                continue;
            }
            if (places != null || reader.peek() != JsonToken.BEGIN_OBJECT) {
                throw new InputError("%s: field \"weight_map\" %s.", index, places != null ? "stands there twice" : "must be an object");
            }
            places = new HashMap<>();
            reader.beginObject();
            while (reader.hasNext()) {
                String name = JsonFile.checkName(reader.nextName(), index);
                if (reader.peek() != JsonToken.STRING) {
                    throw new InputError("%s: the file of tensor %s must be a text.", index, name);
                }
                String file = JsonFile.checkName(reader.nextString(), index);
                if (file.isEmpty() || file.contains("/") || file.contains("\\") || file.contains("..")) {
                    throw new InputError("%s: tensor %s is said to be in \"%s\", which is no file of this folder.", index, name, file);
                }
                if (places.put(name, file) != null) {
                    throw new InputError("%s: tensor %s stands there twice.", index, name);
                }
            }
            reader.endObject();
        }
        reader.endObject();
        if (places == null) {
            throw new InputError("%s: no weight_map in it.", index);
        }
        return places;
    }

    /** The folder. */
    public Path dir() {
        return dir;
    }

    /** {@code config.json}; the caller may change a copy of it only. */
    public JsonObject config() {
        return config;
    }

    /** {@code generation_config.json}, or null where there is none. */
    public JsonObject generationConfig() {
        return generationConfig;
    }

    /** What tensors are there, sorted by name. */
    public List<TensorInfo> tensors() {
        return weights.tensors();
    }

    /** Whether there is a tensor of this name. */
    public boolean has(String name) {
        return weights.has(name);
    }

    /** Type and shape of a tensor; an {@link InputError} where it is missing. */
    public TensorInfo info(String name) {
        return weights.info(name);
    }

    /** As {@link TensorStore#equal}. */
    public boolean equal(String one, String other) {
        return weights.equal(one, other);
    }

    /** As {@link TensorStore#readFloats}. */
    public void readFloats(String name, MemorySegment target) {
        weights.readFloats(name, target);
    }

    /** As {@link TensorStore#readBf16}. */
    public void readBf16(String name, MemorySegment target) {
        weights.readBf16(name, target);
    }

    /** As {@link TensorStore#source}. */
    public Source source(String name, String newName) {
        return weights.source(name, newName);
    }

    @Override
    public void close() {
        weights.close();
    }
}
