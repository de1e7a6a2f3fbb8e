package io.reft.model;

import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Which of a checkpoint's tensors are a model's: none that it needs may be missing, and none that has data of its own is dropped. */
final class CheckpointTensors {
    /** What old checkpoints keep and transformers passes over: tables made of config.json, and OPT's number of its format. */
    private static final Pattern MADE_OF_CONFIG = Pattern.compile("(.*\\.)?(rotary_emb\\.\\w+|position_ids|decoder\\.version)");
    private static final int LISTED = 5;

    private CheckpointTensors() {}

    /**
     * What the checkpoint calls the tensors of a model: base models are saved without the first {@code model.}, and of a tied head
     * and embedding one may be saved alone. Those of the value head are among them if the checkpoint has them.
     *
     * @throws InputError naming the tensors that are missing, have another shape, or are not the model's
     */
    static Map<Weights.Entry, String> names(Checkpoint checkpoint, ModelConfig config, Weights weights) {
        Map<Weights.Entry, String> names = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        Set<String> unexpected = new HashSet<>();
        checkpoint.tensors().forEach(t -> unexpected.add(t.name()));
        String embedding = weight(config.family(), Part.EMBEDDING), head = weight(config.family(), Part.HEAD);
        for (Weights.Entry e : weights.entries()) {
            String name = name(checkpoint, e.name());
            if (name == null && config.tiedHead() && e.name().equals(embedding)) {
                name = name(checkpoint, head);
            }
            if (name != null) {
                unexpected.remove(name);
                names.put(e, name);
                checkShape(checkpoint.dir(), checkpoint.info(name), e);
            } else if (!e.ofValueHead()) {
                missing.add(e.name());
            }
        }
        if (!missing.isEmpty()) {
            throw new InputError("%s has no tensor %s.", checkpoint.dir(), listed(missing));
        }
        // what is tied is equal: else ModelConfig had said that it is not
        unexpected.removeIf(n -> MADE_OF_CONFIG.matcher(n).matches() || Weights.ofValueHead(n) || config.tiedHead() && n.equals(head));
        if (!unexpected.isEmpty()) {
            throw new InputError("%s has tensors that a %s model of this config.json does not know: %s.", checkpoint.dir(),
                    config.family().className(), listed(unexpected.stream().sorted().toList()));
        }
        return names;
    }

    /** Whether the checkpoint has an output head that is another matrix than the embedding. */
    static boolean hasHeadOfItsOwn(Checkpoint checkpoint, Family family) {
        String embedding = name(checkpoint, weight(family, Part.EMBEDDING)), head = name(checkpoint, weight(family, Part.HEAD));
        return embedding != null && head != null && !checkpoint.equal(embedding, head);
    }

    static void checkShape(Path from, TensorInfo info, Weights.Entry e) {
        if (!Arrays.equals(info.shape(), e.shape())) {
            throw new InputError("%s: tensor %s has shape %s, and config.json asks for %s.", from, info.name(),
                    Arrays.toString(info.shape()), Arrays.toString(e.shape()));
        }
    }

    /** The first of many names, and how many more there are. */
    static String listed(List<String> names) {
        int shown = Math.min(names.size(), LISTED);
        return String.join(", ", names.subList(0, shown)) + (names.size() > shown ? " and " + (names.size() - shown) + " more" : "");
    }

    private static String weight(Family family, Part part) {
        return family.names().get(part) + ".weight";
    }

    /** What the checkpoint calls the tensor, or null where it has it not. */
    private static String name(Checkpoint checkpoint, String name) {
        String base = name.startsWith("model.") ? name.substring("model.".length()) : name;
        return checkpoint.has(name) ? name : checkpoint.has(base) ? base : null;
    }
}
