package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.reft.Expect;
import io.reft.Golden;
import io.reft.device.DType;
import io.reft.device.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** METHOD's arithmetic against a plain PyTorch implementation, dumped in {@code models/golden/method.json}. */
class GoldenMethodTest {
    /** Both sides compute in fp32; sums are short. */
    private static final double TOLERANCE = 2e-6;
    private static final JsonObject DUMP = Golden.json("method.json");

    /** The numbers of one section of the dump. */
    private record Section(JsonObject json, Lab lab) {
        float number(String name) {
            return json.get(name).getAsFloat();
        }

        float[] floats(String name) {
            return Golden.floats(json.get(name));
        }

        Tensor vector(String name) {
            return lab.vector(floats(name));
        }

        void expect(String name, Tensor actual) {
            Expect.close(name, floats(name), lab.read(actual), TOLERANCE);
        }
    }

    @Test
    void rewardsAdvantagesAndWhitening() {
        try (Lab lab = new Lab()) {
            Section d = new Section(DUMP.getAsJsonObject("ppo"), lab);
            Tensor cu = lab.ints(Golden.ints(d.json.get("cu_actions"))), old = d.vector("old_logprob");
            Tensor rewards = lab.zeros(old.size()), advantages = lab.zeros(old.size()), returns = lab.zeros(old.size());
            lab.k.klRewards(rewards, d.vector("score"), old, d.vector("ref_logprob"), cu, d.number("beta"));
            d.expect("rewards", rewards);
            lab.k.gae(advantages, returns, rewards, d.vector("old_value"), cu, d.number("gamma"), d.number("lam"));
            d.expect("advantages", advantages);
            d.expect("returns", returns);
            lab.k.whiten(advantages, false);
            d.expect("whitened", advantages);
        }
    }

    @Test
    void whiteningOfOneAndWithItsMean() {
        try (Lab lab = new Lab()) {
            Tensor one = lab.vector(3);
            lab.k.whiten(one, false);
            assertEquals(0, lab.read(one)[0]);
            Tensor kept = lab.vector(1, 2, 6);     // mean 3, variance 7
            lab.k.whiten(kept, true);
            assertArrayEquals(new float[] {3 - 2 / (float) Math.sqrt(7), 3 - 1 / (float) Math.sqrt(7), 3 + 3 / (float) Math.sqrt(7)},
                    lab.read(kept), 1e-6f);
        }
    }

    @Test
    void ppoLoss() {
        try (Lab lab = new Lab()) {
            Section d = new Section(DUMP.getAsJsonObject("ppo"), lab);
            long n = d.floats("weight").length;
            var t = new Kernels.PpoLoss(lab.zeros(n), lab.zeros(n), lab.zeros(n), lab.zeros(n), lab.zeros(n), d.vector("logprob"),
                    d.vector("old_logprob"),
                    d.vector("whitened"), d.vector("value"), d.vector("old_value"), d.vector("returns"), d.vector("weight"));
            lab.k.ppoLoss(t, d.number("clip"), d.number("clip"), d.number("value_clip"), d.number("vf_coef"));
            d.expect("pg", t.pg());
            d.expect("vf", t.vf());
            d.expect("clipped", t.clipped());
            d.expect("dlogprob", t.dlogprob());
            d.expect("dvalue", t.dvalue());
            float[] clipped = d.floats("clipped"), dvalue = d.floats("dvalue");
            assertTrue(IntStream.range(0, (int) n).anyMatch(i -> clipped[i] == 1), "the dump has clipped ratios");
            assertTrue(IntStream.range(0, (int) n).anyMatch(i -> dvalue[i] == 0), "the dump has clipped values");

            // without a value head
            var policy = new Kernels.PpoLoss(lab.zeros(n), null, null, null, null, t.logprob(), t.oldLogprob(), t.advantages(), null, null,
                    null, t.weight());
            lab.k.ppoLoss(policy, d.number("clip"), d.number("clip"), 0, 0);
            d.expect("dlogprob", policy.dlogprob());
        }
    }

    @Test
    void adamW() {
        try (Lab lab = new Lab()) {
            Section d = new Section(DUMP.getAsJsonObject("adamw"), lab);
            Tensor parameter = d.vector("start"), m = lab.zeros(parameter.size()), v = lab.zeros(parameter.size());
            Tensor sum = lab.zeros(1), normScale = lab.zeros(2), copy = lab.zeros(DType.BF16, parameter.size(), 1);
            float[] rates = d.floats("lr"), norms = d.floats("norms");
            for (int step = 1; step <= rates.length; step++) {
                Tensor gradient = lab.vector(Golden.floats(d.json.getAsJsonArray("gradients").get(step - 1)));
                lab.k.fill(sum, 0);
                lab.k.sumSquares(sum, gradient);
                lab.k.clipScale(normScale, sum, d.number("max_norm"));
                assertEquals(norms[step - 1], lab.read(normScale)[0], 1e-6 * norms[step - 1]);
                lab.k.adamw(parameter, gradient, m, v, normScale, copy, rates[step - 1], d.number("beta1"), d.number("beta2"),
                        d.number("eps"),
                        d.number("weight_decay"), step);
                Expect.close("step " + step, Golden.floats(d.json.getAsJsonArray("parameters").get(step - 1)), lab.read(parameter),
                        TOLERANCE);
            }
            Tensor back = lab.zeros(parameter.size());
            lab.k.convert(back, copy);
            Expect.close("the bf16 copy", lab.read(parameter), lab.read(back), 1 / 256.0);

            // a gradient that is not finite changes nothing
            float[] before = lab.read(parameter);
            Tensor broken = lab.zeros(parameter.size());
            lab.set(broken, 3, Float.NaN);
            lab.k.fill(sum, 0);
            lab.k.sumSquares(sum, broken);
            lab.k.clipScale(normScale, sum, 1);
            lab.k.adamw(parameter, broken, m, v, normScale, null, 1, 0.9f, 0.999f, 1e-8f, 0.1f, 5);
            assertArrayEquals(before, lab.read(parameter));
        }
    }

    @Test
    void classifier() {
        try (Lab lab = new Lab()) {
            Section d = new Section(DUMP.getAsJsonObject("classifier"), lab);
            float[] values = flat(d.json.get("logits"));
            int n = d.floats("weight").length, v = values.length / n;
            Tensor targets = lab.ints(Golden.ints(d.json.get("targets"))), logits = lab.tensor(n, v, values), loss = lab.zeros(n);
            lab.k.crossEntropy(loss, logits, targets, d.vector("weight"));
            d.expect("loss", loss);
            Expect.close("dloss", flat(d.json.get("dloss")), lab.read(logits), TOLERANCE);

            lab.write(logits, values);
            Tensor logprob = lab.zeros(n), entropy = lab.zeros(n), lse = lab.zeros(n);
            float inverse = 1 / d.number("temperature");
            lab.k.logprobForward(logprob, entropy, lse, logits, targets, inverse);
            d.expect("logprob", logprob);
            d.expect("entropy", entropy);
            lab.k.logprobBackward(logits, targets, lse, d.vector("dlogprob"), d.vector("dentropy"), entropy, inverse);
            Expect.close("gradient", flat(d.json.get("gradient")), lab.read(logits), TOLERANCE);
        }
    }

    private static float[] flat(JsonElement rows) {
        return Lab.joined(rows.getAsJsonArray().asList().stream().map(Golden::floats).toArray(float[][]::new));
    }

    /** Drawn tokens have the frequencies that transformers' cuts leave; none that they cut away is ever drawn. */
    @Test
    void cutsOfSampling() {
        int draws = 4000;
        try (Lab lab = new Lab()) {
            Section d = new Section(DUMP.getAsJsonObject("cuts"), lab);
            float[] row = d.floats("logits"), rows = new float[draws * row.length];
            for (int i = 0; i < draws; i++) {
                System.arraycopy(row, 0, rows, i * row.length, row.length);
            }
            Tensor logits = lab.tensor(draws, row.length, rows), tokens = lab.ints(new int[draws]), logprob = lab.zeros(draws);
            Tensor sequences = lab.longs(LongStream.range(0, draws).toArray()), positions = lab.ints(new int[draws]);
            for (JsonElement each : d.json.getAsJsonArray("cases")) {
                Section cut = new Section(each.getAsJsonObject(), lab);
                lab.k.sample(tokens, logprob, logits, cut.number("temperature"), (int) cut.number("top_k"), cut.number("top_p"), 5,
                        sequences, positions);
                int[] drawn = new int[row.length];
                Arrays.stream(lab.readInts(tokens)).forEach(t -> drawn[t]++);
                float[] p = cut.floats("probabilities");
                for (int t = 0; t < p.length; t++) {
                    double spread = Math.sqrt(draws * p[t] * (1 - p[t]));
                    assertEquals(draws * p[t], drawn[t], 5 * spread + (p[t] > 0 ? 1 : 0), "token " + t + " of " + cut.json);
                }
            }
        }
    }
}
