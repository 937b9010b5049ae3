// See network_step.hpp. Compiled with -ffp-contract=off (CMakeLists.txt).

#include "network_step.hpp"

#include <algorithm>
#include <cstring>

#include "head.hpp"
#include "pool.hpp"

namespace gatewise {
namespace {

template <class Real>
Buffer room(Index count) {
    return take(static_cast<std::size_t>(count) * sizeof(Real));
}

template <class Real>
void copy(const Real* from, Index count, Real* to) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(Real));
}

template <class Real>
void multiply(Real* numbers, const Real* mask, Index count) {
    for (Index k = 0; mask && k < count; ++k) numbers[k] *= mask[k];
}

template <class Real>
class StepOf final : public NetworkStep {
public:
    StepOf(const gatewise_kernels& kernels, const NetworkSizes& s, int threads)
        : NetworkStep(s, sizeof(Real) == 8), kernels_(kernels), table_(sizeof(Real) == 8 ? kernels.f64 : kernels.f32),
          threads_(threads), of_U_(static_cast<std::size_t>(s.cells())) {
        gradient = room<Real>(s.parameters());
    }

    void forward(const void* parameters, const NetworkBatch& batch) override {
        complete = false;
        runs.clear();
        N = batch.N;
        T = batch.T;
        lengths_.assign(batch.lengths, batch.lengths + (batch.lengths ? N : 0));
        keep_masks(batch);
        View given = batch.x;
        for (Index layer = 0; layer < sizes.layers; ++layer) {
            given = masked(layer ? outs_of(layer - 1) : given, layer);
            for (Index direction = 0; direction < sizes.directions; ++direction) {
                const auto start = [&](std::size_t part) {
                    const std::size_t k = 2 * runs.size() + part;
                    return batch.starts.empty() ? nullptr : batch.starts[k];
                };
                runs.push_back(std::make_unique<const Run>(
                    kernels_, is_double, Sizes{N, T, sizes.inputs_of(layer), sizes.H, sizes.Q}, sizes.variant,
                    parameters_of(parameters, layer, direction), given, start(0), start(1),
                    lengths_.empty() ? nullptr : lengths_.data(), threads_, true, direction == 1));
            }
        }
        read_by_head(batch);
        y = Shared(room<Real>(rows() * sizes.P));
        d_y = room<Real>(rows() * sizes.P);
        const Real* const W = head_of(parameters);
        head_forward(table_, sizeof(Real), {rows(), sizes.head_width(), sizes.P}, W, W + sizes.P * sizes.head_width(), z(),
                     y.get(), threads_);
        clear_past_ends(static_cast<Real*>(y.get()));
        complete = true;
    }

    double loss(const Loss& loss, const void* label, const void* weight, Index weights) override {
        const Index each = sizes.P / loss.outputs();
        const Index* const lengths = sizes.steps && !lengths_.empty() ? lengths_.data() : nullptr;
        return loss_of(loss, is_double, {label, rows() * each, weight, weights, lengths, T, each}, y.get(), d_y.get());
    }

    double backward(const void* parameters, double largest) override {
        const Index F = sizes.head_width(), width = sizes.width(), Q = sizes.Q;
        Real* const found = static_cast<Real*>(gradient.get());
        Real* const slopes = static_cast<Real*>(d_y.get());
        clear_past_ends(slopes);
        const Buffer d_z_room = room<Real>(rows() * F);
        Real* const d_z = static_cast<Real*>(d_z_room.get());
        head_backward(table_, sizeof(Real), {rows(), F, sizes.P}, head_of(parameters), z(), slopes, d_z,
                      found + (head_of(parameters) - static_cast<const Real*>(parameters)), threads_);
        for (Index row = 0; row < rows(); ++row) multiply(d_z + row * F, of_outs(row), width);

        // What reaches the outs of a layer: of the last one from the head, of others δx of the layer above.
        View reaches{d_z, sizes.steps ? T * F : F, F};
        Buffer below;
        for (Index layer = sizes.layers - 1; layer >= 0; --layer) {
            const bool at_the_end = layer == sizes.layers - 1 && !sizes.steps;
            std::vector<std::unique_ptr<const Gradients>> both;
            for (Index direction = 0; direction < sizes.directions; ++direction) {
                const Real* const mine = static_cast<const Real*>(reaches.data) + direction * Q;
                View delta{mine, reaches.row, reaches.step};
                Buffer d_last;
                if (at_the_end) {
                    d_last = room<Real>(N * Q);
                    for (Index n = 0; n < N; ++n) copy(mine + n * reaches.row, Q, static_cast<Real*>(d_last.get()) + n * Q);
                    nothing_.assign(static_cast<std::size_t>(Q), Real(0));
                    delta = {nothing_.data(), 0, 0};
                }
                const gatewise_parameters given = parameters_of(parameters, layer, direction, false);
                both.push_back(std::make_unique<const Gradients>(run(layer, direction), given, delta, d_last.get(), nullptr,
                                                                 threads_, layer > 0, false));
                keep_gradient(*both.back(), layer, direction, found);
            }
            if (layer > 0) reaches = {(below = inputs_of(both, layer)).get(), T * width, width};
        }
        return clip_by_norm(is_double, found, sizes.parameters(), largest);
    }

private:
    const Run& run(Index layer, Index direction) const {
        return *runs[static_cast<std::size_t>(layer * sizes.directions + direction)];
    }

    // Where a cell's parameters begin in the network's vector, and the head's.
    Index place_of(Index layer, Index direction) const {
        const Index first = sizes.directions * count_of(sizes.layer(0), sizes.bias);
        const Index other = count_of(sizes.layer(1), sizes.bias);
        return layer == 0 ? direction * count_of(sizes.layer(0), sizes.bias)
                          : first + ((layer - 1) * sizes.directions + direction) * other;
    }
    const Real* head_of(const void* parameters) const {
        return static_cast<const Real*>(parameters) + place_of(sizes.layers, 0);
    }

    // A cell's parameters, U through its mask: U' = U diag(m), made by forward and still there in backward.
    gatewise_parameters parameters_of(const void* all, Index layer, Index direction, bool made = true) {
        Real* const first = const_cast<Real*>(static_cast<const Real*>(all)) + place_of(layer, direction);
        gatewise_parameters p = side_by_side(sizes.layer(layer), sizes.bias, first, sizeof(Real));
        const auto cell = static_cast<std::size_t>(layer * sizes.directions + direction);
        const Real* const mask = mask_of(sizes.layers + static_cast<Index>(cell));
        if (mask == nullptr) return p;
        const Index rows = gates_of(sizes.variant) * sizes.H;
        if (made) {
            of_U_[cell] = room<Real>(rows * sizes.Q);
            Real* const to = static_cast<Real*>(of_U_[cell].get());
            copy(static_cast<const Real*>(p.U), rows * sizes.Q, to);
            for (Index row = 0; row < rows; ++row) multiply(to + row * sizes.Q, mask, sizes.Q);
        }
        p.U = of_U_[cell].get();
        return p;
    }

    // Its gradient into the vector's; δU = δU' diag(m).
    void keep_gradient(const Gradients& g, Index layer, Index direction, Real* to) const {
        to += place_of(layer, direction);
        copy(static_cast<const Real*>(g.flat.get()), count_of(g.layer, sizes.bias), to);
        const Real* const mask = mask_of(sizes.layers + layer * sizes.directions + direction);
        const Index rows = gates_of(sizes.variant) * sizes.H;
        Real* const d_U = to + rows * sizes.inputs_of(layer);
        for (Index row = 0; mask && row < rows; ++row) multiply(d_U + row * sizes.Q, mask, sizes.Q);
    }

    // Masks are copied: whoever gave them may change them before backward.
    void keep_masks(const NetworkBatch& batch) {
        masks_.clear();
        for (std::size_t k = 0; k < batch.masks.size(); ++k) {
            masks_.emplace_back();
            if (batch.masks[k] == nullptr) continue;
            const Index layer = static_cast<Index>(k), cells = sizes.layers + sizes.cells();
            const Index count = layer < sizes.layers ? N * sizes.inputs_of(layer)
                                : layer < cells      ? sizes.Q
                                                     : N * sizes.width();
            masks_.back() = room<Real>(count);
            copy(static_cast<const Real*>(batch.masks[k]), count, static_cast<Real*>(masks_.back().get()));
        }
    }
    const Real* mask_of(Index number) const {
        return masks_.empty() ? nullptr : static_cast<const Real*>(masks_[static_cast<std::size_t>(number)].get());
    }
    // The mask of the outs that the head reads, for a row of z.
    const Real* of_outs(Index row) const {
        const Real* const mask = mask_of(sizes.layers + sizes.cells());
        return mask ? mask + (sizes.steps ? row / T : row) * sizes.width() : nullptr;
    }

    // A layer's outs, of both directions side by side.
    View outs_of(Index layer) {
        const Index Q = sizes.Q, width = sizes.width();
        if (sizes.directions == 1) return {run(layer, 0).out.get(), T * Q, Q};
        joined_ = room<Real>(N * T * width);
        Real* const to = static_cast<Real*>(joined_.get());
        for (Index direction = 0; direction < 2; ++direction) {
            const Real* const from = static_cast<const Real*>(run(layer, direction).out.get());
            for (Index row = 0; row < N * T; ++row) copy(from + row * Q, Q, to + row * width + direction * Q);
        }
        return {to, T * width, width};
    }

    // A layer's inputs through their mask.
    View masked(View from, Index layer) {
        const Real* const mask = mask_of(layer);
        if (mask == nullptr) return from;
        const Index width = sizes.inputs_of(layer);
        masked_ = room<Real>(N * T * width);
        Real* to = static_cast<Real*>(masked_.get());
        for (Index n = 0; n < N; ++n)
            for (Index t = 0; t < T; ++t, to += width) {
                copy(static_cast<const Real*>(from.data) + n * from.row + t * from.step, width, to);
                multiply(to, mask + n * width, width);
            }
        return {masked_.get(), T * width, width};
    }

    // δx of a layer, the sum of both directions', through the mask.
    Buffer inputs_of(const std::vector<std::unique_ptr<const Gradients>>& both, Index layer) const {
        const Index width = sizes.inputs_of(layer);
        Buffer total = room<Real>(N * T * width);
        Real* const to = static_cast<Real*>(total.get());
        copy(static_cast<const Real*>(both[0]->d_x.get()), N * T * width, to);
        if (both.size() == 2) {
            const Real* const other = static_cast<const Real*>(both[1]->d_x.get());
            for (Index k = 0; k < N * T * width; ++k) to[k] += other[k];
        }
        const Real* const mask = mask_of(layer);
        for (Index row = 0; mask && row < N * T; ++row) multiply(to + row * width, mask + row / T * width, width);
        return total;
    }

    Real* z() const { return static_cast<Real*>(z_.get()); }

    // Fills z: a row's outs through their mask, extra, and the last K rows of x, 0 for those before the first.
    void read_by_head(const NetworkBatch& batch) {
        const Index F = sizes.head_width(), Q = sizes.Q, D = sizes.D, K = sizes.K, width = sizes.width();
        const Index last = sizes.layers - 1;
        z_ = room<Real>(rows() * F);
        for (Index row = 0; row < rows(); ++row) {
            Real* to = z() + row * F;
            for (Index direction = 0; direction < sizes.directions; ++direction) {
                const Run& of = run(last, direction);
                copy(static_cast<const Real*>((sizes.steps ? of.out : of.last_out).get()) + row * Q, Q, to + direction * Q);
            }
            multiply(to, of_outs(row), width);
            to += width;
            const Index n = sizes.steps ? row / T : row;
            if (sizes.E > 0) {
                copy(static_cast<const Real*>(batch.extra) + (batch.extra_repeats ? n : row) * sizes.E, sizes.E, to);
                to += sizes.E;
            }
            const Index end = lengths_.empty() ? T : lengths_[static_cast<std::size_t>(n)];
            for (Index step = end - K; step < end; ++step, to += D)
                if (step < 0)
                    std::fill(to, to + D, Real(0));
                else
                    copy(static_cast<const Real*>(batch.x.data) + n * batch.x.row + step * batch.x.step, D, to);
        }
    }

    // Puts 0 past each sequence's own length, where the head reads every step.
    void clear_past_ends(Real* series) const {
        if (!sizes.steps) return;
        for (Index n = 0; n < static_cast<Index>(lengths_.size()); ++n) {
            const Index end = lengths_[static_cast<std::size_t>(n)];
            std::fill(series + (n * T + end) * sizes.P, series + (n + 1) * T * sizes.P, Real(0));
        }
    }

    const gatewise_kernels& kernels_;
    const gatewise_table& table_;
    const int threads_;
    std::vector<Index> lengths_;  // empty: all of T
    std::vector<Buffer> masks_, of_U_;
    std::vector<Real> nothing_;
    Buffer z_, joined_, masked_;
};

}  // namespace

Index NetworkSizes::parameters() const {
    Index total = P * (head_width() + 1);
    for (Index number = 0; number < layers; ++number) total += directions * count_of(layer(number), bias);
    return total;
}

std::unique_ptr<NetworkStep> NetworkStep::make(const gatewise_kernels& kernels, bool is_double, const NetworkSizes& sizes,
                                               int threads) {
    if (is_double) return std::make_unique<StepOf<double>>(kernels, sizes, threads);
    return std::make_unique<StepOf<float>>(kernels, sizes, threads);
}

}  // namespace gatewise
