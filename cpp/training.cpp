// See training.hpp. Bindings only, no algorithm.
// The Python signatures and their meaning: src/gatewise/_core.pyi.

#include "training.hpp"

#include <deque>

#include "array.hpp"
#include "network_step.hpp"
#include "train.hpp"

#include <nanobind/stl/vector.h>

namespace {

void* at(const Array& array) { return const_cast<void*>(array.data()); }

gatewise::Optimizer adam_of(double beta1, double beta2, double epsilon) {
    return {gatewise::Optimizer::adam, {beta1, beta2, epsilon}};
}

// Arguments were checked in gatewise/learn/train_steps.py; what is checked here keeps memory safe.
nb::object train(nb::handle parameters_, nb::handle first_, nb::handle second_, nb::handle x_, nb::handle label_,
                 nb::handle lengths_, nb::handle batches_, nb::handle losses_, Index H, bool adam, double learning_rate,
                 double beta1, double beta2, double epsilon, Index steps_before, int threads, nb::handle name,
                 nb::handle variant, bool bias) {
    const Array parameters(parameters_), first(first_), second(second_), x(x_), label(label_), lengths(lengths_),
        batches(batches_), losses(losses_);
    const char kind = parameters.kind;
    if ((kind != 'f' && kind != 'd') || x.axes() != 3 || H < 1 || losses.axes() != 1) return nb::none();
    const Given beside(variant);
    if (!beside.fits || label.axes() != 3) return nb::none();
    const gatewise::Sizes s{x.size(0), x.size(1), x.size(2), H, beside.variant.projected ? label.size(2) : H};
    const gatewise_layer layer = gatewise::layer_of(s, beside.variant);
    const Index count = gatewise::count_of(layer, bias), steps = losses.size(0);
    const Index batch = batches_.is_none() ? s.N : batches.axes() == 2 ? batches.size(1) : -1;
    const bool fits = parameters.is(kind, {count}) && (!adam || (first.is(kind, {count}) && second.is(kind, {count}))) &&
                      x.is(kind, {s.N, s.T, s.D}, false) && label.is(kind, {s.N, s.T, s.Q}, false) && s.T > 0 &&
                      losses.is('d', {steps}) && (lengths_.is_none() || lengths.is('l', {s.N})) &&
                      (batches_.is_none() || batches.is('l', {steps, batch}));
    if (!fits) return nb::none();
    for (const Array* array : {&parameters, &first, &second, &losses})
        if (array->data() != nullptr && !array->writable()) return nb::none();
    std::vector<Index> chosen, ends;
    if (!copied(batches, steps * batch, s.N - 1, chosen) || !copied(lengths, s.N, s.T, ends)) return nb::none();
    const gatewise_kernels& kernels = kernels_named(name);
    const gatewise::Optimizer optimizer = adam ? adam_of(beta1, beta2, epsilon)
                                               : gatewise::Optimizer{gatewise::Optimizer::sgd, {}};
    const gatewise::Updated updated{kind == 'd', count, at(parameters), {at(first), at(second)}};
    Index made = 0;
    try {
        const Unlocked free;
        const gatewise::Watch watch(&Unlocked::signal_came, !is_brief({batch, s.T, s.D, s.H, s.Q}));
        made = gatewise::train(kernels, s, beside.variant, bias, updated, x.series(), label.series(),
                               lengths_.is_none() ? nullptr : ends.data(), batches_.is_none() ? nullptr : chosen.data(),
                               batch, steps, optimizer, learning_rate, steps_before, threads,
                               static_cast<double*>(const_cast<void*>(losses.data())));
    } catch (const std::bad_alloc&) {
        throw NoMemory(s);
    } catch (const gatewise::Stopped&) {
        throw nb::python_error();
    }
    return nb::int_(made);
}

bool adam(nb::handle parameters_, nb::handle first_, nb::handle second_, nb::handle gradients_, double learning_rate,
          double beta1, double beta2, double epsilon, Index step) {
    const Array parameters(parameters_), first(first_), second(second_), gradients(gradients_);
    const char kind = parameters.kind;
    if ((kind != 'f' && kind != 'd') || parameters.axes() != 1) return false;
    const Index count = parameters.size(0);
    for (const Array* array : {&parameters, &first, &second, &gradients})
        if (!array->is(kind, {count}) || !(array == &gradients || array->writable())) return false;
    gatewise::update(adam_of(beta1, beta2, epsilon), {kind == 'd', count, at(parameters), {at(first), at(second)}},
                     gradients.data(), learning_rate, step);
    return true;
}

// Arrays of a tuple, each null where that has None; `fits` false if one is not as it must be.
struct Arrays {
    std::deque<Array> held;
    std::vector<const void*> data;
    bool fits = true;

    // `given` is None or a tuple of `count`; right(array, k) says whether array k is as it must be.
    template <class Right>
    Arrays(nb::handle given, Index count, Right&& right) {
        if (given.is_none()) return;
        fits = PyTuple_Check(given.ptr()) && PyTuple_Size(given.ptr()) == count;
        for (Index k = 0; fits && k < count; ++k) {
            const nb::handle one = PyTuple_GetItem(given.ptr(), k);
            data.push_back(nullptr);
            if (one.is_none()) continue;
            fits = right(held.emplace_back(one), k);
            data.back() = held.back().data();
        }
    }
};

// Arguments were checked in gatewise/learn/training_step.py, which makes it; what is checked here keeps memory safe.
struct PyNetworkStep {
    std::unique_ptr<gatewise::NetworkStep> step;
    std::optional<gatewise::Loss> loss_row;  // none: Python has the loss
    gatewise::Optimizer optimizer;
    const double clip;
    bool at_work = false;

    static constexpr const char* busy =
        "another thread is in the middle of this training step; each thread needs one of its own";

    PyNetworkStep(bool is_double, const std::vector<Index>& sizes, const std::vector<double>& variant, nb::handle loss_name,
                  const std::vector<double>& loss_numbers, const std::string& optimizer_name,
                  const std::vector<double>& optimizer_numbers, double clip_, int threads, nb::handle name)
        : clip(clip_) {
        check(sizes.size() == 10 && variant.size() == 5);
        const gatewise::NetworkSizes s{sizes[0],
                                       sizes[1],
                                       sizes[2],
                                       sizes[3],
                                       sizes[4],
                                       sizes[5],
                                       sizes[6],
                                       sizes[7],
                                       sizes[8] != 0,
                                       sizes[9] != 0,
                                       {variant[0] != 0, variant[1] != 0, variant[2] != 0, variant[3], variant[4]}};
        check(std::min({s.D, s.H, s.Q, s.P, s.layers, s.directions}) > 0 && std::min(s.E, s.K) >= 0 && s.directions < 3);
        check((s.variant.projected || s.Q == s.H) && !(s.steps && s.K > 0) && s.variant.clip > 0 &&
              s.variant.state_clip > 0);
        if (!loss_name.is_none()) {
            gatewise::Loss& row = loss_row.emplace();
            check(gatewise::loss_named(nb::cast<std::string>(loss_name), row.name));
            row.numbers = loss_numbers;
            check(row.name == gatewise::Loss::pinball ? !loss_numbers.empty()
                                                      : loss_numbers.size() == (row.name == gatewise::Loss::huber));
            check(s.P % row.outputs() == 0);
        }
        check(gatewise::optimizer_named(optimizer_name, optimizer.name));
        check(Index(optimizer_numbers.size()) == gatewise::options_of(optimizer.name));
        std::copy(optimizer_numbers.begin(), optimizer_numbers.end(), optimizer.numbers);
        const gatewise_kernels& kernels = kernels_named(name);
        with_memory({1, 1, s.D, s.H, s.Q}, [&] { step = gatewise::NetworkStep::make(kernels, is_double, s, threads); });
    }

    static void check(bool fine) {
        if (!fine) throw std::invalid_argument("sizes, loss or optimizer of a training step do not fit");
    }

    char kind() const { return step->is_double ? 'd' : 'f'; }

    // Runs `work`, which is that of a pass over N sequences of T steps, outside of the interpreter's lock unless it is
    // brief.
    template <class Work>
    void with_room(Index N, Index T, Work&& work) const {
        const gatewise::NetworkSizes& s = step->sizes;
        const gatewise::Sizes whole{N * s.cells(), T, std::max({s.D, s.width(), s.head_width(), s.P}), s.H, s.Q};
        with_memory({N, T, s.D, s.H, s.Q}, std::forward<Work>(work), is_brief(whole));
    }

    bool forward(nb::handle vector_, nb::handle x_, nb::handle extra_, nb::handle lengths_, nb::handle starts_,
                 nb::handle masks_) {
        const gatewise::NetworkSizes& s = step->sizes;
        const Turn turn(at_work, busy);
        const Array vector(vector_), x(x_), extra(extra_), lengths(lengths_);
        if (x.axes() != 3) return false;
        const Index N = x.size(0), T = x.size(1);
        const bool repeats = extra.axes() == 2;
        if (!vector.is(kind(), {s.parameters()}) || N < 1 || T < 1 || !x.is(kind(), {N, T, s.D}, false)) return false;
        if (s.E == 0 ? !extra_.is_none() : !(extra.is(kind(), {N, s.E}) || (s.steps && extra.is(kind(), {N, T, s.E}))))
            return false;
        std::vector<Index> ends;
        if (!lengths_.is_none() && (!lengths.is('l', {N}) || !copied(lengths, N, T, ends))) return false;
        const Arrays starts(starts_, 2 * s.cells(),
                            [&](const Array& array, Index k) { return array.is(kind(), {N, k % 2 ? s.H : s.Q}); });
        const Arrays masks(masks_, s.layers + s.cells() + 1, [&](const Array& array, Index k) {
            if (k < s.layers) return array.is(kind(), {N, 1, s.inputs_of(k)});
            return k < s.layers + s.cells() ? array.is(kind(), {s.Q}) : array.is(kind(), {N, 1, s.width()});
        });
        if (!starts.fits || !masks.fits) return false;
        const gatewise::NetworkBatch batch{
            N, T, x.series(), extra.data(), repeats, ends.empty() ? nullptr : ends.data(), starts.data, masks.data};
        with_room(N, T, [&] { step->forward(vector.data(), batch); });
        return true;
    }

    // The shape of y with so many numbers in each row.
    std::vector<Index> shape(Index width) const {
        if (step->sizes.steps) return {step->N, step->T, width};
        return {step->N, width};
    }

    nb::object y() const {
        if (!step->complete) return nb::none();
        const auto size = [](Index count) { return static_cast<std::size_t>(count); };
        const Index P = step->sizes.P;
        return step->sizes.steps ? as_array(step->y, step->is_double, {size(step->N), size(step->T), size(P)})
                                 : as_array(step->y, step->is_double, {size(step->N), size(P)});
    }

    // The last out and state of each cell, one after the other.
    nb::object last() const {
        nb::list arrays;
        for (const auto& run : step->runs) {
            arrays.append(state(run->last_out, run->sizes.Q));
            arrays.append(state(run->last_state, run->sizes.H));
        }
        return nb::tuple(arrays);
    }
    nb::object state(const Shared& memory, Index width) const {
        return as_array(memory, step->is_double, {static_cast<std::size_t>(step->N), static_cast<std::size_t>(width)},
                        true);
    }

    // Weights as the labels' type: one for each label, or for the first axes alone; false if they do not fit.
    template <class T, class Given>
    static bool read_weights(const Array& weight, Index count, std::vector<unsigned char>& to) {
        const Given* const from = static_cast<const Given*>(weight.data());
        to.resize(static_cast<std::size_t>(count) * sizeof(T));
        T* const numbers = reinterpret_cast<T*>(to.data());
        for (Index k = 0; k < count; ++k) {
            const Given number = from[k];
            if (!(number >= 0) || std::isinf(number)) return false;
            numbers[k] = static_cast<T>(number);
        }
        return true;
    }
    template <class T>
    static bool read_weights(const Array& weight, Index count, std::vector<unsigned char>& to) {
        return weight.kind == 'd' ? read_weights<T, double>(weight, count, to) : read_weights<T, float>(weight, count, to);
    }

    nb::object loss(nb::handle label_, nb::handle weight_) {
        const Turn turn(at_work, busy);
        if (!step->complete || !loss_row) return nb::none();
        const Array label(label_), weight(weight_);
        const std::vector<Index> axes = shape(step->sizes.P / loss_row->outputs());
        if (!label.is(kind(), axes)) return nb::none();
        Index weights = 0;
        std::vector<unsigned char> read;
        if (!weight_.is_none()) {
            const int given = weight.axes();
            if (given < 1 || given > Index(axes.size()) || (weight.kind != 'f' && weight.kind != 'd')) return nb::none();
            const std::vector<Index> first(axes.begin(), axes.begin() + given);
            weights = 1;
            for (const Index size : first) weights *= size;
            if (!weight.is(weight.kind, first)) return nb::none();
            if (!(step->is_double ? read_weights<double>(weight, weights, read)
                                  : read_weights<float>(weight, weights, read)))
                return nb::none();
        }
        double found = 0;
        with_room(step->N, step->T,
                  [&] { found = step->loss(*loss_row, label.data(), weights ? read.data() : nullptr, weights); });
        return nb::float_(found);
    }

    nb::object update(nb::handle d_y_, nb::handle vector_, nb::handle memory_, double rate, Index number) {
        const Turn turn(at_work, busy);
        const Array d_y(d_y_), vector(vector_);
        const Index count = step->sizes.parameters(), remembered = gatewise::remembered_by(optimizer.name);
        if (!step->complete || memory_.is_none() || !vector.is(kind(), {count}) || !vector.writable()) return nb::none();
        if (!d_y_.is_none()) {
            if (!d_y.is(kind(), shape(step->sizes.P))) return nb::none();
            const Index bytes = step->rows() * step->sizes.P * (step->is_double ? 8 : 4);
            std::memcpy(step->d_y.get(), d_y.data(), static_cast<std::size_t>(bytes));
        }
        const Arrays memory(memory_, remembered,
                            [&](const Array& array, Index) { return array.is(kind(), {count}) && array.writable(); });
        for (const void* one : memory.data)
            if (one == nullptr) return nb::none();
        if (!memory.fits) return nb::none();
        gatewise::Updated updated{step->is_double, count, at(vector), {}};
        for (Index k = 0; k < remembered; ++k)
            updated.memory[k] = const_cast<void*>(memory.data[static_cast<std::size_t>(k)]);
        double norm = 0;
        with_room(step->N, step->T, [&] {
            norm = step->backward(vector.data(), clip);
            if (std::isfinite(norm)) gatewise::update(optimizer, updated, step->gradient.get(), rate, number);
        });
        return nb::float_(norm);
    }
};

}  // namespace

void add_training(nb::module_& m) {
    m.def("train", &train, nb::arg("parameters").none(), nb::arg("first_moment").none(), nb::arg("second_moment").none(),
          nb::arg("x").none(), nb::arg("label").none(), nb::arg("lengths").none(), nb::arg("batches").none(),
          nb::arg("losses").none(), nb::arg("units"), nb::arg("adam"), nb::arg("learning_rate"), nb::arg("beta1"),
          nb::arg("beta2"), nb::arg("epsilon"), nb::arg("steps_before"), nb::arg("threads"),
          nb::arg("instruction_set").none(), nb::arg("variant") = nb::none(), nb::arg("bias") = true);
    m.def("adam", &adam, nb::arg("parameters").none(), nb::arg("first").none(), nb::arg("second").none(),
          nb::arg("gradients").none(), nb::arg("learning_rate"), nb::arg("beta1"), nb::arg("beta2"), nb::arg("epsilon"),
          nb::arg("step"));
    nb::class_<PyNetworkStep>(m, "NetworkStep")
        .def(nb::init<bool, const std::vector<Index>&, const std::vector<double>&, nb::handle, const std::vector<double>&,
                      const std::string&, const std::vector<double>&, double, int, nb::handle>(),
             nb::arg("is_double"), nb::arg("sizes"), nb::arg("variant"), nb::arg("loss").none(), nb::arg("loss_numbers"),
             nb::arg("optimizer"), nb::arg("optimizer_numbers"), nb::arg("clip"), nb::arg("threads"),
             nb::arg("instruction_set").none())
        .def("forward", &PyNetworkStep::forward, nb::arg("vector").none(), nb::arg("x").none(), nb::arg("extra").none(),
             nb::arg("lengths").none(), nb::arg("starts").none(), nb::arg("masks").none())
        .def("loss", &PyNetworkStep::loss, nb::arg("label").none(), nb::arg("weight").none())
        .def("update", &PyNetworkStep::update, nb::arg("d_y").none(), nb::arg("vector").none(), nb::arg("memory").none(),
             nb::arg("rate"), nb::arg("number"))
        .def("last", &PyNetworkStep::last)
        .def_prop_ro("y", &PyNetworkStep::y);
}
