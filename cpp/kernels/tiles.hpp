// The matrix products. Included by kernels.cpp only.
//
// A tile keeps R rows × C vectors of sums in registers. Each sum is one chain over k, in order, whatever the number of
// rows (a few chains where multiply_gates says so): a row's bits do not depend on which other rows stand beside it.

#pragma once

#include "parts.hpp"

namespace {

// The most rows of a tile of C vectors that registers hold, beside the C vectors and one factor.
constexpr int most_rows(int C) {
    return C >= 4 ? (GATEWISE_REGISTERS == 32 ? 6 : 3) : C == 2 ? (GATEWISE_REGISTERS == 32 ? 8 : 5) : 8;
}

constexpr Index cache_line = gatewise_cache_line;
constexpr Index near = 2048;                   // bytes: how far ahead the nearest cache is filled
constexpr Index near_bytes = Index(32) << 10;  // a matrix up to this size needs no help

// Memory that is wanted next: `step` bytes of it for each k.
struct Soon {
    const char* at;
    Index step;

    INLINE void fetch() {
        __builtin_prefetch(at, for_reading, to_second_cache);
        at += step;
    }
};

// A matrix that outgrows the nearest cache comes from the next one while `b` is read in order, and what is wanted after
// it comes into that one. Neither changes a bit.
template <Index bytes>
INLINE void fetch_ahead(const void* b, Soon& soon) {
#pragma GCC unroll 4
    for (Index at = 0; at < bytes; at += cache_line)
        __builtin_prefetch(static_cast<const char*>(b) + near + at, for_reading, to_first_cache);
    soon.fetch();
}

// sums[r][c] += a[r][k] · b[k][c]
template <class T, bool far, int R, int C>
INLINE void multiply(Vec<T> (&sums)[R][C], const T* const (&a)[R], const T* b, Index count, Soon& soon) {
    for (Index k = 0; k < count; ++k, b += C * V<T>) {
        if constexpr (far) fetch_ahead<sizeof(Vec<T>) * C>(b, soon);
        Vec<T> factor[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) factor[r] = all<T>(a[r][k]);
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) {
            const Vec<T> column = load(b + c * V<T>);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) sums[r][c] += column * factor[r];
        }
    }
}

// Which lines of a matrix of `count` rows of `row_bytes` the tile that begins at `first` fetches: together they fetch all.
template <int R>
INLINE Soon share_of(const void* matrix, Index count, Index row_bytes, Index first) {
    const Index shares = larger(row_bytes / cache_line, 1);
    return {static_cast<const char*>(matrix) + first / R % shares * count * cache_line, cache_line};
}

// sums[r][c] += a[k][r] · b[k][c]: outer products added up over k, a row of `a` after the other.
template <class T, int R, int C>
INLINE void multiply_outer(Vec<T> (&sums)[R][C], const T* a, const T* b, Index count, Soon soon) {
    for (Index k = 0; k < count; ++k, a += R, b += C * V<T>) {
        fetch_ahead<sizeof(Vec<T>) * C>(b, soon);
        Vec<T> factor[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) factor[r] = all<T>(a[r]);
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) {
            const Vec<T> column = load(b + c * V<T>);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) sums[r][c] += column * factor[r];
        }
    }
}

// Calls body.run<R>(first) for tiles that cover `rows`, none larger than `most`, all within one row of each other.
template <int R>
struct Tiles {
    template <class Body>
    static INLINE void call(const Body& body, Index rows, Index first) {
        if (rows == R)
            body.template run<R>(first);
        else if constexpr (R > 1)
            Tiles<R - 1>::call(body, rows, first);
    }
};

template <int most, class Body>
INLINE void for_tiles(Index rows, const Body& body) {
    const Index tiles = ceil_div(rows, most);
    for (Index tile = 0, first = 0; tile < tiles; ++tile) {
        const Index size = (rows - first) / (tiles - tile) + ((rows - first) % (tiles - tile) != 0);
        Tiles<most>::call(body, size, first);
        first += size;
    }
}

// One block of gates, transposed: how many of a block's V units exist.
INLINE Index units_in(Index block, Index units, Index lanes) { return smaller(lanes, units - block * lanes); }

// sums[r] += Σ_k a[r][k] · columns[k] for one block of `count` units: C vectors of columns, in 4 / C chains. The gates take
// turns at the chains, so that a few rows need not wait for one sum after the other; how many chains there are depends on
// the columns alone, so a row's bits do not depend on the rows beside it.
template <class T, int C, int R>
INLINE void multiply_gates(Vec<T> (&sums)[R][4], const T* const (&a)[R], const T* columns, Index count, Soon& soon) {
    for (Index k = 0; k < count; ++k)
#pragma GCC unroll 4
        for (int gate = 0; gate < 4; ++gate) {
            soon.fetch();
#pragma GCC unroll 4
            for (int c = 0; c < C; ++c) {
                const Vec<T> column = load(columns + ((gate * count + k) * C + c) * V<T>);
#pragma GCC unroll 8
                for (int r = 0; r < R; ++r) sums[r][(gate * C + c) % 4] += column * all<T>(a[r][gate * V<T> + k]);
            }
        }
}

// to[row][column] = Σ_k d_gates[row][k] · packed[k][column], for a tile's columns.
// d_gates is [B][chunk][4][V] from the first row on; k runs over block, gate, unit.
template <class T>
struct Columns {
    const T* d_gates;
    Index chunk, units;
    const T* packed;
    T* const* to;         // for each row, where its first column goes
    Index offset, count;  // the first column of the tile, and how many columns there are from it
    bool adds;            // to what stands there
    const char* wanted;   // memory that is wanted next, row_bytes for each row of a tile; null: `after`
    Index row_bytes;
    const T* after;       // the columns that are read after these
};

template <class T>
INLINE void put(T* to, Vec<T> sum, Index count, bool adds) {
    store_some(to, adds ? load_some(to, count) + sum : sum, count);
}

// C vectors of columns.
template <class T, int C>
struct ColumnTile {
    const Columns<T>& work;

    template <int R>
    INLINE void run(Index first) const {
        constexpr Index L = V<T>;
        const auto& [d_gates, chunk, units, packed, to, offset, count, adds, wanted, row_bytes, after] = work;
        Vec<T> sums[R][4] = {};
        const T* b = packed;
        Soon soon = wanted ? Soon{wanted + first * row_bytes, R * row_bytes / (4 * units)}
                           : share_of<R>(after, 4 * units, sizeof(Vec<T>) * C, first);
        for (Index block = 0; block * L < units; ++block) {
            const Index valid = units_in(block, units, L);
            const T* a[R];
            for (int r = 0; r < R; ++r) a[r] = d_gates + (block * chunk + first + r) * 4 * L;
            const char* following = reinterpret_cast<const char*>(a[0] + chunk * 4 * L);
            for (Index at = 0; at < R * 4 * Index(sizeof(Vec<T>)); at += cache_line)
                __builtin_prefetch(following + at, for_reading, to_first_cache);
            if (C == 4 && valid == L)
                multiply<T, true>(sums, a, b, 4 * L, soon);
            else
                multiply_gates<T, C>(sums, a, b, valid, soon);
            b += 4 * valid * C * L;
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            if (C < 4)
                for (int c = 0; c < 2; ++c) sums[r][c] += sums[r][c + 2];
            if (C < 2) sums[r][0] += sums[r][1];
#pragma GCC unroll 4
            for (int c = 0; c < C; ++c) {
                const Index left = count - c * L;
                if (left > 0) put(to[first + r] + offset + c * L, sums[r][c], left, adds);
            }
        }
    }
};

#if GATEWISE_VECTOR_BYTES >= 32
// The same for at most V / 2 columns, two k at a time: `packed` has the weights of an even k and of the next one in turns,
// so that no half of a vector is idle.
template <class T>
struct PairTile {
    const Columns<T>& work;

    template <int R>
    INLINE void run(Index first) const {
        constexpr Index L = V<T>;
        const auto& [d_gates, chunk, units, packed, to, offset, count, adds, wanted, row_bytes, after] = work;
        Vec<T> sums[R] = {};
        const T* b = packed;
        for (Index block = 0; block * L < units; ++block) {
            const Index pairs = ceil_div(units_in(block, units, L), 2);  // what stands beside an odd last one is 0
            const T* a = d_gates + (block * chunk + first) * 4 * L;
            for (int gate = 0; gate < 4; ++gate, a += L)
                for (Index k = 0; k < pairs; ++k, b += L) {
                    const Vec<T> columns = load(b);
#pragma GCC unroll 8
                    for (int r = 0; r < R; ++r) sums[r] += columns * all_pairs(a + r * 4 * L + 2 * k);
                }
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) put(to[first + r], sum_of_pairs<T>(sums[r]), count, adds);
    }
};
#endif

// Vectors of columns are taken by fours, then two, then one; of a single one, pairs if half of it is enough.
INLINE int column_step(Index vectors) { return vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1; }

template <class T>
INLINE bool half_is_enough(Index columns) {
    return GATEWISE_VECTOR_BYTES >= 32 && columns <= V<T> / 2;
}

template <class T>
Index columns_size(Index columns, Index units) {
    return ceil_div(columns, V<T>) * V<T> * 4 * units;
}

// M (4H, columns) by groups of columns, rows in the order block, gate, unit; of its vectors of columns those from `begin`
// to `end`, where `begin` is a multiple of the four that stand side by side. Of a coupled cell M has 3H rows, and f's are
// 0.
template <class T>
void pack_columns(const gatewise_layer* layer, const void* matrix, Index columns, void* packed, Index begin, Index end) {
    constexpr Index L = V<T>;
    const Index units = layer->units;
    const T* M = static_cast<const T*>(matrix);
    T* to = static_cast<T*>(packed) + begin * L * 4 * units;
    for (Index first = begin * L, vectors = end - begin; vectors > 0;) {
        const Index step = column_step(vectors);
        for (Index block = 0; block * L < units; ++block)
            for (Index gate = 0; gate < 4; ++gate) {
                const Index here = units_in(block, units, L), place = layer->place[gate];
                if (place < 0) {
                    const Index rows = half_is_enough<T>(columns) ? ceil_div(here, 2) : here * step;
                    for (Index k = 0; k < rows; ++k, to += L) store(to, Vec<T>{});
                    continue;
                }
                const T* row = M + (place * units + block * L) * columns + first;
#if GATEWISE_VECTOR_BYTES >= 32
                if (half_is_enough<T>(columns)) {
                    for (Index unit = 0; unit < here; unit += 2, row += 2 * columns, to += L)
                        store(to, in_turns<T>(load_some(row, columns),
                                              unit + 1 < here ? load_some(row + columns, columns) : Vec<T>{}));
                    continue;
                }
#endif
                for (Index unit = 0; unit < here; ++unit, row += columns)
                    for (Index k = 0; k < step * L; k += L, to += L) store(to, load_some(row + k, columns - first - k));
            }
        first += step * L;
        vectors -= step;
    }
}

// `shared`: the parts of this group take the vectors of columns among them. `wanted`: memory that is wanted afterwards,
// row_bytes for each row. Whether all was done: not if `asking` hears that the call shall stop.
template <class T>
bool multiply_columns(const T* d_gates, Index chunk, Index rows, Index units, const T* packed, Index columns, T* const* to,
                      bool adds, Asking& asking, const gatewise_group* shared = nullptr, const char* wanted = nullptr,
                      Index row_bytes = 0) {
    constexpr Index L = V<T>;
    const T* const begin = packed;
    const Index all = ceil_div(columns, L);
    const Own own(shared, ceil_div(all, 4));  // by fours
    Index first = 0;
    for (Index vectors = all, step, size; vectors > 0; packed += size, first += step * L, vectors -= step) {
        step = column_step(vectors);
        size = step * L * 4 * units;
        const Index four = first / (4 * L);
        if (four < own.first || four >= own.last) continue;
        const T* const after = vectors > step ? packed + size : begin;
        const Columns<T> work{d_gates, chunk, units, packed, to, first, columns - first, adds, wanted, row_bytes, after};
        if (step == 4)
            for_tiles<most_rows(4)>(rows, ColumnTile<T, 4>{work});
        else if (step == 2)
            for_tiles<most_rows(4)>(rows, ColumnTile<T, 2>{work});
#if GATEWISE_VECTOR_BYTES >= 32
        else if (half_is_enough<T>(columns))
            for_tiles<most_rows(1)>(rows, PairTile<T>{work});
#endif
        else
            for_tiles<most_rows(4)>(rows, ColumnTile<T, 1>{work});
        wanted = nullptr;  // once is enough
        if (asking.after(rows * size)) return false;
    }
    return true;
}

}  // namespace
