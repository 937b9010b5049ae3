// Training steps without Python between them: forward, L2, backward, update. For small models Python is the whole cost.

#pragma once

#include "engine.hpp"
#include "update.hpp"

namespace gatewise {

// Parameters one after the other as in Params.flat(): W, U, b, V, R, those that there are; updated in place, and with them
// what the optimizer remembers. Each step takes the sequences that its row of `batches` (steps, batch) names, or all N
// without. `losses` gets the loss of each step, before its update. label is (N, T, Q), NaN where there is none. Stops at a
// loss that is not finite and returns how many steps it made; `steps_before` were made before.
Index train(const gatewise_kernels& kernels, Sizes sizes, const gatewise_variant& variant, bool bias,
            const Updated& updated, View x, View label, const Index* lengths, const Index* batches, Index batch,
            Index steps, const Optimizer& optimizer, double learning_rate, Index steps_before, int threads, double* losses);

}  // namespace gatewise
