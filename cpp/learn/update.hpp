// The optimizers, in place on vectors, and the norm of a gradient. Element by element and without fused operations: the
// bits are those of src/gatewise/learn/optimizers/table.py.

#pragma once

#include <string>

#include "groups.hpp"

namespace gatewise {

// An optimizer and its numbers, as in src/gatewise/learn/optimizers/table.py.
struct Optimizer {
    enum Name { sgd, momentum, nesterov, rmsprop, adam, adamw } name;
    double numbers[4];  // its options, in the order of the table
};

// How many options it has, and how many vectors it remembers; `found` gets the one of this name, false if there is none.
Index options_of(Optimizer::Name name);
Index remembered_by(Optimizer::Name name);
bool optimizer_named(const std::string& name, Optimizer::Name& found);

// What a step of an optimizer changes, each of `count` numbers: the parameters, and what it remembers.
struct Updated {
    bool is_double;
    Index count;
    void* parameters;
    void* memory[2];
};

// Takes a step; `step` counts from 1.
void update(const Optimizer& optimizer, const Updated& updated, const void* gradient, double rate, Index step);

// Scales a gradient down to a Euclidean norm of at most `largest` and returns the norm it had; one that is not finite is
// left as it is. Squares are added up in double, in NumPy's order.
double clip_by_norm(bool is_double, void* gradient, Index count, double largest);

}  // namespace gatewise
