// Training steps without Python between them: forward, L2, backward, update. For small models Python is the whole cost.

#pragma once

#include "update.hpp"

namespace gatewise {

// Parameters one after the other as in Params.flat(): W, U, b, V, R, those that there are; updated in place, and with them
// both moments (Adam only). Each step takes the sequences that its row of `batches` (steps, batch) names, or all N without.
// `losses` gets the loss of each step, before its update. label is (N, T, Q), NaN where there is none. Stops at a loss that
// is not finite and returns how many steps it made.
Index train(const gatewise_kernels& kernels, bool is_double, Sizes sizes, const gatewise_variant& variant, bool bias,
            void* parameters, void* first_moment, void* second_moment, View x, View label, const Index* lengths,
            const Index* batches, Index batch, Index steps, const Optimizer& optimizer, int threads, double* losses);

}  // namespace gatewise
