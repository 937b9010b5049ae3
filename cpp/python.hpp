// What the two doors to Python share: arrays that own memory of the engine, the interpreter's lock, errors.

#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <cxxabi.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>

#include "dispatch.hpp"
#include "engine.hpp"
#include "pool.hpp"

namespace nb = nanobind;
using gatewise::Index;
using gatewise::Shared;

template <class T>
nb::object numpy_array(const Shared& memory, std::initializer_list<std::size_t> shape) {
    const nb::capsule owner(new Shared(memory), [](void* held) noexcept { delete static_cast<Shared*>(held); });
    return nb::cast(nb::ndarray<nb::numpy, T>(memory.get(), shape.size(), shape.begin(), owner));
}

// What is `frozen` cannot be written to from Python: the engine reads it again.
inline nb::object as_array(const Shared& memory, bool is_double, std::initializer_list<std::size_t> shape,
                           bool frozen = false) {
    if (frozen) return is_double ? numpy_array<const double>(memory, shape) : numpy_array<const float>(memory, shape);
    return is_double ? numpy_array<double>(memory, shape) : numpy_array<float>(memory, shape);
}

// A MemoryError that says for what.
struct NoMemory : std::bad_alloc {
    explicit NoMemory(const gatewise::Sizes& s)
        : message("no memory for N = " + std::to_string(s.N) + ", T = " + std::to_string(s.T) +
                  ", D = " + std::to_string(s.D) + ", H = " + std::to_string(s.H)) {}
    const char* what() const noexcept override { return message.c_str(); }
    const std::string message;
};

// Work of some microseconds is too short to let go of the interpreter's lock and take it again: so many multiplications,
// with the units that a last, half-filled vector wastes, and what a cell costs beside, as if it had more columns.
constexpr double brief = 150'000, wasted_units = 15, columns_of_a_cell = 16, gates = 4;
inline bool is_brief(const gatewise::Sizes& s) {
    const double cells = std::max(double(s.N) * double(s.T), 1.0) * (double(s.H) + wasted_units);
    return cells * (double(s.D + std::max(s.H, s.Q)) + columns_of_a_cell) * gates <= brief;
}

// While it lives, other Python threads go on. Taken back in a process that is ending, the interpreter's lock would end the
// thread by unwinding its stack, up to Python 3.13, through frames that must not be left so: the thread then waits for the
// end of the process, as from 3.14 on.
class Unlocked {
    PyThreadState* thread_ = PyEval_SaveThread();

    static void lock(PyThreadState* thread) {
        try {
            PyEval_RestoreThread(thread);
        } catch (const abi::__forced_unwind&) {
            for (;;) pause();
        }
    }

public:
    Unlocked() { own = this; }
    ~Unlocked() {
        own = nullptr;
        lock(thread_);
    }
    Unlocked(const Unlocked&) = delete;

    static inline thread_local Unlocked* own = nullptr;

    // Whether a signal asks this thread, which is unlocked, to stop; the exception that says so is then set.
    static bool signal_came() {
        lock(own->thread_);
        const bool came = PyErr_CheckSignals() != 0;
        own->thread_ = PyEval_SaveThread();
        return came;
    }
};

// Lets other Python threads go on while `work` runs, unless that is brief.
template <class Work>
void with_memory(const gatewise::Sizes& sizes, Work&& work, bool brief) {
    try {
        std::optional<Unlocked> free;
        std::optional<gatewise::Watch> watch;
        if (!brief) {
            free.emplace();
            watch.emplace(&Unlocked::signal_came, true);
        }
        work();
    } catch (const gatewise::Stopped&) {
        throw nb::python_error();
    } catch (const std::bad_alloc&) {
        throw NoMemory(sizes);
    } catch (const std::length_error&) {  // what std::vector says of more elements than can be counted
        throw NoMemory(sizes);
    }
}

template <class Work>
void with_memory(const gatewise::Sizes& sizes, Work&& work) {
    with_memory(sizes, std::forward<Work>(work), is_brief(sizes));
}

// One thread's turn at an object that keeps what it works on: long work lets others go on, which may not begin it
// meanwhile.
class Turn {
    bool& at_work_;

public:
    Turn(bool& at_work, const char* busy) : at_work_(at_work) {
        if (at_work) throw std::invalid_argument(busy);
        at_work = true;
    }
    ~Turn() { at_work_ = false; }
    Turn(const Turn&) = delete;
};

inline const gatewise_kernels& kernels_named(nb::handle name) {
    if (name.is_none()) return gatewise::chosen();
    const std::string wanted = nb::cast<std::string>(name);
    for (const gatewise_kernels* kernels : gatewise::runnable())
        if (kernels->name == wanted) return *kernels;
    throw std::invalid_argument("instruction set " + wanted + " cannot run here");
}

// Whether it is Python's True or False, and nothing that is like them.
inline bool is_flag(nb::handle given) { return given.ptr() == Py_True || given.ptr() == Py_False; }
