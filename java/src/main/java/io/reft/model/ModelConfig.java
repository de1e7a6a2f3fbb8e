package io.reft.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The shape of a transformer and what it is capable of, read from a Hugging Face {@code config.json} in the forms transformers 4
 * and 5 write. A field that is absent has transformers' default for its model type; sizes must be there. What the model cannot
 * compute (quantized weights, YaRN, layers with and without a window in one model) is refused here, by name. The
 * original JSON is not kept: a checkpoint is written with the object it was read from.
 *
 * @param family         reads its {@code config.json} and names its tensors
 * @param vocab          V, rows of the token embedding
 * @param channels       C, {@code hidden_size}
 * @param embedWidth     E, columns of the token embedding and of the output head: C, but for OPT-350m, which projects in and out
 * @param layers         L
 * @param heads          NH, query heads
 * @param kvHeads        NKV, key/value heads; divides {@code heads}
 * @param headSize       HS; {@code heads * headSize} need not equal {@code channels}
 * @param ffn            width inside the MLP
 * @param maxPositions   longest sequence
 * @param activation     of the MLP
 * @param norm           the kind of its norms
 * @param normEps        added to the variance (layer norm) or to the mean square (RMS norm)
 * @param normParameters whether norms have learned weights (and, layer norms, biases); false in early Galactica files
 * @param preNorm        norms stand before attention and MLP; false for OPT-350m, where they stand behind the sums
 * @param finalNorm      a norm follows the last layer; without {@code preNorm} it is the last layer's own
 * @param qkvBias        the query, key and value projections have biases
 * @param outBias        the attention's output projection has a bias
 * @param mlpBias        the MLP's projections have biases
 * @param tiedHead       the output head is the token embedding
 * @param slidingWindow  a token attends to this many last positions, itself included; 0 for all
 * @param rope           rotary positions; null where positions are learned
 * @param positionOffset rows of the table of learned positions before that of position 0
 * @param bosId          first token of a text, or -1
 * @param eosIds         tokens that end a text, perhaps none
 * @param padId          padding token, or -1
 * @param classes        rows of the score head of a {@code …ForSequenceClassification}; 0 for a language model
 */
public record ModelConfig(Family family, int vocab, int channels, int embedWidth, int layers, int heads, int kvHeads, int headSize, int ffn,
                          int maxPositions, Activation activation, Norm.Kind norm, float normEps, boolean normParameters, boolean preNorm,
                          boolean finalNorm,
                          boolean qkvBias, boolean outBias, boolean mlpBias, boolean tiedHead, int slidingWindow, Rope rope,
                          int positionOffset, int bosId,
                          int[] eosIds, int padId, int classes) {

    /** GELU is the exact one (erf), GELU_TANH its approximation; SWIGLU is {@code silu(gate) * up}. */
    public enum Activation {
        GELU(0), GELU_TANH(1), RELU(2), SWIGLU(-1);

        /** The code of {@code reft.h}; -1 for a gated one, which is an op of its own. */
        final int code;

        Activation(int code) {
            this.code = code;
        }

        /** Whether the MLP has a gate beside its up projection. */
        public boolean gated() {
            return this == SWIGLU;
        }
    }

    /** The fields, set by name; those of a plain decoder with RMS norms before its blocks stand already. */
    static final class Builder {
        final Family family;
        int vocab, channels, embedWidth, layers, heads, kvHeads, headSize, ffn, maxPositions;
        Activation activation;
        Norm.Kind norm;
        float normEps;
        boolean normParameters = true, preNorm = true, finalNorm = true;
        boolean qkvBias, outBias, mlpBias, tiedHead;
        int slidingWindow;
        Rope rope;
        int positionOffset;
        int bosId = -1, padId = -1;
        int[] eosIds = {};
        int classes;

        Builder(Family family) {
            this.family = family;
        }

        private ModelConfig build() {
            return new ModelConfig(family, vocab, channels, embedWidth, layers, heads, kvHeads, headSize, ffn, maxPositions, activation,
                    norm,
                    normEps, normParameters, preNorm, finalNorm, qkvBias, outBias, mlpBias, tiedHead && classes == 0, slidingWindow, rope,
                    positionOffset, bosId, eosIds, padId, classes);
        }
    }

    private static final int MOST_LAYERS = 10_000, MOST_POSITIONS = 1 << 24;
    private static final double MOST_PARAMETERS = 1e13;
    private static final String CLASSIFIER = "ForSequenceClassification";

    /** Rows of the output head: classes of a classifier, otherwise the vocabulary. */
    public int outputs() {
        return classes > 0 ? classes : vocab;
    }

    /** Columns of queries, keys and values side by side. */
    long qkvWidth() {
        return (heads + 2L * kvHeads) * headSize;
    }

    /** Columns of the queries, and of what attention gives. */
    long queryWidth() {
        return (long) heads * headSize;
    }

    /** The shape of a classifier with this model's layers. */
    public ModelConfig withClasses(int classes) {
        return new ModelConfig(family, vocab, channels, embedWidth, layers, heads, kvHeads, headSize, ffn, maxPositions, activation, norm,
                normEps, normParameters, preNorm, finalNorm, qkvBias, outBias, mlpBias, tiedHead && classes == 0, slidingWindow, rope,
                positionOffset, bosId, eosIds, padId, classes);
    }

    /**
     * {@code config.json} of a classifier with the layers of a language model, for transformers' AutoModelForSequenceClassification.
     *
     * @param config that of the language model, left as it is
     * @param labels the names of the classes
     */
    public static JsonObject classifier(JsonObject config, List<String> labels) {
        JsonObject copy = config.deepCopy(), names = new JsonObject(), numbers = new JsonObject();
        JsonArray architectures = new JsonArray();
        architectures.add(family(new JsonFields(config, "config.json")).className() + CLASSIFIER);
        for (int i = 0; i < labels.size(); i++) {
            names.addProperty(Integer.toString(i), labels.get(i));
            numbers.addProperty(labels.get(i), i);
        }
        copy.add("architectures", architectures);
        copy.add("id2label", names);
        copy.add("label2id", numbers);
        return copy;
    }

    /** Whether a text ends at this token. */
    public boolean isEos(int id) {
        for (int eos : eosIds) {
            if (eos == id) {
                return true;
            }
        }
        return false;
    }

    /**
     * Reads the {@code config.json} of a checkpoint, the end tokens of its {@code generation_config.json}, and whether its output head
     * is the embedding, which its tensors know best.
     *
     * @param notes told in a sentence each what the user should know: unknown fields, a head that is not tied
     */
    public static ModelConfig of(Checkpoint checkpoint, Consumer<String> notes) {
        JsonFields config = new JsonFields(checkpoint.config(), checkpoint.dir().resolve("config.json").toString());
        JsonFields generation = checkpoint.generationConfig() == null ? null
                : new JsonFields(checkpoint.generationConfig(), checkpoint.dir().resolve("generation_config.json").toString());
        Builder read = read(config, generation, notes);
        int tensors = checkpoint.tensors().size();
        if (read.layers > tensors) {
            throw config.error("num_hidden_layers", read.layers, "the weights have only " + tensors + " tensors");
        }
        if (read.tiedHead && read.classes == 0 && CheckpointTensors.hasHeadOfItsOwn(checkpoint, read.family)) {
            read.tiedHead = false;
            notes.accept(checkpoint.dir() + ": the output head in the weights is another matrix than the embedding, so it is not tied "
                    + "to it, whatever tie_word_embeddings in config.json says.");
        }
        return read.build();
    }

    /**
     * Reads {@code config.json} alone.
     *
     * @param config the parsed file
     * @param where  its name, for error messages
     */
    public static ModelConfig from(JsonObject config, String where) {
        return from(new JsonFields(config, where), null, note -> {});
    }

    /**
     * Reads {@code config.json} and adds the end tokens of {@code generation_config.json}.
     *
     * @param generation the generation config, or null
     * @param notes      told in a sentence which fields are unknown
     */
    public static ModelConfig from(JsonFields config, JsonFields generation, Consumer<String> notes) {
        return read(config, generation, notes).build();
    }

    private static Builder read(JsonFields config, JsonFields generation, Consumer<String> notes) {
        Family family = family(config);
        config.refuse("quantization_config", "quantized weights are not read; use the unquantized release");
        config.refuse("compression_config", "compressed weights are not read; use the uncompressed release");
        config.refuse("per_layer_config", "here all layers must be alike");
        config.refuse("pruned_heads", "here all layers must be alike");
        config.refuse("is_encoder_decoder", "only decoders are known", new JsonPrimitive(false));
        config.refuse("add_cross_attention", "only decoders are known", new JsonPrimitive(false));
        Builder read = family.read(config);
        read.classes = classes(config);
        checkSizes(config, read);
        checkId(config, "bos_token_id", read.vocab, read.bosId);
        checkId(config, "pad_token_id", read.vocab, read.padId);
        checkId(config, "eos_token_id", read.vocab, read.eosIds);
        if (generation != null) {
            checkId(generation, "bos_token_id", read.vocab, generation.id("bos_token_id", -1));
            int[] more = generation.ids("eos_token_id");
            checkId(generation, "eos_token_id", read.vocab, more);
            read.eosIds = IntStream.concat(IntStream.of(read.eosIds), IntStream.of(more)).distinct().toArray();
        }
        List<String> unknown = new ArrayList<>(config.unread());
        unknown.removeIf(field -> Family.UNUSED.contains(field) || family.unused().contains(field));
        if (!unknown.isEmpty()) {
            unknown.replaceAll(field -> InputError.printable(field, 80));
            notes.accept(config.where() + ": unknown to reft and left aside: " + CheckpointTensors.listed(unknown) + ".");
        }
        return read;
    }

    private static void checkId(JsonFields fields, String field, int vocab, int... ids) {
        for (int id : ids) {
            if (id >= vocab) {
                throw fields.error(field, id, "the vocabulary has " + vocab + " tokens, from 0 to " + (vocab - 1));
            }
        }
    }

    /** Bounds that no model reaches, so that absurd sizes are refused before anything is computed of them. */
    private static void checkSizes(JsonFields config, Builder m) {
        if (m.layers > MOST_LAYERS) {
            throw config.error("num_hidden_layers", m.layers, "models of more than " + MOST_LAYERS + " layers are not known");
        }
        if (m.maxPositions > MOST_POSITIONS) {
            throw config.error("max_position_embeddings", m.maxPositions, "fp32 tells positions apart up to " + MOST_POSITIONS
                    + "; lower it to the longest text you need");
        }
        double qkv = ((double) m.heads + 2.0 * m.kvHeads) * m.headSize, mlp = (m.activation.gated() ? 3.0 : 2.0) * m.ffn;
        double parameters = m.layers * (double) m.channels * (qkv + (double) m.heads * m.headSize + mlp) + 2.0 * m.vocab * m.embedWidth
                + (double) m.maxPositions * m.channels;
        if (qkv > Integer.MAX_VALUE || parameters > MOST_PARAMETERS) {
            throw new InputError("%s: the sizes in it make a model of %.1g parameters, which no machine holds.", config.where(),
                    parameters);
        }
    }

    /** The {@code config.json} to write for this model, which was read from {@code original}: untied, where its tensors said so. */
    public JsonObject toJson(JsonObject original) {
        if (tiedHead == from(original, "config.json").tiedHead) {
            return original;
        }
        JsonObject copy = original.deepCopy();
        copy.addProperty("tie_word_embeddings", tiedHead);
        return copy;
    }

    private static Family family(JsonFields config) {
        String type = config.text("model_type");
        return Family.ALL.stream().filter(f -> f.modelType().equals(type)).findFirst()
                .orElseThrow(() -> new InputError("%s: model_type \"%s\" is not known here; known are %s.", config.where(),
                        InputError.printable(type, 80),
                        String.join(", ", Family.ALL.stream().map(Family::modelType).sorted().toList())));
    }

    /** Classes of a classifier: as many as labels, whose default is two. */
    private static int classes(JsonFields config) {
        List<String> architectures = config.has("architectures") ? config.texts("architectures") : List.of();
        int labels = config.has("num_labels") ? config.size("num_labels") : 2, named = config.fields("id2label");
        boolean classifier = architectures.size() == 1 && architectures.getFirst().endsWith(CLASSIFIER);
        return !classifier ? 0 : named > 0 ? named : labels;
    }

    /** Channels of a head, where heads share all channels. */
    static int headSize(JsonFields config, int channels, int heads) {
        if (channels % heads != 0) {
            throw config.error("hidden_size", channels, "it must be a multiple of num_attention_heads, " + heads);
        }
        return channels / heads;
    }
}
