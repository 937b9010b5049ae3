// F1-F6 for one group of rows. Included by kernels.cpp only; layouts are in contract.hpp.
//
// A variant of the cell is a compile-time flag of `cells_of`, which is all that is compiled again for it. A projection is
// a product after the step, and no bias one of 0.

#pragma once

#include "activations.hpp"
#include "product.hpp"

namespace {

constexpr Index saved_fields = gatewise_saved_fields;
constexpr Index copying = 16;  // what a number costs that is only moved, in multiplications
constexpr Index ahead = 48;  // steps whose W·x is worked out ahead for a single row

// What is compiled once more for a variant: flags of `cells_of`, added up.
constexpr int with_peepholes = 1, with_coupled = 2, with_clip = 4, with_projection = 8, cell_kinds = 16;

// Which of them a variant has. One flag serves both clips: a limit that is not there is infinite.
INLINE int kind_of(const gatewise_variant& v) {
    const bool clipped = v.clip < __builtin_inf() || v.state_clip < __builtin_inf();
    return (v.peepholes ? with_peepholes : 0) + (v.coupled ? with_coupled : 0) + (clipped ? with_clip : 0) +
           (v.projected ? with_projection : 0);
}

// The weights of a block as its panel, times what the gate's activation wants its argument multiplied by; rows of W and U
// that do not exist are 0.
template <class T>
void pack_block(const gatewise_layer& layer, const gatewise_parameters& parameters, Index block, T* panel, T* bias) {
    constexpr Index L = V<T>,
                    soon = 4 * L;  // how far ahead rows are fetched: they lie too far apart for the processor to guess
    const Index D = layer.inputs, H = layer.units, Q = layer.outputs, valid = units_in(block, H, L);
    auto copy = [&](const void* matrix, Index columns, T* to) {
        for (Index k0 = 0; k0 < columns; k0 += L)
            for (Index gate = 0; gate < 4; ++gate) {
                const Index here = smaller(L, columns - k0), place = layer.place[gate];
                T* const at = to + (k0 * 4 + gate) * L;
                if (place < 0) {
                    for (Index k = 0; k < here; ++k) store(at + k * 4 * L, Vec<T>{});
                    continue;
                }
                const T* from = static_cast<const T*>(matrix) + (place * H + block * L) * columns + k0;
                const T factor = T(gate_factor(gate));
                if (valid * here <= few<T>) {
                    for (Index k = 0; k < here; ++k)
                        for (Index unit = 0; unit < L; ++unit)
                            at[k * 4 * L + unit] = unit < valid ? from[unit * columns + k] * factor : T(0);
                    continue;
                }
                Vec<T> square[L];
#pragma GCC unroll 16
                for (Index unit = 0; unit < L; ++unit) {
                    square[unit] = unit < valid ? load_some(from + unit * columns, here) * factor : Vec<T>{};
                    __builtin_prefetch(from + unit * columns + soon, for_reading, to_first_cache);
                }
                transpose<T>(square);
#pragma GCC unroll 16
                for (Index k = 0; k < L; ++k)
                    if (k < here) store(at + k * 4 * L, square[k]);
            }
    };
    copy(parameters.W, D, panel);
    copy(parameters.U, Q, panel + D * 4 * L);
    for (Index gate = 0; gate < 4; ++gate) {
        const Index place = layer.place[gate];
        const auto some = [&](const void* b) {
            return b && place >= 0 ? load_some(static_cast<const T*>(b) + place * H + block * L, valid) : Vec<T>{};
        };
        const Vec<T> sum = parameters.b2 ? some(parameters.b) + some(parameters.b2) : some(parameters.b);
        store(bias + gate * L, sum * T(gate_factor(gate)));
    }
}

template <class T>
void pack(const gatewise_layer* layer, const gatewise_parameters* parameters, void* panel, void* bias, Index first,
          Index last) {
    constexpr Index L = V<T>;
    const Index size = (layer->inputs + layer->outputs) * 4 * L;
    for (Index block = first; block < last; ++block)
        pack_block(*layer, *parameters, block, static_cast<T*>(panel) + block * size,
                   static_cast<T*>(bias) + block * 4 * L);
}

// Where V's numbers of gate i, f or o begin, counted in H: -1 for f of a coupled cell.
INLINE Index place_in_V(const gatewise_layer& layer, Index gate) {
    return !layer.variant.coupled || gate < 2 ? gate - 1 : gate == 2 ? -1 : 1;
}

template <class T>
void pack_others(const gatewise_layer* layer, const gatewise_parameters* parameters, int backward, void* peepholes,
                 void* projection) {
    constexpr Index L = V<T>;
    const Index H = layer->units, Q = layer->outputs;
    const T *peeps = static_cast<const T*>(parameters->V), *R = static_cast<const T*>(parameters->R);
    T* to = static_cast<T*>(peepholes);
    for (Index block = 0; layer->variant.peepholes && block * L < H; ++block)
        for (Index gate = 1; gate < 4; ++gate, to += L) {
            const Index place = place_in_V(*layer, gate);
            const T factor = backward ? T(1) : T(gate_factor(gate));
            store(to, place < 0 ? Vec<T>{} : load_some(peeps + place * H + block * L, units_in(block, H, L)) * factor);
        }
    if (!layer->variant.projected) return;
    T* row = static_cast<T*>(projection);
    const Index rows = backward ? Q : H, columns = backward ? H : Q, width = ceil_div(columns, L) * L;
    for (Index r = 0; r < rows; ++r, row += width)
        for (Index k = 0; k < width; ++k) row[k] = k >= columns ? T(0) : backward ? R[r * H + k] : R[k * H + r];
}

template <class T>
struct Forward {
    static constexpr Index L = V<T>;
    const gatewise_group& g;
    const Index D = g.layer->inputs, H = g.layer->units, Q = g.layer->outputs, B = ceil_div(H, L);
    const int chosen = kind_of(g.layer->variant);
    const bool projected = g.layer->variant.projected;
    const Own own{&g, B};  // blocks
    const bool far = is_far(g);
    const Index width = row_width(g);
    T* const state = static_cast<T*>(g.scratch);    // [B][rows][V]
    T* const zero = state + B * g.rows * L;         // [longest]
    T* const Wx = zero + longest(g);                // [ahead][B][4][V], for a single row
    T* const met = Wx + (g.rows == 1 ? ahead * B * 4 * L : 0);  // [2][rows][width], if far: x_t and, aligned, out_{t-1}
    T* const shown = met + 2 * g.rows * width;      // [rows][B·V], if projected: h_t
    T* const given = shown + (projected ? g.rows * B * L : 0);        // [rows][Q, filled up], likewise: R·h_t
    // [K][4][V] and [4][V], if weights are not packed yet: a block's panel and bias, of each part
    T* const own_panel = given + (projected ? g.rows * filled(Q) : 0) + g.part * own_size(g);

    // A panel does not stay in the nearest cache. Then what the weights meet is copied to one place, for even and for odd
    // steps: rows of out may lie a power of two apart, so that they would share their places in the caches.
    static bool is_far(const gatewise_group& g) {
        return (g.layer->inputs + g.layer->outputs) * 4 * L * Index(sizeof(T)) > near_bytes;
    }
    static Index filled(Index count) { return ceil_div(count, L) * L; }  // up to whole vectors
    static Index longest(const gatewise_group& g) { return filled(larger(g.layer->units, g.layer->outputs)); }
    static Index row_width(const gatewise_group& g) {
        return is_far(g) ? filled(g.layer->inputs) + filled(g.layer->outputs) + L : 0;
    }
    static Index own_size(const gatewise_group& g) {
        return g.plain ? (g.layer->inputs + g.layer->outputs + 1) * 4 * L : 0;
    }
    static Index scratch(const gatewise_group& g) {
        const Index H = filled(g.layer->units), projected = g.layer->variant.projected ? H + filled(g.layer->outputs) : 0;
        return sizeof(T) * (g.rows * H + longest(g) + (g.rows == 1 ? ahead * H * 4 : 0) + 2 * g.rows * row_width(g) +
                            g.rows * projected + larger(g.parts, 1) * own_size(g));
    }

    const T* x(Index row, Index t) const { return at<const T>(g, g.x, row, t); }
    T* out(Index row, Index t) const { return at<T>(g, g.out, row, t); }
    T* hidden(Index row, Index t) const { return at<T>(g, g.hidden, row, t); }
    const T* panel(Index block) const {
        return g.plain ? own_panel : static_cast<const T*>(g.panel) + block * (D + Q) * 4 * L;
    }
    const T* bias(Index block) const {
        return g.plain ? own_panel + (D + Q) * 4 * L : static_cast<const T*>(g.bias) + block * 4 * L;
    }
    const T* out_prev(Index row, Index t) const {
        if (t > 0) return out(row, t - 1);
        return g.out0 ? static_cast<const T*>(g.out0) + g.row[row] * Q : zero;
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
            const T *const panel = f.panel(block), *const bias = f.bias(block);
            const T* const after = f.panel(block + 1 < f.B ? block + 1 : 0);
            Soon soon = share_of<R>(after, f.D + f.Q, 4 * sizeof(Vec<T>), first);
            const bool single = R == 1 && f.g.rows == 1;
            const T* from[R];
            alignas(64) T sums[R * 4 * L];
            const T* Wx = f.Wx + (t % ahead * f.B + block) * 4 * L;
            if (!single) {
                Vec<T> z[R][4];
                for (int r = 0; r < R; ++r) {
                    from[r] = far ? f.x_met(first + r, t) : f.x(first + r, t);
                    for (int gate = 0; gate < 4; ++gate) z[r][gate] = load(bias + gate * L);
                }
                multiply<T, far>(z, from, panel, f.D, soon);
                put(sums, z);
                Wx = sums;
            }
            Vec<T> z[R][4] = {};
            for (int r = 0; r < R; ++r) from[r] = far && !single ? f.out_met(first + r, t) : f.out_prev(first + r, t);
            multiply<T, far>(z, from, panel + f.D * 4 * L, f.Q, soon);
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

    INLINE void cells(const T* z, Index t, Index block, Index first, Index rows) const {
        chosen == 0 ? cells_of<0>(z, t, block, first, rows) : variant_cells(z, t, block, first, rows);
    }

    // One place that knows all kinds: the tiles stay as short as they are.
    __attribute__((noinline)) void variant_cells(const T* z, Index t, Index block, Index first, Index rows) const {
        of_kind<1>(z, t, block, first, rows);
    }

    template <int kind>
    INLINE void of_kind(const T* z, Index t, Index block, Index first, Index rows) const {
        if (chosen == kind) return cells_of<kind>(z, t, block, first, rows);
        if constexpr (kind + 1 < cell_kinds) of_kind<kind + 1>(z, t, block, first, rows);
    }

    // F1-F6 from the pre-activations of some rows. Not inlined: the constants of the activations then have the registers
    // that the sums of the matrix product had. In two sweeps: the second need not wait for the end of each row's first.
    template <int kind>
    __attribute__((noinline)) void cells_of(const T* z, Index t, Index block, Index first, Index rows) const {
        constexpr bool peepholes = kind & with_peepholes, coupled = kind & with_coupled, clipped = kind & with_clip;
        Vec<T> kept_state[most_rows(4)], kept_o[most_rows(4)];
        const Index valid = units_in(block, H, L);
        Vec<T> V_i, V_f, V_o;
        if constexpr (peepholes) {
            const T* const peeps = static_cast<const T*>(g.peepholes) + block * 3 * L;
            V_i = load(peeps), V_f = load(peeps + L), V_o = load(peeps + 2 * L);
        }
        const T limit_a = T(g.layer->variant.clip * tanh_factor), limit = T(g.layer->variant.clip * sigmoid_factor);
        const T state_limit = T(g.layer->variant.state_clip);
        T* held = state + (block * g.rows + first) * L;
        T* to = static_cast<T*>(g.saved) + ((t * B + block) * g.rows + first) * saved_fields * L;
        for (Index r = 0; r < rows; ++r, z += 4 * L, held += L, to += saved_fields * L) {
            const Vec<T> previous = load(held);
            // clang-format off: the equations' ids stand in one column
            Vec<T> z_a = load(z), z_i = load(z + L), z_f = load(z + 2 * L), z_o = load(z + 3 * L);
            if constexpr (peepholes) z_i += V_i * previous, z_f += V_f * previous;
            if constexpr (clipped) z_a = within<T>(z_a, limit_a), z_i = within<T>(z_i, limit), z_f = within<T>(z_f, limit);
            const Vec<T> a = tanh_scaled<T>(z_a);                                   // F1
            const Vec<T> i = sigmoid_scaled<T>(z_i);                                // F2
            const Vec<T> f = coupled ? T(1) - i : sigmoid_scaled<T>(z_f);           // F3
            Vec<T> now = a * i + f * previous;                                      // F5
            if constexpr (clipped) now = within<T>(now, state_limit);
            if constexpr (peepholes) z_o += V_o * now;
            if constexpr (clipped) z_o = within<T>(z_o, limit);
            const Vec<T> o = sigmoid_scaled<T>(z_o);                                // F4
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
            if constexpr (kind & with_projection) {
                store(shown + ((first + r) * B + block) * L, now);
                if (g.hidden.data) store_some(hidden(first + r, t) + block * L, now, valid);
            } else {
                store_some(out(first + r, t) + block * L, now, valid);
                if (far) store(out_met(first + r, t + 1) + block * L, now);
            }
        }
    }

    // out = R·h of a step; the parts of a single row take its columns among them, by fours of vectors.
    bool project(Index t, Index active, Asking& asking) const {
        const Index width = filled(Q);
        const Own fours{&g, ceil_div(Q, 4 * L)};
        const Index begin = fours.first * 4 * L, count = smaller(fours.last * 4 * L, Q) - begin;
        if (count > 0) {
            const gatewise_product p{
                active,  count,         H,     shown,  B * L, 1, static_cast<const T*>(g.projection) + begin, width,
                nullptr, given + begin, width, g.watch};
            if (!multiply_plain<T>(p, asking)) return false;
        }
        for (Index row = 0; row < active; ++row)
            for (Index k = begin; k < begin + count; k += L) {
                copy_some(out(row, t) + k, given + row * width + k, begin + count - k);
                if (far && g.rows > 1) copy_some(out_met(row, t + 1) + k, given + row * width + k, begin + count - k);
            }
        return meet(g);
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
                for (int gate = 0; gate < 4; ++gate) z[r][gate] = load(f.bias(block) + gate * L);
            }
            Soon soon{};
            multiply<T, false>(z, from, f.panel(block), f.D, soon);
            for (int r = 0; r < R; ++r)
                for (int gate = 0; gate < 4; ++gate) store(f.Wx + (((first + r) * f.B + block) * 4 + gate) * L, z[r][gate]);
        }
    };

    void work_ahead(Index t, Index block) const {
        for_tiles<most_rows(4)>(smaller(g.plain ? 1 : ahead, g.lengths[0] - t), AheadTile{*this, t, block});
    }

    void run() const {
        const Own vectors{&g, longest(g) / L};
        for (Index k = vectors.first * L; k < vectors.last * L; ++k) zero[k] = 0;
        for (Index row = 0; row < g.rows; ++row) {
            if (far && g.rows > 1)
                for (Index k = 0; k < Q; k += L) copy_some(out_met(row, 0) + k, out_prev(row, 0) + k, Q - k);
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
            if (g.rows == 1 && t % ahead == 0 && !g.plain)
                for (Index block = own.first; block < own.last; ++block) work_ahead(t, block);
            for (Index block = own.first; block < own.last; ++block) {
                if (g.plain) {
                    pack_block(*g.layer, *g.plain, block, own_panel, own_panel + (D + Q) * 4 * L);
                    if (g.rows == 1) work_ahead(t, block);
                }
                for_tiles<most_rows(4)>(active, Tile<far>{*this, t, block});
                if (asking.after(active * (D + Q) * 4 * L)) return false;
            }
            if (!meet(g)) return false;
            if (projected && !project(t, active, asking)) return false;
        }
        return true;
    }

    // The row's own last out and state; past its length, out is 0.
    bool end(Index row, Asking& asking) const {
        const T* last = out_prev(row, g.lengths[row]);
        T* last_out = static_cast<T*>(g.last_out) + g.row[row] * Q;
        T* last_state = static_cast<T*>(g.last_state) + g.row[row] * H;
        for (Index unit = 0; unit < Q; ++unit) last_out[unit] = last[unit];
        for (Index block = 0; block < B; ++block)
            store_some(last_state + block * L, load(state + (block * g.rows + row) * L), H - block * L);
        if (projected && !clear_past_end<T>(g, g.hidden, row, H, asking)) return false;
        return clear_past_end<T>(g, g.out, row, Q, asking);
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

// One of the saved arrays as a series of H, 0 past a row's length. The state is the one after the step: what
// the next step saved as the previous one, or the last state.
template <class T>
void unpack(const gatewise_group* group, int field, const gatewise_series* plain) {
    constexpr Index L = V<T>;
    const gatewise_group& g = *group;
    const Index H = g.layer->units, B = ceil_div(H, L);
    const T* saved = static_cast<const T*>(g.saved);
    Asking asking(g.watch);
    for (Index row = 0; row < g.rows; ++row) {
        const Index length = g.lengths[row], shift = field == gatewise_state_field;
        for (Index t = 0; t < length; ++t) {
            if (asking.after(H * copying)) return;
            T* const to = at<T>(g, *plain, row, t);
            for (Index block = 0; block < B; ++block) {
                const Index place = (((t + shift) * B + block) * g.rows + row) * saved_fields + field;
                const bool past = t + shift == length;
                const T* last = static_cast<const T*>(g.last_state) + g.row[row] * H + block * L;
                const T* from = past ? last : saved + place * L;
                for (Index unit = 0; unit < units_in(block, H, L); ++unit) to[block * L + unit] = from[unit];
            }
        }
        if (!clear_past_end<T>(g, *plain, row, H, asking)) return;
    }
}

}  // namespace
