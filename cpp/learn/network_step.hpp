// A training step of a network, layers and a linear head: forward, loss, backward and update with nothing of Python
// between them. What src/gatewise/learn/network/ does one array at a time, with its bits.

#pragma once

#include <memory>

#include "engine.hpp"
#include "loss.hpp"
#include "update.hpp"

namespace gatewise {

// As learn/network/architecture.py has it.
struct NetworkSizes {
    Index D, H, Q, P, E, K, layers, directions;  // E: numbers beside the outs that the head reads, K: last rows of x
    bool steps;  // the head reads every step, not the last outs alone
    bool bias;
    gatewise_variant variant;

    Index cells() const { return layers * directions; }
    Index width() const { return directions * Q; }
    Index head_width() const { return width() + E + K * D; }
    Index inputs_of(Index layer) const { return layer ? width() : D; }
    gatewise_layer layer(Index number) const { return layer_of({0, 0, inputs_of(number), H, Q}, variant); }
    Index parameters() const;
};

// What a pass is given. Null or empty: not there.
struct NetworkBatch {
    Index N, T;
    View x;
    const void* extra;   // (N, E); (N, T, E) unless it repeats
    bool extra_repeats;  // the same at every step
    const Index* lengths;  // (N)
    std::vector<const void*> starts;  // out0 (N, Q) and state0 (N, H) of each cell
    std::vector<const void*> masks;   // of each layer's inputs (N, ·), each cell's U (Q), the head's outs (N, width)
};

class NetworkStep {
public:
    static std::unique_ptr<NetworkStep> make(const gatewise_kernels& kernels, bool is_double, const NetworkSizes& sizes,
                                             int threads);
    virtual ~NetworkStep() = default;

    // Runs the network on a batch. `parameters` are those of Network.vector, and must be the same for backward.
    virtual void forward(const void* parameters, const NetworkBatch& batch) = 0;

    // The loss of the pass; its slope is kept for backward. `label` and `weight` as in Labels, of y's shape with one label
    // for each of the loss's outputs.
    virtual double loss(const Loss& loss, const void* label, const void* weight, Index weights) = 0;

    // Finds `gradient` of the slopes in d_y, and scales it down to a norm of at most `largest`; returns the norm it had.
    virtual double backward(const void* parameters, double largest) = 0;

    const NetworkSizes sizes;
    const bool is_double;
    Index N = 0, T = 0;  // of the pass
    Shared y;            // (N, P), or (N, T, P)
    Buffer d_y, gradient;
    std::vector<std::unique_ptr<const Run>> runs;  // of each cell, layer after layer

    bool complete = false;                         // whether there was a pass, to its end

    Index rows() const { return sizes.steps ? N * T : N; }

protected:
    NetworkStep(const NetworkSizes& sizes_, bool is_double_) : sizes(sizes_), is_double(is_double_) {}
};

}  // namespace gatewise
