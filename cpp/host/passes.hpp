// A forward and a backward pass over memory that somebody else owns: weights packed, groups worked by threads, sums added
// up. The arithmetic is in the kernels (contract.hpp).

#pragma once

#include "groups.hpp"
#include "memory.hpp"

namespace gatewise {

// Threads to use when nobody says: GATEWISE_THREADS, else the CPUs this process may use or OMP_NUM_THREADS, if fewer.
int default_threads();

// Threads for so much work: `wanted`, or the default where that is 0; one where a second would cost more than it gives.
int threads_for(int wanted, Index multiplications);

// Weights as forward takes them.
struct Panels {
    Buffer memory;
    void *panel, *bias, *peepholes, *projection;

    void give(gatewise_group& g) const;
};
// `later`: V and R alone, for W, U and b are packed block by block by the kernel.
Panels pack(const gatewise_table& table, Index element, const gatewise_layer& layer, const gatewise_parameters& parameters,
            int threads, bool later = false);

// In how many parts threads work a single row, one where a step is not work enough; and a group's work, in its parts.
Index parts_of(const gatewise_table& table, const gatewise_layer& layer, int threads);
void run_kernel(void (*kernel)(const gatewise_group*), const gatewise_group& g);

// What forward reads and writes, and backward reads again. In packed data `offsets` has each step's begin, in `step`s.
struct Memory {
    gatewise_series x, out;  // (N, T, D), (N, T, Q)
    gatewise_series hidden;  // (N, T, H): h of a projected cell, if traced
    const void* out0;        // (N, Q), or null for zero
    void *last_out, *last_state;  // (N, Q), (N, H); last_state holds the initial one before forward
    void* saved;                  // Groups::saved numbers, or null: no trace
    bool reverse = false;
    const Index* offsets = nullptr;

    gatewise_group group(const Groups& groups, Index number) const;
};

// The bytes at `from`, or zeros where that is null.
void copy_or_zero(void* to, const void* from, Index bytes);

void forward(const Groups& groups, const gatewise_parameters& parameters, const Memory& memory, int threads);

// One of the saved arrays (0..3: a i f o, 4: state) as a series of H.
void unpack(const Groups& groups, const Memory& memory, int field, const gatewise_series& to);

// What backward takes and gives beside the parameters' gradients.
struct Deltas {
    gatewise_series delta;       // (N, T, Q)
    gatewise_series d_x;         // (N, T, D), or null
    bool add_d_x;                // to what is there
    void *d_out0, *d_state0;     // (N, Q), (N, H): in, what reaches the last ones from outside; out, δout_0 and δstate_0
    bool start;                  // whether δout_0 is wanted
    gatewise_series kept[gatewise_kept_fields];
};

void backward(const Groups& groups, const gatewise_parameters& parameters, const Memory& memory, const Deltas& deltas,
              const gatewise_parameters& gradients, int threads);

}  // namespace gatewise
