// How a batch is cut into groups of rows, each of which a kernel takes through all of its steps on one thread. It depends
// on the sizes and lengths alone, never on the threads: every sum is then added up in the same order whoever works on it.

#pragma once

#include <vector>

#include "contract.hpp"

namespace gatewise {

using Index = gatewise_index;

struct Sizes {
    Index N, T, D, H, Q = H;  // Q outputs: H unless they are projected
};

// How many gates have rows in W, U and b; and a layer whose gates stand as this project has them, or as the caller has.
Index gates_of(const gatewise_variant& variant);
gatewise_layer layer_of(const Sizes& sizes, const gatewise_variant& variant);
gatewise_layer layer_of(const Sizes& sizes, const gatewise_variant& variant, const int (&place)[4]);

// Multiplications of a forward step of one sequence, and blocks of units.
Index work_of_a_step(const gatewise_layer& layer);
Index blocks_of(const gatewise_table& table, Index units);

// Throws std::bad_alloc unless every array of a pass can be counted in bytes.
const Sizes& check_countable(const Sizes& sizes, bool is_double, const gatewise_table& table);

class Groups {
public:
    // lengths (N) or null for all T.
    Groups(const gatewise_kernels& kernels, bool is_double, const Sizes& sizes, const gatewise_layer& layer,
           const Index* lengths);

    const Sizes sizes;
    const gatewise_layer layer;
    const bool is_double;
    const Index element;  // bytes
    const gatewise_table& table;
    std::vector<Index> lengths;  // (N)
    Index work = 0;              // multiplications of a forward pass
    Index saved = 0;             // numbers that a trace saves, all groups'

    Index count() const { return static_cast<Index>(first_.size()) - 1; }
    Index longest() const { return sorted_.empty() ? 0 : sorted_.front(); }
    // A group's rows, lengths and part of what is saved; nothing else is set.
    gatewise_group group(Index number, void* saved) const;

private:
    std::vector<Index> row_, sorted_;  // sequences by falling length, and those lengths
    std::vector<Index> first_;         // where each group begins in them, and the end
    std::vector<Index> saved_at_;      // where each group begins in what is saved, in elements
};

}  // namespace gatewise
