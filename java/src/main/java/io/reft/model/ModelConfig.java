package io.reft.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.JsonFields;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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
public record ModelConfig(Family family, int vocab, int channels, int embedWidth, int layers, int heads, int kvHeads, int headSize,
        int ffn, int maxPositions, Activation activation, Norm.Kind norm, float normEps, boolean normParameters, boolean preNorm, boolean finalNorm,
        boolean qkvBias, boolean outBias, boolean mlpBias, boolean tiedHead, int slidingWindow, Rope rope, int positionOffset,
        int bosId, int[] eosIds, int padId, int classes) {

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
            return new ModelConfig(family, vocab, channels, embedWidth, layers, heads, kvHeads, headSize, ffn, maxPositions, activation, norm, normEps,
                    normParameters, preNorm, finalNorm, qkvBias, outBias, mlpBias, tiedHead && classes == 0, slidingWindow, rope, positionOffset,
                    bosId, eosIds, padId, classes);
        }
    }

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
        return new ModelConfig(family, vocab, channels, embedWidth, layers, heads, kvHeads, headSize, ffn, maxPositions, activation, norm, normEps,
                normParameters, preNorm, finalNorm, qkvBias, outBias, mlpBias, tiedHead && classes == 0, slidingWindow, rope, positionOffset,
                bosId, eosIds, padId, classes);
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
     * Reads {@code config.json}.
     *
     * @param config the parsed file
     * @param where  its name, for error messages
     */
    public static ModelConfig from(JsonObject config, String where) {
        return from(config, null, where);
    }

    /**
     * Reads {@code config.json} and adds the end tokens of {@code generation_config.json}.
     *
     * @param config     the parsed file
     * @param generation the parsed generation config, or null
     * @param where      the name of {@code config.json}, for error messages
     */
    public static ModelConfig from(JsonObject config, JsonObject generation, String where) {
        JsonFields fields = new JsonFields(config, where);
        Family family = family(fields);
        if (fields.has("quantization_config")) {
            throw new InputError("%s: the checkpoint is quantized (quantization_config); use the unquantized release.", where);
        }
        Builder read = family.read(fields);
        read.classes = classes(config);
        if (generation != null) {
            Set<Integer> eos = new LinkedHashSet<>();
            for (int[] ids : new int[][] {read.eosIds, new JsonFields(generation, where + " (generation_config.json)").ids("eos_token_id")}) {
                for (int id : ids) {
                    eos.add(id);
                }
            }
            read.eosIds = eos.stream().mapToInt(Integer::intValue).toArray();
        }
        return read.build();
    }

    private static Family family(JsonFields config) {
        String type = config.text("model_type");
        return Family.ALL.stream().filter(f -> f.modelType().equals(type)).findFirst().orElseThrow(() ->
                new InputError("%s: model_type \"%s\" is not known here; known are %s.", config.where(), type,
                        String.join(", ", Family.ALL.stream().map(Family::modelType).sorted().toList())));
    }

    /** Classes of a classifier: as many as labels, whose default is two. */
    private static int classes(JsonObject config) {
        JsonElement names = config.get("architectures");
        boolean classifier = names instanceof JsonArray list && list.size() == 1 && list.get(0).isJsonPrimitive()
                && list.get(0).getAsString().endsWith(CLASSIFIER);
        return !classifier ? 0 : config.get("id2label") instanceof JsonObject labels && labels.size() > 0 ? labels.size() : 2;
    }

    /** Channels of a head, where heads share all channels. */
    static int headSize(JsonFields config, int channels, int heads) {
        if (channels % heads != 0) {
            throw config.error("hidden_size", channels, "it must be a multiple of num_attention_heads, " + heads);
        }
        return channels / heads;
    }
}
