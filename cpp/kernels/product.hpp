// The product of two plain matrices, for the linear head and a cell's projection. Included by kernels.cpp only.
//
// Each sum is one chain over the terms, in order, whatever the tile's size: as in tiles.hpp, a row's bits do not depend
// on the rows beside it.

#pragma once

#include "tiles.hpp"

namespace {

// R rows × C vectors of columns.
template <class T, int C>
struct ProductTile {
    const gatewise_product& p;
    Index column;

    template <int R>
    INLINE void run(Index first) const {
        constexpr Index L = V<T>;
        const T* a = static_cast<const T*>(p.a) + first * p.a_row;
        const T* b = static_cast<const T*>(p.b) + column;
        Vec<T> sums[R][C] = {};
        if (p.start)
            for (int c = 0; c < C; ++c) {
                const T* start = static_cast<const T*>(p.start) + column;
                const Vec<T> value = load_some(start + c * L, larger(p.columns - column - c * L, 0));
                for (int r = 0; r < R; ++r) sums[r][c] = value;
            }
        for (Index k = 0; k < p.terms; ++k, a += p.a_term, b += p.b_term) {
            Vec<T> factor[R];
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) factor[r] = all<T>(a[r * p.a_row]);
#pragma GCC unroll 4
            for (int c = 0; c < C; ++c) {
                const Vec<T> value = load(b + c * L);
#pragma GCC unroll 8
                for (int r = 0; r < R; ++r) sums[r][c] += value * factor[r];
            }
        }
        T* to = static_cast<T*>(p.to) + first * p.to_row + column;
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
            for (int c = 0; c < C; ++c) {
                const Index left = p.columns - column - c * L;
                if (left > 0) store_some(to + r * p.to_row + c * L, sums[r][c], left);
            }
    }
};

// Whether all was done: not if `asking` hears that the call shall stop.
template <class T>
bool multiply_plain(const gatewise_product& p, Asking& asking) {
    Index column = 0;
    for (Index vectors = ceil_div(p.columns, V<T>); vectors > 0;) {
        const int step = column_step(vectors);
        if (step == 4)
            for_tiles<most_rows(4)>(p.rows, ProductTile<T, 4>{p, column});
        else if (step == 2)
            for_tiles<most_rows(2)>(p.rows, ProductTile<T, 2>{p, column});
        else
            for_tiles<most_rows(1)>(p.rows, ProductTile<T, 1>{p, column});
        column += step * V<T>;
        vectors -= step;
        if (asking.after(p.rows * p.terms * step * V<T>)) return false;
    }
    return true;
}

template <class T>
void product(const gatewise_product* p) {
    FlushDenormals scope;
    Asking asking(p->watch);
    multiply_plain<T>(*p, asking);
}

}  // namespace
