// The contract between one instruction set's kernels and everything else.
//
// Plain C types only: kernels.cpp is compiled with different flags for each instruction set, so a standard-library
// template in here could be linked from the AVX-512 copy into code that runs on a CPU without it.
//
// A batch is split into groups of rows (engine.cpp); a kernel call works one group through all its time steps, on one
// thread. A single row of many units may be worked by several calls at once, each with its part of the blocks, which
// meet after every step: they share all but `part`. Rows of a group are sorted by length, longest first, so those that
// are still going at step t are the first active(t). Sizes: D inputs, H hidden units, V units in a vector,
// B = ceil(H / V) blocks of V units.
//
// Layouts (elements are float or double, 64-byte aligned):
//   panel   [B][D + H][4][V]   weights of a block of units, gates a i f o interleaved; K = D inputs, then H outputs
//   bias    [B][4][V]
//   columns [.][K][C·V]        weights by column, for Wᵀ·δgates and Uᵀ·δgates; K in the order block, gate, unit
//   saved   [T][B][rows][5][V] a, i, f, o and the previous state of each step
//   state   [B][rows][V]
//   d_gates [B][chunk][4][V]   δgates of the last steps, one row for each (step, row)
//   sums    [B][K'][4][V]      δW and δU of a group, K' = D + H rounded up; then δb [B][4][V]

#pragma once

extern "C" {

typedef long long gatewise_index;

constexpr gatewise_index gatewise_cache_line = 64;  // bytes

// What a trace saves of each cell: a, i, f, o and the previous state, in this order. Asked for by number to unpack it, the
// last one is the state after the step.
constexpr int gatewise_saved_fields = 5, gatewise_state_field = 4;

// What backward keeps if it is asked to: Δout, δout, δstate, and δgates, which alone are 4H wide.
constexpr int gatewise_kept_fields = 4, gatewise_gates_field = 3;

// Who is asked now and then whether to stop: the call then returns at once, unfinished. `ask` may be null.
struct gatewise_watch {
    int (*ask)(void* whom);
    void* whom;
};

// One group's view of the problem. Pointers are to the element type of the table it is given to.
struct gatewise_group {
    gatewise_index rows, steps, inputs, units;
    const gatewise_index* row;      // [rows] which sequence of the batch each row is
    const gatewise_index* lengths;  // [rows] falling
    const void* x;                  // (N, T, D), contiguous in D
    gatewise_index x_row, x_step;   // strides in elements
    void* out;                      // (N, T, H) contiguous; written by forward, read by backward
    const void* out0;               // (N, H) or null for zero
    void* last_out;                 // (N, H)
    void* last_state;               // (N, H); holds the initial state before forward
    void* saved;                    // null: no trace
    int stream;                     // saved is larger than the cache: store past it
    const void* panel;
    const void* bias;
    void* scratch;                  // scratch(...) bytes, this group's own
    gatewise_index part, parts;     // of the blocks, parts > 1 for a single row only
    gatewise_index* met;            // how often the parts have come to a meeting; 0 before, null for one part
    gatewise_watch watch;

    // backward only
    const void* delta;              // (N, T, H), contiguous in H
    gatewise_index delta_row, delta_step;
    const void* u_columns;
    const void* w_columns;          // null: no δx
    void* d_x;                      // (N, T, D) or null
    void* d_out;                    // (N, H): in, what reaches the last out from outside; out, δout_0
    void* d_state;                  // (N, H): likewise for the state
    void* sums;                     // this group's, overwritten
    void* kept[gatewise_kept_fields];  // null or (N, T, H): Δout, δout, δstate; (N, T, 4H): δgates
};

// A product of plain matrices: to[i][j] = start[j] + Σ_k a[i][k] · b[k][j]. Strides are in elements; a column of `to` and
// one of `b` follows the other, and each row of b can be read up to whole vectors.
struct gatewise_product {
    gatewise_index rows, columns, terms;
    const void* a;
    gatewise_index a_row, a_term;
    const void* b;
    gatewise_index b_term;
    const void* start;  // null: zero
    void* to;
    gatewise_index to_row;
    gatewise_watch watch;
};

// What one instruction set offers for one element type.
struct gatewise_table {
    gatewise_index lanes;  // V
    void (*pack)(const void* W, const void* U, const void* b, gatewise_index inputs, gatewise_index units, void* panel,
                 void* bias, gatewise_index first_block, gatewise_index last_block);
    void (*pack_columns)(const void* M, gatewise_index columns, gatewise_index units, void* packed, gatewise_index begin,
                         gatewise_index end);
    gatewise_index (*columns_size)(gatewise_index columns, gatewise_index units);  // elements
    gatewise_index (*sums_size)(gatewise_index inputs, gatewise_index units);      // elements
    gatewise_index (*scratch_forward)(const gatewise_group* group);                // bytes
    gatewise_index (*scratch_backward)(const gatewise_group* group);               // bytes
    void (*forward)(const gatewise_group* group);
    void (*backward)(const gatewise_group* group);
    // Adds the sums of all groups in order, for some blocks, and writes them to the plain layout.
    void (*finish)(const void* const* sums, gatewise_index groups, gatewise_index inputs, gatewise_index units, void* d_W,
                   void* d_U, void* d_b, gatewise_index first_block, gatewise_index last_block);
    // Copies one of the saved arrays (0..3: a i f o, 4: state) into (N, T, H).
    void (*unpack)(const gatewise_group* group, int field, void* plain);
    void (*product)(const gatewise_product* product);
    // The activations alone, for tests: n elements.
    void (*tanh)(const void* from, void* to, gatewise_index n);
    void (*sigmoid)(const void* from, void* to, gatewise_index n);
};

struct gatewise_kernels {
    const char* name;    // as in GATEWISE_ISA: "avx512", "avx2", "portable"
    int vector_bytes;    // width of the vector registers that these objects were compiled for
    gatewise_table f32, f64;
};
}
