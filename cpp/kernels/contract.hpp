// The contract between one instruction set's kernels and everything else.
//
// Plain C types only: kernels.cpp is compiled with different flags for each instruction set, so a standard-library
// template in here could be linked from the AVX-512 copy into code that runs on a CPU without it.
//
// A batch is split into groups of rows (engine.cpp); a kernel call works one group through all its time steps, on one
// thread. A single row of many units may be worked by several calls at once, each with its part of the blocks, which
// meet after every step: they share all but `part`. Rows of a group are sorted by length, longest first, so those that
// are still going at step t are the first active(t). Sizes: D inputs, H hidden units, Q outputs (H where nothing is
// projected), V units in a vector, B = ceil(H / V) blocks of V units.
//
// Layouts (elements are float or double, 64-byte aligned):
//   panel   [B][D + Q][4][V]   weights of a block of units, gates a i f o interleaved; K = D inputs, then Q outputs
//   bias    [B][4][V]
//   peepholes [B][3][V]        V of i, f, o; for forward scaled as the bias is
//   projection                 forward: Rᵀ (H, Q), backward: R (Q, H), rows filled up to whole vectors
//   columns [.][K][C·V]        weights by column, for Wᵀ·δgates and Uᵀ·δgates; K in the order block, gate, unit
//   saved   [T][B][rows][5][V] a, i, f, o and the previous state of each step
//   state   [B][rows][V]
//   d_gates [B][chunk][4][V]   δgates of the last steps, one row for each (step, row)
//   sums    [B][K'][4][V]      δW and δU of a group, K' = D + Q rounded up; then δb [B][4][V], δV [B][3][V], δR [Q][B·V]
// A coupled cell has the gates a i o: the weights of f are 0 everywhere above, and its values are those of 1 - i.
// Where a series of the caller's stands, and in which order its steps are worked, is gatewise_series.

#pragma once

extern "C" {

typedef long long gatewise_index;

constexpr gatewise_index gatewise_cache_line = 64;  // bytes

// What a trace saves of each cell: a, i, f, o and the previous state, in this order. Asked for by number to unpack it, the
// last one is the state after the step.
constexpr int gatewise_saved_fields = 5, gatewise_state_field = 4;

// What backward keeps if it is asked to: Δout, δout, δstate, δgates, which alone are as wide as all gates, and δh, where
// there is an h.
constexpr int gatewise_kept_fields = 5, gatewise_state_delta = 2, gatewise_gates_field = 3, gatewise_hidden_delta = 4;

// What a cell has that the plain LSTM has not. All 0, and both limits infinite: the plain one. No bias is a bias of 0.
struct gatewise_variant {
    int peepholes;             // V_i ⊙ state_{t-1} in i, V_f ⊙ state_{t-1} in f, V_o ⊙ state_t in o
    int coupled;               // f = 1 - i
    int projected;             // h = tanh(state) ⊙ o, out = R·h
    double clip, state_clip;   // of every pre-activation, and of the state
};

// The parameters of a layer, or their gradients, in plain layouts: W (GH, D), U (GH, Q), b (GH), V ((G - 1)H), R (Q, H)
// with G gates: 4, or 3 if coupled. Null: b, V or R that the cell does not have. b2 is a second bias, added to b, whose
// gradient is b's; null in most layers.
struct gatewise_parameters {
    void *W, *U, *b, *V, *R, *b2;
};

struct gatewise_layer {
    gatewise_index inputs, outputs, units;  // D, Q, H
    gatewise_variant variant;
    int place[4];  // which rows of W, U and b, counted in gates, are those of a, i, f, o; -1: of none, as f of a coupled
                   // cell
};

// A series of the caller's. Row n of the batch at step s begins n·row + s·step elements from `data`, its numbers one after
// the other. In packed data (gatewise_group::offsets) step s begins at offsets[s], counted in `step`.
struct gatewise_series {
    void* data;
    gatewise_index row, step;
};

// Who is asked now and then whether to stop: the call then returns at once, unfinished. `ask` may be null.
struct gatewise_watch {
    int (*ask)(void* whom);
    void* whom;
};

// One group's view of the problem. Pointers are to the element type of the table it is given to.
struct gatewise_group {
    gatewise_index rows, steps;
    const gatewise_layer* layer;
    const gatewise_index* row;      // [rows] which sequence of the batch each row is
    const gatewise_index* lengths;  // [rows] falling
    int reverse;                    // each row is worked from its own last step to its first
    const gatewise_index* offsets;  // of packed data, null of any other
    gatewise_series x;              // of D
    gatewise_series out;            // of Q; written by forward, read by backward
    gatewise_series hidden;  // of H: h of a projected cell, null if it is not to be kept; else the same as out
    const void* out0;  // (N, Q) or null for zero
    void* last_out;  // (N, Q)
    void* last_state;  // (N, H); holds the initial state before forward
    void* saved;  // null: no trace
    int stream;  // saved is larger than the cache: store past it
    const gatewise_parameters* plain;  // where each weight is met once: they are packed block by block, `panel` is null
    const void* panel;
    const void* bias;
    const void* peepholes;
    const void* projection;
    void* scratch;  // scratch(...) bytes, this group's own
    gatewise_index part, parts;  // of the blocks, parts > 1 for a single row only
    gatewise_index* met;  // how often the parts have come to a meeting; 0 before, null for one part
    gatewise_watch watch;

    // backward only
    gatewise_series delta;  // of Q
    const void* u_columns;  // null: there is one step, and no δout_0 is wanted
    const void* w_columns;  // null: no δx
    gatewise_series d_x;    // of D, or null
    int add_d_x;            // δx is added to what is there, that of the other direction
    void* d_out;  // (N, Q): in, what reaches the last out from outside; out, δout_0
    void* d_state;  // (N, H): likewise for the state
    void* sums;  // this group's, overwritten
    gatewise_series kept[gatewise_kept_fields];  // null, or of Q: Δout, δout; of H: δstate, δh; of GH: δgates
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
    void (*pack)(const gatewise_layer* layer, const gatewise_parameters* parameters, void* panel, void* bias,
                 gatewise_index first_block, gatewise_index last_block);
    void (*pack_columns)(const gatewise_layer* layer, const void* M, gatewise_index columns, void* packed,
                         gatewise_index begin, gatewise_index end);
    // V and R, those that there are, as forward or as backward takes them.
    void (*pack_others)(const gatewise_layer* layer, const gatewise_parameters* parameters, int backward, void* peepholes,
                        void* projection);
    gatewise_index (*columns_size)(gatewise_index columns, gatewise_index units);  // elements
    gatewise_index (*sums_size)(const gatewise_layer* layer);  // elements
    gatewise_index (*scratch_forward)(const gatewise_group* group);  // bytes
    gatewise_index (*scratch_backward)(const gatewise_group* group);  // bytes
    void (*forward)(const gatewise_group* group);
    void (*backward)(const gatewise_group* group);
    // Adds the sums of all groups in order, for some blocks, and writes them to the plain layout.
    void (*finish)(const gatewise_layer* layer, const void* const* sums, gatewise_index groups,
                   const gatewise_parameters* gradients, gatewise_index first_block, gatewise_index last_block);
    // Copies one of the saved arrays (0..3: a i f o, 4: state) into a series of H.
    void (*unpack)(const gatewise_group* group, int field, const gatewise_series* to);
    void (*product)(const gatewise_product* product);
    // The activations alone, for tests: n elements.
    void (*tanh)(const void* from, void* to, gatewise_index n);
    void (*sigmoid)(const void* from, void* to, gatewise_index n);
};

struct gatewise_kernels {
    const char* name;  // as in GATEWISE_ISA: "avx512", "avx2", "portable"
    int vector_bytes;  // width of the vector registers that these objects were compiled for
    gatewise_table f32, f64;
};
}
