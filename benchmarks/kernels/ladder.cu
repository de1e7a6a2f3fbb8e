/*
 * The ladders: the versions of an op that were tried, one after the other, and then the one in kernels/, at the same shapes.
 *
 *   ladder [OP…]     matmul, classifier, attention_cached; all of them by default
 *
 * Every rung is checked: at small odd shapes against the op in double, at large ones against the version in kernels/. On a GPU
 * the large shapes are timed too, and a table goes to standard output, then each of its rows as a line of JSON. Times are
 * medians by CUDA events; ops that memory bounds find nothing in L2. The share of the floor is known for GPUs with known floors.
 * Exit code: 0; 1 where a rung is wrong or the device fails; 2 for wrong use and where there is no GPU.
 *
 * Compiled by the host compiler for native/emulator it has the small shapes alone: no rung can rot where there is no GPU.
 *
 * Left out: a search for the best tiles, other layouts of the product, gradients.
 */
#include "attention_cached/01_block_a_head.cu"
#include "attention_cached/02_online_softmax.cu"
#include "attention_cached/03_split_keys.cu"
#include "classifier/01_three_passes.cu"
#include "classifier/02_two_passes.cu"
#include "classifier/03_row_in_shared_memory.cu"
#include "matmul/01_naive.cu"
#include "matmul/02_shared_tiles.cu"
#include "matmul/03_tensor_cores.cu"
#include "matmul/04_swizzle.cu"

#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace reft;

namespace {

/* ---------------------------------------------------------------- the device */

#ifdef REFT_EMULATED
void *allocate(size_t bytes) { return aligned_alloc(256, ceil_div<size_t>(bytes, 256) * 256); }
void release(void *memory) { free(memory); }
void copy(void *to, const void *from, size_t bytes) { memcpy(to, from, bytes); }
void spoil(void *memory, size_t bytes) { memset(memory, 0xff, bytes); }
#else
void *allocate(size_t bytes) {
    void *memory;
    check(cudaMalloc(&memory, bytes), "memory for the operands");
    return memory;
}
void release(void *memory) { cudaFree(memory); }
void copy(void *to, const void *from, size_t bytes) { check(cudaMemcpy(to, from, bytes, cudaMemcpyDefault), "copy"); }
void spoil(void *memory, size_t bytes) { check(cudaMemset(memory, 0xff, bytes), "fill"); }
#endif

/* Memory of the device; filled with NaN at first. */
class Memory {
public:
    const size_t bytes;
    const bool is_bf16; /* else fp32, where it is read */

    explicit Memory(size_t size, bool holds_bf16 = false) : bytes(size), is_bf16(holds_bf16), memory(allocate(size), release) { clear(); }
    void *at() const { return memory.get(); }
    void clear() const { spoil(at(), bytes); }
    void write(const void *from) const { copy(at(), from, bytes); }
    template <class T>
    std::vector<T> read() const {
        std::vector<T> x(bytes / sizeof(T));
        copy(x.data(), at(), bytes);
        return x;
    }

private:
    std::unique_ptr<void, void (*)(void *)> memory;
};

/* n numbers, evenly spread in -size … size; others for another seed. */
std::vector<bf16> numbers(int64_t n, float size, uint64_t seed) {
    std::vector<bf16> x(static_cast<size_t>(n));
    for (size_t i = 0; i < x.size(); i++) {
        uint64_t bits = (i + 1) * 0x9e3779b97f4a7c15u + (seed << 32); /* splitmix64 */
        bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
        bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
        x[i] = __float2bfloat16_rn((static_cast<float>(bits >> 40) * 0x1p-23f - 1) * size);
    }
    return x;
}

double exact(float x) { return static_cast<double>(x); }
double exact(bf16 x) { return exact(__bfloat162float(x)); }

/* ---------------------------------------------------------------- ops */

struct Rung {
    const char *name;
    std::function<void()> run;
};

/* An op at one shape, with its operands and results on the device. */
struct Case {
    std::string op, shape;
    double operations, bytes; /* that the op cannot do without */
    bool memory_bound;
    double tolerance;         /* of the results, relative to their size */
    std::vector<Rung> rungs = {}; /* the last ones are those of kernels/ */
    std::function<std::vector<double>()> truth = {};
    std::vector<Memory> operands = {}, outputs = {};

    template <class T>
    T *operand(const std::vector<T> &x) {
        operands.emplace_back(x.size() * sizeof(T));
        operands.back().write(x.data());
        return static_cast<T *>(operands.back().at());
    }
    template <class T>
    T *output(int64_t n) {
        outputs.emplace_back(static_cast<size_t>(n) * sizeof(T), std::is_same_v<T, bf16>);
        return static_cast<T *>(outputs.back().at());
    }
    /* All outputs, one after the other. */
    std::vector<double> results() const {
        std::vector<double> all;
        for (const Memory &output : outputs) {
            if (output.is_bf16)
                for (const bf16 x : output.read<bf16>()) all.push_back(exact(x));
            else
                for (const float x : output.read<float>()) all.push_back(exact(x));
        }
        return all;
    }
};

Case matmul_case(int64_t M, int64_t N, int64_t K) {
    const std::vector<bf16> x = numbers(M * K, 1, 1), w = numbers(N * K, 1, 2);
    /* With few rows the bytes of w are the floor. */
    Case c = {"matmul", std::to_string(M) + "×" + std::to_string(N) + "×" + std::to_string(K), 2.0 * M * N * K,
            2.0 * (M * K + N * K + M * N), M < 256, 4e-3};
    const Product p = {c.output<bf16>(M * N), c.operand(x), c.operand(w), M, N, K, nullptr};
    auto rung = [&](const char *name, void (*run)(const Product &)) { c.rungs.push_back({name, [=] { run(p); }}); };
    rung("01_naive", matmul_naive::run);
    rung("02_shared_tiles", matmul_shared_tiles::run);
    rung("03_tensor_cores", matmul_tensor_cores::run);
    rung("04_swizzle", matmul_swizzle::run);
    auto winner = [&](const char *name, const char *isa) {
        c.rungs.push_back({name, [=] {
            reft_set_isa(isa);
            matmul(p.out, REFT_BF16, p.x, p.w, p.M, p.N, p.K, false, true, 1, 0, REFT_BF16, p.stream);
        }});
    };
    winner("kernels/matmul.cu", "sm_80");
#ifdef REFT_HOPPER
    reft_set_isa("auto");
    if (hopper()) winner("kernels/matmul_hopper.cu", "auto");
#endif
    c.truth = [=] {
        std::vector<double> y;
        for (int64_t m = 0; m < M; m++)
            for (int64_t n = 0; n < N; n++) {
                double sum = 0;
                for (int64_t k = 0; k < K; k++) sum += exact(x[static_cast<size_t>(m * K + k)]) * exact(w[static_cast<size_t>(n * K + k)]);
                y.push_back(sum);
            }
        return y;
    };
    return c;
}

Case classifier_case(int64_t N, int64_t V) {
    const std::vector<bf16> logits = numbers(N * V, 8, 3);
    std::vector<int32_t> targets;
    for (int64_t n = 0; n < N; n++) targets.push_back(static_cast<int32_t>(n * 7919 % V));
    Case c = {"classifier", std::to_string(N) + "×" + std::to_string(V), 0, 2.0 * N * V, true, 2e-5};
    const Classification of = {
            c.output<float>(N), c.output<float>(N), c.output<float>(N), c.operand(logits), c.operand(targets), N, V, nullptr};
    auto rung = [&](const char *name, void (*run)(const Classification &)) { c.rungs.push_back({name, [=] { run(of); }}); };
    rung("01_three_passes", classifier_three_passes::run);
    rung("02_two_passes", classifier_two_passes::run);
    rung("03_row_in_shared_memory", classifier_row_in_shared_memory::run);
    rung("kernels/classifier.cu", [](const Classification &x) {
        logprob_forward(x.logprob, x.entropy, x.lse, x.logits, x.targets, 1, x.N, x.V, REFT_BF16, x.stream);
    });
    c.truth = [=] {
        std::vector<double> logprobs, entropies, lses;
        for (int64_t n = 0; n < N; n++) {
            auto logit = [&](int64_t v) { return exact(logits[static_cast<size_t>(n * V + v)]); };
            double sum = 0, weighted = 0;
            for (int64_t v = 0; v < V; v++) sum += std::exp(logit(v)), weighted += std::exp(logit(v)) * logit(v);
            lses.push_back(std::log(sum));
            logprobs.push_back(logit(targets[static_cast<size_t>(n)]) - lses.back());
            entropies.push_back(lses.back() - weighted / sum);
        }
        logprobs.insert(logprobs.end(), entropies.begin(), entropies.end());
        logprobs.insert(logprobs.end(), lses.begin(), lses.end());
        return logprobs;
    };
    return c;
}

/* `shape` says in words what the contexts are. */
Case attention_case(const std::string &shape, const std::vector<int32_t> &context, int64_t NH, int64_t NKV, int64_t HS) {
    const int64_t B = static_cast<int64_t>(context.size()), longest = *std::max_element(context.begin(), context.end());
    const int64_t max_blocks = ceil_div<int64_t>(longest, REFT_KV_PAGE), pages = B * max_blocks, row = (NH + 2 * NKV) * HS;
    const int64_t cached = pages * NKV * REFT_KV_PAGE * HS;
    const std::vector<bf16> qkv = numbers(B * row, 2, 4), keys = numbers(cached, 2, 5), values = numbers(cached, 2, 6);
    std::vector<int32_t> block_table, cu_new = {0};
    double tokens = 0;
    for (int64_t i = 0; i < pages; i++) block_table.push_back(static_cast<int32_t>(pages - 1 - i));
    for (const int32_t T : context) tokens += T, cu_new.push_back(cu_new.back() + 1);

    Case c = {"attention_cached", shape + ", heads " + std::to_string(NH) + "/" + std::to_string(NKV) + " of " + std::to_string(HS),
            4 * tokens * NH * HS, 2.0 * (2 * tokens * NKV * HS + 2.0 * B * NH * HS), true, 4e-3};
    const Decoding d = {c.output<bf16>(B * NH * HS), c.operand(qkv), c.operand(keys), c.operand(values), c.operand(context),
            c.operand(block_table), B, max_blocks, longest, NH, NKV, HS, nullptr};
    auto rung = [&](const char *name, void (*run)(const Decoding &)) { c.rungs.push_back({name, [=] { run(d); }}); };
    rung("01_block_a_head", attention_block_a_head::run);
    rung("02_online_softmax", attention_online_softmax::run);
    rung("03_split_keys", attention_split_keys::run);
    c.rungs.push_back({"kernels/attention_cached.cu", [=, news = c.operand(cu_new)] {
        attention_cached(d.out, d.qkv, d.k_pages, d.v_pages, news, d.context, d.block_table, d.B, d.B, d.max_blocks, d.longest_context,
                d.NH, d.NKV, d.HS, 0, 1 / std::sqrt(static_cast<float>(d.HS)), REFT_BF16, d.stream);
    }});
    c.truth = [=] {
        std::vector<double> y;
        for (int64_t b = 0; b < B; b++)
            for (int64_t h = 0; h < NH; h++) {
                double total = 0;
                std::vector<double> sums(static_cast<size_t>(HS));
                for (int64_t i = 0; i < context[static_cast<size_t>(b)]; i++) {
                    const int64_t page = block_table[static_cast<size_t>(b * max_blocks + i / REFT_KV_PAGE)];
                    const size_t at = static_cast<size_t>(((page * NKV + h / (NH / NKV)) * REFT_KV_PAGE + i % REFT_KV_PAGE) * HS);
                    double score = 0;
                    for (int64_t k = 0; k < HS; k++)
                        score += exact(qkv[static_cast<size_t>(b * row + h * HS + k)]) * exact(keys[at + static_cast<size_t>(k)]);
                    const double p = std::exp(score / std::sqrt(static_cast<double>(HS)));
                    total += p;
                    for (size_t k = 0; k < sums.size(); k++) sums[k] += p * exact(values[at + k]);
                }
                for (const double sum : sums) y.push_back(sum / total);
            }
        return y;
    };
    return c;
}

/* ---------------------------------------------------------------- right? */

/* Runs the rung and throws Failure where its results are not the truth: in all, or, at 30 times that, in one of them. */
void check_rung(const Case &c, const Rung &rung, const std::vector<double> &truth, const char *truth_of) {
    const std::string where = c.op + " " + rung.name + " at " + c.shape;
    for (const Memory &output : c.outputs) output.clear();
    try {
        rung.run();
#ifndef REFT_EMULATED
        check(cudaDeviceSynchronize(), "kernel");
#endif
    } catch (const Failure &failure) {
        throw Failure{failure.status, where + ": " + failure.text};
    }
    const std::vector<double> found = c.results();
    double difference = 0, size = 0, worst = 0;
    for (size_t i = 0; i < truth.size(); i++) {
        const double d = found[i] - truth[i];
        difference += d * d;
        size += truth[i] * truth[i];
        worst = std::isnan(d) ? INFINITY : std::max(worst, std::fabs(d));
    }
    const double relative = std::sqrt(difference / size), peak = worst / std::sqrt(size / static_cast<double>(truth.size()));
    if (relative <= c.tolerance && peak <= 30 * c.tolerance) return;
    char text[160];
    snprintf(text, sizeof text, " differs from %s by %.2g, its worst element by %.2g; allowed are %.2g and %.2g.", truth_of, relative, peak,
            c.tolerance, 30 * c.tolerance);
    throw Failure{REFT_BAD_ARGUMENT, where + text};
}

#ifndef REFT_EMULATED
/* ---------------------------------------------------------------- how fast? */

/* Floors of GPUs that are known, as in reft bench (Ceilings.java): dense bf16 operations and bytes a second. */
struct Ceilings {
    const char *gpu;
    double operations, bytes;
};
constexpr Ceilings GPUS[] = {{"H200", 790e12, 4.3e12}, {"H100", 790e12, 3.0e12}};

/* Median of 100 runs, or as many as fit half a second, but 5; after two that are not counted. */
double milliseconds(const Rung &rung, bool cold) {
    /* Several times L2. It is read, not written: lines to be written back would take bandwidth from the rung. While that goes
     * on, the host has the rung ready. */
    constexpr int64_t FLUSHED = 64 << 20;
    static const Memory flush(FLUSHED * sizeof(float)), sum_of_flush(sizeof(float));
    cudaEvent_t start, end;
    check(cudaEventCreate(&start), "event");
    check(cudaEventCreate(&end), "event");
    std::vector<float> times;
    float spent = 0;
    for (int i = -2; i < 5 || (i < 100 && spent < 500); i++) {
        if (cold) sum_squares(static_cast<float *>(sum_of_flush.at()), static_cast<const float *>(flush.at()), FLUSHED, nullptr);
        check(cudaEventRecord(start), "event");
        rung.run();
        check(cudaEventRecord(end), "event");
        check(cudaEventSynchronize(end), "kernel");
        float ms;
        check(cudaEventElapsedTime(&ms, start, end), "event");
        if (i >= 0) times.push_back(ms), spent += ms;
    }
    cudaEventDestroy(start);
    cudaEventDestroy(end);
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
    return static_cast<double>(times[times.size() / 2]);
}

/* Times the rungs, prints rows of the table and returns them as JSON. */
std::string time_rungs(const Case &c, const Ceilings *ceilings) {
    std::string json;
    for (const Rung &rung : c.rungs) {
        const double ms = milliseconds(rung, c.memory_bound), rate = c.memory_bound ? c.bytes / ms / 1e6 : c.operations / ms / 1e9;
        char floor[64] = "", of_floor[64] = "", line[512];
        if (ceilings) {
            const double least = 1e3 * std::max(c.operations / ceilings->operations, c.bytes / ceilings->bytes);
            snprintf(of_floor, sizeof of_floor, "%.1f %%", 100 * least / ms);
            snprintf(floor, sizeof floor, ", \"floor_ms\": %.5f, \"percent_of_floor\": %.1f", least, 100 * least / ms);
        }
        printf("| %s | %s | %s | %.4f | %.4g %s | %s |\n", c.op.c_str(), c.shape.c_str(), rung.name, ms, rate,
                c.memory_bound ? "GB/s" : "TFLOP/s", of_floor);
        snprintf(line, sizeof line, "{\"op\": \"%s\", \"shape\": \"%s\", \"rung\": \"%s\", \"ms_median\": %.5f, \"%s\": %.4g%s}\n",
                c.op.c_str(), c.shape.c_str(), rung.name, ms, c.memory_bound ? "gb_per_s" : "tflops", rate, floor);
        json += line;
    }
    fflush(stdout);
    return json;
}
#endif

/* ---------------------------------------------------------------- shapes */

struct Ladder {
    std::string op;
    std::vector<std::function<Case()>> small, large;
};

/* clang-format would tear the rows of this table apart. */
// clang-format off
std::vector<Ladder> ladders() {
    return {
        {"matmul",
         {[] { return matmul_case(67, 133, 72); }, [] { return matmul_case(130, 70, 136); }, [] { return matmul_case(1, 1, 8); }},
         {[] { return matmul_case(4096, 4096, 4096); }, [] { return matmul_case(64, 4096, 4096); }}},
        {"classifier",
         {[] { return classifier_case(3, 5000); }, [] { return classifier_case(5, 777); }, [] { return classifier_case(2, 1); }},
         {[] { return classifier_case(4096, 50000); }}},
        {"attention_cached",
         {[] { return attention_case("70, 1 and 37", {70, 1, 37}, 4, 2, 64); },
          [] { return attention_case("513 and 600", {513, 600}, 2, 1, 32); },
          [] { return attention_case("259", {259}, 2, 2, 128); }},
         {[] { return attention_case("64 × 512", std::vector<int32_t>(64, 512), 12, 12, 64); },
          [] { return attention_case("64 × 512", std::vector<int32_t>(64, 512), 9, 3, 64); },
          [] { return attention_case("1 × 2048", {2048}, 32, 32, 128); }}},
    };
}
// clang-format on

int run(const std::vector<std::string> &ops) {
    const int64_t scratch = 16 << 20; /* for splits of the keys */
    const Memory lent(scratch);
    reft_set_workspace(lent.at(), scratch);
    int rungs = 0;
    auto wanted = [&](const Ladder &ladder) { return ops.empty() || std::find(ops.begin(), ops.end(), ladder.op) != ops.end(); };
    for (const Ladder &ladder : ladders()) {
        if (!wanted(ladder)) continue;
        for (const auto &small : ladder.small) {
            const Case c = small();
            const std::vector<double> truth = c.truth();
            for (const Rung &rung : c.rungs) check_rung(c, rung, truth, "sums in double"), rungs++;
        }
    }
    printf("%d rungs at small shapes are right.\n", rungs);
#ifndef REFT_EMULATED
    int device = 0;
    cudaDeviceProp properties;
    check(cudaGetDevice(&device), "device");
    check(cudaGetDeviceProperties(&properties, device), "device");
    const Ceilings *ceilings = nullptr;
    for (const Ceilings &known : GPUS)
        if (strstr(properties.name, known.gpu)) ceilings = &known;
    if (!ceilings) printf("The floors of %s are not known: times alone.\n", properties.name);
    std::string json;
    printf("\n| op | shape | rung | ms | rate | of floor |\n| --- | --- | --- | --- | --- | --- |\n");
    for (const Ladder &ladder : ladders()) {
        if (!wanted(ladder)) continue;
        for (const auto &large : ladder.large) {
            const Case c = large();
            const Rung &winner = c.rungs.back();
            for (const Memory &output : c.outputs) output.clear();
            winner.run();
            const std::vector<double> truth = c.results();
            for (const Rung &rung : c.rungs) check_rung(c, rung, truth, winner.name);
            json += time_rungs(c, ceilings);
        }
    }
    printf("\n%s", json.c_str());
#endif
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> ops(argv + 1, argv + argc);
    for (const std::string &op : ops) {
        const std::vector<Ladder> known = ladders();
        if (std::any_of(known.begin(), known.end(), [&](const Ladder &ladder) { return ladder.op == op; })) continue;
        fprintf(stderr, "ladder: there is no ladder \"%s\". Choose among matmul, classifier and attention_cached, or give none for all.\n",
                op.c_str());
        return 2;
    }
#ifndef REFT_EMULATED
    int devices = 0;
    const cudaError_t status = cudaGetDeviceCount(&devices);
    if (status != cudaSuccess || devices == 0) {
        fprintf(stderr,
                "ladder: no NVIDIA GPU is found (%s). Without one, `cmake --build BUILD --target ladders` checks the rungs on the "
                "emulator.\n",
                cudaGetErrorString(status));
        return 2;
    }
#endif
    try {
        return run(ops);
    } catch (const Failure &failure) {
        fprintf(stderr, "ladder: %s\n", failure.text.c_str());
        return 1;
    }
}
