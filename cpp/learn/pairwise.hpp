// Sums in the order in which NumPy's np.add.reduce adds a contiguous array, so that they have its bits.

#pragma once

#include "groups.hpp"

namespace gatewise {

// The sum of at(0) … at(count - 1), counted from `first`: halves of halves, down to blocks of at most 128, each of which is
// eight running sums.
template <class T, class At>
T pairwise(const At& at, Index first, Index count) {
    constexpr Index lanes = 8, block = 128;
    if (count < lanes) {
        T sum = T(-0.0);
        for (Index k = 0; k < count; ++k) sum += at(first + k);
        return sum;
    }
    if (count > block) {
        const Index half = count / 2 / lanes * lanes;
        const T left = pairwise<T>(at, first, half);
        return left + pairwise<T>(at, first + half, count - half);
    }
    T r[lanes];
    for (Index k = 0; k < lanes; ++k) r[k] = at(first + k);
    const Index whole = count / lanes * lanes;
    for (Index k = lanes; k < whole; k += lanes)
        for (Index j = 0; j < lanes; ++j) r[j] += at(first + k + j);
    T sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (Index k = whole; k < count; ++k) sum += at(first + k);
    return sum;
}

template <class T>
T pairwise(const T* numbers, Index count) {
    return pairwise<T>([numbers](Index k) { return numbers[k]; }, 0, count);
}

}  // namespace gatewise
