/*
 * A program that checks matmul and attention on the emulator, at small odd shapes: against sums in double, and for what
 * reft.h calls row-invariant bit by bit: a row of a product alone and among others, a token's attention in training,
 * prefilling and decoding, with splits and without.
 */
#include "common.cuh"

#include <stdio.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace reft;

namespace {

int failures = 0;
std::mt19937 generator(1);

float normal() {
    static std::normal_distribution<float> distribution;
    return distribution(generator);
}

/* A tensor of REFT_F32 or REFT_BF16 whose elements are read and written in fp32; `offset` bytes from 16-byte alignment. */
class Tensor {
public:
    const int64_t n;
    const int32_t dtype;

    Tensor(int64_t size, int32_t type, float fill, int offset = 0) : n(size), dtype(type), memory(static_cast<size_t>(size) * 4 + 48) {
        base = memory.data() + (16 - reinterpret_cast<uintptr_t>(memory.data()) % 16) + offset;
        for (int64_t i = 0; i < n; i++) set(i, fill);
    }
    Tensor(const Tensor &) = delete;
    Tensor &randomise(float scale = 1) {
        for (int64_t i = 0; i < n; i++) set(i, normal() * scale);
        return *this;
    }
    void copy(const std::vector<float> &values) {
        for (int64_t i = 0; i < n; i++) set(i, values[static_cast<size_t>(i)]);
    }
    void *at(int64_t i = 0) { return base + i * (dtype == REFT_BF16 ? 2 : 4); }
    float operator[](int64_t i) const {
        if (dtype == REFT_F32) return read<float>(i);
        return to_float(read<bf16>(i));
    }
    void set(int64_t i, float x) {
        if (dtype == REFT_F32) write(i, x);
        else write(i, from_float<bf16>(x));
    }

private:
    std::vector<unsigned char> memory;
    unsigned char *base;

    template <class T>
    T read(int64_t i) const {
        T x;
        memcpy(&x, base + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
        return x;
    }
    template <class T>
    void write(int64_t i, T x) {
        memcpy(base + i * static_cast<int64_t>(sizeof(T)), &x, sizeof(T));
    }
};

void expect(bool good, const std::string &what, double found, double allowed) {
    if (good) return;
    failures++;
    printf("FAILED: %s: %g, allowed %g\n", what.c_str(), found, allowed);
}

/* Of x against the truth: the size of the difference by the size of the truth, and its worst element by the root mean
 * square of the truth. NaN is never good. */
template <class X>
void expect_close(const std::string &what, const X &x, const std::vector<double> &truth, double allowed) {
    double difference = 0, size = 0, worst = 0;
    for (size_t i = 0; i < truth.size(); i++) {
        const double d = x[static_cast<int64_t>(i)] - truth[i];
        difference += d * d;
        size += truth[i] * truth[i];
        worst = std::isnan(d) ? INFINITY : std::max(worst, std::fabs(d));
    }
    const double relative = std::sqrt(difference / (size + 1e-30)),
                 peak = worst / (std::sqrt(size / static_cast<double>(truth.size())) + 1e-30);
    expect(relative <= allowed, what, relative, allowed);
    expect(peak <= 30 * allowed, what + ", worst element", peak, 30 * allowed);
}

template <class Body>
void run(const std::string &what, Body body) {
    try {
        body();
    } catch (const Failure &failure) {
        failures++;
        printf("FAILED: %s: %s\n", what.c_str(), failure.text.c_str());
    }
}

const char *name(int32_t dtype) { return dtype == REFT_F32 ? "fp32" : "bf16"; }

/* bf16 rounds by up to 2⁻⁹; sums are in fp32 everywhere. */
double allowed(int32_t dtype) { return dtype == REFT_F32 ? 2e-6 : 4e-3; }

/* ---------------------------------------------------------------- products */

/* alpha·op(a)·op(b) + beta·out. */
std::vector<double> product_in_double(const Tensor &a, const Tensor &b, const Tensor &out, int64_t M, int64_t N, int64_t K,
        bool transpose_a, bool transpose_b, float alpha, float beta) {
    std::vector<double> truth(static_cast<size_t>(M * N));
    for (int64_t m = 0; m < M; m++) {
        for (int64_t n = 0; n < N; n++) {
            double sum = 0;
            for (int64_t k = 0; k < K; k++)
                sum += static_cast<double>(a[transpose_a ? k * M + m : m * K + k]) * b[transpose_b ? n * K + k : k * N + n];
            truth[static_cast<size_t>(m * N + n)] = alpha * sum + (beta != 0 ? beta * out[m * N + n] : 0);
        }
    }
    return truth;
}

void check_product(int64_t M, int64_t N, int64_t K, bool transpose_a, bool transpose_b, int32_t dtype, int32_t out_type, float alpha,
        float beta, int offset = 0) {
    const std::string what = "matmul " + std::to_string(M) + "×" + std::to_string(N) + "×" + std::to_string(K) +
                             (transpose_a ? " T" : " N") + (transpose_b ? "T " : "N ") + name(dtype) + " to " + name(out_type);
    Tensor a(M * K, dtype, 0, offset), b(K * N, dtype, 0), out(M * N, out_type, NAN);
    a.randomise();
    b.randomise();
    if (beta != 0) out.randomise();
    const std::vector<double> truth = product_in_double(a, b, out, M, N, K, transpose_a, transpose_b, alpha, beta);
    run(what, [&] { matmul(out.at(), out_type, a.at(), b.at(), M, N, K, transpose_a, transpose_b, alpha, beta, dtype, nullptr); });
    expect_close(what, out, truth, allowed(out_type));
    if (transpose_a || beta != 0) return;
    for (const int64_t m : {int64_t{0}, M / 2, M - 1}) {
        Tensor alone(N, out_type, NAN);
        run(what, [&] { matmul(alone.at(), out_type, a.at(m * K), b.at(), 1, N, K, false, transpose_b, alpha, 0, dtype, nullptr); });
        expect(memcmp(alone.at(), out.at(m * N), static_cast<size_t>(N) * (out_type == REFT_F32 ? 4 : 2)) == 0,
                what + ": a row alone has other bits", 1, 0);
    }
}

/* f(x) of a REFT_… activation. */
double activation(int32_t kind, double x) {
    switch (kind) {
    case REFT_GELU: return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case REFT_GELU_TANH: return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case REFT_RELU: return std::max(x, 0.0);
    default: return x;
    }
}

void check_linear(int64_t M, int64_t N, int64_t K, int32_t kind, bool with_bias, bool keep, int32_t dtype, int offset = 0) {
    const std::string what = "linear " + std::to_string(M) + "×" + std::to_string(N) + "×" + std::to_string(K) + " " + name(dtype) +
                             ", activation " + std::to_string(kind) + (with_bias ? ", bias" : "") + (keep ? ", kept" : "");
    Tensor a(M * K, dtype, 0, offset), b(N * K, dtype, 0), bias(N, dtype, 0), out(M * N, dtype, NAN), before(M * N, dtype, NAN);
    a.randomise(1 / std::sqrt(static_cast<float>(K)));
    b.randomise();
    bias.randomise();
    std::vector<double> sums(static_cast<size_t>(M * N)), truth(sums.size());
    for (int64_t m = 0; m < M; m++) {
        for (int64_t n = 0; n < N; n++) {
            double sum = with_bias ? bias[n] : 0;
            for (int64_t k = 0; k < K; k++) sum += static_cast<double>(a[m * K + k]) * b[n * K + k];
            sums[static_cast<size_t>(m * N + n)] = sum;
            truth[static_cast<size_t>(m * N + n)] = activation(kind, sum);
        }
    }
    run(what, [&] {
        linear(out.at(), keep ? before.at() : nullptr, a.at(), b.at(), with_bias ? bias.at() : nullptr, M, N, K, kind, dtype, nullptr);
    });
    expect_close(what, out, truth, 2 * allowed(dtype)); /* the sum is rounded, and f of it */
    if (keep) expect_close(what + ": before", before, sums, allowed(dtype));
    for (const int64_t m : {int64_t{0}, M - 1}) {
        Tensor alone(N, dtype, NAN);
        run(what,
                [&] { linear(alone.at(), nullptr, a.at(m * K), b.at(), with_bias ? bias.at() : nullptr, 1, N, K, kind, dtype, nullptr); });
        expect(memcmp(alone.at(), out.at(m * N), static_cast<size_t>(N) * (dtype == REFT_F32 ? 4 : 2)) == 0,
                what + ": a row alone has other bits", 1, 0);
    }
}

void check_linears(const char *isa) {
    reft_set_isa(isa);
    for (int32_t kind : {REFT_NONE, REFT_GELU, REFT_GELU_TANH, REFT_RELU}) {
        const bool keep = kind != REFT_NONE;
        check_linear(136, 136, 72, kind, true, keep, REFT_BF16);     /* wide tiles, or the square ones */
        check_linear(72, 40, 136, kind, true, false, REFT_BF16);
        check_linear(5, 72, 136, kind, true, keep, REFT_BF16);       /* the short ones */
        check_linear(13, 7, 207, kind, true, keep, REFT_BF16, 2);    /* not aligned */
        check_linear(67, 65, 33, kind, true, keep, REFT_F32);
    }
    check_linear(33, 29, 40, REFT_GELU, false, true, REFT_BF16);
    check_linear(33, 29, 40, REFT_RELU, false, true, REFT_F32);
}

void check_products(const char *isa) {
    reft_set_isa(isa);
    for (int layout = 0; layout < 4; layout++) {
        const bool ta = layout & 1, tb = layout & 2;
        const int32_t common = ta ? REFT_F32 : REFT_BF16; /* has more kernels than the other type */
        check_product(264, 136, 200, ta, tb, REFT_BF16, common, 0.5f, 0);     /* wide tiles */
        check_product(264, 136, 72, ta, tb, REFT_BF16, common, 1, 1);
        check_product(72, 40, 136, ta, tb, REFT_BF16, common, 1, 0);          /* middle */
        check_product(72, 40, 136, ta, tb, REFT_BF16, REFT_F32, 1, 0, 2);     /* the same, not aligned */
        check_product(104, 296, 136, ta, tb, REFT_BF16, common, 1, 1);     /* square, on sm_90a */
        check_product(13, 7, 207, ta, tb, REFT_BF16, REFT_F32, 1, 0.5f);
        check_product(67, 65, 33, ta, tb, REFT_BF16, REFT_F32, 1, 0);
        check_product(1, 1, 1, ta, tb, REFT_BF16, REFT_BF16, 1, 0);
        check_product(67, 65, 33, ta, tb, REFT_F32, REFT_F32, 1.25f, 0.5f);
        check_product(129, 33, 17, ta, tb, REFT_F32, REFT_BF16, 1, 0);
    }
    check_product(16, 72, 520, false, true, REFT_BF16, REFT_BF16, 1, 0);      /* the short ones */
    check_product(3, 33, 1416, false, true, REFT_BF16, REFT_BF16, 1, 0);
    check_product(60, 72, 520, false, true, REFT_BF16, REFT_BF16, 1, 0);
    check_product(300, 136, 264, false, true, REFT_BF16, REFT_BF16, 1, 0);     /* rows of wide tiles alone in short ones */
    check_product(136, 1290, 72, false, true, REFT_BF16, REFT_BF16, 1, 0);    /* more tiles than multiprocessors */
}

/* ---------------------------------------------------------------- every tile */

/* The tiles of an instruction set; those from `few` on are for few rows of x·Wᵀ alone. */
struct Tiles {
    const char *isa;
    std::vector<const char *> names;
    size_t few;
    int64_t rows; /* that the few are for */
};

void force(const char *isa, const char *tile) {
    reft_set_isa(isa);
    reft_set_debug((std::string("multiprocessors=2,tile=") + tile).c_str()); /* blocks that go from tile to tile */
}

/* All tiles give the sums in double, and the same bits. */
template <class Product>
void check_tiles(const Tiles &of, const std::string &what, int64_t M, bool few_too, int32_t out_type, int64_t elements, Product product) {
    std::vector<std::vector<unsigned char>> results;
    for (size_t i = 0; i < of.names.size(); i++) {
        if (i >= of.few && (!few_too || M > of.rows)) continue;
        force(of.isa, of.names[i]);
        Tensor out(elements, out_type, NAN);
        product(out, std::string(of.names[i]) + ": ");
        const unsigned char *bytes = static_cast<const unsigned char *>(out.at());
        results.emplace_back(bytes, bytes + elements * (out_type == REFT_F32 ? 4 : 2));
        expect(results.back() == results.front(), what + " by " + of.names[i] + " has other bits than by " + of.names[0], 1, 0);
    }
    reft_set_debug("");
}

void check_every_tile() {
    const Tiles all[] = {{"sm_80", {"wide", "middle", "short", "shortest"}, 2, 16}, {"auto", {"wide", "square", "low", "narrow"}, 3, 64}};
    for (const Tiles &of : all) {
        for (const int64_t M : {int64_t{200}, of.rows - 3}) {
            const int64_t N = M == 200 ? 264 : 520, K = 72;
            for (int layout = 0; layout < 4; layout++) {
                const bool ta = layout & 1, tb = layout & 2, few = !ta && tb;
                if (ta && M % 8 != 0) continue;
                for (const int32_t out_type : {REFT_BF16, REFT_F32}) {
                    if (out_type == REFT_BF16 ? ta : ta == tb) continue; /* not among the common ones */
                    for (const float beta : {0.0f, 1.0f}) {
                        std::vector<float> x(static_cast<size_t>(M * K)), w(static_cast<size_t>(N * K)), old(static_cast<size_t>(M * N));
                        for (std::vector<float> *of_these : {&x, &w, &old})
                            for (float &value : *of_these) value = normal();
                        const std::string name_of = std::string(of.isa) + " matmul " + std::to_string(M) + (ta ? " T" : " N") +
                                                    (tb ? "T to " : "N to ") + name(out_type) + ", beta " +
                                                    std::to_string(static_cast<int>(beta));
                        Tensor a(M * K, REFT_BF16, 0), b(N * K, REFT_BF16, 0);
                        a.copy(x);
                        b.copy(w);
                        std::vector<double> truth;
                        check_tiles(of, name_of, M, few, out_type, M * N, [&](Tensor &out, const std::string &tile) {
                            if (beta != 0) out.copy(old);
                            if (truth.empty()) truth = product_in_double(a, b, out, M, N, K, ta, tb, 1, beta);
                            const int64_t before = emulated::count.warpgroup_operations;
                            run(tile + name_of,
                                    [&] { matmul(out.at(), out_type, a.at(), b.at(), M, N, K, ta, tb, 1, beta, REFT_BF16, nullptr); });
                            expect((emulated::count.warpgroup_operations > before) == hopper(), tile + name_of + ": on warpgroups", 0, 1);
                            expect_close(tile + name_of, out, truth, allowed(out_type));
                        });
                    }
                }
            }
        }
        for (const int32_t kind : {REFT_NONE, REFT_GELU, REFT_GELU_TANH, REFT_RELU}) {
            for (const size_t tile : {size_t{0}, size_t{1}, of.few - 1, of.few, of.names.size() - 1}) {
                force(of.isa, of.names[tile]);
                check_linear(tile < of.few ? 136 : 13, 264, 40, kind, true, kind != REFT_NONE, REFT_BF16);
            }
        }
        reft_set_debug("");
    }
}

/* ---------------------------------------------------------------- attention */

struct Shape {
    std::vector<int> lengths;
    int NH, NKV, HS, window;
    int32_t dtype;
    std::vector<int> fresh; /* how many of each sequence's tokens are new to the cached op */
    int offset = 0;

    int64_t row() const { return int64_t{NH + 2 * NKV} * HS; }
    int64_t out_row() const { return int64_t{NH} * HS; }
    std::string text() const {
        std::string s = std::string("attention ") + name(dtype) + ", heads " + std::to_string(NH) + "/" + std::to_string(NKV) + " of " +
                        std::to_string(HS) + ", window " + std::to_string(window) + ", lengths";
        for (int T : lengths) s += " " + std::to_string(T);
        return s;
    }
};

/* out, lse and dqkv of the sequence that starts at token `start`, in double. */
struct Truth {
    std::vector<double> out, lse, dqkv;

    void add(const Shape &of, const Tensor &qkv, const Tensor &dout, int64_t N, int64_t start, int T) {
        const double scale = 1 / std::sqrt(of.HS);
        std::vector<double> p(static_cast<size_t>(T));
        for (int h = 0; h < of.NH; h++) {
            const int64_t k_head = int64_t{of.NH + h / (of.NH / of.NKV)} * of.HS, v_head = k_head + int64_t{of.NKV} * of.HS;
            for (int i = 0; i < T; i++) {
                const int64_t q = (start + i) * of.row() + h * of.HS, y = (start + i) * of.out_row() + h * of.HS;
                const int oldest = of.window > 0 ? std::max(0, i - of.window + 1) : 0;
                double total = 0, delta = 0;
                for (int j = oldest; j <= i; j++) {
                    double score = 0;
                    for (int c = 0; c < of.HS; c++) score += static_cast<double>(qkv[q + c]) * qkv[(start + j) * of.row() + k_head + c];
                    total += p[static_cast<size_t>(j)] = std::exp(score * scale);
                }
                lse[static_cast<size_t>(h * N + start + i)] = std::log(total);
                for (int c = 0; c < of.HS; c++) {
                    double sum = 0;
                    for (int j = oldest; j <= i; j++) sum += p[static_cast<size_t>(j)] / total * qkv[(start + j) * of.row() + v_head + c];
                    out[static_cast<size_t>(y + c)] = sum;
                    delta += sum * dout[y + c];
                }
                for (int j = oldest; j <= i; j++) {
                    const int64_t k = (start + j) * of.row() + k_head, v = (start + j) * of.row() + v_head;
                    const double probability = p[static_cast<size_t>(j)] / total;
                    double dp = 0;
                    for (int c = 0; c < of.HS; c++) dp += static_cast<double>(dout[y + c]) * qkv[v + c];
                    const double ds = probability * (dp - delta) * scale;
                    for (int c = 0; c < of.HS; c++) {
                        dqkv[static_cast<size_t>(q + c)] += ds * qkv[k + c];
                        dqkv[static_cast<size_t>(k + c)] += ds * qkv[q + c];
                        dqkv[static_cast<size_t>(v + c)] += probability * dout[y + c];
                    }
                }
            }
        }
    }
};

/* The same tokens through pages, against what the packed forward made of them. */
void check_cached(const Shape &of, const Tensor &qkv, Tensor &out, const std::vector<int32_t> &cu_seqlens) {
    const int B = static_cast<int>(of.lengths.size()), longest = *std::max_element(of.lengths.begin(), of.lengths.end());
    const int max_blocks = longest / REFT_KV_PAGE + 2, pages = B * max_blocks + 3;
    Tensor k_pages(int64_t{pages} * of.NKV * REFT_KV_PAGE * of.HS, of.dtype, NAN), v_pages(k_pages.n, of.dtype, NAN);
    std::vector<int32_t> block_table(static_cast<size_t>(B * max_blocks), -1), context(of.lengths.begin(), of.lengths.end()), cu_new = {0};
    int64_t next_page = pages;
    for (int b = 0; b < B; b++) {
        cu_new.push_back(cu_new.back() + of.fresh[static_cast<size_t>(b)]);
        for (int t = 0; t < context[static_cast<size_t>(b)]; t++) {
            if (t % REFT_KV_PAGE == 0)
                block_table[static_cast<size_t>(b * max_blocks + t / REFT_KV_PAGE)] = static_cast<int32_t>(--next_page);
            for (int64_t i = 0; i < int64_t{of.NKV} * of.HS; i++) {
                const int64_t from = (cu_seqlens[static_cast<size_t>(b)] + t) * of.row() + of.out_row() + i;
                const int64_t to = ((next_page * of.NKV + i / of.HS) * REFT_KV_PAGE + t % REFT_KV_PAGE) * of.HS + i % of.HS;
                k_pages.set(to, qkv[from]);
                v_pages.set(to, qkv[from + int64_t{of.NKV} * of.HS]);
            }
        }
    }
    const int64_t N = cu_new.back();
    Tensor q(N * of.row(), of.dtype, NAN), cached(N * of.out_row(), of.dtype, NAN);
    auto first_new = [&](size_t b) { return int64_t{cu_seqlens[b + 1] - of.fresh[b]}; };
    for (size_t b = 0; b < of.lengths.size(); b++)
        for (int t = 0; t < of.fresh[b]; t++)
            for (int64_t i = 0; i < of.out_row(); i++) q.set((cu_new[b] + t) * of.row() + i, qkv[(first_new(b) + t) * of.row() + i]);
    run(of.text() + ", cached", [&] {
        attention_cached(cached.at(), q.at(), k_pages.at(), v_pages.at(), cu_new.data(), context.data(), block_table.data(), B, N,
                max_blocks, longest, of.NH, of.NKV, of.HS, of.window, 1 / std::sqrt(static_cast<float>(of.HS)), of.dtype, nullptr);
    });
    for (size_t b = 0; b < of.lengths.size(); b++)
        expect(memcmp(cached.at(cu_new[b] * of.out_row()), out.at(first_new(b) * of.out_row()),
                       static_cast<size_t>(of.fresh[b] * of.out_row()) * (of.dtype == REFT_F32 ? 4 : 2)) == 0,
                of.text() + ", cached: other bits than in training, sequence " + std::to_string(b), 1, 0);
}

void check_attention(const Shape &of) {
    std::vector<int32_t> cu_seqlens = {0};
    for (int T : of.lengths) cu_seqlens.push_back(cu_seqlens.back() + T);
    const int64_t B = static_cast<int64_t>(of.lengths.size()), N = cu_seqlens.back();
    const int64_t longest = *std::max_element(of.lengths.begin(), of.lengths.end());
    const float scale = 1 / std::sqrt(static_cast<float>(of.HS));
    Tensor qkv(N * of.row(), of.dtype, 0, of.offset), dout(N * of.out_row(), of.dtype, 0), out(dout.n, of.dtype, NAN),
            dqkv(qkv.n, of.dtype, NAN);
    Tensor lse(of.NH * N, REFT_F32, NAN), delta(lse.n, REFT_F32, NAN);
    qkv.randomise(1.5f);
    dout.randomise();
    Truth truth = {std::vector<double>(static_cast<size_t>(out.n)), std::vector<double>(static_cast<size_t>(lse.n)),
            std::vector<double>(static_cast<size_t>(qkv.n))};
    for (size_t b = 0; b < of.lengths.size(); b++) truth.add(of, qkv, dout, N, cu_seqlens[b], of.lengths[b]);

    run(of.text(), [&] {
        attention_forward(out.at(), static_cast<float *>(lse.at()), qkv.at(), cu_seqlens.data(), B, N, of.NH, of.NKV, of.HS, longest,
                of.window, scale, of.dtype, nullptr);
        attention_backward(dqkv.at(), static_cast<float *>(delta.at()), dout.at(), qkv.at(), out.at(), static_cast<float *>(lse.at()),
                cu_seqlens.data(), B, N, of.NH, of.NKV, of.HS, longest, of.window, scale, of.dtype, nullptr);
    });
    expect_close(of.text() + ": out", out, truth.out, allowed(of.dtype));
    expect_close(of.text() + ": lse", lse, truth.lse, 2e-6);
    expect_close(of.text() + ": dqkv", dqkv, truth.dqkv, 2 * allowed(of.dtype)); /* P and dS are rounded too */
    if (!of.fresh.empty()) check_cached(of, qkv, out, cu_seqlens);
}

void check_attentions() {
    for (const char *isa : {"sm_80", "auto"}) { /* heads that take most shared memory, where there is least of it */
        reft_set_isa(isa);
        check_attention({{19, 35}, 2, 1, 256, 0, REFT_BF16, {}});
        check_attention({{19}, 1, 1, 250, 0, REFT_F32, {}});
    }
    for (int HS : {32, 64, 80, 96, 128}) check_attention({{70, 1, 37}, 2, 1, HS, 0, REFT_BF16, {1, 1, 1}});
    check_attention({{130, 5, 0, 64}, 2, 2, 64, 0, REFT_BF16, {130, 5, 0, 64}}); /* prefilling */
    check_attention({{130, 33}, 6, 2, 32, 20, REFT_BF16, {2, 1}});               /* windows */
    check_attention({{150, 64, 65}, 3, 1, 32, 70, REFT_BF16, {150, 64, 3}});
    check_attention({{600, 513}, 2, 1, 32, 0, REFT_BF16, {1, 1}}); /* splits in blocks of their own, one with a single key */
    check_attention({{300, 270, 17}, 3, 3, 32, 0, REFT_BF16, {1, 1, 1}}); /* splits in one block */
    check_attention({{300}, 2, 1, 32, 270, REFT_BF16, {20}});
    check_attention({{40, 23}, 2, 1, 40, 0, REFT_BF16, {3, 1}}); /* the plain kernels */
    check_attention({{40, 23}, 2, 1, 64, 0, REFT_BF16, {}, 2});
    check_attention({{70, 1, 37}, 4, 2, 20, 0, REFT_F32, {1, 1, 1}});
    check_attention({{45, 9}, 3, 3, 64, 11, REFT_F32, {45, 9}});
    check_attention({{33}, 2, 1, 128, 0, REFT_F32, {2}});
}

}  // namespace

/* Without arguments all of it, else the parts that are named. */
int main(int argc, char **argv) {
    static std::vector<unsigned char> memory((4 << 20) + 256);
    reft_set_workspace(memory.data() + (256 - reinterpret_cast<uintptr_t>(memory.data()) % 256), 4 << 20);
    const std::vector<std::string> names(argv + 1, argv + argc);
    auto part = [&](const char *name, auto check) {
        if (names.empty() || std::find(names.begin(), names.end(), name) != names.end()) check();
    };
    for (const char *isa : {"sm_80", "auto"}) {
        part("products", [&] { check_products(isa); });
        part("linears", [&] { check_linears(isa); });
    }
    part("tiles", check_every_tile);
    part("attention", check_attentions);
    if (failures) printf("%d failed\n", failures);
    return failures != 0;
}
