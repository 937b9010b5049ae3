// gatewise._core: what Python sees of the C++ side. Bindings only, no algorithm. One file, though long: the compiler reads
// nanobind once, which is most of its work here.
// The Python signatures and their meaning: src/gatewise/_core.pyi.
//
// Arrays come in through the buffer protocol, in which a call costs a tenth of a microsecond. forward and backward take
// only what they can use as it is and answer None to anything else: gatewise.engine.passes then says what is wrong with it,
// or puts it right and calls again.

#include <cstring>
#include <vector>

#include "array.hpp"
#include "caller_memory.hpp"
#include "head.hpp"
#include "training.hpp"

namespace {

// A series (N, T, width) or, of a single sequence, (T, width); and a state (N, width) or (width,).
nb::object series(const Shared& memory, const gatewise::Sizes& s, bool is_double, bool batch, Index width,
                  bool frozen = false) {
    const auto N = static_cast<std::size_t>(s.N), T = static_cast<std::size_t>(s.T), W = static_cast<std::size_t>(width);
    return batch ? as_array(memory, is_double, {N, T, W}, frozen) : as_array(memory, is_double, {T, W}, frozen);
}

nb::object state(const Shared& memory, const gatewise::Sizes& s, bool is_double, bool batch, Index width,
                 bool frozen = false) {
    const auto N = static_cast<std::size_t>(s.N), W = static_cast<std::size_t>(width);
    return batch ? as_array(memory, is_double, {N, W}, frozen) : as_array(memory, is_double, {W}, frozen);
}

Shared zeros_if_null(const Shared& memory, Index bytes) {
    if (memory) return memory;
    Shared made(gatewise::take(static_cast<std::size_t>(bytes)));
    std::memset(made.get(), 0, static_cast<std::size_t>(bytes));
    return made;
}

struct PyForwardRun {
    bool batch;
    gatewise::Run run;

    nb::object field(const std::string& name) const {
        const gatewise::Sizes& s = run.sizes;
        if (name == "out") return series(run.out, s, run.is_double, batch, s.Q, true);
        if (name == "last_out") return state(run.last_out, s, run.is_double, batch, s.Q, true);
        if (name == "last_state") return state(run.last_state, s, run.is_double, batch, s.H, true);
        if (!run.traced) return nb::none();
        if (name == "x") return series(run.x, s, run.is_double, batch, s.D, true);
        const auto start = [&](const Shared& given, Index width) {
            return state(zeros_if_null(given, s.N * width * run.element), s, run.is_double, batch, width, true);
        };
        if (name == "out0") return start(run.out0, s.Q);
        if (name == "state0") return start(run.state0, s.H);
        if (name == "h") return run.hidden ? series(run.hidden, s, run.is_double, batch, s.H, true) : nb::none();
        const std::string fields[gatewise_saved_fields] = {"a", "i", "f", "o", "state"};
        for (int k = 0; k < gatewise_saved_fields; ++k)
            if (name == fields[k]) {
                Shared plain;
                with_memory(s, [&] { plain = run.unpacked(k); });
                return series(plain, s, run.is_double, batch, s.H, true);
            }
        return nb::none();
    }

    nb::list lengths() const {
        nb::list numbers;
        for (Index length : run.groups.lengths) numbers.append(length);
        return numbers;
    }
};

struct PyGradients {
    bool batch;
    gatewise::Gradients all;

    nb::object field(const std::string& name) const {
        const gatewise::Sizes& s = all.sizes;
        const auto D = static_cast<std::size_t>(s.D), H = static_cast<std::size_t>(s.H), Q = static_cast<std::size_t>(s.Q);
        const std::size_t rows = static_cast<std::size_t>(gatewise::gates_of(all.layer.variant)) * H;
        const gatewise_parameters& d = all.parameters;
        const auto part = [&](void* at, std::initializer_list<std::size_t> shape) {
            return at ? as_array(Shared(all.flat, at), all.is_double, shape) : nb::none();
        };
        if (name == "d_W") return part(d.W, {rows, D});
        if (name == "d_U") return part(d.U, {rows, Q});
        if (name == "d_b") return part(d.b, {rows});
        if (name == "d_V") return part(d.V, {rows - H});
        if (name == "d_R") return part(d.R, {Q, H});
        if (name == "flat")
            return part(all.flat.get(), {static_cast<std::size_t>(gatewise::count_of(all.layer, d.b != nullptr))});
        if (name == "d_x") return all.d_x ? series(all.d_x, s, all.is_double, batch, s.D) : nb::none();
        if (name == "d_out0") return state(all.d_out0, s, all.is_double, batch, s.Q);
        if (name == "d_state0") return state(all.d_state0, s, all.is_double, batch, s.H);
        const struct {
            const char* name;
            Index width;
        } fields[gatewise_kept_fields] = {
            {"delta_out", s.Q}, {"d_out", s.Q}, {"d_state", s.H}, {"d_gates", static_cast<Index>(rows)}, {"d_h", s.H}};
        for (int k = 0; k < gatewise_kept_fields; ++k)
            if (name == fields[k].name && all.kept[k]) return series(all.kept[k], s, all.is_double, batch, fields[k].width);
        return nb::none();
    }
};

struct Weights {
    const Given beside;
    Array W, U, b;
    std::optional<Array> V, R;
    Index D = 0, H = 0, Q = 0;
    char kind = '?';

    Weights(nb::handle W_, nb::handle U_, nb::handle b_, nb::handle variant) : beside(variant), W(W_), U(U_), b(b_) {
        if (!beside.fits || U.axes() != 2 || W.axes() != 2) return;
        const Index gates = beside.variant.coupled ? 3 : 4, rows = W.size(0);
        const char of = W.kind;
        D = W.size(1);
        H = beside.variant.coupled ? rows / 3 : rows / 4;
        Q = U.size(1);
        const bool biased = variant.is_none() || !b_.is_none();
        bool fine = (of == 'f' || of == 'd') && D > 0 && H > 0 && Q > 0 && W.is(of, {gates * H, D}) &&
                    U.is(of, {gates * H, Q}) && (!biased || b.is(of, {gates * H}));
        if (beside.V) fine = V.emplace(beside.V).is(of, {(gates - 1) * H}) && fine;
        fine = (beside.R ? R.emplace(beside.R).is(of, {Q, H}) : Q == H) && fine;
        if (fine) kind = of;
    }
    explicit operator bool() const { return kind != '?'; }
    gatewise_layer layer() const { return gatewise::layer_of({0, 0, D, H, Q}, beside.variant); }
    gatewise_parameters all() const {
        const auto of = [](const Array& array) { return const_cast<void*>(array.data()); };
        return {of(W), of(U), of(b), V ? of(*V) : nullptr, R ? of(*R) : nullptr, nullptr};
    }
};

bool fits_state(const Array& array, nb::handle given, char kind, bool batch, Index N, Index width) {
    return given.is_none() || (batch ? array.is(kind, {N, width}) : array.is(kind, {width}));
}

nb::object forward(nb::handle W, nb::handle U, nb::handle b, nb::handle x_, nb::handle out0_, nb::handle state0_,
                   nb::handle lengths_, int threads, nb::handle trace, nb::handle name, nb::handle variant,
                   nb::handle reverse) {
    if (!is_flag(trace) || !is_flag(reverse)) return nb::none();
    const Weights weights(W, U, b, variant);
    const Array x(x_), out0(out0_), state0(state0_), lengths(lengths_);
    if (!weights || (x.axes() != 2 && x.axes() != 3)) return nb::none();
    const bool batch = x.axes() == 3;
    const gatewise::Sizes s{batch ? x.size(0) : 1, x.size(batch), weights.D, weights.H, weights.Q};
    const bool fits = (batch ? x.is(weights.kind, {s.N, s.T, s.D}, false) : x.is(weights.kind, {s.T, s.D}, false)) &&
                      s.T > 0 && fits_state(out0, out0_, weights.kind, batch, s.N, s.Q) &&
                      fits_state(state0, state0_, weights.kind, batch, s.N, s.H) &&
                      (lengths_.is_none() || (batch ? lengths.is('l', {s.N}) : lengths.is('l', {})));
    if (!fits) return nb::none();
    std::vector<Index> ends;
    if (!copied(lengths, s.N, s.T, ends)) return nb::none();
    const gatewise_kernels& kernels = kernels_named(name);
    PyForwardRun* made = nullptr;
    with_memory(s, [&] {
        made = new PyForwardRun{
            batch, gatewise::Run(kernels, weights.kind == 'd', s, weights.beside.variant, weights.all(), x.series(),
                                 out0.data(), state0.data(), lengths_.is_none() ? nullptr : ends.data(), threads,
                                 trace.ptr() == Py_True, reverse.ptr() == Py_True)};
    });
    return nb::cast(made, nb::rv_policy::take_ownership);
}

bool same(const gatewise_variant& p, const gatewise_variant& q) {
    return p.peepholes == q.peepholes && p.coupled == q.coupled && p.projected == q.projected && p.clip == q.clip &&
           p.state_clip == q.state_clip;
}

nb::object backward(const PyForwardRun& run, nb::handle W, nb::handle U, nb::handle b, nb::handle delta_, nb::handle d_out_,
                    nb::handle d_state_, int threads, nb::handle inputs, nb::handle keep, nb::handle variant) {
    if (!is_flag(inputs) || !is_flag(keep)) return nb::none();
    const Weights weights(W, U, b, variant);
    const Array delta(delta_), d_out(d_out_), d_state(d_state_);
    const gatewise::Sizes& s = run.run.sizes;
    const char kind = run.run.is_double ? 'd' : 'f';
    const bool fits = run.run.traced && weights.kind == kind && weights.D == s.D && weights.H == s.H && weights.Q == s.Q &&
                      same(weights.beside.variant, run.run.layer.variant) &&
                      (run.batch ? delta.is(kind, {s.N, s.T, s.Q}, false) : delta.is(kind, {s.T, s.Q}, false)) &&
                      fits_state(d_out, d_out_, kind, run.batch, s.N, s.Q) &&
                      fits_state(d_state, d_state_, kind, run.batch, s.N, s.H);
    if (!fits) return nb::none();
    PyGradients* made = nullptr;
    with_memory(s, [&] {
        made = new PyGradients{
            run.batch, gatewise::Gradients(run.run, weights.all(), delta.series(), d_out.data(), d_state.data(), threads,
                                           inputs.ptr() == Py_True, keep.ptr() == Py_True)};
    });
    return nb::cast(made, nb::rv_policy::take_ownership);
}

// A batch (N, D) -> (N, H) or, made with batch 0, a single sequence (D,) -> (H,).
struct PyStepper {
    gatewise::Stepper stepper;
    bool batch, at_work = false;
    nb::object sides[2], state;

    static constexpr const char* busy =
        "another thread is in the middle of a step of this Stepper; each thread needs one of its own: copy.copy(stepper)";

    PyStepper(nb::handle W, nb::handle U, nb::handle b, Index batch, int threads, nb::handle name, nb::handle variant)
        : stepper(make(W, U, b, batch ? batch : 1, threads, name, variant)), batch(batch != 0) {
        const gatewise::Sizes s = stepper.sizes();
        for (int k = 0; k < 2; ++k) sides[k] = ::state(stepper.out[k], s, stepper.is_double, this->batch, s.Q);
        state = ::state(stepper.state, s, stepper.is_double, this->batch, s.H);
    }
    static gatewise::Stepper make(nb::handle W, nb::handle U, nb::handle b, Index batch, int threads, nb::handle name,
                                  nb::handle variant) {
        const Weights weights(W, U, b, variant);
        if (!weights || batch < 1) throw std::invalid_argument("weights or batch do not fit");
        const gatewise_kernels& kernels = kernels_named(name);
        std::optional<gatewise::Stepper> made;
        with_memory({batch, 1, weights.D, weights.H, weights.Q},
                    [&] { made.emplace(kernels, weights.kind == 'd', batch, weights.layer(), weights.all(), threads); });
        return std::move(*made);
    }
    nb::object step(nb::handle x_) {
        const Array x(x_);
        const char kind = stepper.is_double ? 'd' : 'f';
        if (!(batch ? x.is(kind, {stepper.N, stepper.D}, false) : x.is(kind, {stepper.D}))) return nb::none();
        const Turn turn(at_work, busy);
        with_memory(stepper.sizes(), [&] { stepper.step({x.data(), batch ? x.stride(0) : 0, 0}); });
        return sides[stepper.now];
    }
    bool reset(nb::handle out0_, nb::handle state0_) {
        const Array out0(out0_), state0(state0_);
        const char kind = stepper.is_double ? 'd' : 'f';
        if (!fits_state(out0, out0_, kind, batch, stepper.N, stepper.Q) ||
            !fits_state(state0, state0_, kind, batch, stepper.N, stepper.H))
            return false;
        const Turn turn(at_work, busy);
        stepper.reset(out0.data(), state0.data());
        return true;
    }
};

// Rows of `width` numbers, any number of axes before them.
bool is_rows(const Array& array, char kind, Index width, Index rows) {
    const int axes = array.axes();
    if (axes == 1) return rows == 1 && array.is(kind, {width});
    if (axes == 2) return array.is(kind, {rows, width});
    return axes == 3 && array.is(kind, {array.size(0), array.size(1), width}) && array.size(0) * array.size(1) == rows;
}

Index rows_in(const Array& array) {
    const int axes = array.axes();
    return axes == 1 ? 1 : axes == 2 ? array.size(0) : axes == 3 ? array.size(0) * array.size(1) : -1;
}

nb::object as_rows(const Shared& memory, bool is_double, const Array& like, Index width) {
    const auto size = [&](int axis) { return static_cast<std::size_t>(like.size(axis)); };
    const auto W = static_cast<std::size_t>(width);
    if (like.axes() == 1) return as_array(memory, is_double, {W});
    if (like.axes() == 2) return as_array(memory, is_double, {size(0), W});
    return as_array(memory, is_double, {size(0), size(1), W});
}

nb::object head_forward(nb::handle W_, nb::handle b_, nb::handle z_, int threads, nb::handle name) {
    const Array W(W_), b(b_), z(z_);
    const char kind = W.kind;
    if ((kind != 'f' && kind != 'd') || W.axes() != 2) return nb::none();
    const gatewise::HeadSizes s{rows_in(z), W.size(1), W.size(0)};
    if (!W.is(kind, {s.P, s.F}) || !b.is(kind, {s.P}) || !is_rows(z, kind, s.F, s.R)) return nb::none();
    const gatewise_kernels& kernels = kernels_named(name);
    const bool is_double = kind == 'd';
    Shared y;
    with_memory({s.R, 1, s.F, s.P}, [&] {
        y = gatewise::take(static_cast<std::size_t>(s.R * s.P) * (is_double ? 8 : 4));
        gatewise::head_forward(is_double ? kernels.f64 : kernels.f32, is_double ? 8 : 4, s, W.data(), b.data(), z.data(),
                               y.get(), threads);
    });
    return as_rows(y, is_double, z, s.P);
}

nb::object head_backward(nb::handle W_, nb::handle z_, nb::handle d_y_, int threads, nb::handle name) {
    const Array W(W_), z(z_), d_y(d_y_);
    const char kind = W.kind;
    if ((kind != 'f' && kind != 'd') || W.axes() != 2) return nb::none();
    const gatewise::HeadSizes s{rows_in(z), W.size(1), W.size(0)};
    if (!W.is(kind, {s.P, s.F}) || !is_rows(z, kind, s.F, s.R) || !is_rows(d_y, kind, s.P, s.R)) return nb::none();
    const gatewise_kernels& kernels = kernels_named(name);
    const bool is_double = kind == 'd';
    const Index element = is_double ? 8 : 4;
    Shared d_z, d_parameters;
    with_memory({s.R, 1, s.F, s.P}, [&] {
        d_z = gatewise::take(static_cast<std::size_t>(s.R * s.F * element));
        d_parameters = gatewise::take(static_cast<std::size_t>(s.P * (s.F + 1) * element));
        gatewise::head_backward(is_double ? kernels.f64 : kernels.f32, element, s, W.data(), z.data(), d_y.data(),
                                d_z.get(), d_parameters.get(), threads);
    });
    return nb::make_tuple(as_rows(d_z, is_double, z, s.F),
                          as_array(d_parameters, is_double, {static_cast<std::size_t>(s.P * (s.F + 1))}));
}

nb::object activation(const std::string& which, nb::handle z_, nb::handle name) {
    const Array z(z_);
    if (z.axes() != 1 || !(z.is('f', {z.size(0)}) || z.is('d', {z.size(0)}))) return nb::none();
    const bool is_double = z.kind == 'd';
    const gatewise_kernels& kernels = kernels_named(name);
    const gatewise_table& table = is_double ? kernels.f64 : kernels.f32;
    const auto n = static_cast<std::size_t>(z.size(0));
    const Shared result(gatewise::take(n * (is_double ? 8 : 4)));
    (which == "tanh" ? table.tanh : table.sigmoid)(z.data(), result.get(), z.size(0));
    return as_array(result, is_double, {n});
}

nb::dict build() {
    nb::dict facts;
    facts["version"] = GATEWISE_VERSION;
    facts["compiler"] = GATEWISE_COMPILER;
    facts["compiler_version"] = GATEWISE_COMPILER_VERSION;
    facts["build_type"] = GATEWISE_BUILD_TYPE;
    facts["flags"] = GATEWISE_FLAGS;
#if defined(Py_LIMITED_API)
    facts["stable_abi"] = true;
#else
    facts["stable_abi"] = false;
#endif
    // Not tried there, so the module asks a free-threaded Python to keep its lock (Py_MOD_GIL_USED, what a module that says
    // nothing gets).
    facts["free_threaded"] = false;
    return facts;
}

nb::list instruction_sets() {
    nb::list names;
    for (const gatewise_kernels* kernels : gatewise::runnable()) names.append(kernels->name);
    return names;
}

nb::dict vector_bytes() {
    nb::dict widths;
    for (const gatewise_kernels* kernels : gatewise::runnable()) widths[kernels->name] = kernels->vector_bytes;
    return widths;
}

}  // namespace

NB_MODULE(_core, m) {
    // nanobind's arrays take the lock of the main interpreter, which would never be given to another one.
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0)
        throw std::runtime_error("gatewise's compiled core works in the main interpreter alone; use processes instead");
    nb::set_leak_warnings(false);  // a process may end in the middle of a thread's work, which then holds what it used
    // What the user said wrongly in a word of the environment is an error of gatewise, not of C++.
    nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::invalid_argument& error) {
            PyErr_SetString(nb::module_::import_("gatewise.errors").attr("ArgumentError").ptr(), error.what());
        }
    });
    m.doc() = "The compiled part of gatewise.";
    m.def("build", &build);
    m.def("instruction_sets", &instruction_sets);
    m.def("vector_bytes", &vector_bytes);
    m.def("instruction_set", [] { return gatewise::chosen().name; });
    m.def("default_threads", &gatewise::default_threads);
    m.def("release_memory", &gatewise::release_memory);
    nb::class_<PyForwardRun>(m, "ForwardRun")
        .def("field", &PyForwardRun::field)
        .def("lengths", &PyForwardRun::lengths)
        .def_prop_ro("traced", [](const PyForwardRun& run) { return run.run.traced; })
        .def_prop_ro("reverse", [](const PyForwardRun& run) { return run.run.reverse; });
    nb::class_<PyGradients>(m, "Gradients").def("field", &PyGradients::field);
    m.def("forward", &forward, nb::arg("W").none(), nb::arg("U").none(), nb::arg("b").none(), nb::arg("x").none(),
          nb::arg("out0").none(), nb::arg("state0").none(), nb::arg("lengths").none(), nb::arg("threads"),
          nb::arg("trace").none(), nb::arg("instruction_set").none(), nb::arg("variant") = nb::none(),
          nb::arg("reverse").none() = false);
    m.def("backward", &backward, nb::arg("run"), nb::arg("W").none(), nb::arg("U").none(), nb::arg("b").none(),
          nb::arg("delta").none(), nb::arg("d_last_out").none(), nb::arg("d_last_state").none(), nb::arg("threads"),
          nb::arg("inputs").none(), nb::arg("keep").none(), nb::arg("variant") = nb::none());
    nb::class_<PyStepper>(m, "NativeStepper")
        .def(nb::init<nb::handle, nb::handle, nb::handle, Index, int, nb::handle, nb::handle>(), nb::arg("W").none(),
             nb::arg("U").none(), nb::arg("b").none(), nb::arg("batch"), nb::arg("threads"),
             nb::arg("instruction_set").none(), nb::arg("variant") = nb::none())
        .def("step", &PyStepper::step, nb::arg("x").none())
        .def("reset", &PyStepper::reset, nb::arg("out0").none(), nb::arg("state0").none())
        .def_prop_ro("out", [](const PyStepper& s) { return s.sides[s.stepper.now]; })
        .def_prop_ro("state", [](const PyStepper& s) { return s.state; });
    m.def("head_forward", &head_forward, nb::arg("W").none(), nb::arg("b").none(), nb::arg("z").none(), nb::arg("threads"),
          nb::arg("instruction_set").none());
    m.def("head_backward", &head_backward, nb::arg("W").none(), nb::arg("z").none(), nb::arg("d_y").none(),
          nb::arg("threads"), nb::arg("instruction_set").none());
    add_training(m);
    add_calls_on_caller_memory(m);
    m.def("activation", &activation, nb::arg("which"), nb::arg("z").none(), nb::arg("instruction_set").none());
}
