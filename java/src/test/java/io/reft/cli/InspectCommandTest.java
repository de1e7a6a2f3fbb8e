package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Golden;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code reft inspect} says of sound weights and of others. */
class InspectCommandTest {
    @TempDir
    private Path temporary;

    private static JsonObject inspect(Path model) {
        Run run = Run.reft("inspect", "--model", model, "--ids", "3,4,5,6", "--threads", 1);
        assertEquals(0, run.code(), run.err());
        return JsonParser.parseString(run.out()).getAsJsonObject();
    }

    @Test
    void soundWeights() {
        JsonObject answer = inspect(Golden.repository("models/golden/llama"));
        assertTrue(answer.get("loss").getAsDouble() > 0 && answer.getAsJsonObject("grad_norms").size() == 21, answer.toString());
        assertEquals(16, answer.getAsJsonArray("last_logits").size());
        assertEquals(new JsonObject(), answer.getAsJsonObject("not_finite"));
    }

    /** They are counted, in valid JSON; who would compute with them is refused. */
    @Test
    void weightsThatAreNotFinite() throws IOException {
        Path from = Golden.repository("models/golden/llama"), model = Files.createDirectory(temporary.resolve("model"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(from.resolve(file), model.resolve(file));
        }
        try (RandomAccessFile weights = new RandomAccessFile(model.resolve("model.safetensors").toFile(), "rw")) {
            weights.seek(weights.length() - 4);     // the last number of the tensor that is last by name
            weights.write(new byte[] {0, 0, (byte) 0xc0, 0x7f});
        }
        assertEquals("{\"loss\":null,\"last_logits\":null,\"grad_norms\":null,\"not_finite\":{\"model.norm.weight\":1}}",
                inspect(model).toString());
        Run run = Run.reft("bench", "sft", "--model", model, "--threads", 1);
        assertEquals(2, run.code());
        assertTrue(run.err().contains(model + ": tensor model.norm.weight has NaN or infinity in 1 of its 9 numbers, first at index [8]"),
                run.err());
    }
}
