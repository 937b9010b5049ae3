// See update.hpp. Compiled with -ffp-contract=off and -fno-math-errno (CMakeLists.txt).

#include "update.hpp"

#include <cmath>

#include "pairwise.hpp"

namespace gatewise {
namespace {

constexpr struct {
    const char* name;
    Index options, remembers;
} table[] = {{"sgd", 0, 0}, {"momentum", 1, 1}, {"nesterov", 1, 1}, {"rmsprop", 2, 1}, {"adam", 3, 2}, {"adamw", 4, 2}};

template <class T>
void sgd(T* __restrict parameters, const T* __restrict gradient, Index count, T rate) {
    for (Index k = 0; k < count; ++k) parameters[k] -= rate * gradient[k];  // P1
}

template <class T>
void momentum(T* __restrict parameters, T* __restrict velocity, const T* __restrict gradient, Index count, T rate, T kept) {
    for (Index k = 0; k < count; ++k) {
        velocity[k] = velocity[k] * kept + gradient[k];
        parameters[k] -= rate * velocity[k];
    }
}

template <class T>
void nesterov(T* __restrict parameters, T* __restrict velocity, const T* __restrict gradient, Index count, T rate, T kept) {
    for (Index k = 0; k < count; ++k) {
        velocity[k] = velocity[k] * kept + gradient[k];
        parameters[k] -= rate * (gradient[k] + kept * velocity[k]);
    }
}

template <class T>
void rmsprop(T* __restrict parameters, T* __restrict second, const T* __restrict gradient, Index count, T rate,
             double decay, T epsilon) {
    const T kept = T(decay), rest = T(1 - decay);
    for (Index k = 0; k < count; ++k) {
        second[k] = second[k] * kept + rest * gradient[k] * gradient[k];
        parameters[k] -= rate * gradient[k] / (std::sqrt(second[k]) + epsilon);
    }
}

template <class T>
void adam(T* __restrict parameters, T* __restrict first, T* __restrict second, const T* __restrict gradient, Index count,
          double learning_rate, const double* numbers, Index step) {
    const double b1 = numbers[0], b2 = numbers[1];
    const T beta1 = T(b1), rest1 = T(1 - b1), beta2 = T(b2), rest2 = T(1 - b2), epsilon = T(numbers[2]);
    const T rate = T(learning_rate / (1 - std::pow(b1, static_cast<double>(step))));
    const T scale = T(1 / std::sqrt(1 - std::pow(b2, static_cast<double>(step))));
    for (Index k = 0; k < count; ++k) {
        first[k] = beta1 * first[k] + rest1 * gradient[k];
        second[k] = beta2 * second[k] + rest2 * gradient[k] * gradient[k];
        parameters[k] -= rate * first[k] / (std::sqrt(second[k]) * scale + epsilon);
    }
}

template <class T>
void scale(T* numbers, Index count, T factor) {
    for (Index k = 0; k < count; ++k) numbers[k] *= factor;
}

template <class T>
void update_of(const Optimizer& o, const Updated& updated, const T* gradient, double rate, Index step) {
    T* const parameters = static_cast<T*>(updated.parameters);
    T *const first = static_cast<T*>(updated.memory[0]), *const second = static_cast<T*>(updated.memory[1]);
    const Index count = updated.count;
    switch (o.name) {
        case Optimizer::sgd:
            return sgd(parameters, gradient, count, T(rate));
        case Optimizer::momentum:
            return momentum(parameters, first, gradient, count, T(rate), T(o.numbers[0]));
        case Optimizer::nesterov:
            return nesterov(parameters, first, gradient, count, T(rate), T(o.numbers[0]));
        case Optimizer::rmsprop:
            return rmsprop(parameters, first, gradient, count, T(rate), o.numbers[0], T(o.numbers[1]));
        case Optimizer::adamw:
            scale(parameters, count, T(1 - rate * o.numbers[3]));
            return adam(parameters, first, second, gradient, count, rate, o.numbers, step);
        case Optimizer::adam:
            return adam(parameters, first, second, gradient, count, rate, o.numbers, step);
    }
}

template <class T>
double clipped(T* gradient, Index count, double largest) {
    const auto square = [gradient](Index k) { return double(gradient[k]) * double(gradient[k]); };
    const double norm = std::sqrt(pairwise<double>(square, 0, count));
    if (largest < norm && std::isfinite(norm)) scale(gradient, count, T(largest / norm));
    return norm;
}

}  // namespace

Index options_of(Optimizer::Name name) { return table[name].options; }

Index remembered_by(Optimizer::Name name) { return table[name].remembers; }

bool optimizer_named(const std::string& name, Optimizer::Name& found) {
    for (Index k = 0; k < Index(std::size(table)); ++k)
        if (name == table[k].name) {
            found = static_cast<Optimizer::Name>(k);
            return true;
        }
    return false;
}

void update(const Optimizer& optimizer, const Updated& updated, const void* gradient, double rate, Index step) {
    if (updated.is_double)
        update_of(optimizer, updated, static_cast<const double*>(gradient), rate, step);
    else
        update_of(optimizer, updated, static_cast<const float*>(gradient), rate, step);
}

double clip_by_norm(bool is_double, void* gradient, Index count, double largest) {
    return is_double ? clipped(static_cast<double*>(gradient), count, largest)
                     : clipped(static_cast<float*>(gradient), count, largest);
}

}  // namespace gatewise
