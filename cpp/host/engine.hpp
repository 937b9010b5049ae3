// One forward pass, its backward pass and a streaming step, over a whole batch: groups of rows, threads, memory.
// The arithmetic is in the kernels (contract.hpp); Python's side is in bindings.cpp.

#pragma once

#include <memory>
#include <vector>

#include "passes.hpp"

namespace gatewise {

using Shared = std::shared_ptr<void>;

// An array that somebody else owns: last axis contiguous, the other strides in elements.
struct View {
    const void* data = nullptr;
    Index row = 0, step = 0;
};

// A forward pass: what it was given, what it returned, and what the backward pass needs.
class Run {
public:
    // x (N, T, D); out0 (N, Q) and state0 (N, H) or null; lengths (N) or null for all T; `reverse`: each row from its own
    // last step to its first, every array still in the order of time.
    Run(const gatewise_kernels& kernels, bool is_double, const Sizes& sizes, const gatewise_variant& variant,
        const gatewise_parameters& parameters, View x, const void* out0, const void* state0, const Index* lengths,
        int threads, bool trace, bool reverse);

    const Groups groups;
    const Sizes sizes;
    const gatewise_layer layer;
    const bool is_double, traced, reverse;
    const Index element;  // bytes
    Shared out, last_out, last_state;  // (N, T, Q), (N, Q), (N, H)
    Shared hidden;                     // (N, T, H): h of a projected cell, if traced
    Shared x, out0, state0;            // copies, if traced; out0 and state0 null for zero

    Shared unpacked(int field) const;  // 0..3: a i f o, 4: state, as (N, T, H)

private:
    friend struct Gradients;
    Shared copy_of_x(View view) const;
    Memory memory() const;

    Shared saved_;
};

// A backward pass: the gradients, in plain layouts.
struct Gradients {
    // delta (N, T, Q); d_last_out (N, Q) and d_last_state (N, H) or null for zero.
    Gradients(const Run& run, const gatewise_parameters& parameters, View delta, const void* d_last_out,
              const void* d_last_state, int threads, bool inputs, bool keep);

    const Sizes sizes;
    const gatewise_layer layer;
    const bool is_double;
    Shared flat;                          // the parameters' gradients, one after the other
    const gatewise_parameters parameters;  // where each begins
    Shared d_x, d_out0, d_state0;  // d_x null if not wanted
    Shared kept[gatewise_kept_fields];  // null, or as contract.hpp says
};

// How many numbers all parameters have, and where each of them begins if they follow one another from `first` on, in the
// order W, U, b, V, R.
Index count_of(const gatewise_layer& layer, bool bias);
gatewise_parameters side_by_side(const gatewise_layer& layer, bool bias, void* first, Index element);

// One step at a time, with the weights packed once; nothing is allocated in step().
class Stepper {
public:
    Stepper(const gatewise_kernels& kernels, bool is_double, Index batch, const gatewise_layer& layer,
            const gatewise_parameters& parameters, int threads);

    const Index N, D, H, Q;
    const bool is_double;
    Shared out[2], state;  // (N, Q), (N, H); out[now] is the newest
    int now = 0;

    void step(View x);  // (N, D)
    Sizes sizes() const { return {N, 1, D, H, Q}; }
    void reset(const void* out0, const void* state0);

private:
    const gatewise_layer layer_;
    const gatewise_table& table_;
    const Index element_;
    const int threads_;
    Panels weights_;
    Buffer scratch_, last_, x_;
    std::vector<Index> row_, ones_;
};

}  // namespace gatewise
