// Several calls that work one row together, each with its part of the units (contract.hpp). Included by kernels.cpp only.

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

constexpr int looks_before_yielding = 256;  // some tens of microseconds: a part that takes longer has no CPU

// Waits for the other parts: what each has written before, all may read afterwards.
inline void meet(const gatewise_group& g) {
    if (g.parts <= 1) return;
    const Index mine = __atomic_add_fetch(g.met, 1, __ATOMIC_ACQ_REL), all = ceil_div(mine, g.parts) * g.parts;
    for (int k = 1; __atomic_load_n(g.met, __ATOMIC_ACQUIRE) < all; ++k) {
#if defined(__x86_64__)
        _mm_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
        if (k % looks_before_yielding == 0) sched_yield();  // there may be fewer CPUs than parts
    }
}

}  // namespace
