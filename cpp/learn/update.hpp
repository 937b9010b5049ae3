// SGD and Adam, in place on vectors. Element by element and without fused operations: the bits are those of
// src/gatewise/learn/optimizers/table.py.

#pragma once

#include "engine.hpp"

namespace gatewise {

// An optimizer's numbers, as in src/gatewise/learn/optimizers/table.py. `adam` false: SGD, which has only the learning
// rate.
struct Optimizer {
    bool adam;
    double learning_rate, beta1, beta2, epsilon;
    Index steps_before;  // how many steps the moments have seen
};

// P1: W_new = W - λ δW.
void sgd(bool is_double, void* parameters, const void* gradients, Index count, double learning_rate);

// Kingma and Ba 2015, algorithm 1; `step` counts from 1.
void adam(bool is_double, void* parameters, void* first, void* second, const void* gradients, Index count,
          const Optimizer& optimizer, Index step);

}  // namespace gatewise
