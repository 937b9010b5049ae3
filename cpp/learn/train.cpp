// See train.hpp.

#include "train.hpp"

#include "pool.hpp"

#include <cmath>
#include <cstring>

namespace gatewise {
namespace {

constexpr Index steps_between_looks = 64;  // the smallest step takes a microsecond

// L1 and B0 of one sequence, added to the loss: half the squared error, and Δ. A missing label (NaN) adds nothing. Not
// inlined: beside what may throw, the compiler keeps the sum in memory, and each addition waits for it.
template <class T>
__attribute__((noinline)) double with_l2(double loss, const T* out, const T* label, T* delta, Index count) {
    for (Index k = 0; k < count; ++k) {
        delta[k] = std::isnan(label[k]) ? T(0) : out[k] - label[k];
        loss += 0.5 * static_cast<double>(delta[k]) * static_cast<double>(delta[k]);
    }
    return loss;
}

template <class T>
double l2(const T* out, const T* label, const std::vector<Index>& lengths, Sizes s, T* delta, Looks& looks) {
    double loss = 0;
    const Index each = s.T * s.Q;
    for (Index n = 0; n < s.N; ++n, out += each, label += each, delta += each) {
        const Index count = lengths[static_cast<std::size_t>(n)] * s.Q;
        loss = with_l2(loss, out, label, delta, count);
        std::memset(delta + count, 0, static_cast<std::size_t>(each - count) * sizeof(T));
        looks.after(each);
    }
    return loss;
}

// The sequences of one batch, side by side.
void gather(const View& from, const Index* chosen, Index count, Index steps, Index width, Index element, void* to,
            Looks& looks) {
    for (Index n = 0; n < count; ++n, looks.after(steps * width)) {
        const Index sequence = chosen ? chosen[n] : n;
        for (Index t = 0; t < steps; ++t)
            std::memcpy(static_cast<char*>(to) + (n * steps + t) * width * element,
                        static_cast<const char*>(from.data) + (sequence * from.row + t * from.step) * element,
                        static_cast<std::size_t>(width * element));
    }
}

template <class T>
Index run(const gatewise_kernels& kernels, Sizes s, const gatewise_variant& variant, bool bias, T* parameters, T* first,
          T* second, View x, View label, const Index* lengths, const Index* batches, Index steps,
          const Optimizer& optimizer, int threads, double* losses) {
    constexpr bool is_double = sizeof(T) == 8;
    const Index element = sizeof(T);
    const gatewise_layer layer = layer_of(s, variant);
    const gatewise_parameters given = side_by_side(layer, bias, parameters, element);
    const Index count = count_of(layer, bias);
    const Buffer x_batch = take(static_cast<std::size_t>(s.N * s.T * s.D * element));
    const Buffer label_batch = take(static_cast<std::size_t>(s.N * s.T * s.Q * element));
    const Buffer delta = take(static_cast<std::size_t>(s.N * s.T * s.Q * element));
    std::vector<Index> ends(static_cast<std::size_t>(s.N), s.T);
    Looks looks;
    for (Index step = 0; step < steps; ++step) {
        looks.after_one_of(steps_between_looks);
        if (step == 0 || batches) {
            const Index* chosen = batches ? batches + step * s.N : nullptr;
            gather(x, chosen, s.N, s.T, s.D, element, x_batch.get(), looks);
            gather(label, chosen, s.N, s.T, s.Q, element, label_batch.get(), looks);
            for (Index n = 0; lengths && n < s.N; ++n) ends[static_cast<std::size_t>(n)] = lengths[chosen ? chosen[n] : n];
        }
        const Run made(kernels, is_double, s, variant, given, {x_batch.get(), s.T * s.D, s.D}, nullptr, nullptr,
                       ends.data(), threads, true, false);
        losses[step] = l2(static_cast<const T*>(made.out.get()), static_cast<const T*>(label_batch.get()), ends, s,
                          static_cast<T*>(delta.get()), looks);
        if (!std::isfinite(losses[step])) return step;
        const Gradients g(made, given, {delta.get(), s.T * s.Q, s.Q}, nullptr, nullptr, threads, false, false);
        if (optimizer.adam)
            adam(is_double, parameters, first, second, g.flat.get(), count, optimizer, optimizer.steps_before + step + 1);
        else
            sgd(is_double, parameters, g.flat.get(), count, optimizer.learning_rate);
    }
    return steps;
}

}  // namespace

Index train(const gatewise_kernels& kernels, bool is_double, Sizes sizes, const gatewise_variant& variant, bool bias,
            void* parameters, void* first_moment, void* second_moment, View x, View label, const Index* lengths,
            const Index* batches, Index batch, Index steps, const Optimizer& optimizer, int threads, double* losses) {
    if (batches) sizes.N = batch;
    if (is_double)
        return run(kernels, sizes, variant, bias, static_cast<double*>(parameters), static_cast<double*>(first_moment),
                   static_cast<double*>(second_moment), x, label, lengths, batches, steps, optimizer, threads, losses);
    return run(kernels, sizes, variant, bias, static_cast<float*>(parameters), static_cast<float*>(first_moment),
               static_cast<float*>(second_moment), x, label, lengths, batches, steps, optimizer, threads, losses);
}

}  // namespace gatewise
