package io.reft.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The shape of a transformer, read from a Hugging Face {@code config.json} in the forms transformers 4 and 5 write. A
 * field that is absent has transformers' default for its model type; sizes must be there. What the model cannot
 * compute (quantized weights, YaRN, layers with and without a window in one model) is refused here, by name. The
 * original JSON is not kept: a checkpoint is written with the object it was read from.
 *
 * @param family         which set of tensor names and which block
 * @param vocab          V, rows of the token embedding
 * @param channels       C, {@code hidden_size}
 * @param embedWidth     E, columns of the token embedding and of the output head: C, but for OPT-350m, which projects in and out
 * @param layers         L
 * @param heads          NH, query heads
 * @param kvHeads        NKV, key/value heads; divides {@code heads}
 * @param headSize       HS; {@code heads * headSize} need not equal {@code channels}
 * @param ffn            width inside the MLP
 * @param maxPositions   longest sequence; OPT's position table has two rows more
 * @param activation     of the MLP
 * @param normEps        added to the variance (LayerNorm) or to the mean square (RMSNorm)
 * @param normParameters whether norms have learned weights (and, in OPT, biases); false in early Galactica files
 * @param preNorm        norms stand before attention and MLP; false for OPT-350m, where they stand behind the sums
 * @param finalNorm      a norm follows the last layer; without {@code preNorm} it is the last layer's own
 * @param qkvBias        the query, key and value projections have biases
 * @param outBias        the attention's output projection has a bias
 * @param mlpBias        the MLP's projections have biases
 * @param tiedHead       the output head is the token embedding
 * @param slidingWindow  a token attends to this many last positions, itself included; 0 for all
 * @param rope           rotary positions; null for OPT, whose positions are learned
 * @param bosId          first token of a text, or -1
 * @param eosIds         tokens that end a text, perhaps none
 * @param padId          padding token, or -1
 * @param classes        rows of the score head of a {@code …ForSequenceClassification}; 0 for a language model
 */
public record ModelConfig(Family family, int vocab, int channels, int embedWidth, int layers, int heads, int kvHeads, int headSize,
        int ffn, int maxPositions, Activation activation, float normEps, boolean normParameters, boolean preNorm, boolean finalNorm,
        boolean qkvBias, boolean outBias, boolean mlpBias, boolean tiedHead, int slidingWindow, Rope rope, int bosId, int[] eosIds, int padId, int classes) {

    /** OPT: LayerNorm, learned positions (Galactica too). LLAMA: RMSNorm, rotary positions (Mistral and Qwen2 too). */
    public enum Family { OPT, LLAMA }

    /** GELU is the exact one (erf), GELU_TANH its approximation; SWIGLU is {@code silu(gate) * up}. */
    public enum Activation { GELU, GELU_TANH, RELU, SWIGLU }

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
    }

    private static final String CLASSIFIER = "ForSequenceClassification";
    private static final Set<String> KNOWN = Set.of("llama", "mistral", "opt", "qwen2");

    /** Rows of the output head: classes of a classifier, otherwise the vocabulary. */
    public int outputs() {
        return classes > 0 ? classes : vocab;
    }

    /** The shape of a classifier with this model's layers. */
    public ModelConfig withClasses(int classes) {
        return with(eosIds, classes);
    }

    /**
     * {@code config.json} of a classifier with the layers of a language model, for transformers' AutoModelForSequenceClassification.
     *
     * @param config that of the language model, left as it is
     * @param labels the names of the classes
     */
    public static JsonObject classifier(JsonObject config, List<String> labels) {
        JsonObject copy = config.deepCopy(), names = new JsonObject(), numbers = new JsonObject();
        String type = config.get("model_type").getAsString();
        JsonArray architectures = new JsonArray();
        architectures.add((type.equals("opt") ? "OPT" : Character.toUpperCase(type.charAt(0)) + type.substring(1)) + CLASSIFIER);
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
        Reader fields = new Reader(config, where);
        String type = fields.text("model_type");
        if (!KNOWN.contains(type)) {
            throw new InputError("%s: model_type \"%s\" is not known here; known are %s.", where, type,
                    String.join(", ", KNOWN.stream().sorted().toList()));
        }
        if (fields.has("quantization_config")) {
            throw new InputError("%s: the checkpoint is quantized (quantization_config); use the unquantized release.", where);
        }
        ModelConfig read = (type.equals("opt") ? opt(fields) : llama(fields, type)).withClasses(fields.classes());
        return generation == null ? read : read.withEos(new Reader(generation, where + " (generation_config.json)").ids("eos_token_id"));
    }

    private static ModelConfig opt(Reader fields) {
        int channels = fields.size("hidden_size");
        int heads = fields.size("num_attention_heads");
        // Galactica's first release said "bias" where later ones say "enable_bias"
        boolean bias = fields.flag("enable_bias", fields.flag("bias", true));
        boolean preNorm = fields.flag("do_layer_norm_before", true);
        String name = fields.text("activation_function", "relu");
        Activation activation = switch (name) {
            case "relu" -> Activation.RELU;
            case "gelu", "gelu_python" -> Activation.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            default -> throw fields.error("activation_function", "\"" + name + "\"", "relu, gelu and gelu_new are known");
        };
        int vocab = fields.size("vocab_size");
        return new ModelConfig(Family.OPT, vocab, channels, fields.size("word_embed_proj_dim", channels), fields.size("num_hidden_layers"), heads, heads,
                fields.headSize(channels, heads), fields.size("ffn_dim"), fields.size("max_position_embeddings"), activation, 1e-5f,
                fields.flag("layer_norm_elementwise_affine", true), preNorm, !preNorm || !fields.flag("_remove_final_layer_norm", false),
                bias, bias, bias, fields.flag("tie_word_embeddings", true), 0, null,
                fields.id("bos_token_id", 2), fields.ids("eos_token_id", 2), fields.id("pad_token_id", 1), 0);
    }

    private static ModelConfig llama(Reader fields, String type) {
        int channels = fields.size("hidden_size");
        int heads = fields.size("num_attention_heads");
        // Mistral's files may leave the count out for its default, any file may give null for "as many as heads"
        boolean grouped = type.equals("mistral") && !fields.config.has("num_key_value_heads");
        int kvHeads = fields.size("num_key_value_heads", grouped ? 8 : heads);
        if (heads % kvHeads != 0) {
            throw fields.error("num_key_value_heads", kvHeads, "it must divide num_attention_heads, " + heads);
        }
        int headSize = fields.has("head_dim") ? fields.size("head_dim") : fields.headSize(channels, heads);
        if ((long) heads * headSize > Integer.MAX_VALUE) {
            throw fields.error("head_dim", headSize, "with " + heads + " heads that makes more channels than 2^31");
        }
        if (headSize % 2 != 0) {
            throw fields.error("head_dim", headSize, "rotary positions need an even head size");
        }
        String activation = fields.text("hidden_act", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw fields.error("hidden_act", "\"" + activation + "\"", "silu is the only one known for " + type);
        }
        boolean attentionBias = type.equals("llama") && fields.flag("attention_bias", false);
        int layers = fields.size("num_hidden_layers");
        int maxPositions = fields.size("max_position_embeddings");
        int bos = type.equals("qwen2") ? -1 : 1;
        int[] eos = type.equals("qwen2") ? new int[0] : new int[] {2};
        return new ModelConfig(Family.LLAMA, fields.size("vocab_size"), channels, channels, layers, heads, kvHeads, headSize,
                fields.size("intermediate_size"), maxPositions, Activation.SWIGLU, fields.epsilon("rms_norm_eps", 1e-6f),
                true, true, true, attentionBias || type.equals("qwen2"), attentionBias,
                type.equals("llama") && fields.flag("mlp_bias", false), fields.flag("tie_word_embeddings", false),
                window(fields, type, layers), rope(fields, maxPositions),
                fields.id("bos_token_id", bos), fields.ids("eos_token_id", eos), fields.id("pad_token_id", -1), 0);
    }

    /** Mistral windows every layer; Qwen2, if asked to, those from max_window_layers on; newer files list each layer's kind. */
    private static int window(Reader fields, String type, int layers) {
        if (type.equals("llama") || type.equals("qwen2") && !fields.flag("use_sliding_window", false)) {
            return 0;
        }
        boolean absent = !fields.config.has("sliding_window");
        if (!absent && !fields.has("sliding_window")) {
            return 0; // null
        }
        int window = fields.size("sliding_window", 4096);
        if (type.equals("mistral")) {
            return window;
        }
        int full = Math.min(fields.count("max_window_layers", 28), layers);
        if (fields.has("layer_types")) {
            full = 0;
            for (JsonElement kind : fields.array("layer_types")) {
                full += kind.isJsonPrimitive() && kind.getAsString().equals("full_attention") ? 1 : 0;
            }
        }
        if (full >= layers) {
            return 0;
        }
        if (full > 0) {
            throw fields.error("sliding_window", window, "it holds for " + (layers - full) + " of " + layers
                    + " layers, and here all layers must be alike");
        }
        return window;
    }

    /** {@code rope_theta} with {@code rope_scaling} (transformers 4), or {@code rope_parameters} (5). */
    private static Rope rope(Reader fields, int maxPositions) {
        String name = fields.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
        Reader scaling = fields.inner(name);
        double theta = scaling.number("rope_theta", fields.number("rope_theta", 10000));
        if (scaling.number("partial_rotary_factor", fields.number("partial_rotary_factor", 1)) != 1) {
            throw fields.error("partial_rotary_factor", "not 1", "rotary positions cover whole heads here");
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
            default -> throw fields.error(name, "of type \"" + kind + "\"", "default, linear, dynamic and llama3 are known");
        };
    }

    private ModelConfig withEos(int[] more) {
        Set<Integer> all = new LinkedHashSet<>();
        for (int id : eosIds) {
            all.add(id);
        }
        for (int id : more) {
            all.add(id);
        }
        return with(all.stream().mapToInt(Integer::intValue).toArray(), classes);
    }

    private ModelConfig with(int[] eosIds, int classes) {
        return new ModelConfig(family, vocab, channels, embedWidth, layers, heads, kvHeads, headSize, ffn, maxPositions, activation, normEps,
                normParameters, preNorm, finalNorm, qkvBias, outBias, mlpBias, tiedHead && classes == 0, slidingWindow, rope, bosId, eosIds, padId, classes);
    }

    /** Typed fields of one JSON object; each mistake becomes a sentence naming file and field. Null counts as absent. */
    private record Reader(JsonObject config, String where) {
        InputError error(String field, Object value, String rule) {
            return new InputError("%s: field \"%s\" is %s; %s.", where, field, value, rule);
        }

        boolean has(String field) {
            return config.has(field) && !config.get(field).isJsonNull();
        }

        private JsonPrimitive primitive(String field) {
            if (!has(field)) {
                throw new InputError("%s: field \"%s\" is missing.", where, field);
            }
            if (!(config.get(field) instanceof JsonPrimitive value)) {
                throw error(field, "a list or an object", "it must be a single value");
            }
            return value;
        }

        String text(String field) {
            return primitive(field).getAsString();
        }

        String text(String field, String otherwise) {
            return has(field) ? text(field) : otherwise;
        }

        boolean flag(String field, boolean otherwise) {
            if (!has(field)) {
                return otherwise;
            }
            if (!primitive(field).isBoolean()) {
                throw error(field, primitive(field), "it must be true or false");
            }
            return primitive(field).getAsBoolean();
        }

        /** An integer from {@code least} up; 7.0 is one too, as Python writes it. */
        private int integer(JsonElement value, String field, int least) {
            try {
                if (value instanceof JsonPrimitive number && number.isNumber()) {
                    int read = new BigDecimal(number.getAsString()).intValueExact();
                    if (read >= least) {
                        return read;
                    }
                }
            } catch (NumberFormatException e) {
                throw error(field, value, "it must be an integer, at least " + least);
            } catch (ArithmeticException e) {
                throw error(field, value, "it must be an integer, at least " + least + " and below 2^31");
            }
            throw error(field, value, "it must be an integer, at least " + least);
        }

        int size(String field) {
            return integer(primitive(field), field, 1);
        }

        int size(String field, int otherwise) {
            return has(field) ? size(field) : otherwise;
        }

        int count(String field, int otherwise) {
            return has(field) ? integer(primitive(field), field, 0) : otherwise;
        }

        double number(String field) {
            JsonPrimitive value = primitive(field);
            double read = value.isNumber() ? value.getAsDouble() : Double.NaN;
            if (!(read > 0 && read < Double.POSITIVE_INFINITY)) {
                throw error(field, value, "it must be a number above 0");
            }
            return read;
        }

        double number(String field, double otherwise) {
            return has(field) ? number(field) : otherwise;
        }

        float epsilon(String field, float otherwise) {
            float read = (float) number(field, otherwise);
            if (read == 0 || read >= 1) {
                throw error(field, primitive(field), "it must lie between 1e-45 and 1");
            }
            return read;
        }

        int headSize(int channels, int heads) {
            if (channels % heads != 0) {
                throw error("hidden_size", channels, "it must be a multiple of num_attention_heads, " + heads);
            }
            return channels / heads;
        }

        /** A token id; -1 where the field says null or -1, {@code otherwise} where it is absent. */
        int id(String field, int otherwise) {
            return config.has(field) ? has(field) ? integer(primitive(field), field, -1) : -1 : otherwise;
        }

        /** Token ids: one, or a list of them; {@code otherwise} where the field is absent. */
        int[] ids(String field, int... otherwise) {
            if (!config.has(field)) {
                return otherwise;
            }
            List<Integer> ids = new ArrayList<>();
            for (JsonElement id : config.get(field) instanceof JsonArray list ? list : List.of(config.get(field))) {
                if (!id.isJsonNull()) {
                    ids.add(integer(id, field, -1));
                }
            }
            return ids.stream().mapToInt(Integer::intValue).filter(id -> id >= 0).distinct().toArray();
        }

        /** Classes of a classifier: as many as labels, whose default is two. */
        int classes() {
            JsonElement names = config.get("architectures");
            boolean classifier = names instanceof JsonArray list && list.size() == 1 && list.get(0).isJsonPrimitive()
                    && list.get(0).getAsString().endsWith(CLASSIFIER);
            return !classifier ? 0 : config.get("id2label") instanceof JsonObject labels && labels.size() > 0 ? labels.size() : 2;
        }

        JsonArray array(String field) {
            if (!(config.get(field) instanceof JsonArray list)) {
                throw error(field, "no list", "it must be one");
            }
            return list;
        }

        Reader inner(String field) {
            if (!has(field)) {
                return new Reader(new JsonObject(), where);
            }
            if (!(config.get(field) instanceof JsonObject inner)) {
                throw error(field, "no object", "it must be one");
            }
            return new Reader(inner, where + ": " + field);
        }
    }
}
