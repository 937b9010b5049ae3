// B1-B8 and G1-G3 for one group of rows. Included by kernels.cpp only; layouts are in contract.hpp.
//
// Step by step backward: δgates of all blocks and rows (B1-B6), then Δout_{t-1} = Uᵀ·δgates_t (B8). The δgates of the
// last steps are collected; once there are about `chunk_rows` of them, they yield δx (B7) and are added to δW, δU, δb
// (G1-G3), and to δV and δR where a cell has those. A sum over a few hundred rows, then over those sums, loses far less
// than one running sum.

#pragma once

#include "forward.hpp"

namespace {

constexpr Index chunk_rows = 384;  // a few hundred: see above

template <class T>
struct Backward {
    static constexpr Index L = V<T>;
    static constexpr int R = most_rows(4);  // columns of δW in a tile
    const gatewise_group& g;
    const gatewise_variant& variant = g.layer->variant;
    const Index D = g.layer->inputs, H = g.layer->units, Q = g.layer->outputs, B = ceil_div(H, L), K = D + Q;
    const int chosen = kind_of(variant);
    const Index width = padded(Q);  // of a row of Δout
    const Index tiles = ceil_div(K, R), chunk = capacity(g);
    const Own own{&g, B};  // blocks
    T* const d_gates = static_cast<T*>(g.scratch);       // [B][chunk][4][V]
    T* const entered = d_gates + B * chunk * 4 * L;      // [tiles][chunk][R]: x_t and out_{t-1}, as δgates met them
    T* const delta_out = entered + padded(tiles * chunk * R);  // [rows][width]: Δout
    T* const carried = delta_out + g.rows * width;       // [B][rows][V]: what reaches state_{t-1}, δstate ⊙ f and more
    T* const zero = carried + B * g.rows * L;            // [width]
    T* const state = zero + width;                       // [B][rows][V], of variants: state_t
    T* const d_V = state + (chosen ? B * g.rows * L : 0);        // [B][3][V], of peepholes: δV of the chunk
    T* const d_out = d_V + (variant.peepholes ? B * 3 * L : 0);  // [chunk][width], if projected: δout
    T* const shown = d_out + (variant.projected ? chunk * width : 0);  // [chunk][B·V], likewise: h
    T* const d_h = shown + (variant.projected ? chunk * B * L : 0);    // [rows][B·V]: δh
    T* const d_R = d_h + (variant.projected ? g.rows * B * L : 0);     // [Q][B·V]: δR of the chunk
    T** const to = reinterpret_cast<T**>(
        d_R + (variant.projected ? Q * B * L : 0));  // [chunk]: a pointer for each row of a product
    T** const d_x_rows = to + larger(chunk, g.rows);     // [chunk]

    // What backward finds a gate's or the state's value at where it was clipped. NaN where nothing clips: no value is
    // there.
    struct Limits {
        T a, low, high, state;
    };
    // What the activations make of the limit, as forward did.
    static Limits limits_of(const gatewise_variant& v) {
        const T none = T(__builtin_nan(""));
        Limits found{none, none, none, none};
        if (v.clip < __builtin_inf()) {
            found.a = tanh_scaled<T>(all<T>(T(v.clip * tanh_factor)))[0];
            found.low = sigmoid_scaled<T>(all<T>(-T(v.clip * sigmoid_factor)))[0];
            found.high = sigmoid_scaled<T>(all<T>(T(v.clip * sigmoid_factor)))[0];
        }
        if (v.state_clip < __builtin_inf()) found.state = T(v.state_clip);
        return found;
    }
    const Limits limits = limits_of(variant);

    static Index padded(Index elements) { return ceil_div(elements, L) * L; }
    static Index capacity(const gatewise_group& g) { return larger(g.rows, chunk_rows / g.rows * g.rows); }
    static Index scratch(const gatewise_group& g) {
        const Index D = g.layer->inputs, H = padded(g.layer->units), Q = g.layer->outputs, width = padded(Q);
        const Index chunk = capacity(g), tiles = ceil_div(D + Q, R);
        Index elements = chunk * 4 * H + padded(tiles * chunk * R) + g.rows * (H + width) + width;
        const gatewise_variant& variant = g.layer->variant;
        if (kind_of(variant)) elements += g.rows * H;
        if (variant.peepholes) elements += 3 * H;
        if (variant.projected) elements += chunk * (width + H) + g.rows * H + Q * H;
        return elements * sizeof(T) + 2 * chunk * sizeof(T*);
    }
    // δW and δU, δb, δV, δR of a group, one after the other: where each begins, in vectors.
    struct Places {
        Index b, V, R, end;
        explicit Places(const gatewise_layer& layer) {
            const Index blocks = ceil_div(layer.units, L);
            b = blocks * 4 * ceil_div(layer.inputs + layer.outputs, Backward::R) * Backward::R;
            V = b + blocks * 4;
            R = V + (layer.variant.peepholes ? blocks * 3 : 0);
            end = R + (layer.variant.projected ? layer.outputs * blocks : 0);
        }
    };

    const T* saved(Index t, Index block, Index row) const {
        return static_cast<const T*>(g.saved) + ((t * B + block) * g.rows + row) * saved_fields * L;
    }
    const T* out(Index row, Index t) const { return at<const T>(g, g.out, row, t); }
    const T* hidden(Index row, Index t) const { return at<const T>(g, g.hidden, row, t); }
    const T* delta(Index row, Index t) const { return at<const T>(g, g.delta, row, t); }
    const T* out_prev(Index row, Index t) const {
        if (t > 0) return out(row, t - 1);
        return g.out0 ? static_cast<const T*>(g.out0) + g.row[row] * Q : zero;
    }
    void keep(int field, Index row, Index t, Index first, Vec<T> value, Index valid) const {
        store_some(at<T>(g, g.kept[field], row, t) + first, value, valid);
    }

    // The slope, or 0 where the value says that the activation's argument was clipped.
    template <int kind>
    static INLINE Vec<T> unless_clipped(Vec<T> slope, Vec<T> value, T low, T high) {
        if constexpr (kind & with_clip) return (value <= low) | (value >= high) ? Vec<T>{} : slope;
        return slope;
    }

    // B1-B6 for V units of one row. Of a variant also δV, added to `peeps`.
    template <int kind>
    INLINE void cell(Index t, Index block, Index row, Index at, Index valid, Vec<T> (&peeps)[3]) const {
        constexpr bool peepholes = kind & with_peepholes, coupled = kind & with_coupled, clipped = kind & with_clip;
        constexpr bool projected = kind & with_projection, keeps_state = peepholes || clipped;
        const T* from = saved(t, block, row);
        const Vec<T> a = load(from), i = load(from + L), f = load(from + 2 * L), o = load(from + 3 * L);
        const Vec<T> state_prev = load(from + 4 * L);
        const Vec<T> out_t = load_some(hidden(row, t) + block * L, valid);
        const Index here = (block * g.rows + row) * L;
        T* const held = carried + here;
        const Vec<T> state_t = keeps_state ? load(state + here) : a * i + f * state_prev;
        if constexpr (keeps_state) store(state + here, state_prev);
        const Vec<T> tanh_state = tanh_from<T>(out_t, o, state_t);
        Vec<T> later, d_out;  // where out is projected, δh takes the place of δout
        if constexpr (projected)
            d_out = load(d_h + (row * B + block) * L);
        else {
            const T* deltas = delta(row, t);
            const Vec<T> delta = load_some(deltas + block * L, valid);
            later = load(delta_out + row * B * L + block * L);
            if (t > 0) prefetch(this->delta(row, t - 1) + block * L);
            d_out = delta + later;  // B1
        }
        // The next step's, which lie a whole sequence apart from row to row.
        if (t > 0) prefetch(hidden(row, t - 1) + block * L);

        const auto slope = [&](Vec<T> value) { return unless_clipped<kind>(T(1) - value, value, limits.low, limits.high); };
        const Vec<T> slope_a = unless_clipped<kind>(T(1) - a * a, a, -limits.a, limits.a);
        const Vec<T> d_o = d_out * tanh_state * o * slope(o);                            // B6
        Vec<T> to_state = load(held);
        const T* const V_i = static_cast<const T*>(g.peepholes) + block * 3 * L;
        if constexpr (peepholes) to_state += d_o * load(V_i + 2 * L);
        Vec<T> d_state = d_out * o * (T(1) - tanh_state * tanh_state) + to_state;        // B2
        if constexpr (clipped) d_state *= unless_clipped<kind>(all<T>(T(1)), state_t, -limits.state, limits.state);
        const Vec<T> d_a = d_state * i * slope_a;                                        // B3
        const Vec<T> d_i = d_state * (coupled ? a - state_prev : a) * i * slope(i);      // B4
        const Vec<T> d_f = coupled ? Vec<T>{} : d_state * state_prev * f * slope(f);     // B5
        if constexpr (peepholes) {
            store(held, d_state * f + d_i * load(V_i) + d_f * load(V_i + L));
            peeps[0] += d_i * state_prev;
            peeps[1] += d_f * state_prev;
            peeps[2] += d_o * state_t;
        } else {
            store(held, d_state * f);
        }

        T* to_gates = d_gates + (block * chunk + at) * 4 * L;
        Vec<T> gates[4] = {d_a, d_i, d_f, d_o};
        if (valid < L)  // units that do not exist may be NaN, as 0 · ∞ is
            for (int gate = 0; gate < 4; ++gate) gates[gate] = first_lanes<T>(gates[gate], valid);
        for (int gate = 0; gate < 4; ++gate) store(to_gates + gate * L, gates[gate]);
        if (!g.kept[gatewise_gates_field].data) return;
        if (projected) {
            keep(gatewise_hidden_delta, row, t, block * L, d_out, valid);
        } else {
            keep(0, row, t, block * L, later, valid);
            keep(1, row, t, block * L, d_out, valid);
        }
        keep(gatewise_state_delta, row, t, block * L, d_state, valid);
        for (int gate = 0; gate < 4; ++gate) {
            const Index place = g.layer->place[gate];
            if (place >= 0) keep(gatewise_gates_field, row, t, place * H + block * L, gates[gate], valid);
        }
    }

    Index all_gates() const { return (variant.coupled ? 3 : 4) * H; }

    // B1-B6 of a step.
    INLINE void cells(Index t, Index collected, Index active) const {
        chosen == 0 ? cells_of<0>(t, collected, active) : variant_cells(t, collected, active);
    }

    __attribute__((noinline)) void variant_cells(Index t, Index collected, Index active) const {
        of_kind<1>(t, collected, active);
    }

    template <int kind>
    INLINE void of_kind(Index t, Index collected, Index active) const {
        if (chosen == kind) return cells_of<kind>(t, collected, active);
        if constexpr (kind + 1 < cell_kinds) of_kind<kind + 1>(t, collected, active);
    }

    template <int kind>
    INLINE void cells_of(Index t, Index collected, Index active) const {
        for (Index block = own.first; block < own.last; ++block) {
            Vec<T> peeps[3];
            T* const sums = d_V + block * 3 * L;
            if constexpr (kind & with_peepholes)
                for (int k = 0; k < 3; ++k) peeps[k] = load(sums + k * L);
            for (Index row = 0; row < active; ++row)
                cell<kind>(t, block, row, collected + row, units_in(block, H, L), peeps);
            if constexpr (kind & with_peepholes)
                for (int k = 0; k < 3; ++k) store(sums + k * L, peeps[k]);
        }
    }

    // δout = Δ + Δout and δh = Rᵀ·δout of a step; the parts of a single row take the columns among them.
    __attribute__((noinline)) bool project_back(Index t, Index collected, Index active, Asking& asking) const {
        const Own vectors{&g, width / L};
        T* const step = d_out + collected * width;
        for (Index row = 0; row < active && g.part == 0; ++row)
            for (Index k = 0; k < H; k += L)
                store(shown + (collected + row) * B * L + k, load_some(hidden(row, t) + k, H - k));
        for (Index row = 0; row < active; ++row)
            for (Index k = vectors.first * L; k < vectors.last * L; k += L) {
                const Index valid = Q - k;
                const Vec<T> later = load(delta_out + row * width + k);
                const Vec<T> found = load_some(delta(row, t) + k, valid) + later;
                store(step + row * width + k, found);
                if (!g.kept[gatewise_gates_field].data) continue;
                keep(0, row, t, k, later, valid);
                keep(1, row, t, k, found, valid);
            }
        if (!meet(g)) return false;
        const Own fours{&g, ceil_div(B, 4)};
        const Index begin = fours.first * 4 * L, count = smaller(fours.last * 4, B) * L - begin;
        if (count > 0) {
            const gatewise_product p{
                active, count,   Q,           step,  width,  1, static_cast<const T*>(g.projection) + begin,
                B * L,  nullptr, d_h + begin, B * L, g.watch};
            if (!multiply_plain<T>(p, asking)) return false;
        }
        return meet(g);
    }

    // δV and δR of the chunk.
    __attribute__((noinline)) bool add_others(Index rows, bool first, Asking& asking) const {
        const auto add_to = [&](T* at, T* found) { store(at, first ? load(found) : load(at) + load(found)); };
        for (Index k = own.first * 3 * L; variant.peepholes && k < own.last * 3 * L; k += L) {
            add_to(static_cast<T*>(g.sums) + Places(*g.layer).V * L + k, d_V + k);
            store(d_V + k, Vec<T>{});
        }
        if (!variant.projected) return true;
        const Own fours{&g, ceil_div(B, 4)};
        const Index begin = fours.first * 4 * L, count = smaller(fours.last * 4, B) * L - begin;
        if (count <= 0) return true;
        const gatewise_product p{Q,     count,   rows,        d_out, 1,      width, shown + begin,
                                 B * L, nullptr, d_R + begin, B * L, g.watch};
        if (!multiply_plain<T>(p, asking)) return false;
        T* const sums = static_cast<T*>(g.sums) + Places(*g.layer).R * L;
        for (Index q = 0; q < Q; ++q)
            for (Index k = q * B * L + begin; k < q * B * L + begin + count; k += L) add_to(sums + k, d_R + k);
        return true;
    }

    // x_t and out_{t-1} of a row, laid out for the sums: R columns of every row of the chunk side by side.
    INLINE void enter(Index row, Index t, Index place) const {
        const T* x = at<const T>(g, g.x, row, t);
        const T* previous = out_prev(row, t);
        T* tile = entered + place * R;
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
        const Own vectors{&g, width / L};  // of a row of Δout
        for (Index k = vectors.first * L; k < vectors.last * L; ++k) zero[k] = 0;
        for (Index row = 0; row < g.rows; ++row) {
            for (Index k = vectors.first * L; k < vectors.last * L; k += L)
                store(delta_out + row * width + k, load_some(static_cast<const T*>(g.d_out) + g.row[row] * Q + k, Q - k));
            for (Index block = own.first; block < own.last; ++block) {
                const Index from = g.row[row] * H + block * L, left = H - block * L, to = (block * g.rows + row) * L;
                store(carried + to, load_some(static_cast<const T*>(g.d_state) + from, left));
                if (chosen) store(state + to, load_some(static_cast<const T*>(g.last_state) + from, left));
            }
        }
        for (Index k = own.first * 3 * L; variant.peepholes && k < own.last * 3 * L; ++k) d_V[k] = 0;
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
            if (variant.projected && !project_back(t, collected, active, asking)) return;
            cells(t, collected, active);
            for (Index row = 0; row < active && g.part == 0; ++row) {
                enter(row, t, collected + row);
                to[row] = delta_out + row * width;
                if (g.d_x.data) d_x_rows[collected + row] = at<T>(g, g.d_x, row, t);
            }
            if (!meet(g)) return;
            const void* const before = t > 0 ? saved(t - 1, 0, 0) : nullptr;
            const bool whole = !g.u_columns || multiply_columns<T>(d_gates + collected * 4 * L, chunk, active, H,
                                                                   static_cast<const T*>(g.u_columns), Q, to, false, asking,
                                                                   &g, static_cast<const char*>(before),
                                                                   B * saved_fields * L * Index(sizeof(T)));  // B8
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
        if (g.d_x.data && !multiply_columns<T>(d_gates + mine.first * 4 * L, chunk, mine.last - mine.first, H,
                                               static_cast<const T*>(g.w_columns), D, d_x_rows + mine.first, g.add_d_x,
                                               asking))  // B7
            return false;
        if (chosen != 0 && !add_others(rows, first, asking)) return false;
        return add_sums(rows, first, asking) && meet(g);
    }

    // What reaches the initial out and state; past the row's length, δx and what was kept are 0.
    bool end(Index row, Asking& asking) const {
        for (Index k = 0; g.u_columns && k < width; k += L)
            store_some(static_cast<T*>(g.d_out) + g.row[row] * Q + k, load(delta_out + row * width + k), Q - k);
        for (Index block = 0; block < B; ++block) {
            const Index from = g.row[row] * H + block * L, left = H - block * L;
            store_some(static_cast<T*>(g.d_state) + from, load(carried + (block * g.rows + row) * L), left);
        }
        bool whole = g.add_d_x || clear_past_end<T>(g, g.d_x, row, D, asking);
        const Index widths[gatewise_kept_fields] = {Q, Q, H, all_gates(), H};
        for (int field = 0; field < gatewise_kept_fields; ++field)
            whole = whole && clear_past_end<T>(g, g.kept[field], row, widths[field], asking);
        return whole;
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
Index sums_size(const gatewise_layer* layer) {
    return typename Backward<T>::Places(*layer).end * V<T>;
}

// The groups' sums added in order, for some blocks, and written in plain layouts.
template <class T>
void finish(const gatewise_layer* layer, const void* const* sums, Index groups, const gatewise_parameters* gradients,
            Index first, Index last) {
    FlushDenormals scope;
    constexpr Index L = V<T>, R = Backward<T>::R;
    const Index D = layer->inputs, H = layer->units, Q = layer->outputs, B = ceil_div(H, L);
    const Index padded = ceil_div(D + Q, R) * R;
    T *d_W = static_cast<T*>(gradients->W), *d_U = static_cast<T*>(gradients->U), *d_b = static_cast<T*>(gradients->b),
      *d_V = static_cast<T*>(gradients->V), *d_R = static_cast<T*>(gradients->R), *d_b2 = static_cast<T*>(gradients->b2);
    const int* const places = layer->place;
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
                    const Index stacked = places[gate];
                    if (stacked < 0) continue;
                    T* const place = to + (stacked * H + block * L) * columns + k0;
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
        copy(D, Q, d_U);
        for (Index gate = 0; gate < 4; ++gate) {
            const Index stacked = places[gate];
            if (stacked < 0) continue;
            const Vec<T> sum = total((B * padded + block) * 4 + gate);
            if (d_b) store_some(d_b + stacked * H + block * L, sum, valid);
            if (d_b2) store_some(d_b2 + stacked * H + block * L, sum, valid);
        }
        if (!d_V && !d_R) continue;
        const typename Backward<T>::Places begin(*layer);
        for (Index gate = 1; d_V && gate < 4; ++gate)
            if (const Index stacked = place_in_V(*layer, gate); stacked >= 0)
                store_some(d_V + stacked * H + block * L, total(begin.V + block * 3 + gate - 1), valid);
        for (Index q = 0; d_R && q < Q; ++q) store_some(d_R + q * H + block * L, total(begin.R + q * B + block), valid);
    }
}

}  // namespace
