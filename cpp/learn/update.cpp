// See update.hpp. Compiled with -ffp-contract=off and -fno-math-errno (CMakeLists.txt).

#include "update.hpp"

#include <cmath>

namespace gatewise {
namespace {

template <class T>
void sgd_of(T* __restrict parameters, const T* __restrict gradients, Index count, T rate) {
    for (Index k = 0; k < count; ++k) parameters[k] -= rate * gradients[k];  // P1
}

template <class T>
void adam_of(T* __restrict parameters, T* __restrict first, T* __restrict second, const T* __restrict gradients,
             Index count, const Optimizer& o, Index step) {
    const T beta1 = T(o.beta1), rest1 = T(1 - o.beta1), beta2 = T(o.beta2), rest2 = T(1 - o.beta2);
    const T epsilon = T(o.epsilon);
    const T rate = T(o.learning_rate / (1 - std::pow(o.beta1, static_cast<double>(step))));
    const T scale = T(1 / std::sqrt(1 - std::pow(o.beta2, static_cast<double>(step))));
    for (Index k = 0; k < count; ++k) {
        first[k] = beta1 * first[k] + rest1 * gradients[k];
        second[k] = beta2 * second[k] + rest2 * gradients[k] * gradients[k];
        parameters[k] -= rate * first[k] / (std::sqrt(second[k]) * scale + epsilon);
    }
}

}  // namespace

void sgd(bool is_double, void* parameters, const void* gradients, Index count, double learning_rate) {
    if (is_double)
        sgd_of(static_cast<double*>(parameters), static_cast<const double*>(gradients), count, learning_rate);
    else
        sgd_of(static_cast<float*>(parameters), static_cast<const float*>(gradients), count,
               static_cast<float>(learning_rate));
}

void adam(bool is_double, void* parameters, void* first, void* second, const void* gradients, Index count,
          const Optimizer& optimizer, Index step) {
    if (is_double)
        adam_of(static_cast<double*>(parameters), static_cast<double*>(first), static_cast<double*>(second),
                static_cast<const double*>(gradients), count, optimizer, step);
    else
        adam_of(static_cast<float*>(parameters), static_cast<float*>(first), static_cast<float*>(second),
                static_cast<const float*>(gradients), count, optimizer, step);
}

}  // namespace gatewise
