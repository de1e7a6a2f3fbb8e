package io.reft.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.generate.Generator;
import io.reft.kernels.Engine;
import io.reft.kernels.Lab;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A tiny model of random weights, all of them large enough to matter, on an engine of its own. Token 2 ends a text. */
public final class Tiny implements AutoCloseable {
    /** The families, at sizes that fill no vector. */
    public enum Shape {
        OPT("""
            {"model_type": "opt", "hidden_size": 21, "num_attention_heads": 3, "num_hidden_layers": 2, "ffn_dim": 13, "vocab_size": 23,
             "max_position_embeddings": 64, "activation_function": "gelu", "pad_token_id": null}"""),
        OPT_350M("""
            {"model_type": "opt", "hidden_size": 12, "word_embed_proj_dim": 7, "do_layer_norm_before": false, "num_attention_heads": 2,
             "num_hidden_layers": 2, "ffn_dim": 13, "vocab_size": 23, "max_position_embeddings": 64, "activation_function": "gelu",
             "pad_token_id": null}"""),
        LLAMA("""
            {"model_type": "llama", "hidden_size": 12, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 4, \
            "num_hidden_layers": 2,
             "intermediate_size": 17, "vocab_size": 23, "max_position_embeddings": 64, "rope_theta": 100.0}"""),
        MISTRAL("""
            {"model_type": "mistral", "hidden_size": 10, "num_attention_heads": 5, "num_key_value_heads": 1, "head_dim": 6, \
            "num_hidden_layers": 2,
             "intermediate_size": 9, "vocab_size": 23, "max_position_embeddings": 64, "sliding_window": 5, "tie_word_embeddings": true}""");

        private final String config;

        Shape(String config) {
            this.config = config;
        }
    }

    public final Lab lab;
    public final JsonObject json;
    public final ModelConfig config;
    public final Transformer transformer;
    public final Model model;

    public Tiny(Shape shape) {
        this(shape, Lab.OPTIONS);
    }

    /** With a value head. */
    public Tiny(Shape shape, Engine.Options options) {
        this(shape, new Lab(options));
    }

    /** On an engine that is closed with this. */
    public Tiny(Shape shape, Lab lab) {
        this.lab = lab;
        json = JsonParser.parseString(shape.config).getAsJsonObject();
        config = ModelConfig.from(json, "config.json");
        transformer = new Transformer(config, lab.engine);
        model = Model.random(config, true, 0, 1, lab.engine);
        randomise(model, 1);
    }

    /** Gives every tensor new values. */
    public void randomise(Model model, long seed) {
        Random random = new Random(seed);
        for (Weights.Entry e : model.master().entries()) {
            double spread = e.rows() == 0 ? 0.3 : e.name().contains("embed") ? 0.7 : 1 / Math.sqrt(e.cols());
            float[] values = new float[(int) e.tensor().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (spread * random.nextGaussian() + (e.name().endsWith("norm.weight") ? 1 : 0));
            }
            lab.write(e.tensor(), values);
        }
        model.changed();
    }

    public Learner learner(int tokenBudget) {
        return learner(tokenBudget, AdamW.Options.DEFAULT);
    }

    public Learner learner(int tokenBudget, AdamW.Options options) {
        return new Learner(model, transformer, lab.engine, options, tokenBudget);
    }

    public Generator generator(int batch) {
        return new Generator(transformer, lab.engine, batch);
    }

    /** Random sequences of these lengths. */
    public List<int[]> sequences(int... lengths) {
        return IntStream.of(lengths).mapToObj(n -> lab.ids(n, config.vocab())).toList();
    }

    /** All parameters. */
    public float[] parameters() {
        return lab.read(model.master().flat);
    }

    @Override
    public void close() {
        model.close();
        transformer.close();
        lab.close();
    }
}
