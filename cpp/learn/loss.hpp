// Losses with their slopes: those of src/gatewise/learn/losses/ that need no function of NumPy's but sums, with its bits.

#pragma once

#include <string>
#include <vector>

#include "groups.hpp"

namespace gatewise {

struct Loss {
    enum Name { l2, mse, mae, huber, pinball } name;
    std::vector<double> numbers;  // huber: delta; pinball: the quantiles

    Index outputs() const { return name == pinball ? static_cast<Index>(numbers.size()) : 1; }
    bool mean() const { return name != l2; }
};

// Whether there is one of this name; `found` gets it.
bool loss_named(const std::string& name, Loss::Name& found);

// The labels of a batch, and how often each counts.
struct Labels {
    const void* label;  // `count` of them, NaN where there is none
    Index count;
    const void* weight;  // of the labels' type: null, or `weights` numbers, each for count / weights labels that follow
    Index weights;       // one another
    const Index* lengths;  // null, or of each sequence: `steps` steps of `each` labels
    Index steps, each;
};

// The loss, and its slope with respect to y (count, outputs) in `d_y`.
double loss_of(const Loss& loss, bool is_double, const Labels& labels, const void* y, void* d_y);

// L1 and B0 of `count` numbers: Δ, and half the squared error added to `loss`, in double whatever the type, one after the
// other. A missing label adds nothing.
template <class T>
double with_l2(double loss, const T* out, const T* label, T* delta, Index count);

}  // namespace gatewise
