package io.reft.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.reft.Expect;
import io.reft.Golden;
import io.reft.InputError;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.JsonFile;
import io.reft.checkpoint.Mutations;
import io.reft.device.Tensor;
import io.reft.kernels.Lab;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random config.json, whole and damaged, in the styles of transformers 4 and 5: what is read computes transformers' logits, the rest
 * is refused in a sentence. {@code models/golden/make_configs.py} made them.
 */
class RandomConfigsTest {
    @TempDir
    Path folder;

    /** The weights of {@code fill} in that script: multiples of a power of two, hashed from name and index. */
    private static float[] weights(Weights.Entry e) {
        CRC32 crc = new CRC32();
        crc.update(e.name().getBytes(StandardCharsets.UTF_8));
        long columns = e.rows() == 0 ? 16 : e.name().contains("embed") ? 4 : e.cols();
        double spread = Math.pow(2, -Math.rint(Math.log(columns) / Math.log(2) / 2));
        float[] values = new float[(int) e.tensor().size()];
        for (int i = 0; i < values.length; i++) {
            int h = (int) (i * 2654435761L + crc.getValue());
            for (int round = 0; round < 2; round++) {
                h = (h ^ h >>> 16) * 0x45d9f3b;
            }
            h ^= h >>> 16;
            values[i] = (float) (((h >>> 8) * 0x1p-23 - 1) * spread + (e.name().endsWith("norm.weight") ? 1 : 0));
        }
        return values;
    }

    /** The last logits, or null where these positions or tokens are beyond the model. */
    private static float[] logits(Lab lab, ModelConfig config, int[] ids) {
        if (ids.length > config.maxPositions() || Arrays.stream(ids).max().orElse(0) >= config.vocab() || config.classes() > 0) {
            return null;
        }
        try (Transformer transformer = new Transformer(config, lab.engine); Model model = Model.random(config, false, 0, 1, lab.engine);
                Activations a = Activations.allocate(lab.engine, config, ids.length, 1, false); Heads heads = new Heads(config,
                        lab.engine)) {
            model.master().entries().forEach(e -> lab.write(e.tensor(), weights(e)));
            model.changed();
            Tensor out = lab.zeros(1, config.vocab());
            heads.logits(model.weights(), transformer.forward(model.weights(), Packed.of(List.of(ids)), a).rows(ids.length - 1, 1), out);
            return lab.read(out);
        }
    }

    @Test
    void computeWhatTransformersComputesOrSayWhyNot() throws IOException {
        JsonObject golden = Golden.json("configs.json");
        int[] ids = Golden.ints(golden.get("ids"));
        int equal = 0, refused = 0, only = 0;
        List<String> refusedAlone = new ArrayList<>();
        try (Lab lab = new Lab(Lab.ONE_THREAD)) {
            for (JsonElement line : golden.getAsJsonArray("configs")) {
                String text = line.getAsJsonObject().get("config").getAsString();
                Path file = Files.writeString(folder.resolve("config.json"), text);
                float[][] logits = {null};
                String[] sentence = {null};
                Mutations.succeedsOrExplains(() -> {
                    try {
                        logits[0] = logits(lab, ModelConfig.from(JsonFile.read(file, 1 << 20), "config.json"), ids);
                    } catch (InputError e) {
                        sentence[0] = e.getMessage();
                        throw e;
                    }
                }, text);
                JsonElement expected = line.getAsJsonObject().get("logits");
                if (sentence[0] != null) {
                    refused++;
                    if (expected != null) {
                        refusedAlone.add(sentence[0]);
                    }
                } else if (expected == null || logits[0] == null) {
                    only++;     // transformers refuses it for fields that change nothing, or these ids are beyond it
                } else {
                    float[] torch = Golden.floats(expected);
                    Expect.close(text, torch, Arrays.copyOf(logits[0], torch.length), 1e-4);
                    equal++;
                }
            }
        }
        assertEquals(300, equal + refused + only);
        assertTrue(equal >= 117, equal + " are equal");
        // what transformers computes and reft does not: sizes left to their defaults, YaRN, layers with and without a window
        assertEquals(List.of(),
                refusedAlone.stream().filter(s -> !s.matches(".* (is missing|must be alike|llama3 are known|whole heads here)\\.")
                        && !s.contains("num_hidden_layers\" is -1") && !s.contains("\"type\" is {}")).toList());
    }

    /** Every field that transformers itself writes is known: used, or of no effect. */
    @Test
    void theDefaultConfigOfEachFamilyIsKnownToTheLastField() {
        JsonObject defaults = Golden.json("default_configs.json");
        assertEquals(Family.ALL.size(), defaults.size());
        for (Map.Entry<String, JsonElement> family : defaults.entrySet()) {
            List<String> notes = new ArrayList<>();
            ModelConfig config = ModelConfig.from(new JsonFields(family.getValue().getAsJsonObject(), family.getKey()), null, notes::add);
            assertEquals(family.getKey(), config.family().modelType());
            assertEquals(List.of(), notes);
        }
    }

    @Test
    void unknownFieldsAreToldOnce() {
        JsonObject config = Golden.json("default_configs.json").getAsJsonObject("llama");
        config.addProperty("frobnicate", 3);
        config.addProperty("attn_logit\nsoftcapping", 50.0);
        config.addProperty("sliding_window", 4);
        config.add("nothing", JsonNull.INSTANCE);
        List<String> notes = new ArrayList<>();
        ModelConfig.from(new JsonFields(config, "config.json"), null, notes::add);
        assertEquals(List.of("config.json: unknown to reft and left aside: frobnicate, attn_logit\\nsoftcapping, sliding_window."), notes);
        assertFalse(notes.getFirst().contains("\n"));
    }
}
