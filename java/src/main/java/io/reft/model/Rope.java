package io.reft.model;

import io.reft.checkpoint.JsonFields;
import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import java.lang.foreign.MemorySegment;

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
    /** {@code rope_theta} with {@code rope_scaling} (transformers 4), or {@code rope_parameters} (5). */
    static Rope read(JsonFields config, int maxPositions) {
        String name = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
        JsonFields scaling = config.inner(name);
        double theta = scaling.number("rope_theta", config.number("rope_theta", 10000));
        if (scaling.number("partial_rotary_factor", config.number("partial_rotary_factor", 1)) != 1) {
            throw config.error("partial_rotary_factor", "not 1", "rotary positions cover whole heads here");
        }
        String kind = scaling.text("rope_type", scaling.text("type", "default"));
        return switch (kind) {
            // "dynamic" begins to scale past max_position_embeddings, where sequences end here
            case "default", "dynamic" -> new Rope(theta, 1, 0, 0, 0);
            case "linear" -> new Rope(theta, scaling.number("factor"), 0, 0, 0);
            case "llama3" -> {
                Rope rope = new Rope(theta, scaling.number("factor"), scaling.number("low_freq_factor"),
                        scaling.number("high_freq_factor"), scaling.size("original_max_position_embeddings", maxPositions));
                if (rope.highFactor <= rope.lowFactor) {
                    throw scaling.error("high_freq_factor", rope.highFactor, "it must be above low_freq_factor");
                }
                yield rope;
            }
            default -> throw config.error(name, "of type \"" + kind + "\"", "default, linear, dynamic and llama3 are known");
        };
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

    /** The table of {@code positions} positions on a device. */
    Table table(int positions, int headSize, Device device) {
        float[] frequencies = frequencies(headSize);
        int half = frequencies.length;
        float[] values = new float[Math.multiplyExact(positions, headSize)];
        for (int p = 0; p < positions; p++) {
            for (int j = 0; j < half; j++) {
                float angle = p * frequencies[j];   // in fp32, as transformers does it
                values[(p * half + j) * 2] = (float) Math.cos(angle);
                values[(p * half + j) * 2 + 1] = (float) Math.sin(angle);
            }
        }
        Table table = TensorBlock.lay(device, w -> new Table(w.f32(positions, headSize), w));
        device.upload(MemorySegment.ofArray(values), table.values.address());
        return table;
    }
}
