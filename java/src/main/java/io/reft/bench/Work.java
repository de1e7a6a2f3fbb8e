package io.reft.bench;

import io.reft.model.ModelConfig;
import io.reft.model.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The least that a phase of computing must do: operations of products, and traffic with main memory where every tensor
 * moves once. Its floor is the larger of what the two take; phases follow each other, so that their floors add up
 * ({@code benchmarks/LOG.md}, "Floors").
 *
 * @param flops additions and multiplications
 * @param bytes read and written
 */
public record Work(double flops, double bytes) {
    private static final int F32 = 4, TRAINING = 3;
    /** AdamW reads four fp32 and writes three; the gradient is read for its norm and cleared. */
    private static final int OPTIMIZER = 7 * F32 + 2 * F32;

    /** Milliseconds of these phases at the ceilings. */
    public static double floor(List<Work> phases, Ceilings ceilings) {
        return 1e3 * phases.stream().mapToDouble(w -> Math.max(w.flops / ceilings.flops(), w.bytes / ceilings.bytes())).sum();
    }

    /** What a model's shape asks for, with parameters stored in {@code storage} bytes. */
    public record Of(ModelConfig config, int storage) {
        /** Parameters of the products in all layers, which every token passes. */
        private double body() {
            double c = config.channels(), q = (double) config.heads() * config.headSize(),
                    kv = (double) config.kvHeads() * config.headSize();
            int matrices = config.activation() == ModelConfig.Activation.SWIGLU ? 3 : 2;
            double projections = config.embedWidth() == config.channels() ? 0 : c * config.embedWidth();
            return config.layers() * (c * (q + 2 * kv) + q * c + matrices * c * config.ffn()) + projections;
        }

        /** Those of the output head, which only tokens pass whose prediction is wanted. */
        private double head() {
            double projection = config.embedWidth() == config.channels() ? 0 : (double) config.channels() * config.embedWidth();
            return (double) config.vocab() * config.embedWidth() + projection;
        }

        private double weightBytes() {
            return storage * (body() + head());
        }

        /** Operations for each pair of a token and one that it sees: two products, in training five more. */
        private double pair(boolean training) {
            return (training ? 14.0 : 4.0) * config.layers() * config.heads() * config.headSize();
        }

        private static double pairs(double length) {
            return length * (length + 1) / 2;
        }

        /** One pass over packed sequences of which {@code predicted} tokens pass the head: forward, or forward and backward. */
        private Work pass(List<Integer> lengths, double predicted, boolean training) {
            double tokens = lengths.stream().mapToInt(n -> n).sum(), pairs = lengths.stream().mapToDouble(Of::pairs).sum();
            double products = 2 * (body() * tokens + head() * predicted);
            return new Work((training ? TRAINING : 1) * products + pair(training) * pairs,
                    training ? 2 * weightBytes() + 2 * F32 * Weights.parameters(config) : weightBytes());
        }

        private Work optimizer() {
            return new Work(0, (OPTIMIZER + (storage == F32 ? 0 : storage)) * (double) Weights.parameters(config));
        }

        /** A step of supervised training: every token but the first of each sequence is predicted. */
        public List<Work> sft(List<Integer> lengths) {
            return List.of(pass(lengths, lengths.stream().mapToInt(n -> n - 1).sum(), true), optimizer());
        }

        /** One new token of each of {@code batch} sequences with {@code context} tokens each: weights, cache and logits move. */
        public Work decodeStep(int batch, double context) {
            double cache = 2.0 * storage * config.layers() * config.kvHeads() * config.headSize() * context * batch;
            return new Work(2 * (body() + head()) * batch + pair(false) * batch * context,
                    weightBytes() + cache + 2.0 * F32 * config.vocab() * batch);
        }

        /** Reading prompts and writing completions, each token but the first one in a step of its own. */
        public List<Work> generate(int batch, int prompt, int fresh) {
            List<Work> phases = new ArrayList<>();
            phases.add(pass(Collections.nCopies(batch, prompt), batch, false));
            for (int step = 1; step < fresh; step++) {
                phases.add(decodeStep(batch, prompt + step));
            }
            return phases;
        }

        /** As {@link #ppo}, with prompts that the completions of a question share: each is computed once in every pass. */
        public List<Work> grpo(int batch, int samples, int prompt, int fresh, int epochs) {
            int questions = batch / samples;
            List<Work> phases = new ArrayList<>();
            phases.add(pass(Collections.nCopies(questions, prompt), questions, false));
            for (int step = 1; step < fresh; step++) {
                phases.add(decodeStep(batch, prompt + step));
            }
            phases.add(shared(questions, samples, prompt, fresh, false));
            for (int epoch = 0; epoch < epochs; epoch++) {
                phases.add(shared(questions, samples, prompt, fresh, true));
                phases.add(optimizer());
            }
            return phases;
        }

        /** A pass over questions whose completions share the prompt. */
        private Work shared(int questions, int samples, int prompt, int fresh, boolean training) {
            double completions = (double) questions * samples, tokens = (double) questions * prompt + completions * fresh;
            double pairs = questions * pairs(prompt) + completions * ((double) prompt * fresh + pairs(fresh));
            double products = 2 * (body() * tokens + head() * completions * fresh);
            return new Work((training ? TRAINING : 1) * products + pair(training) * pairs,
                    training ? 2 * weightBytes() + 2 * F32 * Weights.parameters(config) : weightBytes());
        }

        /** Rollout, reference, and an optimizer step an epoch; the head runs on the completions alone. */
        public List<Work> ppo(int batch, int prompt, int fresh, int epochs) {
            List<Integer> lengths = Collections.nCopies(batch, prompt + fresh);
            List<Work> phases = generate(batch, prompt, fresh);
            phases.add(pass(lengths, (double) batch * fresh, false));
            for (int epoch = 0; epoch < epochs; epoch++) {
                phases.add(pass(lengths, (double) batch * fresh, true));
                phases.add(optimizer());
            }
            return phases;
        }
    }
}
