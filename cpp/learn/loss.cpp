// See loss.hpp. Compiled with -ffp-contract=off (CMakeLists.txt). The order of operations is that of
// src/gatewise/learn/losses/loss.py and regression.py, an array at a time there, a label at a time here.

#include "loss.hpp"

#include <cmath>

#include "memory.hpp"
#include "pairwise.hpp"

namespace gatewise {
namespace {

constexpr const char* names[] = {"l2", "mse", "mae", "huber", "pinball"};

template <class T>
T sign_of(T e) {
    return e > 0 ? T(1) : e < 0 ? T(-1) : e == 0 ? T(0) : e;
}

// What a label costs; `slope` gets the derivative with respect to each of its outputs.

template <class T>
struct HalfSquare {
    T operator()(const T* y, T label, T* slope) const {
        const T e = *y - label;  // B0
        *slope = e;
        return e * e / 2;  // L1
    }
};

template <class T>
struct Square {
    T operator()(const T* y, T label, T* slope) const {
        const T e = *y - label;
        *slope = 2 * e;
        return e * e;
    }
};

template <class T>
struct Absolute {
    T operator()(const T* y, T label, T* slope) const {
        const T e = *y - label;
        return (*slope = sign_of(e)) * e;
    }
};

template <class T>
struct Huber {
    const T delta, half;
    explicit Huber(double delta_) : delta(T(delta_)), half(T(delta_ / 2)) {}
    T operator()(const T* y, T label, T* slope) const {
        const T e = *y - label, sign = sign_of(e);
        const bool near = std::abs(e) <= delta;
        *slope = near ? e : delta * sign;
        return near ? e * e / 2 : delta * (sign * e - half);
    }
};

template <class T>
struct Pinball {
    std::vector<T> quantiles;
    mutable std::vector<T> products;
    explicit Pinball(const std::vector<double>& given) : quantiles(given.begin(), given.end()), products(given.size()) {}
    T operator()(const T* y, T label, T* slope) const {
        const std::size_t count = quantiles.size();
        for (std::size_t k = 0; k < count; ++k) {
            const T e = y[k] - label, q = quantiles[k], of = e >= 0 ? 1 - q : -q;
            products[k] = of * e;
            slope[k] = of / T(count);
        }
        return pairwise(products.data(), static_cast<Index>(count)) / T(count);
    }
};

// How often each label counts, 0 where it is missing; false if all are there and count once.
template <class T>
bool counts_of(const Labels& l, T* counts) {
    const T* const label = static_cast<const T*>(l.label);
    bool missing = false;
    for (Index k = 0; k < l.count; ++k) missing |= std::isnan(label[k]);
    if (!missing && l.weight == nullptr && l.lengths == nullptr) return false;
    const Index together = l.weight ? l.count / l.weights : 1;
    for (Index k = 0; k < l.count; ++k) {
        counts[k] = std::isnan(label[k]) ? T(0) : T(1);
        if (l.weight) counts[k] *= static_cast<const T*>(l.weight)[k / together];
        if (l.lengths) counts[k] *= T(k / l.each % l.steps < l.lengths[k / l.each / l.steps]);
    }
    return true;
}

template <class T, class Terms>
double mean_of(const Terms& terms, const Loss& loss, const Labels& l, const T* y, T* d_y) {
    const T* const label = static_cast<const T*>(l.label);
    const Index count = l.count, Q = loss.outputs();
    const Buffer room = take(static_cast<std::size_t>(2 * count) * sizeof(T));
    T *const costs = static_cast<T*>(room.get()), *const counts = costs + count;
    if (!counts_of(l, counts)) {
        const T once = loss.mean() ? T(1.0 / static_cast<double>(count)) : T(1);
        for (Index k = 0; k < count; ++k) costs[k] = terms(y + k * Q, label[k], d_y + k * Q) * once;
        for (Index k = 0; k < count * Q; ++k) d_y[k] *= once;
        return pairwise(costs, count);
    }
    T total = loss.mean() ? pairwise(counts, count) : T(1);
    if (total == 0) total = 1;
    for (Index k = 0; k < count; ++k) {
        const bool present = counts[k] > 0;
        const T scale = counts[k] / total;
        const T cost = terms(y + k * Q, present ? label[k] : T(0), d_y + k * Q);
        costs[k] = present ? cost * scale : T(0);
        for (Index q = 0; q < Q; ++q) d_y[k * Q + q] = present ? d_y[k * Q + q] * scale : T(0);
    }
    return pairwise(costs, count);
}

template <class T>
double typed(const Loss& loss, const Labels& labels, const T* y, T* d_y) {
    switch (loss.name) {
        case Loss::mse:
            return mean_of(Square<T>(), loss, labels, y, d_y);
        case Loss::mae:
            return mean_of(Absolute<T>(), loss, labels, y, d_y);
        case Loss::huber:
            return mean_of(Huber<T>(loss.numbers[0]), loss, labels, y, d_y);
        case Loss::pinball:
            return mean_of(Pinball<T>(loss.numbers), loss, labels, y, d_y);
        case Loss::l2:
            break;
    }
    return mean_of(HalfSquare<T>(), loss, labels, y, d_y);
}

}  // namespace

bool loss_named(const std::string& name, Loss::Name& found) {
    for (Index k = 0; k < Index(std::size(names)); ++k)
        if (name == names[k]) {
            found = static_cast<Loss::Name>(k);
            return true;
        }
    return false;
}

double loss_of(const Loss& loss, bool is_double, const Labels& labels, const void* y, void* d_y) {
    return is_double ? typed(loss, labels, static_cast<const double*>(y), static_cast<double*>(d_y))
                     : typed(loss, labels, static_cast<const float*>(y), static_cast<float*>(d_y));
}

// A function of its own: beside what may throw, the compiler keeps the sum in memory, and each addition waits for it.
template <class T>
double with_l2(double loss, const T* out, const T* label, T* delta, Index count) {
    const HalfSquare<T> terms;
    for (Index k = 0; k < count; ++k) {
        if (std::isnan(label[k]))
            delta[k] = 0;
        else
            terms(out + k, label[k], delta + k);
        loss += 0.5 * static_cast<double>(delta[k]) * static_cast<double>(delta[k]);
    }
    return loss;
}

template double with_l2(double, const float*, const float*, float*, Index);
template double with_l2(double, const double*, const double*, double*, Index);

}  // namespace gatewise
