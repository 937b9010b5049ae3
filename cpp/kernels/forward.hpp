// F1-F6 for one group of rows. Included by kernels.cpp only; layouts are in contract.hpp.

#pragma once

#include "activations.hpp"
#include "tiles.hpp"

namespace {

constexpr Index saved_fields = gatewise_saved_fields;
constexpr Index copying = 16;  // what a number costs that is only moved, in multiplications
constexpr Index ahead = 48;  // steps whose W·x is worked out ahead for a single row

// The weights of blocks first..last as panels, times what the gate's activation wants its argument multiplied by; rows
// of W and U that do not exist are 0.
template <class T>
void pack(const void* W_, const void* U_, const void* b_, Index D, Index H, void* panel_, void* bias_, Index first,
          Index last) {
    constexpr Index L = V<T>;
    const T *W = static_cast<const T*>(W_), *U = static_cast<const T*>(U_), *b = static_cast<const T*>(b_);
    for (Index block = first; block < last; ++block) {
        T* panel = static_cast<T*>(panel_) + block * (D + H) * 4 * L;
        T* bias = static_cast<T*>(bias_) + block * 4 * L;
        const Index valid = units_in(block, H, L);
        auto copy = [&](const T* M, Index columns, T* to) {
            for (Index k0 = 0; k0 < columns; k0 += L)
                for (Index gate = 0; gate < 4; ++gate) {
                    const T* from = M + (gate * H + block * L) * columns + k0;
                    T* const at = to + (k0 * 4 + gate) * L;
                    const T factor = T(gate_factor(gate));
                    const Index here = smaller(L, columns - k0);
                    if (valid * here <= few<T>) {
                        for (Index k = 0; k < here; ++k)
                            for (Index unit = 0; unit < L; ++unit)
                                at[k * 4 * L + unit] = unit < valid ? from[unit * columns + k] * factor : T(0);
                        continue;
                    }
                    Vec<T> square[L];
#pragma GCC unroll 16
                    for (Index unit = 0; unit < L; ++unit)
                        square[unit] = unit < valid ? load_some(from + unit * columns, here) * factor : Vec<T>{};
                    transpose<T>(square);
#pragma GCC unroll 16
                    for (Index k = 0; k < L; ++k)
                        if (k < here) store(at + k * 4 * L, square[k]);
                }
        };
        copy(W, D, panel);
        copy(U, H, panel + D * 4 * L);
        for (Index gate = 0; gate < 4; ++gate)
            store(bias + gate * L, load_some(b + gate * H + block * L, valid) * T(gate_factor(gate)));
    }
}

template <class T>
struct Forward {
    static constexpr Index L = V<T>;
    const gatewise_group& g;
    const Index D = g.inputs, H = g.units, B = ceil_div(g.units, V<T>);
    const T* const panel = static_cast<const T*>(g.panel);
    const T* const bias = static_cast<const T*>(g.bias);
    const Own own{&g, B};  // blocks
    const bool far = is_far(g);
    const Index width = row_width(g);
    T* const state = static_cast<T*>(g.scratch);    // [B][rows][V]
    T* const zero = state + B * g.rows * L;         // [B·V]
    T* const Wx = zero + B * L;                     // [ahead][B][4][V], for a single row
    T* const met = Wx + (g.rows == 1 ? ahead * B * 4 * L : 0);  // [2][rows][width], if far: x_t and, aligned, out_{t-1}

    // A panel does not stay in the nearest cache. Then what the weights meet is copied to one place, for even and for odd
    // steps: rows of out may lie a power of two apart, so that they would share their places in the caches.
    static bool is_far(const gatewise_group& g) { return (g.inputs + g.units) * 4 * L * Index(sizeof(T)) > near_bytes; }
    static Index row_width(const gatewise_group& g) {
        return is_far(g) ? (ceil_div(g.inputs, L) + ceil_div(g.units, L) + 1) * L : 0;
    }
    static Index scratch(const gatewise_group& g) {
        const Index B = ceil_div(g.units, L);
        return sizeof(T) * ((g.rows + 1) * B * L + (g.rows == 1 ? ahead * B * 4 * L : 0) + 2 * g.rows * row_width(g));
    }

    const T* x(Index row, Index t) const { return static_cast<const T*>(g.x) + g.row[row] * g.x_row + t * g.x_step; }
    T* out(Index row, Index t) const { return static_cast<T*>(g.out) + (g.row[row] * g.steps + t) * H; }
    const T* out_prev(Index row, Index t) const {
        if (t > 0) return out(row, t - 1);
        return g.out0 ? static_cast<const T*>(g.out0) + g.row[row] * H : zero;
    }
    T* out_met(Index row, Index t) const { return met + (t % 2 * g.rows + row) * width + ceil_div(D, L) * L; }
    T* x_met(Index row, Index t) const { return out_met(row, t) - D; }

    // F1-F6 for R rows and one block of V units: all four gates at once. b + W·x and U·out are sums of their own: added to
    // the first, which is mostly the larger, each term of the second would be rounded to that one's digits.
    template <bool far>
    struct Tile {
        const Forward& f;
        Index t, block;

        template <int R>
        INLINE void run(Index first) const {
            const Index K = f.D + f.H, size = K * 4 * L;
            const T* panel = f.panel + block * size;
            const T* after = f.panel + (block + 1 < f.B ? block + 1 : 0) * size;
            Soon soon = share_of<R>(after, K, 4 * sizeof(Vec<T>), first);
            const bool single = R == 1 && f.g.rows == 1;
            const T* from[R];
            alignas(64) T sums[R * 4 * L];
            const T* Wx = f.Wx + (t % ahead * f.B + block) * 4 * L;
            if (!single) {
                Vec<T> z[R][4];
                for (int r = 0; r < R; ++r) {
                    from[r] = far ? f.x_met(first + r, t) : f.x(first + r, t);
                    for (int gate = 0; gate < 4; ++gate) z[r][gate] = load(f.bias + (block * 4 + gate) * L);
                }
                multiply<T, far>(z, from, panel, f.D, soon);
                put(sums, z);
                Wx = sums;
            }
            Vec<T> z[R][4] = {};
            for (int r = 0; r < R; ++r) from[r] = far && !single ? f.out_met(first + r, t) : f.out_prev(first + r, t);
            multiply<T, far>(z, from, panel + f.D * 4 * L, f.H, soon);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
                for (int gate = 0; gate < 4; ++gate) z[r][gate] += load(Wx + (r * 4 + gate) * L);
            put(sums, z);
            f.cells(sums, t, block, first, R);
        }

        template <int R>
        static INLINE void put(T* to, const Vec<T> (&z)[R][4]) {
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
                for (int gate = 0; gate < 4; ++gate) store(to + (r * 4 + gate) * L, z[r][gate]);
        }
    };

    // F1-F6 from the pre-activations of some rows. Not inlined: the constants of the activations then have the registers
    // that the sums of the matrix product had. In two sweeps: the second need not wait for the end of each row's first.
    __attribute__((noinline)) void cells(const T* z, Index t, Index block, Index first, Index rows) const {
        Vec<T> kept_state[most_rows(4)], kept_o[most_rows(4)];
        const Index valid = units_in(block, H, L);
        T* held = state + (block * g.rows + first) * L;
        T* to = static_cast<T*>(g.saved) + ((t * B + block) * g.rows + first) * saved_fields * L;
        for (Index r = 0; r < rows; ++r, z += 4 * L, held += L, to += saved_fields * L) {
            const Vec<T> previous = load(held);
            // clang-format off: the equations' ids stand in one column
            const Vec<T> a = tanh_scaled<T>(load(z));                  // F1
            const Vec<T> i = sigmoid_scaled<T>(load(z + L));           // F2
            const Vec<T> f = sigmoid_scaled<T>(load(z + 2 * L));       // F3
            const Vec<T> o = sigmoid_scaled<T>(load(z + 3 * L));       // F4
            const Vec<T> now = a * i + f * previous;                   // F5
            // clang-format on
            store(held, now);
            kept_state[r] = now;
            kept_o[r] = o;
            if (!g.saved) continue;
            const Vec<T> fields[saved_fields] = {a, i, f, o, previous};
            if (g.stream)
                for (int k = 0; k < saved_fields; ++k) store_past_cache<T>(to + k * L, fields[k]);
            else
                for (int k = 0; k < saved_fields; ++k) store(to + k * L, fields[k]);
        }
        for (Index r = 0; r < rows; ++r) {
            const Vec<T> now = tanh_scaled<T>(kept_state[r] * T(tanh_factor)) * kept_o[r];  // F6
            store_some(out(first + r, t) + block * L, now, valid);
            if (far) store(out_met(first + r, t + 1) + block * L, now);
        }
    }

    // b + W·x of the next steps of a single row, as if the steps were rows.
    struct AheadTile {
        const Forward& f;
        Index t, block;

        template <int R>
        INLINE void run(Index first) const {
            Vec<T> z[R][4];
            const T* from[R];
            for (int r = 0; r < R; ++r) {
                from[r] = f.x(0, t + first + r);
                for (int gate = 0; gate < 4; ++gate) z[r][gate] = load(f.bias + (block * 4 + gate) * L);
            }
            Soon soon{};
            multiply<T, false>(z, from, f.panel + block * (f.D + f.H) * 4 * L, f.D, soon);
            for (int r = 0; r < R; ++r)
                for (int gate = 0; gate < 4; ++gate) store(f.Wx + (((first + r) * f.B + block) * 4 + gate) * L, z[r][gate]);
        }
    };

    void run() const {
        for (Index k = own.first * L; k < own.last * L; ++k) zero[k] = 0;
        for (Index row = 0; row < g.rows; ++row) {
            if (far && g.rows > 1)
                for (Index k = 0; k < H; k += L) copy_some(out_met(row, 0) + k, out_prev(row, 0) + k, H - k);
            const T* start = static_cast<const T*>(g.last_state) + g.row[row] * H;
            for (Index block = own.first; block < own.last; ++block)
                store(state + (block * g.rows + row) * L, load_some(start + block * L, H - block * L));
        }
        Asking asking(g.watch);
        if (!meet(g) || !(far ? steps<true>(asking) : steps<false>(asking))) return;
        if (g.saved && g.stream) finish_stores_past_cache();
        if (g.part == 0)
            for (Index row = 0; row < g.rows && end(row, asking); ++row) {
            }
    }

    // Whether all steps were made: not if the group's watch says to stop.
    template <bool far>
    bool steps(Asking& asking) const {
        Index active = g.rows;
        for (Index t = 0; t < g.lengths[0]; ++t) {
            while (g.lengths[active - 1] <= t) --active;
            if (far && g.rows > 1)
                for (Index row = 0; row < active; ++row)
                    for (Index k = 0; k < D; k += L) copy_some(x_met(row, t) + k, x(row, t) + k, D - k);
            if (g.rows == 1 && t % ahead == 0)
                for (Index block = own.first; block < own.last; ++block)
                    for_tiles<most_rows(4)>(smaller(ahead, g.lengths[0] - t), AheadTile{*this, t, block});
            for (Index block = own.first; block < own.last; ++block) {
                for_tiles<most_rows(4)>(active, Tile<far>{*this, t, block});
                if (asking.after(active * (D + H) * 4 * L)) return false;
            }
            if (!meet(g)) return false;
        }
        return true;
    }

    // The row's own last out and state; past its length, out is 0.
    bool end(Index row, Asking& asking) const {
        const T* last = out_prev(row, g.lengths[row]);
        T* last_out = static_cast<T*>(g.last_out) + g.row[row] * H;
        T* last_state = static_cast<T*>(g.last_state) + g.row[row] * H;
        for (Index unit = 0; unit < H; ++unit) last_out[unit] = last[unit];
        for (Index block = 0; block < B; ++block)
            store_some(last_state + block * L, load(state + (block * g.rows + row) * L), H - block * L);
        return clear(out(row, g.lengths[row]), (g.steps - g.lengths[row]) * H, asking);
    }
};

template <class T>
void forward(const gatewise_group* group) {
    FlushDenormals scope;
    Forward<T>{*group}.run();
}

template <class T>
Index scratch_forward(const gatewise_group* group) {
    return Forward<T>::scratch(*group);
}

// One of the saved arrays in the layout (N, T, H), 0 past a row's length. The state is the one after the step: what
// the next step saved as the previous one, or the last state.
template <class T>
void unpack(const gatewise_group* group, int field, void* plain) {
    constexpr Index L = V<T>;
    const gatewise_group& g = *group;
    const Index H = g.units, B = ceil_div(H, L);
    const T* saved = static_cast<const T*>(g.saved);
    Asking asking(g.watch);
    for (Index row = 0; row < g.rows; ++row) {
        T* to = static_cast<T*>(plain) + g.row[row] * g.steps * H;
        const Index length = g.lengths[row], shift = field == gatewise_state_field;
        for (Index t = 0; t < length; ++t) {
            if (asking.after(H * copying)) return;
            for (Index block = 0; block < B; ++block) {
                const Index at = (((t + shift) * B + block) * g.rows + row) * saved_fields + field;
                const bool past = t + shift == length;
                const T* last = static_cast<const T*>(g.last_state) + g.row[row] * H + block * L;
                const T* from = past ? last : saved + at * L;
                for (Index unit = 0; unit < units_in(block, H, L); ++unit) to[t * H + block * L + unit] = from[unit];
            }
        }
        if (!clear(to + length * H, (g.steps - length) * H, asking)) return;
    }
}

}  // namespace
