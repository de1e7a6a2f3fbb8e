/*
 * What the shells of all libraries share: a call of a function of reft.h, its checks, and how it fails. Ids and offsets can be looked
 * through where the host can read them: the CPU library does, CUDA's leaves it to the caller.
 */
#ifndef REFT_CALL_H
#define REFT_CALL_H

#include "failure.h"
#include "reft.h"

#include <cstdio>
#include <initializer_list>
#include <new>

namespace reft {

/* Keeps the sentence for reft_last_error and returns the status. */
__attribute__((format(printf, 2, 3))) int32_t fail(int32_t status, const char *format, ...);

/* Why this library does not store REFT_F32 or REFT_BF16; NULL where it does. Each library has its own. */
const char *why_not(int32_t dtype);

/* The checks of one call; the first that fails keeps its sentence, and run() then returns its status. */
class Call {
public:
    explicit Call(const char *op) : op_(op) {}

    Call &size(const char *name, int64_t value) {
        const size_t used = length_;
        length_ += static_cast<size_t>(snprintf(sizes_ + used, sizeof sizes_ - used, "%s%s=%lld", used ? ", " : "", name,
                static_cast<long long>(value)));
        negative_ |= value < 0;
        empty_ |= value == 0;
        return *this;
    }
    Call &types(int32_t dtype) {
        if (status_ != REFT_OK) return *this;
        if (dtype != REFT_F32 && dtype != REFT_BF16) reject(REFT_BAD_ARGUMENT, "no such dtype");
        else if (const char *why = why_not(dtype)) reject(REFT_UNSUPPORTED, "%s", why);
        return *this;
    }
    Call &pointers(std::initializer_list<const void *> all) {
        int i = 0;
        for (const void *p : all) {
            i++;
            if (active() && !p) reject(REFT_BAD_ARGUMENT, "pointer %d of those that must not be NULL is NULL", i);
        }
        return *this;
    }
    template <class... Arguments>
    Call &must(bool good, const char *format, Arguments... arguments) {
        if (active() && !good) reject(REFT_BAD_ARGUMENT, format, arguments...);
        return *this;
    }
    Call &heads(int64_t NH, int64_t NKV) { return must(NKV > 0 && NH % NKV == 0, "NH is no multiple of NKV"); }
    /* Each of the n numbers lies in 0 … limit-1, once `offset` is added. */
    template <class Number>
    Call &within(const char *name, const Number *numbers, int64_t n, int64_t limit, int64_t offset = 0) {
        for (int64_t i = 0; active() && i < n; i++) {
            const long long value = static_cast<long long>(numbers[i] + offset);
            if (value < 0 || value >= limit)
                reject(REFT_BAD_ARGUMENT, "%s[%lld] leads to row %lld of %lld", name, static_cast<long long>(i), value,
                        static_cast<long long>(limit));
        }
        return *this;
    }
    /* offsets [B+1] run from 0 up to n and never down. */
    Call &offsets(const char *name, const int32_t *offsets, int64_t B, int64_t n) {
        if (!active()) return *this;
        if (offsets[0] != 0 || offsets[B] != n)
            reject(REFT_BAD_ARGUMENT, "%s goes from %d to %d, not from 0 to %lld", name, offsets[0], offsets[B], static_cast<long long>(n));
        for (int64_t b = 0; active() && b < B; b++)
            if (offsets[b] > offsets[b + 1]) reject(REFT_BAD_ARGUMENT, "%s falls after element %lld", name, static_cast<long long>(b));
        return *this;
    }
    /* True where the op would run: then pointers may be looked through. */
    bool active() {
        if (status_ == REFT_OK && negative_) reject(REFT_BAD_ARGUMENT, "a size is negative");
        return status_ == REFT_OK && !empty_;
    }
    template <class Body>
    int32_t run(Body body) {
        if (!active()) return status_;
        try {
            body();
        } catch (const Failure &failure) {
            reject(failure.status, "%s", failure.text.c_str());
        } catch (const std::bad_alloc &) {
            reject(REFT_OUT_OF_MEMORY, "out of host memory");
        }
        return status_;
    }

    template <class... Arguments>
    void reject(int32_t status, const char *format, Arguments... arguments) {
        char reason[256];
        if constexpr (sizeof...(arguments) == 0) snprintf(reason, sizeof reason, "%s", format);
        else snprintf(reason, sizeof reason, format, arguments...);
        status_ = fail(status, "%s(%s): %s.", op_, sizes_, reason);
    }

private:
    const char *op_;
    char sizes_[256] = "";
    size_t length_ = 0;
    bool negative_ = false, empty_ = false;
    int32_t status_ = REFT_OK;
};

}  // namespace reft

/* Opens every function of reft.h. */
#define CALL reft::Call call(__func__)

#endif
