package io.reft.model;

import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.checkpoint.JsonFields;
import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Rotary position embedding.
 *
 * @param theta             base of the frequencies
 * @param factor            positions are divided by this: 1 for none
 * @param lowFactor         Llama 3: wavelengths above {@code originalPositions / lowFactor} are scaled in full
 * @param highFactor        Llama 3: wavelengths below {@code originalPositions / highFactor} are not scaled
 * @param originalPositions Llama 3: context length before scaling; 0 where every frequency is scaled alike
 */
public record Rope(double theta, double factor, double lowFactor, double highFactor, int originalPositions) {
    private static final double THETA = 10000;
    private static final String ORIGINAL = "original_max_position_embeddings";
    /** Fields of no effect in the types that do not read them. */
    private static final List<String> UNUSED = List.of("type", "factor", "low_freq_factor", "high_freq_factor", ORIGINAL);
    private static final JsonPrimitive ONE = new JsonPrimitive(1);

    /**
     * Reads {@code rope_theta} with {@code rope_scaling} (transformers 4), or {@code rope_parameters} (5). Where both stand, they must
     * say the same.
     *
     * @param headSize     HS, on which the frequencies depend
     * @param maxPositions whose angles must be numbers
     */
    static Rope read(JsonFields config, int headSize, int maxPositions) {
        config.refuse("partial_rotary_factor", "rotary positions cover whole heads here", ONE);
        Rope scaling = read(config, "rope_scaling", maxPositions), parameters = read(config, "rope_parameters", maxPositions);
        if (scaling != null && parameters != null && !scaling.equals(parameters)) {
            throw config.error("rope_scaling", "another rotary embedding than rope_parameters",
                    "leave in the one that the model was trained with");
        }
        Rope plain = new Rope(config.number("rope_theta", THETA), 1, 0, 0, 0);
        Rope rope = scaling != null ? scaling : parameters != null ? parameters : plain;
        for (float frequency : rope.frequencies(headSize)) {
            if (!Float.isFinite(frequency * maxPositions)) {
                throw config.error("rope_theta", rope.theta, "the angles of " + maxPositions + " positions are too large for fp32");
            }
        }
        return rope;
    }

    /** What one of the two fields says, or null where it says nothing. */
    private static Rope read(JsonFields config, String name, int maxPositions) {
        if (config.fields(name) == 0) {
            return null;
        }
        JsonFields fields = config.inner(name);
        double theta = fields.number("rope_theta", config.number("rope_theta", THETA));
        fields.refuse("partial_rotary_factor", "rotary positions cover whole heads here", ONE);
        String kind = fields.text("rope_type", fields.text("type", "default"));
        Rope rope = switch (kind) {
            // "dynamic" begins to scale past max_position_embeddings, where sequences end here
            case "default", "dynamic" -> new Rope(theta, 1, 0, 0, 0);
            case "linear" -> new Rope(theta, fields.number("factor"), 0, 0, 0);
            case "llama3" -> llama3(config, fields, theta, maxPositions);
            default -> throw fields.error("rope_type", new JsonPrimitive(kind), "default, linear, dynamic and llama3 are known");
        };
        UNUSED.forEach(fields::has);
        for (String unknown : fields.unread()) {
            throw fields.error(unknown, "unknown", "reft would compute other positions than those of the model");
        }
        return rope;
    }

    private static Rope llama3(JsonFields config, JsonFields fields, double theta, int maxPositions) {
        // transformers 5 prefers the field outside
        int positions = config.has(ORIGINAL) ? config.size(ORIGINAL) : fields.size(ORIGINAL, maxPositions);
        Rope rope = new Rope(theta, fields.number("factor"), fields.number("low_freq_factor"), fields.number("high_freq_factor"),
                positions);
        if (rope.highFactor <= rope.lowFactor) {
            throw fields.error("high_freq_factor", rope.highFactor, "it must be above low_freq_factor");
        }
        return rope;
    }

    /** {@code frequency[i]}, radians per position of the channel pair i (i, i + HS/2); HS/2 of them. */
    public float[] frequencies(int headSize) {
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) scaled(Math.pow(theta, -2.0 * i / headSize));
        }
        return frequencies;
    }

    private double scaled(double frequency) {
        if (originalPositions == 0) {
            return frequency / factor;
        }
        // 0 at the longest wavelengths (all of the scaling), 1 at the shortest (none), linear in between
        double turns = originalPositions * frequency / (2 * Math.PI);
        double kept = Math.clamp((turns - lowFactor) / (highFactor - lowFactor), 0, 1);
        return (1 - kept) * frequency / factor + kept * frequency;
    }

    /**
     * Cosine and sine of position times frequency: pairs, for each position.
     *
     * @param values [P, HS]
     */
    record Table(Tensor values, TensorBlock workspace) implements AutoCloseable {
        @Override
        public void close() {
            workspace.close();
        }
    }

    /**
     * The table of {@code positions} positions on a device.
     *
     * @throws InputError where it does not fit in the device's memory
     */
    Table table(int positions, int headSize, Device device) {
        long needed = 4L * positions * headSize, free = device.freeBytes();
        if (needed > free) {
            throw new InputError("max_position_embeddings in config.json is %d: the table of so many rotary positions needs %s, and "
                    + "the %s has %s free; lower it to the longest text you need.",
                    positions, Device.size(needed), device.owner(), Device.size(free));
        }
        Table table = TensorBlock.lay(device, w -> new Table(w.f32(positions, headSize), w));
        float[] frequencies = frequencies(headSize);
        device.write(table.values.address(), table.values.bytes(), host -> {
            long at = 0;
            for (int p = 0; p < positions; p++) {
                for (float frequency : frequencies) {
                    float angle = p * frequency;    // in fp32, as transformers does it
                    host.setAtIndex(ValueLayout.JAVA_FLOAT, at++, (float) Math.cos(angle));
                    host.setAtIndex(ValueLayout.JAVA_FLOAT, at++, (float) Math.sin(angle));
                }
            }
        });
        return table;
    }
}
