// B1-B8 and G1-G3 for one group of rows. Included by kernels.cpp only; layouts are in contract.hpp.
//
// Step by step backward: δgates of all blocks and rows (B1-B6), then Δout_{t-1} = Uᵀ·δgates_t (B8). The δgates of the
// last steps are collected; once there are about `chunk_rows` of them, they yield δx (B7) and are added to δW, δU, δb
// (G1-G3). A sum over a few hundred rows, then over those sums, loses far less than one running sum.

#pragma once

#include "forward.hpp"

namespace {

constexpr Index chunk_rows = 384;  // a few hundred: see above

template <class T>
struct Backward {
    static constexpr Index L = V<T>;
    static constexpr int R = most_rows(4);  // columns of δW in a tile
    const gatewise_group& g;
    const Index D = g.inputs, H = g.units, B = ceil_div(g.units, V<T>), K = D + H;
    const Index tiles = ceil_div(K, R), chunk = capacity(g);
    const Own own{&g, B};  // blocks
    T* const d_gates = static_cast<T*>(g.scratch);       // [B][chunk][4][V]
    T* const entered = d_gates + B * chunk * 4 * L;      // [tiles][chunk][R]: x_t and out_{t-1}, as δgates met them
    T* const delta_out = entered + padded(tiles * chunk * R);  // [rows][B·V]: Δout
    T* const carried = delta_out + g.rows * B * L;       // [B][rows][V]: δstate_{t+1} ⊙ f_{t+1}
    T* const zero = carried + B * g.rows * L;            // [B·V]
    T** const to = reinterpret_cast<T**>(zero + B * L);  // [chunk]: a row pointer for each row of a product
    T** const d_x_rows = to + larger(chunk, g.rows);     // [chunk]

    static Index padded(Index elements) { return ceil_div(elements, L) * L; }
    static Index capacity(const gatewise_group& g) { return larger(g.rows, chunk_rows / g.rows * g.rows); }
    static Index scratch(const gatewise_group& g) {
        const Index B = ceil_div(g.units, L), chunk = capacity(g), tiles = ceil_div(g.inputs + g.units, R);
        const Index elements = B * chunk * 4 * L + padded(tiles * chunk * R) + 2 * B * g.rows * L + B * L;
        return elements * sizeof(T) + 2 * chunk * sizeof(T*);
    }
    static Index sums_size(Index D, Index H) { return ceil_div(H, L) * 4 * L * (ceil_div(D + H, R) * R + 1); }

    const T* saved(Index t, Index block, Index row) const {
        return static_cast<const T*>(g.saved) + ((t * B + block) * g.rows + row) * saved_fields * L;
    }
    const T* out(Index row, Index t) const { return static_cast<const T*>(g.out) + (g.row[row] * g.steps + t) * H; }
    const T* out_prev(Index row, Index t) const {
        if (t > 0) return out(row, t - 1);
        return g.out0 ? static_cast<const T*>(g.out0) + g.row[row] * H : zero;
    }
    void keep(int field, Index row, Index t, Index width, Index first, Vec<T> value, Index valid) const {
        T* base = static_cast<T*>(g.kept[field]);
        store_some(base + (g.row[row] * g.steps + t) * width + first, value, valid);
    }

    // B1-B6 for V units of one row.
    INLINE void cell(Index t, Index block, Index row, Index at, Index valid) const {
        const T* from = saved(t, block, row);
        const Vec<T> a = load(from), i = load(from + L), f = load(from + 2 * L), o = load(from + 3 * L);
        const Vec<T> state_prev = load(from + 4 * L);
        const Vec<T> out_t = load_some(out(row, t) + block * L, valid);
        const T* deltas = static_cast<const T*>(g.delta) + g.row[row] * g.delta_row + t * g.delta_step;
        const Vec<T> delta = load_some(deltas + block * L, valid);
        const Vec<T> tanh_state = tanh_from<T>(out_t, o, a * i + f * state_prev);
        T* const held = carried + (block * g.rows + row) * L;
        if (t > 0) {  // the next step's, which lie a whole sequence apart from row to row
            prefetch(out(row, t - 1) + block * L);
            prefetch(deltas - g.delta_step + block * L);
        }

        const Vec<T> later = load(delta_out + row * B * L + block * L);
        const Vec<T> d_out = delta + later;                                                 // B1
        const Vec<T> d_state = d_out * o * (T(1) - tanh_state * tanh_state) + load(held);   // B2
        const Vec<T> d_a = d_state * i * (T(1) - a * a);                                    // B3
        const Vec<T> d_i = d_state * a * i * (T(1) - i);                                    // B4
        const Vec<T> d_f = d_state * state_prev * f * (T(1) - f);                           // B5
        const Vec<T> d_o = d_out * tanh_state * o * (T(1) - o);                             // B6
        store(held, d_state * f);

        T* to_gates = d_gates + (block * chunk + at) * 4 * L;
        Vec<T> gates[4] = {d_a, d_i, d_f, d_o};
        if (valid < L)  // units that do not exist may be NaN, as 0 · ∞ is
            for (int gate = 0; gate < 4; ++gate) gates[gate] = first_lanes<T>(gates[gate], valid);
        for (int gate = 0; gate < 4; ++gate) store(to_gates + gate * L, gates[gate]);
        if (!g.kept[0]) return;
        const Vec<T> steps[gatewise_gates_field] = {later, d_out, d_state};
        for (int k = 0; k < gatewise_gates_field; ++k) keep(k, row, t, H, block * L, steps[k], valid);
        for (int gate = 0; gate < 4; ++gate)
            keep(gatewise_gates_field, row, t, 4 * H, gate * H + block * L, gates[gate], valid);
    }

    // x_t and out_{t-1} of a row, laid out for the sums: R columns of every row of the chunk side by side.
    INLINE void enter(Index row, Index t, Index at) const {
        const T* x = static_cast<const T*>(g.x) + g.row[row] * g.x_row + t * g.x_step;
        const T* previous = out_prev(row, t);
        T* tile = entered + at * R;
        for (Index first = 0; first < K; first += R, tile += chunk * R)
            if (first + R <= D)
                __builtin_memcpy(tile, x + first, sizeof(T) * R);
            else if (first >= D && first + R <= K)
                __builtin_memcpy(tile, previous + first - D, sizeof(T) * R);
            else
                for (Index k = 0; k < R; ++k)
                    tile[k] = first + k < D ? x[first + k] : first + k < K ? previous[first + k - D] : T(0);
    }

    // G1-G3: the chunk's δgates times what they met.
    bool add_sums(Index rows, bool first, Asking& asking) const {
        T* const sums = static_cast<T*>(g.sums);
        constexpr Index shares = 4 * sizeof(Vec<T>) / cache_line;
        for (Index block = own.first; block < own.last; ++block) {
            const T* gates = d_gates + block * chunk * 4 * L;
            const Index after = block + 1 < own.last ? block + 1 : own.first;
            const char* next = reinterpret_cast<const char*>(d_gates + after * chunk * 4 * L);
            for (Index tile = 0; tile < tiles; ++tile) {
                T* const to = sums + (block * tiles + tile) * R * 4 * L;
                for (Index k = 0; k < R * 4 * L; k += cache_line / Index(sizeof(T))) prefetch(to + k);
                Vec<T> total[R][4] = {};
                multiply_outer<T, R, 4>(total, entered + tile * chunk * R, gates, rows,
                                        Soon{next + tile % shares * rows * cache_line, cache_line});
                add<R>(to, total, first);
            }
            Vec<T> total[1][4] = {};
            for (Index at = 0; at < rows; ++at)
                for (int gate = 0; gate < 4; ++gate) total[0][gate] += load(gates + (at * 4 + gate) * L);
            add<1>(sums + (B * tiles * R + block) * 4 * L, total, first);
            if (asking.after(rows * K * 4 * L)) return false;
        }
        return true;
    }

    template <int rows>
    static INLINE void add(T* sums, const Vec<T> (&total)[rows][4], bool first) {
        for (int r = 0; r < rows; ++r)
            for (int gate = 0; gate < 4; ++gate, sums += L)
                store(sums, first ? total[r][gate] : load(sums) + total[r][gate]);
    }

    void run() const {
        for (Index k = own.first * L; k < own.last * L; ++k) zero[k] = 0;
        for (Index row = 0; row < g.rows; ++row)
            for (Index block = own.first; block < own.last; ++block) {
                const Index from = g.row[row] * H + block * L, left = H - block * L;
                store(delta_out + (row * B + block) * L, load_some(static_cast<const T*>(g.d_out) + from, left));
                store(carried + (block * g.rows + row) * L, load_some(static_cast<const T*>(g.d_state) + from, left));
            }
        if (!meet(g)) return;
        Asking asking(g.watch);
        bool first = true;
        Index collected = 0, active = 0;
        for (Index t = g.lengths[0] - 1; t >= 0; --t) {
            while (active < g.rows && g.lengths[active] > t) ++active;
            if (collected + active > chunk) {
                if (!use(collected, first, asking)) return;
                first = false;
                collected = 0;
            }
            for (Index block = own.first; block < own.last; ++block)
                for (Index row = 0; row < active; ++row) cell(t, block, row, collected + row, units_in(block, H, L));
            for (Index row = 0; row < active && g.part == 0; ++row) {
                enter(row, t, collected + row);
                to[row] = delta_out + row * B * L;
                if (g.d_x) d_x_rows[collected + row] = static_cast<T*>(g.d_x) + (g.row[row] * g.steps + t) * D;
            }
            if (!meet(g)) return;
            const void* const before = t > 0 ? saved(t - 1, 0, 0) : nullptr;
            const bool whole = multiply_columns<T>(
                d_gates + collected * 4 * L, chunk, active, H, static_cast<const T*>(g.u_columns), H, to, asking, &g,
                static_cast<const char*>(before), B * saved_fields * L * Index(sizeof(T)));  // B8
            if (!whole || !meet(g)) return;
            collected += active;
        }
        if (!use(collected, first, asking)) return;
        if (g.part == 0)
            for (Index row = 0; row < g.rows && end(row, asking); ++row) {
            }
    }

    bool use(Index rows, bool first, Asking& asking) const {
        const Own mine{&g, rows};
        if (g.d_x && !multiply_columns<T>(d_gates + mine.first * 4 * L, chunk, mine.last - mine.first, H,
                                          static_cast<const T*>(g.w_columns), D, d_x_rows + mine.first, asking))  // B7
            return false;
        return add_sums(rows, first, asking) && meet(g);
    }

    // What reaches the initial out and state; past the row's length, δx and what was kept are 0.
    bool end(Index row, Asking& asking) const {
        for (Index block = 0; block < B; ++block) {
            const Index from = g.row[row] * H + block * L, left = H - block * L;
            store_some(static_cast<T*>(g.d_out) + from, load(delta_out + (row * B + block) * L), left);
            store_some(static_cast<T*>(g.d_state) + from, load(carried + (block * g.rows + row) * L), left);
        }
        bool whole = clear_rest(g.d_x, row, D, asking);
        for (int field = 0; field < gatewise_kept_fields; ++field)
            whole = whole && clear_rest(g.kept[field], row, field == gatewise_gates_field ? 4 * H : H, asking);
        return whole;
    }

    bool clear_rest(void* array, Index row, Index width, Asking& asking) const {
        if (!array) return true;
        T* rest = static_cast<T*>(array) + (g.row[row] * g.steps + g.lengths[row]) * width;
        return clear(rest, (g.steps - g.lengths[row]) * width, asking);
    }
};

template <class T>
void backward(const gatewise_group* group) {
    FlushDenormals scope;
    Backward<T>{*group}.run();
}

template <class T>
Index scratch_backward(const gatewise_group* group) {
    return Backward<T>::scratch(*group);
}

template <class T>
Index sums_size(Index inputs, Index units) {
    return Backward<T>::sums_size(inputs, units);
}

// The groups' sums added in order, for some blocks, and written as d_W (4H, D), d_U (4H, H), d_b (4H).
template <class T>
void finish(const void* const* sums, Index groups, Index D, Index H, void* d_W_, void* d_U_, void* d_b_, Index first,
            Index last) {
    FlushDenormals scope;
    constexpr Index L = V<T>, R = Backward<T>::R;
    const Index B = ceil_div(H, L), padded = ceil_div(D + H, R) * R;
    T *d_W = static_cast<T*>(d_W_), *d_U = static_cast<T*>(d_U_), *d_b = static_cast<T*>(d_b_);
    auto total = [&](Index at) {
        Vec<T> sum = load(static_cast<const T*>(sums[0]) + at * L);
        for (Index group = 1; group < groups; ++group) sum += load(static_cast<const T*>(sums[group]) + at * L);
        return sum;
    };
    for (Index block = first; block < last; ++block) {
        const Index valid = units_in(block, H, L);
        auto copy = [&](Index at, Index columns, T* to) {  // from the at-th column of the sums on
            for (Index k0 = 0; k0 < columns; k0 += L)
                for (Index gate = 0; gate < 4; ++gate) {
                    const Index from = (block * padded + at + k0) * 4 + gate, here = smaller(L, columns - k0);
                    T* const place = to + (gate * H + block * L) * columns + k0;
                    if (valid * here <= few<T>) {
                        for (Index k = 0; k < here; ++k) {
                            const Vec<T> column = total(from + k * 4);
                            for (Index unit = 0; unit < valid; ++unit) place[unit * columns + k] = column[unit];
                        }
                        continue;
                    }
                    Vec<T> square[L];
#pragma GCC unroll 16
                    for (Index k = 0; k < L; ++k) square[k] = k < here ? total(from + k * 4) : Vec<T>{};
                    transpose<T>(square);
#pragma GCC unroll 16
                    for (Index unit = 0; unit < L; ++unit)
                        if (unit < valid) store_some(place + unit * columns, square[unit], here);
                }
        };
        copy(0, D, d_W);
        copy(D, H, d_U);
        for (Index gate = 0; gate < 4; ++gate)
            store_some(d_b + gate * H + block * L, total((B * padded + block) * 4 + gate), valid);
    }
}

}  // namespace
