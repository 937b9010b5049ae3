// See train.hpp.

#include "train.hpp"

#include "loss.hpp"
#include "pool.hpp"

#include <cmath>
#include <cstring>

namespace gatewise {
namespace {

constexpr Index steps_between_looks = 64;  // the smallest step takes a microsecond

// L1 and B0 of a batch.
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
Index run(const gatewise_kernels& kernels, Sizes s, const gatewise_variant& variant, bool bias, const Updated& updated,
          View x, View label, const Index* lengths, const Index* batches, Index steps, const Optimizer& optimizer,
          double learning_rate, Index steps_before, int threads, double* losses) {
    const Index element = sizeof(T);
    const gatewise_layer layer = layer_of(s, variant);
    const gatewise_parameters given = side_by_side(layer, bias, updated.parameters, element);
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
        const Run made(kernels, updated.is_double, s, variant, given, {x_batch.get(), s.T * s.D, s.D}, nullptr, nullptr,
                       ends.data(), threads, true, false);
        losses[step] = l2(static_cast<const T*>(made.out.get()), static_cast<const T*>(label_batch.get()), ends, s,
                          static_cast<T*>(delta.get()), looks);
        if (!std::isfinite(losses[step])) return step;
        const Gradients g(made, given, {delta.get(), s.T * s.Q, s.Q}, nullptr, nullptr, threads, false, false);
        update(optimizer, updated, g.flat.get(), learning_rate, steps_before + step + 1);
    }
    return steps;
}

}  // namespace

Index train(const gatewise_kernels& kernels, Sizes sizes, const gatewise_variant& variant, bool bias,
            const Updated& updated, View x, View label, const Index* lengths, const Index* batches, Index batch,
            Index steps, const Optimizer& optimizer, double learning_rate, Index steps_before, int threads,
            double* losses) {
    if (batches) sizes.N = batch;
    const auto steps_of = updated.is_double ? run<double> : run<float>;
    return steps_of(kernels, sizes, variant, bias, updated, x, label, lengths, batches, steps, optimizer, learning_rate,
                    steps_before, threads, losses);
}

}  // namespace gatewise
