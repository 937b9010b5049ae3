// The matrix products. Included by kernels.cpp only.
//
// A tile keeps R rows × C vectors of sums in registers. Each sum is one chain over k, in order, whatever the tile's
// size: so a row's bits do not depend on which other rows stand beside it.

#pragma once

#include "vector.hpp"

namespace {

// The most rows of a tile of C vectors that registers hold, beside the C vectors and one factor.
constexpr int most_rows(int C) {
    return C >= 4 ? (GATEWISE_REGISTERS == 32 ? 6 : 3) : C == 2 ? (GATEWISE_REGISTERS == 32 ? 8 : 5) : 8;
}

constexpr Index cache_line = 64;            // bytes
constexpr Index near = 2048;                // how far ahead the nearest cache is filled
constexpr Index near_bytes = Index(32) << 10;  // a matrix up to this size needs no help

// A matrix that outgrows the nearest cache comes from the next one while `b` is read in order, and what is wanted after
// it comes into that one: a line of `next` for each k. Neither changes a bit.
template <Index bytes>
INLINE void fetch_ahead(const void* b, const char* next) {
#pragma GCC unroll 4
    for (Index at = 0; at < bytes; at += cache_line) __builtin_prefetch(static_cast<const char*>(b) + near + at, 0, 3);
    __builtin_prefetch(next, 0, 2);
}

// sums[r][c] += a[r][k] · b[k][c]
template <class T, bool far, int R, int C, class Any>
INLINE void multiply(Any (&sums)[R][C], const T* const (&a)[R], const T* b, Index count, const char* next = nullptr) {
    constexpr Index lanes = sizeof(Any) / sizeof(T);
    for (Index k = 0; k < count; ++k, b += C * lanes) {
        if constexpr (far) fetch_ahead<sizeof(Any) * C>(b, next + k * cache_line);
        Any factor[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) factor[r] = a[r][k] - Any{};
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) {
            const Any column = load_as<Any>(b + c * lanes);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) sums[r][c] += column * factor[r];
        }
    }
}

// Which lines of a matrix of `count` rows of `row_bytes` the tile that begins at `first` fetches: together they fetch all.
template <int R>
INLINE const char* share_of(const void* matrix, Index count, Index row_bytes, Index first) {
    const Index shares = larger(row_bytes / cache_line, 1);
    return static_cast<const char*>(matrix) + first / R % shares * count * cache_line;
}

// sums[r][c] += a[k][r] · b[k][c]: outer products added up over k, a row of `a` after the other.
template <class T, int R, int C>
INLINE void multiply_outer(Vec<T> (&sums)[R][C], const T* a, const T* b, Index count, const char* next) {
    for (Index k = 0; k < count; ++k, a += R, b += C * V<T>) {
        fetch_ahead<sizeof(Vec<T>) * C>(b, next + k * cache_line);
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

// to[row][column] = Σ_k d_gates[row][k] · columns[k][column], for C vectors of columns.
// d_gates is [B][chunk][4][V] from row `first` on; k runs over block, gate, unit.
template <class T, bool far, int C>
struct ColumnTile {
    const T* d_gates;
    Index chunk, units;
    const T* packed;
    T* const* to;  // for each row, where its first column goes
    Index offset, count;  // the first column of this tile, and how many columns there are from it
    const char* soon;     // memory that is wanted next: each row of a tile asks for soon_each bytes for each block
    Index soon_each;
    const T* after;       // the columns that are read after these

    template <int R>
    INLINE void run(Index first) const {
        constexpr Index L = V<T>;
        Vec<T> sums[R][C] = {};
        const T* b = packed;
        const char* next = share_of<R>(after, 4 * units, sizeof(Vec<T>) * C, first);
        for (Index block = 0; block * L < units; ++block) {
            const Index valid = units_in(block, units, L);
            const T* a[R];
            for (int r = 0; r < R; ++r) a[r] = d_gates + (block * chunk + first + r) * 4 * L;
            const char* wanted = soon + (first * ceil_div(units, L) + block * R) * soon_each;
            for (Index k = 0; k < R * soon_each; k += 64) prefetch(wanted + k);
            if (valid == L) {
                multiply<T, far>(sums, a, b, 4 * L, next);
                b += 4 * L * C * L;
                next += 4 * L * cache_line;
                continue;
            }
            for (int gate = 0; gate < 4; ++gate) {
                multiply<T, false>(sums, a, b, valid);
                b += valid * C * L;
                for (int r = 0; r < R; ++r) a[r] += L;
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
            for (int c = 0; c < C; ++c) {
                const Index left = count - c * L;
                if (left > 0) store_some(to[first + r] + offset + c * L, sums[r][c], left);
            }
    }
};

#if GATEWISE_VECTOR_BYTES >= 32
// The same for at most V / 2 columns, two k at a time: `packed` has the weights of an even k and of the next one in turns,
// so that no half of a vector is idle.
template <class T>
struct PairTile {
    const T* d_gates;
    Index chunk, units;
    const T* packed;
    T* const* to;
    Index count;

    template <int R>
    INLINE void run(Index first) const {
        constexpr Index L = V<T>;
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
        for (int r = 0; r < R; ++r) store_some(to[first + r], sum_of_pairs<T>(sums[r]), count);
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

// M (4H, columns) by groups of columns, rows in the order block, gate, unit.
template <class T>
void pack_columns(const void* matrix, Index columns, Index units, void* packed) {
    constexpr Index L = V<T>;
    const T* M = static_cast<const T*>(matrix);
    T* to = static_cast<T*>(packed);
    const bool pairs = half_is_enough<T>(columns);
    for (Index first = 0, vectors = ceil_div(columns, L); vectors > 0;) {
        const Index width = pairs ? L / 2 : column_step(vectors) * L, apart = pairs ? 2 : 1;
        const Index valid = smaller(width, columns - first);
        for (Index block = 0; block * L < units; ++block)
            for (Index gate = 0; gate < 4; ++gate) {
                const Index here = units_in(block, units, L);
                for (Index unit = 0; unit < ceil_div(here, apart) * apart; ++unit) {
                    const T* row = M + (gate * units + block * L + unit) * columns + first;
                    T* const at = pairs ? to + unit / 2 * L + unit % 2 : to + unit * width;
                    for (Index k = 0; k < width; ++k) at[k * apart] = unit < here && k < valid ? row[k] : T(0);
                }
                to += ceil_div(here, apart) * apart * width;
            }
        first += width;
        vectors -= ceil_div(width, L);
    }
}

template <class T, bool far>
void multiply_columns(const T* d_gates, Index chunk, Index rows, Index units, const T* packed, Index columns,
                      T* const* to, const char* soon, Index soon_bytes) {
    constexpr Index L = V<T>;
    const T* const begin = packed;
    Index first = 0, each = soon_bytes / (larger(rows, 1) * ceil_div(units, L));
    for (Index vectors = ceil_div(columns, L); vectors > 0;) {
        const int step = column_step(vectors);
        const Index left = columns - first, size = step * L * 4 * units;
        const T* const after = vectors > step ? packed + size : begin;
        if (step == 4)
            for_tiles<most_rows(4)>(rows, ColumnTile<T, far, 4>{d_gates, chunk, units, packed, to, first, left, soon, each, after});
        else if (step == 2)
            for_tiles<most_rows(2)>(rows, ColumnTile<T, false, 2>{d_gates, chunk, units, packed, to, first, left, soon, each, after});
        else
            for_tiles<most_rows(1)>(rows, ColumnTile<T, false, 1>{d_gates, chunk, units, packed, to, first, left, soon, each, after});
        packed += size;
        first += step * L;
        vectors -= step;
        each = 0;  // once is enough
    }
}

template <class T>
INLINE void multiply_columns(const T* d_gates, Index chunk, Index rows, Index units, const T* packed, Index columns,
                             T* const* to, const char* soon = nullptr, Index soon_bytes = 0) {
#if GATEWISE_VECTOR_BYTES >= 32
    if (half_is_enough<T>(columns))
        return for_tiles<most_rows(1)>(rows, PairTile<T>{d_gates, chunk, units, packed, to, columns});
#endif
    const bool far = 4 * units * 4 * V<T> * Index(sizeof(T)) > near_bytes;
    (far ? multiply_columns<T, true> : multiply_columns<T, false>)(d_gates, chunk, rows, units, packed, columns, to, soon,
                                                                   soon_bytes);
}

}  // namespace
