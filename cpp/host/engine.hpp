// One forward pass, its backward pass and a streaming step, over a whole batch: groups of rows, threads, memory.
// The arithmetic is in the kernels (contract.hpp); Python's side is in bindings.cpp.

#pragma once

#include <memory>
#include <vector>

#include "contract.hpp"
#include "memory.hpp"

namespace gatewise {

using Index = gatewise_index;
using Shared = std::shared_ptr<void>;

// An array that somebody else owns: last axis contiguous, the other strides in elements.
struct View {
    const void* data = nullptr;
    Index row = 0, step = 0;
};

struct Sizes {
    Index N, T, D, H;
};

// Threads to use when nobody says: GATEWISE_THREADS, else the CPUs this process may use or OMP_NUM_THREADS, if fewer.
int default_threads();

// Threads for so much work: `wanted`, or the default where that is 0; one where a second would cost more than it gives.
int threads_for(int wanted, Index multiplications);

// A forward pass: what it was given, what it returned, and what the backward pass needs.
class Run {
public:
    // W (4H, D), U (4H, H), b (4H); x (N, T, D); out0 and state0 (N, H) or null; lengths (N) or null for all T.
    Run(const gatewise_kernels& kernels, bool is_double, Sizes sizes, const void* W, const void* U, const void* b, View x,
        const void* out0, const void* state0, const Index* lengths, int threads, bool trace);

    const Sizes sizes;
    const bool is_double, traced;
    const Index element;  // bytes
    const gatewise_table& table;
    Shared out, last_out, last_state;  // (N, T, H), (N, H), (N, H)
    Shared x, out0, state0;            // copies, if traced; out0 and state0 null for zero
    std::vector<Index> lengths;        // (N)

    Shared unpacked(int field) const;  // 0..3: a i f o, 4: state, as (N, T, H)

private:
    friend struct Gradients;
    Shared copy_of_x(View view) const;
    gatewise_group group(Index number) const;
    Index groups() const { return static_cast<Index>(first_.size()) - 1; }

    std::vector<Index> row_, sorted_;  // sequences by falling length, and those lengths
    std::vector<Index> first_;         // where each group begins in them, and the end
    std::vector<Index> saved_at_;      // where each group begins in saved_, in elements
    Shared saved_;
    bool stream_ = false;
};

// A backward pass: the gradients, in plain layouts.
struct Gradients {
    // delta (N, T, H); d_last_out and d_last_state (N, H) or null for zero.
    Gradients(const Run& run, const void* W, const void* U, View delta, const void* d_last_out, const void* d_last_state,
              int threads, bool inputs, bool keep);

    const Sizes sizes;
    const bool is_double;
    Shared d_W, d_U, d_b;                 // one after the other in memory
    Shared d_x, d_out0, d_state0;  // d_x null if not wanted
    Shared kept[gatewise_kept_fields];  // null, or Δout, δout, δstate (N, T, H) and δgates (N, T, 4H)
};

// One step at a time, with the weights packed once; nothing is allocated in step().
class Stepper {
public:
    Stepper(const gatewise_kernels& kernels, bool is_double, Index batch, Index inputs, Index units, const void* W,
            const void* U, const void* b, int threads);

    const Index N, D, H;
    const bool is_double;
    Shared out[2], state;  // (N, H); out[now] is the newest
    int now = 0;

    void step(View x);  // (N, D)
    void reset(const void* out0, const void* state0);

private:
    const gatewise_table& table_;
    const Index element_;
    const int threads_;
    Buffer weights_, scratch_, last_, x_;
    void *panel_, *bias_;  // in weights_
    std::vector<Index> row_, ones_;
};

}  // namespace gatewise
