// The linear head of a network: y = W·z + b for every row z, and its gradients.

#pragma once

#include "engine.hpp"

namespace gatewise {

// R rows, F numbers that the head reads in each, P that it returns.
struct HeadSizes {
    Index R, F, P;
};

// y (R, P) of z (R, F), W (P, F), b (P).
void head_forward(const gatewise_table& table, Index element, HeadSizes sizes, const void* W, const void* b, const void* z,
                  void* y, int threads);

// δz (R, F) = δy·W, and δW (P, F) with δb (P) behind it, summed over the rows: from z (R, F) and δy (R, P).
void head_backward(const gatewise_table& table, Index element, HeadSizes sizes, const void* W, const void* z,
                   const void* d_y, void* d_z, void* d_parameters, int threads);

}  // namespace gatewise
