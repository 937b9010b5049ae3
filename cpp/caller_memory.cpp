// See caller_memory.hpp. Tensors of another library as pointers and strides: NumPy's views of them would cost more than the
// passes themselves at the smallest sizes. Whoever calls holds the arrays, and has looked at their dtype and shape; what is
// checked here is what the numbers say: sizes, the order of steps, and that nothing is missing.
//
// Python's side, with what each tuple holds: src/gatewise/_core.pyi.

#include "caller_memory.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include "python.hpp"

#include <nanobind/stl/vector.h>

namespace {

// The whole numbers of a tuple; false if it is none, or not so long.
template <std::size_t count>
bool read(nb::handle given, Index (&to)[count]) {
    if (!PyTuple_Check(given.ptr()) || PyTuple_Size(given.ptr()) != Py_ssize_t(count)) return false;
    for (std::size_t k = 0; k < count; ++k) {
        to[k] = PyLong_AsSsize_t(PyTuple_GetItem(given.ptr(), Py_ssize_t(k)));
        if (to[k] == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            return false;
        }
    }
    return true;
}

void* pointer(Index address) { return reinterpret_cast<void*>(address); }

// A tuple (pointer, row, step); None for what there is not.
bool read(nb::handle given, gatewise_series& to) {
    if (given.is_none()) return true;
    Index numbers[3];
    if (!read(given, numbers)) return false;
    to = {pointer(numbers[0]), numbers[1], numbers[2]};
    return true;
}

// A tuple (W, U, b, b2, R) of pointers, 0 for what there is not.
bool read(nb::handle given, gatewise_parameters& to) {
    Index numbers[5];
    if (!read(given, numbers)) return false;
    to = {pointer(numbers[0]), pointer(numbers[1]), pointer(numbers[2]), nullptr, pointer(numbers[4]), pointer(numbers[3])};
    return true;
}

// The sizes and gate order of a layer, and the order of its steps.
struct Problem {
    bool fits = false, is_double = false, reverse = false;
    gatewise::Sizes sizes{};
    int place[4];
    std::vector<Index> lengths, offsets;  // empty: all of T; not packed
    Index rows = 0;  // of packed data

    // sizes: (is_double, N, T, D, H, Q, and which rows, counted in gates, are those of a, i, f, o)
    // steps: (reverse, lengths, batch_sizes, rows): pointers to int64, 0 for what there is not; how many rows packed data
    // has
    Problem(nb::handle sizes_, nb::handle steps_) {
        Index s[10], order[4];
        if (!read(sizes_, s) || !read(steps_, order)) return;
        is_double = s[0] != 0;
        sizes = {s[1], s[2], s[3], s[4], s[5]};
        bool seen[4] = {};
        for (int gate = 0; gate < 4; ++gate) {
            if (s[6 + gate] < 0 || s[6 + gate] > 3) return;
            place[gate] = static_cast<int>(s[6 + gate]);
            seen[place[gate]] = true;
        }
        const Index most = Index(1) << 40;
        for (int k = 1; k < 6; ++k)
            if (s[k] < 1 || s[k] > most) return;
        reverse = order[0] != 0;
        if (!std::all_of(seen, seen + 4, [](bool there) { return there; })) return;
        rows = order[3];
        fits = order[2] != 0 ? are_packed(static_cast<const Index*>(pointer(order[2])))
                             : have_lengths(static_cast<const Index*>(pointer(order[1])));
    }

    gatewise_variant variant() const { return {0, 0, projected, HUGE_VAL, HUGE_VAL}; }
    gatewise::Groups groups() const {
        const gatewise_kernels& kernels = gatewise::chosen();
        return {kernels, is_double, sizes, gatewise::layer_of(sizes, variant(), place),
                lengths.empty() ? nullptr : lengths.data()};
    }
    bool projected = false;

private:
    // Copied before it is looked at: another thread may write there.
    bool have_lengths(const Index* from) {
        if (from == nullptr) return true;
        lengths.assign(from, from + sizes.N);
        return std::all_of(lengths.begin(), lengths.end(), [&](Index n) { return n >= 0 && n <= sizes.T; });
    }
    bool are_packed(const Index* from) {
        const std::vector<Index> batch(from, from + sizes.T);
        lengths.assign(static_cast<std::size_t>(sizes.N), 0);
        offsets.reserve(batch.size());
        Index before = sizes.N, total = 0;
        if (batch.front() != sizes.N) return false;
        for (std::size_t t = 0; t < batch.size(); ++t) {
            if (batch[t] < 1 || batch[t] > before) return false;
            for (Index n = batch[t]; n < before; ++n) lengths[static_cast<std::size_t>(n)] = Index(t);
            offsets.push_back(total);
            total += batch[t];
            before = batch[t];
        }
        for (Index n = 0; n < before; ++n) lengths[static_cast<std::size_t>(n)] = sizes.T;
        return total == rows;
    }
};

// What a pass saves beside the groups' own: h of a projected cell, then the last state; in numbers.
struct Saved {
    Index hidden, last_state, end;
    Saved(const gatewise::Groups& groups, const Problem& problem) {
        const gatewise::Sizes& s = groups.sizes;
        const Index rows = problem.offsets.empty() ? s.N * s.T : problem.rows;
        hidden = groups.saved;
        last_state = hidden + (problem.projected ? rows * s.H : 0);
        end = last_state + s.N * s.H;
    }
};

// As rows of `width` one after the other, in the order in which the caller's series have them: batch first, or packed.
gatewise_series plain_series(void* data, const Problem& problem, Index width) {
    return {data, problem.offsets.empty() ? problem.sizes.T * width : width, width};
}

gatewise::Memory memory_of(const Problem& problem, const gatewise::Groups& groups, const gatewise_series& x,
                           const gatewise_series& out, const void* out0, void* saved) {
    gatewise::Memory m{};
    m.x = x;
    m.out = out;
    m.out0 = out0;
    m.reverse = problem.reverse;
    m.offsets = problem.offsets.empty() ? nullptr : problem.offsets.data();
    m.saved = saved;
    if (saved == nullptr) return m;
    const Saved places(groups, problem);
    char* const first = static_cast<char*>(saved);
    m.hidden = plain_series(first + places.hidden * groups.element, problem, groups.sizes.H);
    m.last_state = first + places.last_state * groups.element;
    return m;
}

// ends: (out0, state0, last_out, last_state); the first two may be 0.
nb::object forward(nb::handle sizes_, nb::handle steps, nb::handle parameters_, nb::handle x_, nb::handle out_,
                   nb::handle ends_, bool trace, int threads) {
    Problem problem(sizes_, steps);
    gatewise_parameters parameters;
    gatewise_series x{}, out{};
    Index ends[4];
    const bool fits = problem.fits && read(parameters_, parameters) && read(x_, x) && read(out_, out) &&
                      read(ends_, ends) && parameters.W && parameters.U && x.data && out.data && ends[2] && ends[3];
    problem.projected = fits && parameters.R;
    if (!fits || (!problem.projected && problem.sizes.Q != problem.sizes.H)) return nb::none();
    Shared saved;
    Index count = 0;
    with_memory(problem.sizes, [&] {
        const gatewise::Groups groups = problem.groups();
        const Index bytes = problem.sizes.N * problem.sizes.H * groups.element;
        if (trace) {
            count = Saved(groups, problem).end;
            saved = gatewise::take(static_cast<std::size_t>(count * groups.element));
        }
        gatewise::Memory memory = memory_of(problem, groups, x, out, pointer(ends[0]), saved.get());
        void* const kept_state = memory.last_state;
        memory.last_out = pointer(ends[2]);
        memory.last_state = pointer(ends[3]);
        gatewise::copy_or_zero(memory.last_state, pointer(ends[1]), bytes);
        gatewise::forward(groups, parameters, memory, threads);
        if (trace) std::memcpy(kept_state, memory.last_state, static_cast<std::size_t>(bytes));
    });
    return trace ? as_array(saved, problem.is_double, {static_cast<std::size_t>(count)}) : nb::bool_(true);
}

// Whether so many numbers are what a forward pass of this problem saved.
bool is_saved(const Problem& problem, const gatewise::Groups& groups, Index count) {
    return count == Saved(groups, problem).end;
}

// saved: (pointer, count). ends: (out0, what reaches the last out and state, where δout_0 and δstate_0 go), each 0 for what
// there is not. kept: None, or a tuple of (pointer, row, step) for Δout, δout, δstate, δgates and, if projected, δh.
bool backward(nb::handle sizes_, nb::handle steps, nb::handle parameters_, nb::handle x_, nb::handle out_,
              nb::handle saved_, nb::handle ends_, nb::handle delta_, nb::handle d_x_, bool add, nb::handle gradients_,
              nb::handle kept, int threads) {
    Problem problem(sizes_, steps);
    gatewise_parameters parameters, gradients;
    gatewise_series x{}, out{}, delta{}, d_x{};
    Index saved[2]{}, ends[5]{};
    bool fits = problem.fits && read(parameters_, parameters) && read(x_, x) && read(out_, out) && read(saved_, saved) &&
                read(ends_, ends) && read(delta_, delta) && read(d_x_, d_x) && read(gradients_, gradients) && saved[0] &&
                parameters.W && parameters.U && gradients.W && gradients.U && x.data && out.data && delta.data;
    problem.projected = fits && parameters.R;
    fits = fits && (problem.projected ? gradients.R != nullptr : problem.sizes.Q == problem.sizes.H);
    gatewise::Deltas deltas{delta, d_x, add, nullptr, nullptr, ends[3] != 0, {}};
    if (fits && !kept.is_none()) {
        fits = PyTuple_Check(kept.ptr()) && PyTuple_Size(kept.ptr()) == gatewise_kept_fields;
        for (int k = 0; fits && k < gatewise_kept_fields; ++k) fits = read(PyTuple_GetItem(kept.ptr(), k), deltas.kept[k]);
        for (int k = 0; fits && k < gatewise_kept_fields; ++k)
            fits = deltas.kept[k].data || (k == gatewise_hidden_delta && !problem.projected);
    }
    if (!fits) return false;
    bool done = false;
    with_memory(problem.sizes, [&] {
        const gatewise::Groups groups = problem.groups();
        if (!is_saved(problem, groups, saved[1])) return;
        const gatewise::Memory memory = memory_of(problem, groups, x, out, pointer(ends[0]), pointer(saved[0]));
        const Index out_bytes = groups.sizes.N * groups.sizes.Q * groups.element,
                    state_bytes = groups.sizes.N * groups.sizes.H * groups.element;
        const gatewise::Buffer own =  // where nobody asks for them
            gatewise::take(static_cast<std::size_t>(out_bytes + state_bytes));
        deltas.d_out0 = ends[3] ? pointer(ends[3]) : own.get();
        deltas.d_state0 = ends[4] ? pointer(ends[4]) : static_cast<char*>(own.get()) + out_bytes;
        gatewise::copy_or_zero(deltas.d_out0, pointer(ends[1]), out_bytes);
        gatewise::copy_or_zero(deltas.d_state0, pointer(ends[2]), state_bytes);
        gatewise::backward(groups, parameters, memory, deltas, gradients, threads);
        done = true;
    });
    return done;
}

// One of a, i, f, o, state (0..4) of what was saved.
bool unpack(nb::handle sizes_, nb::handle steps, bool projected, nb::handle saved_, int field, nb::handle to_) {
    Problem problem(sizes_, steps);
    Index saved[2];
    gatewise_series to{};
    if (!problem.fits || !read(saved_, saved) || !read(to_, to) || !saved[0] || !to.data || field < 0 ||
        field >= gatewise_saved_fields)
        return false;
    problem.projected = projected;
    bool done = false;
    with_memory(problem.sizes, [&] {
        const gatewise::Groups groups = problem.groups();
        if (!is_saved(problem, groups, saved[1])) return;
        gatewise::unpack(groups, memory_of(problem, groups, {}, {}, nullptr, pointer(saved[0])), field, to);
        done = true;
    });
    return done;
}

// Units in a vector register of the kernels that run here: of H units, a step of one row saves so many times as many fields
// as cover them.
Index lanes(bool is_double) {
    const gatewise_kernels& kernels = gatewise::chosen();
    return (is_double ? kernels.f64 : kernels.f32).lanes;
}

// Memory that was given back, or new: not cleared.
nb::object recycled(bool is_double, const std::vector<std::size_t>& shape) {
    Index count = is_double ? 8 : 4;
    for (std::size_t size : shape)
        if (__builtin_mul_overflow(count, size, &count) || count > (Index(1) << 60)) throw std::bad_alloc();
    const Shared memory = gatewise::take(static_cast<std::size_t>(count));
    switch (shape.size()) {
        case 1:
            return as_array(memory, is_double, {shape[0]});
        case 2:
            return as_array(memory, is_double, {shape[0], shape[1]});
        case 3:
            return as_array(memory, is_double, {shape[0], shape[1], shape[2]});
    }
    return nb::none();
}

}  // namespace

void add_calls_on_caller_memory(nb::module_& m) {
    m.def("recycled", &recycled, nb::arg("is_double"), nb::arg("shape"));
    m.def("lanes", &lanes, nb::arg("is_double"));
    m.def("forward_in_place", &forward, nb::arg("sizes"), nb::arg("steps"), nb::arg("parameters"), nb::arg("x"),
          nb::arg("out"), nb::arg("ends"), nb::arg("trace"), nb::arg("threads"));
    m.def("backward_in_place", &backward, nb::arg("sizes"), nb::arg("steps"), nb::arg("parameters"), nb::arg("x"),
          nb::arg("out"), nb::arg("saved"), nb::arg("ends"), nb::arg("delta"), nb::arg("d_x").none(), nb::arg("add"),
          nb::arg("gradients"), nb::arg("kept").none(), nb::arg("threads"));
    m.def("unpack_in_place", &unpack, nb::arg("sizes"), nb::arg("steps"), nb::arg("projected"), nb::arg("saved"),
          nb::arg("field"), nb::arg("to"));
}
