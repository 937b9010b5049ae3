// See engine.hpp.

#include "engine.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "pool.hpp"

namespace gatewise {
namespace {

char* at(const Shared& array, Index bytes) { return array ? static_cast<char*>(array.get()) + bytes : nullptr; }

Shared make(Index bytes) { return Shared(take(static_cast<std::size_t>(bytes))); }

Shared zeros(Index bytes) {
    Shared array = make(bytes);
    std::memset(array.get(), 0, static_cast<std::size_t>(bytes));
    return array;
}

Shared copy(const void* from, Index bytes) {
    Shared array = make(bytes);
    std::memcpy(array.get(), from, static_cast<std::size_t>(bytes));
    return array;
}

gatewise_series series_of(View view) { return {const_cast<void*>(view.data), view.row, view.step}; }

// A series (N, T, width) that is the engine's own.
gatewise_series own(const Shared& array, const Sizes& s, Index width) { return {array.get(), s.T * width, width}; }

}  // namespace

Index count_of(const gatewise_layer& layer, bool bias) {
    const Index H = layer.units, rows = gates_of(layer.variant) * H;
    return rows * (layer.inputs + layer.outputs + bias) + (layer.variant.peepholes ? rows - H : 0) +
           (layer.variant.projected ? layer.outputs * H : 0);
}

gatewise_parameters side_by_side(const gatewise_layer& layer, bool bias, void* first, Index element) {
    const Index rows = gates_of(layer.variant) * layer.units;
    char *const W = static_cast<char*>(first), *const U = W + rows * layer.inputs * element,
                *const b = U + rows * layer.outputs * element, *const V = b + (bias ? rows * element : 0),
                *const R = V + (layer.variant.peepholes ? (rows - layer.units) * element : 0);
    return {W,      U, bias ? b : nullptr, layer.variant.peepholes ? V : nullptr, layer.variant.projected ? R : nullptr,
            nullptr};
}

Run::Run(const gatewise_kernels& kernels, bool is_double_, const Sizes& sizes_, const gatewise_variant& variant,
         const gatewise_parameters& parameters, View x_, const void* out0_, const void* state0_, const Index* lengths_,
         int threads, bool trace, bool reverse_)
    : groups(kernels, is_double_, sizes_, layer_of(sizes_, variant), lengths_), sizes(groups.sizes), layer(groups.layer),
      is_double(is_double_), traced(trace), reverse(reverse_), element(groups.element) {
    const Index N = sizes.N, T = sizes.T, D = sizes.D, H = sizes.H, Q = sizes.Q;  // clang 14: no structured bindings
    const Index out_bytes = N * Q * element, bytes = N * H * element;
    out = make(N * T * Q * element);
    last_out = make(out_bytes + bytes);  // both in one
    last_state = Shared(last_out, at(last_out, out_bytes));
    copy_or_zero(last_state.get(), state0_, bytes);
    if (traced && variant.projected) hidden = make(N * T * H * element);
    if (traced) {
        saved_ = make(groups.saved * element);
        x = copy_of_x(x_);
        x_ = {x.get(), T * D, D};
        if (out0_) out0 = copy(out0_, out_bytes);
        if (state0_) state0 = copy(state0_, bytes);
    }
    Memory used = memory();
    used.x = series_of(x_);
    used.out0 = out0_;
    forward(groups, parameters, used, threads);
}

Shared Run::copy_of_x(View view) const {
    const Index N = sizes.N, T = sizes.T, D = sizes.D;
    Shared copy = make(N * T * D * element);
    constexpr Index together = 4096;  // steps between two looks at the time
    Looks looks;
    for (Index n = 0; n < N; ++n) {
        const char* from = static_cast<const char*>(view.data) + n * view.row * element;
        char* to = at(copy, n * T * D * element);
        for (Index first = 0, last = 0; first < T; first = last) {
            const Index length = groups.lengths[static_cast<std::size_t>(n)], end = first < length ? length : T;
            last = std::min(first + together, end);
            const auto bytes = static_cast<std::size_t>((last - first) * D * element);
            if (first >= length)
                std::memset(to + first * D * element, 0, bytes);
            else if (view.step == D)
                std::memcpy(to + first * D * element, from + first * D * element, bytes);
            else
                for (Index t = first; t < last; ++t)
                    std::memcpy(to + t * D * element, from + t * view.step * element,
                                static_cast<std::size_t>(D * element));
            looks.after((last - first) * D);
        }
    }
    return copy;
}

Memory Run::memory() const {
    Memory m{};
    m.x = own(x, sizes, sizes.D);
    m.out = own(out, sizes, sizes.Q);
    m.hidden = own(hidden, sizes, sizes.H);
    m.out0 = out0.get();
    m.last_out = last_out.get();
    m.last_state = last_state.get();
    m.saved = saved_.get();
    m.reverse = reverse;
    return m;
}

Shared Run::unpacked(int field) const {
    Shared plain = make(sizes.N * sizes.T * sizes.H * element);
    unpack(groups, memory(), field, own(plain, sizes, sizes.H));
    return plain;
}

Gradients::Gradients(const Run& run, const gatewise_parameters& given, View delta, const void* d_last_out,
                     const void* d_last_state, int threads, bool inputs, bool keep)
    : sizes(run.sizes), layer(run.layer), is_double(run.is_double),
      flat(make(count_of(layer, given.b != nullptr) * run.element)),
      parameters(side_by_side(layer, given.b != nullptr, flat.get(), run.element)) {
    const Index N = sizes.N, T = sizes.T, D = sizes.D, H = sizes.H, Q = sizes.Q, element = run.element;
    if (inputs) d_x = make(N * T * D * element);
    const Index out_bytes = N * Q * element, bytes = N * H * element;
    d_out0 = make(out_bytes + bytes);  // both in one
    d_state0 = Shared(d_out0, at(d_out0, out_bytes));
    copy_or_zero(d_out0.get(), d_last_out, out_bytes);
    copy_or_zero(d_state0.get(), d_last_state, bytes);
    Deltas deltas{series_of(delta), own(d_x, sizes, D), false, d_out0.get(), d_state0.get(), true, {}};
    const Index widths[gatewise_kept_fields] = {Q, Q, H, gates_of(layer.variant) * H, layer.variant.projected ? H : 0};
    for (int k = 0; keep && k < gatewise_kept_fields; ++k) {
        if (widths[k] == 0) continue;
        kept[k] = make(N * T * widths[k] * element);
        deltas.kept[k] = own(kept[k], sizes, widths[k]);
    }
    if (N == 0)  // nothing adds to the sums
        std::memset(flat.get(), 0, static_cast<std::size_t>(count_of(layer, given.b != nullptr) * element));
    else
        backward(run.groups, given, run.memory(), deltas, parameters, threads);
}

Stepper::Stepper(const gatewise_kernels& kernels, bool is_double_, Index batch, const gatewise_layer& layer,
                 const gatewise_parameters& parameters, int threads)
    : N(batch), D(layer.inputs), H(layer.units), Q(layer.outputs), is_double(is_double_), layer_(layer),
      table_(is_double_ ? kernels.f64 : kernels.f32), element_(is_double_ ? 8 : 4),
      threads_(threads > 0 ? threads : default_threads()) {
    check_countable(sizes(), is_double, table_);
    for (Shared& side : out) side = zeros(N * Q * element_);
    ones_.assign(static_cast<std::size_t>(N), 1);
    weights_ = pack(table_, element_, layer, parameters, 1);
    state = zeros(N * H * element_);
    last_ = take(static_cast<std::size_t>(N * Q * element_));
    x_ = take(static_cast<std::size_t>(N * D * element_));
    row_.resize(static_cast<std::size_t>(N));
    std::iota(row_.begin(), row_.end(), Index(0));
    gatewise_group g{};
    g.rows = N;
    g.layer = &layer_;
    scratch_ = take(static_cast<std::size_t>(table_.scratch_forward(&g)));
}

void Stepper::reset(const void* out0, const void* state0) {
    copy_or_zero(out[now].get(), out0, N * Q * element_);
    copy_or_zero(state.get(), state0, N * H * element_);
}

void Stepper::step(View x) {
    // What an earlier step returned may be given back as x, and this step may be about to write there.
    const char* const given = static_cast<const char*>(x.data);
    const char* const written = static_cast<const char*>(out[1 - now].get());
    const Index bytes = N * Q * element_;
    if (given < written + bytes && written < given + ((N - 1) * x.row + D) * element_) {
        for (Index n = 0; n < N; ++n)
            std::memcpy(static_cast<char*>(x_.get()) + n * D * element_, given + n * x.row * element_,
                        static_cast<std::size_t>(D * element_));
        x = {x_.get(), D, 0};
    }
    gatewise_group g{};
    g.rows = N;
    g.steps = 1;
    g.layer = &layer_;
    g.row = row_.data();
    g.lengths = ones_.data();
    g.x = series_of(x);
    g.out0 = out[now].get();
    g.out = {out[1 - now].get(), Q, Q};
    if (!layer_.variant.projected) g.hidden = g.out;
    g.last_out = last_.get();
    g.last_state = state.get();
    weights_.give(g);
    if (N == 1) g.parts = parts_of(table_, layer_, threads_);
    g.scratch = scratch_.get();
    g.watch = watch_of_kernels();
    // Stopped, the step has not been made: of what it reads, the state alone is written, and last.
    parallel(1, 1, [&](Index, int) { run_kernel(table_.forward, g); });
    now = 1 - now;
}

}  // namespace gatewise
