// What a kernel call has to do with other threads: several calls may work one row together, each with its part of the
// units, and every call asks whether it shall stop (contract.hpp). Included by kernels.cpp only.

#pragma once

#include <sched.h>

#include "vector.hpp"

namespace {

// Which of `count` things are a part's own, first..last: all where nothing is shared.
struct Own {
    Index first = 0, last;

    Own(const gatewise_group* shared, Index count) : last(count) {
        if (!shared || shared->parts <= 1) return;
        first = count * shared->part / shared->parts;
        last = count * (shared->part + 1) / shared->parts;
    }
};

// Where a row of the group stands in a series when it makes its t-th step.
template <class T>
INLINE T* at(const gatewise_group& g, const gatewise_series& series, Index row, Index t) {
    const Index step = g.reverse ? g.lengths[row] - 1 - t : t;
    return static_cast<T*>(series.data) + g.row[row] * series.row + (g.offsets ? g.offsets[step] : step) * series.step;
}

// Asks a watch once so much work is done, in multiplications, that asking costs nothing beside it.
class Asking {
    static constexpr Index often = Index(1)
                                   << 22;  // some tenths of a millisecond; a look at the clock may take half a microsecond
    static constexpr Index never = Index(1) << 62;
    const gatewise_watch& watch_;
    Index left_ = watch_.ask ? often : never;

public:
    explicit Asking(const gatewise_watch& watch) : watch_(watch) {}
    // Whether to stop.
    bool after(Index work) {
        if ((left_ -= work) > 0) return false;
        left_ = watch_.ask ? often : never;
        return watch_.ask && watch_.ask(watch_.whom);
    }
};

// `count` zeros; false if it is to stop before the last of them.
template <class T>
bool clear(T* to, Index count, Asking& asking) {
    constexpr Index piece = Index(1) << 20;
    for (Index first = 0; first < count; first += piece) {
        const Index last = smaller(first + piece, count);
        for (Index k = first; k < last; ++k) to[k] = 0;
        if (asking.after(last - first)) return false;
    }
    return true;
}

// Past a row's length a series of `width` is 0; packed data has nothing there. False if it is to stop before the end.
template <class T>
bool clear_past_end(const gatewise_group& g, const gatewise_series& series, Index row, Index width, Asking& asking) {
    if (!series.data || g.offsets) return true;
    const Index length = g.lengths[row], past = g.steps - length;
    T* to = static_cast<T*>(series.data) + g.row[row] * series.row + length * series.step;
    if (series.step == width) return clear(to, past * width, asking);
    for (Index k = 0; k < past; ++k, to += series.step)
        if (!clear(to, width, asking)) return false;
    return true;
}

constexpr int looks_before_yielding = 256;  // some tens of microseconds: a part that takes longer has no CPU

// Waits for the other parts: what each has written before, all may read afterwards. Whether they came: if not, all stop.
inline bool meet(const gatewise_group& g) {
    if (g.parts <= 1) return true;
    const Index mine = __atomic_add_fetch(g.met, 1, __ATOMIC_ACQ_REL), all = ceil_div(mine, g.parts) * g.parts;
    for (int k = 1; __atomic_load_n(g.met, __ATOMIC_ACQUIRE) < all; ++k) {
#if defined(__x86_64__)
        _mm_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
        if (k % looks_before_yielding != 0) continue;
        sched_yield();  // there may be fewer CPUs than parts
        if (g.watch.ask && g.watch.ask(g.watch.whom)) return false;
    }
    return true;
}

}  // namespace
