/*
 * libreft_cpu against plain loops in double, at awkward sizes, for every instruction set of this machine. Exits with the
 * number of failed checks. What is bit-exact by reft.h (row invariance, independence of the number of threads) is compared
 * by bits; the rest within a tolerance relative to the largest value, a few times 2⁻²⁴ for each rounding of the longest sum.
 *
 * Gradients are compared with central differences of the double references, so no derivative is written twice.
 */
#include "reft.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;
using Ints = std::vector<int32_t>;

std::mt19937 generator(7);
int failures;
std::string isa;

void check(bool good, const std::string &what) {
    if (good) return;
    failures++;
    printf("%s: %s failed\n", isa.c_str(), what.c_str());
}

size_t z(int64_t n) { return static_cast<size_t>(n); }

Floats random(int64_t n, double spread = 1) {
    std::normal_distribution<double> normal(0, spread);
    Floats x(z(n));
    for (float &value : x) value = static_cast<float>(normal(generator));
    return x;
}

Doubles wide(const Floats &x) { return {x.begin(), x.end()}; }

void close(const Floats &got, const Doubles &want, double tolerance, const std::string &what) {
    double largest = 1, error = 0;
    for (double value : want) largest = std::fmax(largest, std::fabs(value));
    for (size_t i = 0; i < want.size(); i++) {
        const double difference = std::fabs(static_cast<double>(got[i]) - want[i]);
        error = difference <= error ? error : difference; /* a NaN sticks */
    }
    if (got.size() != want.size() || !(error <= tolerance * largest)) {
        check(false, what);
        printf("    off by %.2e of %.2e\n", error, largest);
    }
}

void same(const Floats &got, const Floats &want, const std::string &what) {
    check(got.size() == want.size() && (got.empty() || memcmp(got.data(), want.data(), got.size() * sizeof(float)) == 0), what);
}

void ok(int32_t status, const std::string &what) { check(status == REFT_OK, status == REFT_OK ? what : what + ": " + reft_last_error()); }

/* d loss/d x[i] of a double function, for a few i of x: the others are left out to stay quick. */
void gradient(const Floats &got, Doubles x, const std::function<double(const Doubles &)> &loss, double tolerance, const std::string &what) {
    const double step = 1e-5;
    const size_t stride = x.size() / 24 + 1;
    Floats some;
    Doubles differences;
    for (size_t i = 0; i < x.size(); i += stride) {
        const double kept = x[i];
        x[i] = kept + step;
        const double up = loss(x);
        x[i] = kept - step;
        const double down = loss(x);
        x[i] = kept;
        some.push_back(got[i]);
        differences.push_back((up - down) / (2 * step));
    }
    close(some, differences, tolerance, what);
}

double dot(const Doubles &x, const Floats &y) {
    double sum = 0;
    for (size_t i = 0; i < x.size(); i++) sum += x[i] * static_cast<double>(y[i]);
    return sum;
}

std::string sizes(const char *name, std::initializer_list<int64_t> all) {
    std::string text = name;
    for (int64_t n : all) text.append(" ").append(std::to_string(n));
    return text;
}

/* ---------------------------------------------------------------- basics */

void basics() {
    for (int64_t n : {1, 13, 207, 40000}) {
        Floats x = random(n), y = random(n), filled(z(n));
        Doubles want(z(n));
        for (size_t i = 0; i < want.size(); i++) want[i] = static_cast<double>(x[i] + y[i]);
        ok(reft_add(y.data(), x.data(), n, REFT_F32, nullptr), "add");
        close(y, want, 0, sizes("add", {n}));
        ok(reft_fill(filled.data(), 2.5f, n, REFT_F32, nullptr), "fill");
        same(filled, Floats(z(n), 2.5f), sizes("fill", {n}));

        std::vector<uint16_t> half(z(n));
        Floats back(z(n));
        ok(reft_convert(half.data(), REFT_BF16, x.data(), REFT_F32, n, nullptr), "convert");
        ok(reft_convert(back.data(), REFT_F32, half.data(), REFT_BF16, n, nullptr), "convert");
        close(back, wide(x), 0x1p-8, sizes("bf16 and back", {n}));
        ok(reft_convert(half.data(), REFT_F16, x.data(), REFT_F32, n, nullptr), "convert");
        ok(reft_convert(back.data(), REFT_F32, half.data(), REFT_F16, n, nullptr), "convert");
        close(back, wide(x), 0x1p-11, sizes("f16 and back", {n}));
    }
    const float exact[] = {1.00390625f /* halfway, to even */, 1.01171875f, INFINITY, NAN};
    uint16_t rounded[4];
    ok(reft_convert(rounded, REFT_BF16, exact, REFT_F32, 4, nullptr), "convert");
    check(rounded[0] == 0x3f80 && rounded[1] == 0x3f82 && rounded[2] == 0x7f80 && (rounded[3] & 0x7fff) > 0x7f80, "rounding to bf16");

    for (int64_t C : {1, 13, 207}) {
        const int64_t N = 50, M = 7;
        const Ints rows = {3, 49, 0, 17, 8, 21, 22};
        const Floats x = random(N * C), delta = random(M * C);
        Floats out(z(M * C)), grown = x;
        ok(reft_gather_rows(out.data(), x.data(), rows.data(), M, C, REFT_F32, nullptr), "gather");
        ok(reft_scatter_add_rows(grown.data(), delta.data(), rows.data(), M, C, REFT_F32, nullptr), "scatter");
        Floats gathered(z(M * C)), scattered = x;
        for (int64_t m = 0; m < M; m++)
            for (int64_t c = 0; c < C; c++) {
                gathered[z(m * C + c)] = x[z(rows[z(m)] * C + c)];
                scattered[z(rows[z(m)] * C + c)] += delta[z(m * C + c)];
            }
        same(out, gathered, sizes("gather", {C}));
        same(grown, scattered, sizes("scatter", {C}));

        const Floats bias = random(C);
        Floats biased = x, dbias = bias;
        ok(reft_bias_forward(biased.data(), bias.data(), N, C, REFT_F32, nullptr), "bias");
        ok(reft_bias_backward(dbias.data(), x.data(), N, C, REFT_F32, nullptr), "bias");
        Doubles want = wide(x), dwant = wide(bias);
        for (size_t i = 0; i < want.size(); i++) {
            dwant[i % z(C)] += want[i];
            want[i] += static_cast<double>(bias[i % z(C)]);
        }
        close(biased, want, 1e-6, sizes("bias", {C}));
        close(dbias, dwant, 1e-6, sizes("bias backward", {C}));
    }
}

void embedding() {
    for (int64_t N : {1, 13, 207})
        for (int64_t C : {1, 20}) {
            const int64_t V = 5, P = 300, offset = 2; /* few ids: long runs of equal rows */
            Ints ids(z(N)), positions(z(N)), order;
            for (int64_t n = 0; n < N; n++) ids[z(n)] = static_cast<int32_t>(generator() % V), positions[z(n)] = static_cast<int32_t>(n);
            for (int32_t v = 0; v < V; v++)
                for (int64_t n = 0; n < N; n++)
                    if (ids[z(n)] == v) order.push_back(static_cast<int32_t>(n));
            const Floats wte = random(V * C), wpe = random(P * C), dout = random(N * C);
            Floats out(z(N * C)), plain(z(N * C)), dwte = random(V * C);
            Doubles want(z(N * C)), dwant = wide(dwte);
            for (int64_t n = 0; n < N; n++)
                for (int64_t c = 0; c < C; c++) {
                    want[z(n * C + c)] = static_cast<double>(wte[z(ids[z(n)] * C + c)]) + static_cast<double>(wpe[z((n + offset) * C + c)]);
                    dwant[z(ids[z(n)] * C + c)] += static_cast<double>(dout[z(n * C + c)]);
                }
            ok(reft_embedding_forward(out.data(), ids.data(), positions.data(), wte.data(), wpe.data(), offset, N, C, V, P, REFT_F32,
                       nullptr),
                    "embedding");
            ok(reft_embedding_forward(plain.data(), ids.data(), nullptr, wte.data(), nullptr, 0, N, C, V, 0, REFT_F32, nullptr),
                    "embedding");
            ok(reft_embedding_backward(dwte.data(), dout.data(), ids.data(), order.data(), 0, N, C, V, REFT_F32, nullptr),
                    "embedding backward");
            close(out, want, 1e-6, sizes("embedding", {N, C}));
            check(plain[0] == wte[z(ids[0] * C)], "embedding without positions");
            close(dwte, dwant, 1e-6, sizes("embedding backward", {N, C}));
        }
}

/* ---------------------------------------------------------------- norms and MLP */

Doubles layernorm(const Doubles &x, const Doubles &weight, const Doubles &bias, int64_t C, bool centre, double eps) {
    Doubles y(x.size());
    for (size_t row = 0; row < x.size(); row += z(C)) {
        double mean = 0, square = 0;
        for (size_t c = 0; c < z(C); c++) mean += centre ? x[row + c] / static_cast<double>(C) : 0;
        for (size_t c = 0; c < z(C); c++) square += (x[row + c] - mean) * (x[row + c] - mean) / static_cast<double>(C);
        for (size_t c = 0; c < z(C); c++) y[row + c] = (x[row + c] - mean) / std::sqrt(square + eps) * weight[c] + bias[c];
    }
    return y;
}

void norms() {
    const float eps = 1e-5f;
    for (int64_t C : {5, 13, 64, 207})
        for (int64_t N : {1, 37}) {
            const Floats x = random(N * C), delta = random(N * C), weight = random(C), bias = random(C), dout = random(N * C),
                         start = random(N * C);
            const Floats zero(z(C));
            for (bool centre : {true, false}) {
                const std::string name = sizes(centre ? "layernorm" : "rmsnorm", {N, C});
                Floats out(z(N * C)), sum = x, mean(z(N)), rstd(z(N)), dx = start, dweight = weight, dbias = bias;
                if (centre) {
                    ok(reft_layernorm_forward(out.data(), mean.data(), rstd.data(), sum.data(), sum.data(), delta.data(), weight.data(),
                               bias.data(), eps, N, C, REFT_F32, nullptr),
                            name);
                    ok(reft_layernorm_backward(dx.data(), dweight.data(), dbias.data(), dout.data(), sum.data(), weight.data(), mean.data(),
                               rstd.data(), N, C, REFT_F32, nullptr),
                            name);
                } else {
                    ok(reft_rmsnorm_forward(out.data(), rstd.data(), sum.data(), sum.data(), delta.data(), weight.data(), eps, N, C,
                               REFT_F32, nullptr),
                            name);
                    ok(reft_rmsnorm_backward(dx.data(), dweight.data(), dout.data(), sum.data(), weight.data(), rstd.data(), N, C, REFT_F32,
                               nullptr),
                            name);
                }
                Doubles input = wide(x);
                for (size_t i = 0; i < input.size(); i++) input[i] += static_cast<double>(delta[i]);
                close(sum, input, 1e-6, name + " sum");
                const Doubles w = wide(weight), b = wide(centre ? bias : zero);
                const double e = static_cast<double>(eps);
                close(out, layernorm(input, w, b, C, centre, e), 5e-6, name);
                for (size_t i = 0; i < dx.size(); i++) dx[i] -= start[i];
                for (size_t i = 0; i < dweight.size(); i++) dweight[i] -= weight[i], dbias[i] -= bias[i];
                gradient(dx, input, [&](const Doubles &at) { return dot(layernorm(at, w, b, C, centre, e), dout); }, 2e-5, name + " dx");
                gradient(dweight, w, [&](const Doubles &at) { return dot(layernorm(input, at, b, C, centre, e), dout); }, 1e-5,
                        name + " dweight");
                if (centre)
                    gradient(dbias, b, [&](const Doubles &at) { return dot(layernorm(input, w, at, C, centre, e), dout); }, 1e-5,
                            name + " dbias");

                /* Row by row, without parameters' gradients or what only training keeps: the same bits. */
                Floats single(z(N * C));
                for (int64_t n = 0; n < N; n++) {
                    if (centre)
                        reft_layernorm_forward(&single[z(n * C)], nullptr, nullptr, nullptr, &sum[z(n * C)], nullptr, weight.data(),
                                bias.data(), eps, 1, C, REFT_F32, nullptr);
                    else
                        reft_rmsnorm_forward(&single[z(n * C)], nullptr, nullptr, &sum[z(n * C)], nullptr, weight.data(), eps, 1, C,
                                REFT_F32, nullptr);
                }
                same(single, out, name + " row by row");
            }
        }
}

double activation(int32_t kind, double x) {
    if (kind == REFT_GELU) return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
    if (kind == REFT_GELU_TANH) return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    return x > 0 ? x : 0;
}

void mlp() {
    for (int32_t kind : {REFT_GELU, REFT_GELU_TANH, REFT_RELU})
        for (int64_t F : {1, 13, 207}) {
            const int64_t N = 29;
            const std::string name = sizes("activation", {kind, F});
            const Floats start = random(N * F, 3), bias = random(F), dout = random(N * F);
            Floats x = start, out(z(N * F)), dx = dout;
            ok(reft_activation_forward(kind, out.data(), x.data(), bias.data(), N, F, REFT_F32, nullptr), name);
            ok(reft_activation_backward(kind, dx.data(), x.data(), dx.data(), N, F, REFT_F32, nullptr), name);
            Doubles want(x.size());
            for (size_t i = 0; i < x.size(); i++) {
                check(x[i] == start[i] + bias[i % z(F)], name + " bias");
                want[i] = activation(kind, static_cast<double>(x[i]));
            }
            close(out, want, 3e-7, name);
            gradient(dx, wide(x), [&](const Doubles &at) {
                double sum = 0;
                for (size_t i = 0; i < at.size(); i++) sum += activation(kind, at[i]) * static_cast<double>(dout[i]);
                return sum;
            }, 1e-6, name + " dx");
        }
    /* The far ends. */
    Floats ends = {-INFINITY, -200, -20, 20, 200}, out(5);
    ends[0] = -1e30f;
    for (int32_t kind : {REFT_GELU, REFT_GELU_TANH, REFT_RELU}) {
        ok(reft_activation_forward(kind, out.data(), ends.data(), nullptr, 1, 5, REFT_F32, nullptr), "activation");
        close(out, {0, 0, 0, 20, 200}, 1e-7, sizes("activation of large numbers", {kind}));
    }

    for (int64_t F : {1, 13, 207}) {
        const int64_t N = 11;
        const Floats gate_up = random(N * 2 * F, 3), dout = random(N * F);
        Floats swish(z(N * F)), d = gate_up;
        ok(reft_swiglu_forward(swish.data(), gate_up.data(), N, F, REFT_F32, nullptr), "swiglu");
        ok(reft_swiglu_backward(d.data(), d.data(), dout.data(), N, F, REFT_F32, nullptr), "swiglu backward");
        const auto f = [&](const Doubles &x) {
            Doubles y(z(N * F));
            for (size_t i = 0; i < y.size(); i++) {
                const size_t at = i / z(F) * 2 * z(F) + i % z(F);
                y[i] = x[at] / (1 + std::exp(-x[at])) * x[at + z(F)];
            }
            return y;
        };
        close(swish, f(wide(gate_up)), 1e-6, sizes("swiglu", {F}));
        gradient(d, wide(gate_up), [&](const Doubles &at) { return dot(f(at), dout); }, 1e-6, sizes("swiglu backward", {F}));
    }
}

Floats rounded_bf16(const Floats &x) {
    std::vector<uint16_t> half(x.size());
    Floats back(x.size());
    ok(reft_convert(half.data(), REFT_BF16, x.data(), REFT_F32, static_cast<int64_t>(x.size()), nullptr), "convert");
    ok(reft_convert(back.data(), REFT_F32, half.data(), REFT_BF16, static_cast<int64_t>(x.size()), nullptr), "convert");
    return back;
}

/* ---------------------------------------------------------------- attention */

void rotary() {
    for (int64_t HS : {2, 8, 20, 64}) {
        const int64_t N = 9, heads = 3, row = heads * HS + 5, P = 40;
        const Floats x = random(N * row), table = [&] {
            Floats t(z(P * HS));
            for (int64_t p = 0; p < P; p++)
                for (int64_t j = 0; j < HS / 2; j++) {
                    const double angle =
                            static_cast<double>(p) * std::pow(10000.0, -2.0 * static_cast<double>(j) / static_cast<double>(HS));
                    t[z((p * (HS / 2) + j) * 2)] = static_cast<float>(std::cos(angle));
                    t[z((p * (HS / 2) + j) * 2 + 1)] = static_cast<float>(std::sin(angle));
                }
            return t;
        }();
        Ints positions(z(N));
        for (int32_t &p : positions) p = static_cast<int32_t>(generator() % P);
        Floats y = x;
        Doubles want = wide(x);
        for (int64_t n = 0; n < N; n++)
            for (int64_t h = 0; h < heads; h++)
                for (int64_t j = 0; j < HS / 2; j++) {
                    const size_t a = z(n * row + h * HS + j), b = a + z(HS / 2), t = z((positions[z(n)] * (HS / 2) + j) * 2);
                    const double cos = static_cast<double>(table[t]), sin = static_cast<double>(table[t + 1]);
                    want[a] = static_cast<double>(x[a]) * cos - static_cast<double>(x[b]) * sin;
                    want[b] = static_cast<double>(x[b]) * cos + static_cast<double>(x[a]) * sin;
                }
        ok(reft_rope(y.data(), positions.data(), table.data(), N, row, heads, HS, P, 0, REFT_F32, nullptr), "rope");
        close(y, want, 1e-6, sizes("rope", {HS}));
        ok(reft_rope(y.data(), positions.data(), table.data(), N, row, heads, HS, P, 1, REFT_F32, nullptr), "rope");
        close(y, wide(x), 1e-6, sizes("rope and back", {HS}));
    }
}

struct Shape {
    int64_t NH, NKV, HS, window;
};

/* out, and lse [NH,N] after it. */
Doubles attention(const Doubles &qkv, const Ints &cu, const Shape &s) {
    const int64_t N = cu.back(), row = (s.NH + 2 * s.NKV) * s.HS, group = s.NH / s.NKV;
    const double scale = 1 / std::sqrt(static_cast<double>(s.HS));
    Doubles out(z(N * s.NH * s.HS + s.NH * N));
    for (size_t b = 0; b + 1 < cu.size(); b++)
        for (int64_t i = cu[b]; i < cu[b + 1]; i++)
            for (int64_t h = 0; h < s.NH; h++) {
                const int64_t first = s.window > 0 ? std::max<int64_t>(cu[b], i - s.window + 1) : cu[b];
                const double *q = &qkv[z(i * row + h * s.HS)];
                Doubles p;
                double sum = 0;
                for (int64_t j = first; j <= i; j++) {
                    const double *k = &qkv[z(j * row + (s.NH + h / group) * s.HS)];
                    double score = 0;
                    for (int64_t c = 0; c < s.HS; c++) score += q[c] * k[c];
                    p.push_back(std::exp(score * scale));
                    sum += p.back();
                }
                for (int64_t j = first; j <= i; j++)
                    for (int64_t c = 0; c < s.HS; c++)
                        out[z((i * s.NH + h) * s.HS + c)] +=
                                p[z(j - first)] / sum * qkv[z(j * row + (s.NH + s.NKV + h / group) * s.HS + c)];
                out[z(N * s.NH * s.HS + h * N + i)] = std::log(sum);
            }
    return out;
}

Ints offsets(const Ints &lengths) {
    Ints cu = {0};
    for (int32_t length : lengths) cu.push_back(cu.back() + length);
    return cu;
}

void attentions() {
    const Shape shapes[] = {{2, 2, 8, 0}, {3, 1, 20, 0}, {4, 2, 36, 7}, {2, 1, 64, 70}, {1, 1, 13, 0}, {2, 2, 33, 1}, {70, 1, 4, 0}};
    for (const Shape &s : shapes) {
        const std::string name = sizes("attention", {s.NH, s.NKV, s.HS, s.window});
        const Ints lengths = {1, 0, 13, 64, 131}, cu = offsets(lengths);
        const int64_t B = 5, N = cu.back(), row = (s.NH + 2 * s.NKV) * s.HS, width = s.NH * s.HS, longest = 131;
        const float scale = 1 / std::sqrt(static_cast<float>(s.HS));
        const Floats qkv = random(N * row), dout = random(N * width);
        Floats out(z(N * width)), lse(z(s.NH * N)), dqkv(z(N * row), NAN), delta(z(s.NH * N));
        ok(reft_attention_forward(out.data(), lse.data(), qkv.data(), cu.data(), B, N, s.NH, s.NKV, s.HS, longest, s.window, scale,
                   REFT_F32, nullptr),
                name);
        const Doubles want = attention(wide(qkv), cu, s);
        Floats both = out;
        both.insert(both.end(), lse.begin(), lse.end());
        close(both, want, 2e-6, name);

        ok(reft_attention_backward(dqkv.data(), delta.data(), dout.data(), qkv.data(), out.data(), lse.data(), cu.data(), B, N, s.NH, s.NKV,
                   s.HS, longest, s.window, scale, REFT_F32, nullptr),
                name);
        for (float value : dqkv)
            if (std::isnan(value)) {
                check(false, name + " writes every gradient");
                break;
            }
        /* Differences by one short sequence at a time: all of a token's gradient comes from its own. */
        for (size_t b : {size_t{0}, size_t{2}, size_t{3}}) {
            const size_t from = z(cu[b] * row), to = z(cu[b + 1] * row);
            const Doubles part(qkv.begin() + static_cast<long>(from), qkv.begin() + static_cast<long>(to));
            const Floats got(dqkv.begin() + static_cast<long>(from), dqkv.begin() + static_cast<long>(to));
            const Floats d(dout.begin() + static_cast<long>(z(cu[b] * width)), dout.begin() + static_cast<long>(z(cu[b + 1] * width)));
            gradient(got, part, [&](const Doubles &at) {
                Doubles y = attention(at, {0, lengths[b]}, s);
                y.resize(d.size());
                return dot(y, d);
            }, 1e-5, name + " backward of sequence" + sizes("", {static_cast<int64_t>(b)}));
        }

        /* One sequence alone has the same bits. */
        Floats alone(z(64 * width));
        const Ints one = {0, 64};
        ok(reft_attention_forward(alone.data(), nullptr, &qkv[z(14 * row)], one.data(), 1, 64, s.NH, s.NKV, s.HS, 64, s.window, scale,
                   REFT_F32, nullptr),
                name);
        same(alone, Floats(out.begin() + static_cast<long>(14 * width), out.begin() + static_cast<long>(78 * width)), name + " alone");

        /* Through a paged cache: prompts of all but the last few tokens, then those one by one, equal to the bit; in a cache of
         * bf16 equal to keys and values that were rounded before. */
        for (int32_t cache_type : {REFT_F32, REFT_BF16}) {
            if (cache_type == REFT_BF16 && s.HS % 2 != 0) continue;
            const std::string through = name + (cache_type == REFT_BF16 ? " cached in bf16" : " cached");
            const int64_t max_blocks = 9, pages = B * max_blocks;
            Floats k_pages(z(pages * s.NKV * REFT_KV_PAGE * s.HS), NAN), v_pages = k_pages, copy = qkv, whole = out;
            if (cache_type == REFT_BF16) {
                Floats near = rounded_bf16(qkv);
                for (int64_t n = 0; n < N; n++) std::copy_n(&qkv[z(n * row)], s.NH * s.HS, &near[z(n * row)]);
                ok(reft_attention_forward(whole.data(), nullptr, near.data(), cu.data(), B, N, s.NH, s.NKV, s.HS, longest, s.window, scale,
                           REFT_F32, nullptr),
                        through);
            }
            Ints table(z(pages)), context(z(B));
            for (int64_t i = 0; i < pages; i++) table[z(i)] = static_cast<int32_t>((i * 7 + 3) % pages);
            std::vector<int64_t> slots;
            for (size_t b = 0; b < lengths.size(); b++)
                for (int64_t t = 0; t < lengths[b]; t++)
                    slots.push_back(table[b * z(max_blocks) + z(t / REFT_KV_PAGE)] * REFT_KV_PAGE + t % REFT_KV_PAGE);
            ok(reft_kv_append(k_pages.data(), v_pages.data(), cache_type, copy.data(), slots.data(), nullptr, nullptr, N, s.NH, s.NKV, s.HS,
                       0, REFT_F32, nullptr),
                    through);
            for (int32_t fresh : {1000, 1, 5}) {
                Ints cu_new = {0};
                Floats q, expected;
                for (size_t b = 0; b < lengths.size(); b++) {
                    const int32_t count = std::min(fresh, lengths[b]);
                    context[b] = lengths[b];
                    cu_new.push_back(cu_new.back() + count);
                    q.insert(q.end(), qkv.begin() + static_cast<long>((cu[b + 1] - count) * row),
                            qkv.begin() + static_cast<long>(cu[b + 1] * row));
                    expected.insert(expected.end(), whole.begin() + static_cast<long>((cu[b + 1] - count) * width),
                            whole.begin() + static_cast<long>(cu[b + 1] * width));
                }
                Floats cached(expected.size());
                ok(reft_attention_cached(cached.data(), q.data(), k_pages.data(), v_pages.data(), cache_type, cu_new.data(), context.data(),
                           table.data(), B, cu_new.back(), max_blocks, longest, s.NH, s.NKV, s.HS, s.window, scale, REFT_F32, nullptr),
                        through);
                same(cached, expected, through + ", new:" + sizes("", {fresh}));
            }
        }
    }
    /* Rotation on the way into the cache is reft_rope's: in the queries, and in the keys, by what attention makes of them. */
    const int64_t N = 5, NH = 2, NKV = 1, HS = 8, row = 32, P = 6;
    const Floats angles = random(P * HS);
    const Ints positions = {0, 1, 2, 3, 5};
    const std::vector<int64_t> slots = {16, 17, 18, 19, 20};
    const Ints whole = {0, 5}, context = {5}, table = {1};
    Floats rotated = random(N * row), appended = rotated, k_pages(z(2 * REFT_KV_PAGE * HS)), v_pages = k_pages, want(z(N * NH * HS)),
           got = want;
    ok(reft_rope(rotated.data(), positions.data(), angles.data(), N, row, NH + NKV, HS, P, 0, REFT_F32, nullptr), "rope");
    ok(reft_kv_append(k_pages.data(), v_pages.data(), REFT_F32, appended.data(), slots.data(), positions.data(), angles.data(), N, NH, NKV,
               HS, P, REFT_F32, nullptr),
            "append");
    same(appended, rotated, "rotation on appending");
    ok(reft_attention_forward(want.data(), nullptr, rotated.data(), whole.data(), 1, N, NH, NKV, HS, N, 0, 0.5f, REFT_F32, nullptr),
            "attention of rotated keys");
    ok(reft_attention_cached(got.data(), appended.data(), k_pages.data(), v_pages.data(), REFT_F32, whole.data(), context.data(),
               table.data(), 1, N, 1, N, NH, NKV, HS, 0, 0.5f, REFT_F32, nullptr),
            "attention of appended keys");
    same(got, want, "rotated keys appended");
    check(reft_kv_append(k_pages.data(), v_pages.data(), REFT_BF16, appended.data(), slots.data(), nullptr, nullptr, N, NH, NKV, 7, P,
                  REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "odd heads in a cache of bf16");
    check(reft_kv_append(k_pages.data(), v_pages.data(), REFT_F16, appended.data(), slots.data(), nullptr, nullptr, N, NH, NKV, HS, P,
                  REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "a cache of fp16");
}

/* ---------------------------------------------------------------- matrix product */

void matmuls() {
    const int64_t all[][3] = {{1, 1, 1}, {1, 207, 13}, {2, 64, 300}, {3, 100, 31}, {13, 13, 13}, {6, 16, 256}, {207, 33, 5}, {31, 20, 600},
            {260, 530, 40}, {500, 7, 260}};
    for (const auto &[M, N, K] : all)
        for (bool ta : {false, true})
            for (bool tb : {false, true}) {
                const std::string name = sizes("matmul", {M, N, K, ta, tb});
                const Floats a = random(M * K), b = random(K * N), start = random(M * N);
                Doubles product(z(M * N));
                for (int64_t m = 0; m < M; m++)
                    for (int64_t k = 0; k < K; k++) {
                        const double x = static_cast<double>(a[z(ta ? k * M + m : m * K + k)]);
                        for (int64_t n = 0; n < N; n++) product[z(m * N + n)] += x * static_cast<double>(b[z(tb ? n * K + k : k * N + n)]);
                    }
                Doubles want = product;
                for (size_t i = 0; i < want.size(); i++) want[i] = 0.5 * want[i] + 2 * static_cast<double>(start[i]);
                Floats out = start, fresh(z(M * N), NAN);
                ok(reft_matmul(out.data(), REFT_F32, a.data(), b.data(), M, N, K, ta, tb, 0.5f, 2, REFT_F32, nullptr), name);
                close(out, want, 1e-6, name);
                ok(reft_matmul(fresh.data(), REFT_F32, a.data(), b.data(), M, N, K, ta, tb, 1, 0, REFT_F32, nullptr), name);
                close(fresh, product, 1e-6, name + " fresh");
                if (tb) {
                    Floats packed(z(reft_packed_size(N, K, REFT_F32))), same_bits(z(M * N), NAN);
                    ok(reft_matmul_pack(packed.data(), REFT_F32, b.data(), N, K, REFT_F32, nullptr), name);
                    ok(reft_matmul(same_bits.data(), REFT_F32, a.data(), packed.data(), M, N, K, ta, REFT_PACKED, 1, 0, REFT_F32, nullptr),
                            name);
                    same(same_bits, fresh, name + " packed");
                }
                if (ta) continue;
                for (int64_t rows : {1, 2, 3, 5}) { /* any few rows alone have the same bits */
                    const int64_t from = M / 2, count = std::min(rows, M - from);
                    Floats some(z(count * N));
                    ok(reft_matmul(some.data(), REFT_F32, &a[z(from * K)], b.data(), count, N, K, 0, tb, 1, 0, REFT_F32, nullptr), name);
                    same(some, Floats(fresh.begin() + static_cast<long>(from * N), fresh.begin() + static_cast<long>((from + count) * N)),
                            name + " rows alone" + sizes("", {count}));
                }
            }
}

/* A linear layer has the bits of its three ops, whatever the form of b, with what is left out and without. */
void linears() {
    const int64_t all[][3] = {
            {1, 1, 1}, {1, 207, 13}, {3, 100, 31}, {6, 16, 256}, {31, 20, 600}, {260, 530, 40}, {3, 40, 530}, {241, 7, 800}};
    for (const auto &[M, N, K] : all)
        for (int32_t kind : {REFT_NONE, REFT_GELU, REFT_GELU_TANH, REFT_RELU})
            for (bool with_bias : {false, true}) {
                const std::string name = sizes("linear", {M, N, K, kind, with_bias});
                const Floats a = random(M * K), b = random(K * N), bias = random(N);
                Floats sum(z(M * N)), want(z(M * N)), packed(z(reft_packed_size(N, K, REFT_F32)));
                ok(reft_matmul(sum.data(), REFT_F32, a.data(), b.data(), M, N, K, 0, REFT_TRANSPOSED, 1, 0, REFT_F32, nullptr), name);
                if (with_bias) ok(reft_bias_forward(sum.data(), bias.data(), M, N, REFT_F32, nullptr), name);
                if (kind == REFT_NONE) want = sum;
                else ok(reft_activation_forward(kind, want.data(), sum.data(), nullptr, M, N, REFT_F32, nullptr), name);
                ok(reft_matmul_pack(packed.data(), REFT_F32, b.data(), N, K, REFT_F32, nullptr), name);
                for (int32_t form : {REFT_TRANSPOSED, REFT_PACKED})
                    for (bool keep : {false, true}) {
                        if (keep && kind == REFT_NONE) continue;
                        Floats out(z(M * N), NAN), before(z(M * N), NAN);
                        ok(reft_linear(out.data(), keep ? before.data() : nullptr, a.data(), form == REFT_PACKED ? packed.data() : b.data(),
                                   with_bias ? bias.data() : nullptr, M, N, K, form, kind, REFT_F32, nullptr),
                                name);
                        same(out, want, name + sizes(" form", {form, keep}));
                        if (keep) same(before, sum, name + sizes(" before, form", {form}));
                    }
            }
}

std::vector<uint16_t> packed_bf16(const Floats &b, int64_t N, int64_t K) {
    std::vector<uint16_t> packed(z(reft_packed_size(N, K, REFT_BF16)));
    ok(reft_matmul_pack(packed.data(), REFT_BF16, b.data(), N, K, REFT_F32, nullptr), sizes("pack bf16", {N, K}));
    return packed;
}

/*
 * By weights in bf16. Products of two bf16 are exact in fp32. A sum of K of them is rounded K times, and once more for every 32 where tiles
 * are added up: each time by at most 2⁻²⁴ of what has been summed, which is never more than S = Σ|a·b|. So it is off by at most
 * (K + K/32 + 1)·2⁻²⁴·S, and by 2⁻¹²⁶ for each product or operand that counts as 0.
 */
void linears_bf16() {
    const int64_t all[][3] = {{1, 1, 1}, {1, 4098, 13}, {2, 33, 2}, {13, 13, 13}, {3, 207, 207}, {14, 32, 32}, {15, 31, 65}, {33, 64, 96},
            {207, 13, 31}, {5, 7, 4098}, {70, 40, 600}, {1, 1, 4098}};
    for (const auto &[M, N, K] : all) {
        const std::string name = sizes("linear bf16", {M, N, K});
        const Floats a = random(M * K), b = random(N * K), bias = random(N), near_a = rounded_bf16(a), near_b = rounded_bf16(b);
        const std::vector<uint16_t> packed = packed_bf16(b, N, K);
        Floats out(z(M * N), NAN);
        ok(reft_linear(out.data(), nullptr, a.data(), packed.data(), nullptr, M, N, K, REFT_PACKED_BF16, REFT_NONE, REFT_F32, nullptr),
                name);
        for (int64_t m = 0; m < M; m++)
            for (int64_t n = 0; n < N; n++) {
                double sum = 0, size = 0;
                for (int64_t k = 0; k < K; k++) {
                    const double product = static_cast<double>(near_a[z(m * K + k)]) * static_cast<double>(near_b[z(n * K + k)]);
                    sum += product;
                    size += std::fabs(product);
                }
                const double bound = static_cast<double>(K + K / 32 + 1) * 0x1p-24 * size + static_cast<double>(K) * 0x1p-126;
                check(std::fabs(static_cast<double>(out[z(m * N + n)]) - sum) <= bound, name + sizes(" element", {m, n}));
            }

        /* Any few rows alone, in any number of threads, beside rows of whatever kind, have the same bits. */
        for (int32_t threads : {1, 3})
            for (int64_t rows : {1, 2, 5, 16, 40}) {
                ok(reft_set_threads(threads), "threads");
                const int64_t from = M / 3, count = std::min(rows, M - from);
                Floats some(z(count * N), NAN);
                ok(reft_linear(some.data(), nullptr, &a[z(from * K)], packed.data(), nullptr, count, N, K, REFT_PACKED_BF16, REFT_NONE,
                           REFT_F32, nullptr),
                        name);
                same(some, Floats(out.begin() + static_cast<long>(from * N), out.begin() + static_cast<long>((from + count) * N)),
                        name + sizes(" rows alone", {rows, threads}));
            }
        ok(reft_set_threads(2), "threads");
        if (M > 1) {
            Floats spoiled = a, after(z(M * N));
            for (int64_t k = 0; k < K; k++) spoiled[z(k)] = k % 2 ? NAN : INFINITY;
            ok(reft_linear(after.data(), nullptr, spoiled.data(), packed.data(), nullptr, M, N, K, REFT_PACKED_BF16, REFT_NONE, REFT_F32,
                       nullptr),
                    name);
            same({after.begin() + static_cast<long>(N), after.end()}, {out.begin() + static_cast<long>(N), out.end()},
                    name + " beside NaN");
        }

        /* Bias and activation are those of fp32, to the bit. */
        for (int32_t kind : {REFT_NONE, REFT_GELU, REFT_GELU_TANH, REFT_RELU})
            for (bool with_bias : {false, true}) {
                Floats sum = out, want(z(M * N)), got(z(M * N), NAN), before(z(M * N), NAN);
                if (with_bias) ok(reft_bias_forward(sum.data(), bias.data(), M, N, REFT_F32, nullptr), name);
                if (kind == REFT_NONE) want = sum;
                else ok(reft_activation_forward(kind, want.data(), sum.data(), nullptr, M, N, REFT_F32, nullptr), name);
                ok(reft_linear(got.data(), kind == REFT_NONE ? nullptr : before.data(), a.data(), packed.data(),
                           with_bias ? bias.data() : nullptr, M, N, K, REFT_PACKED_BF16, kind, REFT_F32, nullptr),
                        name);
                same(got, want, name + sizes(" activation", {kind, with_bias}));
                if (kind != REFT_NONE) same(before, sum, name + sizes(" before activation", {kind, with_bias}));
            }
    }
    /* Halfway cases go to the even neighbour, in both operands; what is exact in bf16 is exact here. */
    const Floats halves = {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 0, -2}, ones = {1, 1, 1, 1};
    for (bool left : {false, true}) {
        float got;
        ok(reft_linear(&got, nullptr, left ? halves.data() : ones.data(), packed_bf16(left ? ones : halves, 1, 4).data(), nullptr, 1, 1, 4,
                   REFT_PACKED_BF16, REFT_NONE, REFT_F32, nullptr),
                "halfway");
        check(got == 1 + (1 + 0x1p-6f) - 2, "rounding to even in a product of bf16");
        const Floats spoiled = {1, NAN, 1, 1};
        ok(reft_linear(&got, nullptr, left ? spoiled.data() : ones.data(), packed_bf16(left ? ones : spoiled, 1, 4).data(), nullptr, 1, 1,
                   4, REFT_PACKED_BF16, REFT_NONE, REFT_F32, nullptr),
                "NaN");
        check(std::isnan(got), "a NaN comes through a product of bf16");
    }
}

/* ---------------------------------------------------------------- heads, losses, optimiser */

/* Log-probability and entropy of one row. */
std::pair<double, double> classify(const Doubles &x, int32_t target, double factor) {
    double highest = -INFINITY, sum = 0, entropy = 0;
    for (double value : x) highest = std::fmax(highest, value * factor);
    for (double value : x) sum += std::exp(value * factor - highest);
    for (double value : x) {
        const double p = std::exp(value * factor - highest) / sum;
        if (p > 0) entropy -= p * std::log(p);
    }
    return {x[z(target)] * factor - highest - std::log(sum), entropy};
}

void classifier() {
    for (int64_t V : {1, 13, 207, 5001}) {
        const int64_t N = 5;
        const float factor = 0.7f;
        Floats logits = random(N * V, 4);
        if (V > 1) logits[0] = -INFINITY, logits[z(V)] = 90, logits[z(V) + 1] = -1e4f;
        Ints targets(z(N));
        for (int32_t &t : targets) t = static_cast<int32_t>(V > 1 ? 1 + generator() % z(V - 1) : 0);
        const Floats d = random(N), dentropy = random(N);
        Floats logprob(z(N)), entropy(z(N)), lse(z(N)), loss(z(N)), dlogits = logits, dloss = logits;
        ok(reft_logprob_forward(logprob.data(), entropy.data(), lse.data(), logits.data(), targets.data(), factor, N, V, REFT_F32, nullptr),
                "logprob");
        ok(reft_logprob_backward(dlogits.data(), targets.data(), lse.data(), d.data(), dentropy.data(), entropy.data(), factor, N, V,
                   REFT_F32, nullptr),
                "logprob backward");
        ok(reft_cross_entropy(loss.data(), dloss.data(), targets.data(), d.data(), N, V, REFT_F32, nullptr), "cross entropy");
        for (int64_t n = 0; n < N; n++) {
            const std::string name = sizes("classifier", {V, n});
            const auto row = [&](const Floats &x) {
                return Floats(x.begin() + static_cast<long>(n * V), x.begin() + static_cast<long>((n + 1) * V));
            };
            const Doubles x = wide(row(logits));
            const auto [want_logprob, want_entropy] = classify(x, targets[z(n)], static_cast<double>(factor));
            const auto [want_loss, unused] = classify(x, targets[z(n)], 1);
            close({logprob[z(n)], entropy[z(n)]}, {want_logprob, want_entropy}, 2e-6, name);
            close({loss[z(n)]}, {-want_loss}, 2e-6, name + " loss");
            if (n == 0 && V > 1) {
                check(row(dlogits)[0] == 0 && row(dloss)[0] == 0, name + " impossible token"); /* no differences at -inf */
                continue;
            }
            gradient(row(dlogits), x, [&](const Doubles &at) {
                const auto [l, e] = classify(at, targets[z(n)], static_cast<double>(factor));
                return l * static_cast<double>(d[z(n)]) + e * static_cast<double>(dentropy[z(n)]);
            }, 2e-6, name + " backward");
            gradient(row(dloss), x, [&](const Doubles &at) { return -classify(at, targets[z(n)], 1).first * static_cast<double>(d[z(n)]); },
                    2e-6, name + " loss backward");

            float single;
            ok(reft_logprob_forward(&single, nullptr, nullptr, &logits[z(n * V)], &targets[z(n)], factor, 1, V, REFT_F32, nullptr), name);
            check(single == logprob[z(n)], name + " alone");
        }
    }
}

void ppo() {
    const Ints cu = {0, 3, 3, 4};
    const Floats score = {1, 9, 0.1f}, old = {-1, -2, -3, -4}, reference = {-1.5f, -1, -3, -2}, values = {0.5f, -0.25f, 1, 2};
    Floats rewards(4), advantages(4), returns(4);
    ok(reft_kl_rewards(rewards.data(), score.data(), old.data(), reference.data(), cu.data(), 0.1f, 3, 4, nullptr), "kl rewards");
    close(rewards, {-0.05, 0.1, 1, 0.3}, 1e-7, "kl rewards");
    ok(reft_gae(advantages.data(), returns.data(), rewards.data(), values.data(), cu.data(), 0.9f, 0.8f, 3, 4, nullptr), "gae");
    const double d2 = 1 - 1, d1 = 0.1 + 0.9 * 1 + 0.25, d0 = -0.05 - 0.9 * 0.25 - 0.5, a1 = d1 + 0.72 * d2, a0 = d0 + 0.72 * a1;
    close(advantages, {a0, a1, d2, 0.3 - 2}, 1e-6, "gae advantages");
    close(returns, {a0 + 0.5, a1 - 0.25, d2 + 1, 0.3}, 1e-6, "gae returns");

    Floats x = random(207, 3), kept = x;
    ok(reft_whiten(x.data(), 0, 207, nullptr), "whiten");
    ok(reft_whiten(kept.data(), 1, 207, nullptr), "whiten");
    double mean = 0, variance = 0;
    for (float value : x) mean += static_cast<double>(value) / 207;
    for (float value : x) variance += static_cast<double>(value) * static_cast<double>(value) / 206;
    check(std::fabs(mean) < 1e-6 && std::fabs(variance - 1) < 1e-5, "whitened");
    for (size_t i = 1; i < 207; i++) check(std::fabs((kept[i] - x[i]) - (kept[0] - x[0])) < 1e-5f, "whitened around its mean");
    float lone = 3;
    ok(reft_whiten(&lone, 0, 1, nullptr), "whiten");
    check(lone == 0, "whitened alone");

    const int64_t n = 207;
    const float clip = 0.2f, clip_high = 0.3f, value_clip = 0.3f, coefficient = 0.1f;
    const Floats logprob = random(n, 0.3), before = random(n, 0.3), advantage = random(n), value = random(n), old_value = random(n, 0.5),
                 target = random(n), weight = random(n);
    Floats dlogprob(z(n)), dvalue(z(n)), pg(z(n)), vf(z(n)), clipped(z(n)), again(z(n));
    ok(reft_ppo_loss(dlogprob.data(), dvalue.data(), pg.data(), vf.data(), clipped.data(), logprob.data(), before.data(), advantage.data(),
               value.data(), old_value.data(), target.data(), weight.data(), clip, clip_high, value_clip, coefficient, n, nullptr),
            "ppo loss");
    ok(reft_ppo_loss(again.data(), nullptr, nullptr, nullptr, nullptr, logprob.data(), before.data(), advantage.data(), nullptr, nullptr,
               nullptr, weight.data(), clip, clip_high, 0, 0, n, nullptr),
            "ppo loss");
    same(again, dlogprob, "ppo loss without values");
    const auto policy = [&](size_t i, double l) {
        const double ratio = std::exp(l - static_cast<double>(before[i])), a = static_cast<double>(advantage[i]);
        return std::fmax(-a * ratio, -a * std::fmin(std::fmax(ratio, 1 - static_cast<double>(clip)), 1 + static_cast<double>(clip_high)));
    };
    const auto critic = [&](size_t i, double v) {
        const double o = static_cast<double>(old_value[i]), r = static_cast<double>(target[i]), c = static_cast<double>(value_clip);
        const double bounded = std::fmin(std::fmax(v, o - c), o + c);
        return 0.5 * std::fmax((v - r) * (v - r), (bounded - r) * (bounded - r));
    };
    Doubles want_pg, want_vf;
    for (size_t i = 0; i < z(n); i++)
        want_pg.push_back(policy(i, static_cast<double>(logprob[i]))), want_vf.push_back(critic(i, static_cast<double>(value[i])));
    close(pg, want_pg, 1e-6, "pg");
    close(vf, want_vf, 1e-6, "vf");
    const auto weighted = [&](const std::function<double(size_t, double)> &f, double factor) {
        return [&, f, factor](const Doubles &at) {
            double sum = 0;
            for (size_t i = 0; i < at.size(); i++) sum += f(i, at[i]) * static_cast<double>(weight[i]) * factor;
            return sum;
        };
    };
    gradient(dlogprob, wide(logprob), weighted(policy, 1), 1e-6, "dlogprob");
    gradient(dvalue, wide(value), weighted(critic, static_cast<double>(coefficient)), 1e-6, "dvalue");

    Floats dkl(z(n)), kl(z(n));
    ok(reft_kl_loss(dkl.data(), kl.data(), logprob.data(), before.data(), weight.data(), coefficient, n, nullptr), "kl loss");
    const auto penalty = [&](size_t i, double l) {
        const double d = static_cast<double>(before[i]) - l;
        return std::exp(d) - 1 - d;
    };
    Doubles want_kl;
    for (size_t i = 0; i < z(n); i++) want_kl.push_back(penalty(i, static_cast<double>(logprob[i])));
    close(kl, want_kl, 1e-6, "kl");
    gradient(dkl, wide(logprob), weighted(penalty, static_cast<double>(coefficient)), 1e-6, "dkl");
    ok(reft_kl_loss(dkl.data(), nullptr, logprob.data(), before.data(), weight.data(), coefficient, n, nullptr), "kl loss");
    gradient(dkl, wide(logprob), weighted(penalty, 2 * static_cast<double>(coefficient)), 1e-6, "dkl is added to");
}

void optimiser() {
    const int64_t n = 40007;
    const Floats grad = random(n);
    Floats total = {1}, norm_scale(2);
    ok(reft_sum_squares(total.data(), grad.data(), n, nullptr), "sum of squares");
    double square = 1;
    for (float g : grad) square += static_cast<double>(g) * static_cast<double>(g);
    close(total, {square}, 1e-7, "sum of squares");
    ok(reft_clip_scale(norm_scale.data(), total.data(), 2, nullptr), "clip scale");
    close(norm_scale, {std::sqrt(square), 2 / (std::sqrt(square) + 1e-6)}, 1e-6, "clip scale");

    Floats p = random(n), m(z(n)), v(z(n)), copy(z(n));
    Doubles wp = wide(p), wm(z(n)), wv(z(n));
    for (int64_t step = 1; step <= 3; step++) {
        ok(reft_adamw(p.data(), grad.data(), m.data(), v.data(), norm_scale.data(), copy.data(), REFT_F32, 1e-2f, 0.9f, 0.95f, 1e-8f, 0.1f,
                   step, n, nullptr),
                "adamw");
        for (size_t i = 0; i < z(n); i++) {
            const double g = static_cast<double>(grad[i]) * static_cast<double>(norm_scale[1]), t = static_cast<double>(step);
            wm[i] = 0.9 * wm[i] + 0.1 * g;
            wv[i] = 0.95 * wv[i] + 0.05 * g * g;
            wp[i] = wp[i] * (1 - 1e-2 * 0.1) - 1e-2 * wm[i] / (1 - std::pow(0.9, t)) / (std::sqrt(wv[i] / (1 - std::pow(0.95, t))) + 1e-8);
        }
    }
    close(p, wp, 1e-6, "adamw");
    same(copy, p, "adamw's copy");
    std::vector<uint16_t> half(z(n)), expected(z(n));
    ok(reft_adamw(p.data(), grad.data(), m.data(), v.data(), nullptr, half.data(), REFT_BF16, 1e-2f, 0.9f, 0.95f, 1e-8f, 0.1f, 4, n,
               nullptr),
            "adamw");
    ok(reft_convert(expected.data(), REFT_BF16, p.data(), REFT_F32, n, nullptr), "convert");
    check(half == expected, "adamw's bf16 copy");

    total[0] = NAN;
    ok(reft_clip_scale(norm_scale.data(), total.data(), 2, nullptr), "clip scale");
    const Floats kept = p;
    ok(reft_adamw(p.data(), grad.data(), m.data(), v.data(), norm_scale.data(), nullptr, 0, 1e-2f, 0.9f, 0.95f, 1e-8f, 0.1f, 5, n, nullptr),
            "adamw");
    check(norm_scale[1] == 0, "a norm that is no number");
    same(p, kept, "adamw skips");
}

/* ---------------------------------------------------------------- sampling */

void sampling() {
    const int64_t V = 40, draws = 4000, seed = 1234567890123;
    const Floats row = random(V, 2);
    Floats logits, logprob(z(draws));
    std::vector<int64_t> sequence;
    Ints position(z(draws), 5), tokens(z(draws));
    for (int64_t i = 0; i < draws; i++) logits.insert(logits.end(), row.begin(), row.end()), sequence.push_back(i);
    struct Cut {
        float temperature;
        int64_t k;
        float p;
    };
    for (const Cut &cut :
            {Cut{1, 0, 1}, Cut{0.7f, 0, 1}, Cut{1, 6, 1}, Cut{1, 0, 0.8f}, Cut{0.7f, 9, 0.9f}, Cut{1, 1, 1}, Cut{1, 0, 1e-6f}}) {
        const std::string name = sizes("sample", {static_cast<int64_t>(cut.temperature * 10), cut.k, static_cast<int64_t>(cut.p * 100)});
        ok(reft_sample(tokens.data(), logprob.data(), logits.data(), cut.temperature, cut.k, cut.p, seed, sequence.data(), position.data(),
                   draws, V, REFT_F32, nullptr),
                name);
        std::vector<size_t> order(z(V));
        for (size_t v = 0; v < order.size(); v++) order[v] = v;
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return row[a] > row[b]; });
        Doubles p(z(V));
        double sum = 0, kept = 0;
        for (size_t i = 0; i < z(V); i++)
            if (cut.k == 0 || i < z(cut.k))
                sum += p[order[i]] = std::exp(static_cast<double>(row[order[i]]) / static_cast<double>(cut.temperature));
        bool reached = false;
        for (size_t v : order) {
            if (reached) p[v] = 0;
            kept += p[v];
            reached |= kept >= static_cast<double>(cut.p) * sum;
        }
        Doubles counts(z(V));
        for (size_t i = 0; i < z(draws); i++) {
            counts[z(tokens[i])]++;
            check(std::fabs(static_cast<double>(logprob[i]) - classify(wide(row), tokens[i], 1).first) < 1e-5, name + " logprob");
        }
        for (size_t v = 0; v < z(V); v++) {
            const double expected = p[v] / kept * static_cast<double>(draws);
            check(p[v] > 0 || counts[v] == 0, name + " draws only what is left");
            check(std::fabs(counts[v] - expected) <= 5 * std::sqrt(expected) + 3,
                    name + " frequency" + sizes("", {static_cast<int64_t>(v)}));
        }
        /* A draw depends on its own row, sequence and position alone. */
        int32_t token;
        float one;
        ok(reft_sample(&token, &one, row.data(), cut.temperature, cut.k, cut.p, seed, &sequence[77], &position[77], 1, V, REFT_F32,
                   nullptr),
                name);
        check(token == tokens[77] && one == logprob[77], name + " alone");
    }

    /* Philox4x32-10's published first word for the zero key and counter is 6627e8d5: u = 0.3990 of four equal parts is 1. */
    const Floats flat(4, 0.5f);
    const int64_t zero = 0;
    const int32_t start = 0;
    int32_t token;
    float l;
    ok(reft_sample(&token, &l, flat.data(), 1, 0, 1, 0, &zero, &start, 1, 4, REFT_F32, nullptr), "philox");
    check(token == 1, "philox");
    Floats ten(1000, -3);
    ok(reft_sample(&token, &l, ten.data(), 1, 0, 1, 0, &zero, &start, 1, 1000, REFT_F32, nullptr), "philox");
    check(token == static_cast<int32_t>(1000.0 * 0x6627e8 / 0x1000000), "philox in 1000 parts");

    Floats ties(2000, 1);
    ties[700] = ties[1999] = 2;
    ok(reft_sample(&token, &l, ties.data(), 0, 0, 1, 0, &zero, &start, 1, 2000, REFT_F32, nullptr), "arg max");
    check(token == 700, "the lowest id among equals");
    ties[1500] = NAN;
    check(reft_sample(&token, &l, ties.data(), 1, 0, 1, 0, &zero, &start, 1, 2000, REFT_F32, nullptr) == REFT_BAD_ARGUMENT, "a NaN logit");
    Floats nothing(3, -INFINITY);
    check(reft_sample(&token, &l, nothing.data(), 1, 0, 1, 0, &zero, &start, 1, 3, REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "nothing to draw");
    nothing[2] = -5;
    ok(reft_sample(&token, &l, nothing.data(), 1, 2, 0.5f, 0, &zero, &start, 1, 3, REFT_F32, nullptr), "the only token");
    check(token == 2, "the only token");
}

/* ---------------------------------------------------------------- threads and arguments */

/* Ops whose bits may not depend on the number of threads, on enough work for several. */
void threads() {
    const int64_t N = 300, C = 256;
    const Floats x = random(N * C), w = random(C * C);
    const Ints cu = {0, 100, 300};
    const auto run = [&](int32_t count) {
        ok(reft_set_threads(count), "threads");
        Floats out(z(N * C)), attended(z(N * 128)), squares(1), sums(z(C));
        ok(reft_matmul(out.data(), REFT_F32, x.data(), w.data(), N, C, C, 0, 1, 1, 0, REFT_F32, nullptr), "matmul");
        ok(reft_attention_forward(attended.data(), nullptr, x.data(), cu.data(), 2, N, 4, 2, 32, 200, 0, 0.2f, REFT_F32, nullptr),
                "attention");
        ok(reft_sum_squares(squares.data(), x.data(), N * C, nullptr), "sum of squares");
        ok(reft_bias_backward(sums.data(), x.data(), N, C, REFT_F32, nullptr), "bias backward");
        for (const Floats &more : {attended, squares, sums}) out.insert(out.end(), more.begin(), more.end());
        return out;
    };
    const Floats one = run(1);
    same(run(2), one, "two threads");
    same(run(3), one, "three threads");
    ok(reft_set_threads(2), "threads");
}

void arguments() {
    float x[16] = {};
    int32_t ids[4] = {0, 1, 2, 7};
    check(reft_add(nullptr, x, 4, REFT_F32, nullptr) == REFT_BAD_ARGUMENT, "a NULL");
    check(strstr(reft_last_error(), "reft_add(n=4)") != nullptr, "the error names the op and its sizes");
    check(reft_add(x, x, -1, REFT_F32, nullptr) == REFT_BAD_ARGUMENT, "a negative size");
    check(reft_add(x, x, 4, REFT_BF16, nullptr) == REFT_UNSUPPORTED, "bf16");
    check(reft_add(x, x, 4, 9, nullptr) == REFT_BAD_ARGUMENT, "an unknown dtype");
    ok(reft_add(nullptr, nullptr, 0, REFT_F32, nullptr), "nothing to do");
    check(reft_embedding_forward(x, ids, nullptr, x, nullptr, 0, 4, 4, 4, 0, REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "an id past the vocabulary");
    check(reft_activation_forward(5, x, x, nullptr, 2, 2, REFT_F32, nullptr) == REFT_BAD_ARGUMENT, "an unknown activation");
    check(reft_layernorm_forward(x, nullptr, nullptr, nullptr, x, x, nullptr, nullptr, 0, 2, 2, REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "no place for the sum");
    const int32_t falling[] = {0, 3, 2, 4}, shifted[] = {1, 2, 3, 4};
    check(reft_gae(x, x, x, x, falling, 1, 1, 3, 4, nullptr) == REFT_BAD_ARGUMENT, "offsets that fall");
    check(reft_gae(x, x, x, x, shifted, 1, 1, 3, 4, nullptr) == REFT_BAD_ARGUMENT, "offsets that do not start at 0");
    check(reft_attention_forward(x, nullptr, x, shifted, 1, 1, 3, 2, 1, 1, 0, 1, REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "heads that do not divide");
    check(reft_adamw(x, x, x, x, nullptr, nullptr, 0, 1, 0.9f, 0.9f, 0, 0, 0, 4, nullptr) == REFT_BAD_ARGUMENT, "step 0");
    check(reft_rope(x, ids, x, 1, 3, 1, 3, 4, 0, REFT_F32, nullptr) == REFT_BAD_ARGUMENT, "an odd head");
    check(reft_set_threads(0) == REFT_BAD_ARGUMENT && reft_set_isa("mmx") == REFT_UNSUPPORTED && reft_set_isa(nullptr) == REFT_BAD_ARGUMENT,
            "settings");
    check(reft_matmul(x, REFT_BF16, x, x, 1, 1, 1, 0, 0, 1, 0, REFT_F32, nullptr) == REFT_UNSUPPORTED, "bf16 products");
    check(reft_matmul(x, REFT_F32, x, x, 1, 1, 1, 0, REFT_PACKED_BF16, 1, 0, REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "weights in bf16 are for linear layers");
    check(reft_matmul_pack(x, REFT_F16, x, 1, 1, REFT_F32, nullptr) == REFT_BAD_ARGUMENT, "weights packed in fp16");
    check(reft_linear(x, nullptr, x, x, nullptr, 1, 1, 1, REFT_PLAIN, REFT_NONE, REFT_F32, nullptr) == REFT_BAD_ARGUMENT, "a plain b");
    check(reft_linear(x, nullptr, x, x, nullptr, 1, 1, 1, REFT_TRANSPOSED, 3, REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "a layer's unknown activation");
    check(reft_linear(x, x + 1, x, x, nullptr, 1, 1, 1, REFT_TRANSPOSED, REFT_NONE, REFT_F32, nullptr) == REFT_BAD_ARGUMENT,
            "before without activation");
    check(reft_abi_version() == REFT_ABI_VERSION, "version");
}

}  // namespace

int main() {
    for (const char *name : {"scalar", "avx2", "avx512"}) {
        isa = name;
        if (reft_set_isa(name) != REFT_OK) continue;
        for (void (*test)() : {basics, embedding, norms, mlp, rotary, attentions, matmuls, linears, linears_bf16, classifier, ppo,
                     optimiser, sampling, threads, arguments})
            test();
        printf("%s: %s\n", reft_describe(), failures ? "FAILED" : "passed");
    }
    /* Another set's but for these. */
    for (const char *name : {"avx512_bf16", "amx", "amx_emulated"}) {
        isa = name;
        if (reft_set_isa(name) != REFT_OK) continue;
        linears_bf16();
        printf("%s: %s\n", reft_describe(), failures ? "FAILED" : "passed");
    }
    return failures > 100 ? 100 : failures;
}
