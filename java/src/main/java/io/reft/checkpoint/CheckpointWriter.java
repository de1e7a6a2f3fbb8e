package io.reft.checkpoint;

import com.google.gson.JsonObject;
import io.reft.InputError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes a Hugging Face model folder that transformers opens: {@code config.json}, safetensors (in shards where they are
 * large), and the tokenizer and generation files of the folder it came from. The same weights give the same bytes.
 *
 * <p>A new folder appears by one rename. A folder that is already there keeps whatever else it holds, and its checkpoint
 * is replaced so that at every moment a reader finds the old one or the new one: shards get names the old index does not
 * use, one rename or deletion switches over, and what the old checkpoint alone had goes last. Only where the new
 * config describes another model is there a moment without any config, and so without any checkpoint.
 */
public final class CheckpointWriter {
    private static final long SHARD = 5_000_000_000L; // transformers' own limit before version 5
    private static final Pattern SHARD_NAME = Pattern.compile("model(-b)?-\\d{5}-of-\\d{5}\\.safetensors");
    private static final String SHARD_FORM = "model%s-%05d-of-%05d.safetensors";
    private static final Set<String> COPIED = Set.of(Checkpoint.GENERATION_CONFIG, "tokenizer.model", "tokenizer.json",
            "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja",
            "chat_template.json", "reft.json");

    private CheckpointWriter() {}

    /** As the longer form, with nothing beside the model. */
    public static void write(Path dir, JsonObject config, List<Source> tensors, DataType dtype, Path copyExtraFilesFrom) {
        write(dir, config, tensors, dtype, copyExtraFilesFrom, Map.of());
    }

    /**
     * Writes a checkpoint.
     *
     * @param dir                the folder, new or not
     * @param config             {@code config.json} of the model; its {@code torch_dtype} or {@code dtype} is set to {@code dtype}
     * @param tensors            in checkpoint order, which decides what shard a tensor is in
     * @param dtype              F32, F16, BF16 or F64
     * @param copyExtraFilesFrom the folder whose tokenizer, generation config and licences go along; or null
     * @param beside             further files of tensors, written as F32: {@code value_head.safetensors}
     */
    public static void write(Path dir, JsonObject config, List<Source> tensors, DataType dtype, Path copyExtraFilesFrom,
            Map<String, List<Source>> beside) {
        write(dir, config, tensors, dtype, copyExtraFilesFrom, beside, SHARD);
    }

    static void write(Path dir, JsonObject config, List<Source> tensors, DataType dtype, Path copyExtraFilesFrom,
            Map<String, List<Source>> beside, long shardLimit) {
        try {
            Path target = dir.toAbsolutePath().normalize();
            if (copyExtraFilesFrom != null && !Files.isDirectory(copyExtraFilesFrom)) {
                throw new InputError("%s: no such folder; its tokenizer was to be copied.", copyExtraFilesFrom);
            }
            if (Files.exists(target)) {
                if (!Files.isDirectory(target)) {
                    throw new InputError("%s: a file has the name of the folder to be written.", dir);
                }
                replaceIn(target, config, tensors, dtype, copyExtraFilesFrom, beside, shardLimit);
                return;
            }
            Files.createDirectories(target.getParent());
            Path unfinished = target.resolveSibling("." + target.getFileName() + DurableFiles.UNFINISHED);
            delete(unfinished);
            Files.createDirectory(unfinished);
            try {
                replaceIn(unfinished, config, tensors, dtype, copyExtraFilesFrom, beside, shardLimit);
                Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException | RuntimeException e) {
                delete(unfinished);
                throw e;
            }
            DurableFiles.sync(target.getParent());
        } catch (IOException e) {
            throw DurableFiles.failed(dir, e);
        }
    }

    private static void replaceIn(Path dir, JsonObject config, List<Source> tensors, DataType dtype, Path from,
            Map<String, List<Source>> beside, long shardLimit) throws IOException {
        clear(dir, name -> name.endsWith(DurableFiles.UNFINISHED));
        String configText = JsonFile.format(withType(config, dtype));
        Map<String, List<Source>> shards = shards(dir, tensors, dtype, shardLimit);
        boolean sharded = !shards.containsKey(Checkpoint.WEIGHTS);
        DurableFiles.requireSpace(dir, tensors.stream().mapToLong(t -> t.size() * dtype.bytes()).sum()
                + beside.values().stream().flatMap(List::stream).mapToLong(t -> t.size() * DataType.F32.bytes()).sum());

        Map<Path, Path> ready = new LinkedHashMap<>(); // unfinished to final name, in the order of renaming
        for (Path extra : extras(from, dir)) {
            prepare(dir, extra.getFileName().toString(), channel -> copy(extra, channel), ready);
        }
        for (Map.Entry<String, List<Source>> file : beside.entrySet()) {
            prepare(dir, file.getKey(), channel -> Safetensors.writeTo(channel, file.getValue(), DataType.F32), ready);
        }
        for (Map.Entry<String, List<Source>> file : shards.entrySet()) {
            prepare(dir, file.getKey(), channel -> Safetensors.writeTo(channel, file.getValue(), dtype), ready);
        }
        if (sharded) {
            prepare(dir, Checkpoint.INDEX, channel -> write(channel, index(shards, dtype)), ready);
        }
        prepare(dir, Checkpoint.CONFIG, channel -> write(channel, configText), ready);

        Path oldConfig = dir.resolve(Checkpoint.CONFIG);
        if (Files.exists(oldConfig) && !sameModel(oldConfig, config)) {
            Files.delete(oldConfig);
        }
        for (Map.Entry<Path, Path> file : ready.entrySet()) {
            Files.move(file.getKey(), file.getValue(), StandardCopyOption.ATOMIC_MOVE);
        }
        DurableFiles.sync(dir);
        // readers prefer one file to an index: this switches from one file to shards
        clear(dir, name -> sharded && name.equals(Checkpoint.WEIGHTS));
        DurableFiles.sync(dir);
        clear(dir, name -> !sharded && name.equals(Checkpoint.INDEX));
        clear(dir, name -> name.equals(Checkpoint.VALUE_HEAD) && !beside.containsKey(name)); // it belonged to other weights
        clear(dir, name -> SHARD_NAME.matcher(name).matches() && !shards.containsKey(name));
        DurableFiles.sync(dir);
    }

    private static void prepare(Path dir, String name, DurableFiles.Writer writer, Map<Path, Path> ready) throws IOException {
        Path file = dir.resolve(name);
        ready.put(DurableFiles.prepare(file, writer), file);
    }

    /** A copy of {@code config} whose type is {@code dtype}, in the field it has for it: transformers 5 says dtype, 4 says torch_dtype. */
    private static JsonObject withType(JsonObject config, DataType dtype) {
        JsonObject copy = config.deepCopy();
        if (copy.has("dtype")) {
            copy.addProperty("dtype", dtype.torchName());
        }
        if (copy.has("torch_dtype") || !copy.has("dtype")) {
            copy.addProperty("torch_dtype", dtype.torchName());
        }
        return copy;
    }

    private static boolean sameModel(Path file, JsonObject config) {
        try {
            return withType(JsonFile.read(file, 1 << 20), DataType.F32).equals(withType(config, DataType.F32));
        } catch (InputError e) {
            return false; // it is broken, and no model at all
        }
    }

    /** File names with their tensors: one file, or shards under names that the checkpoint in {@code dir} does not use. */
    private static Map<String, List<Source>> shards(Path dir, List<Source> tensors, DataType dtype, long limit) {
        List<List<Source>> groups = new ArrayList<>(List.of(new ArrayList<>()));
        long bytes = 0;
        for (Source tensor : tensors) {
            long size = tensor.size() * dtype.bytes();
            if (bytes > 0 && bytes + size > limit) {
                groups.add(new ArrayList<>());
                bytes = 0;
            }
            groups.getLast().add(tensor);
            bytes += size;
        }
        Map<String, List<Source>> shards = new LinkedHashMap<>();
        if (groups.size() == 1) {
            shards.put(Checkpoint.WEIGHTS, groups.getFirst());
            return shards;
        }
        String first = String.format(Locale.ROOT, SHARD_FORM, "", 1, groups.size());
        String mark = inUse(dir).contains(first) ? "-b" : "";
        for (int i = 0; i < groups.size(); i++) {
            shards.put(String.format(Locale.ROOT, SHARD_FORM, mark, i + 1, groups.size()), groups.get(i));
        }
        return shards;
    }

    /** The shards of the checkpoint that {@code dir} holds now. */
    private static Collection<String> inUse(Path dir) {
        Path index = dir.resolve(Checkpoint.INDEX);
        try {
            return Files.exists(index) ? Checkpoint.places(index).values() : List.of();
        } catch (InputError e) {
            return List.of(); // a broken index holds no checkpoint that could be torn
        }
    }

    private static String index(Map<String, List<Source>> shards, DataType dtype) {
        Map<String, String> places = new TreeMap<>();
        long elements = 0;
        for (Map.Entry<String, List<Source>> shard : shards.entrySet()) {
            for (Source tensor : shard.getValue()) {
                places.put(tensor.name(), shard.getKey());
                elements += tensor.size();
            }
        }
        JsonObject metadata = new JsonObject();
        metadata.addProperty("total_parameters", elements);
        metadata.addProperty("total_size", elements * dtype.bytes());
        JsonObject map = new JsonObject();
        places.forEach(map::addProperty);
        JsonObject index = new JsonObject();
        index.add("metadata", metadata);
        index.add("weight_map", map);
        return JsonFile.format(index);
    }

    /** The files that go along unchanged, in the order of their names. */
    private static List<Path> extras(Path from, Path dir) throws IOException {
        if (from == null || Files.isSameFile(from, dir)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(from)) {
            return files.filter(file -> isExtra(file.getFileName().toString()) && Files.isRegularFile(file)).sorted().toList();
        }
    }

    private static boolean isExtra(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return COPIED.contains(name) || upper.startsWith("LICENSE") || upper.startsWith("NOTICE");
    }

    private static void copy(Path file, FileChannel channel) throws IOException {
        try (FileChannel source = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = source.size();
            for (long at = 0; at < size;) {
                at += source.transferTo(at, size - at, channel);
            }
        }
    }

    private static void write(FileChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Deletes the files of {@code dir} whose names are {@code unwanted}. */
    private static void clear(Path dir, Predicate<String> unwanted) throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(dir)) {
            files = list.filter(file -> unwanted.test(file.getFileName().toString()) && !Files.isDirectory(file)).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    /** Deletes a folder that holds files only; its config goes first, without which it is no model. */
    public static void delete(Path dir) throws IOException {
        if (Files.isDirectory(dir)) {
            Files.deleteIfExists(dir.resolve(Checkpoint.CONFIG));
            clear(dir, name -> true);
            Files.delete(dir);
        }
    }
}
