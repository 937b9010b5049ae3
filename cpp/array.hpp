// An array as Python holds it, and what a cell has beside the plain LSTM, as Python says it.

#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "python.hpp"

// An array of float, double or int64 as Python holds it; of kind '?' if it is anything else, whatever its exporter says:
// one without strides (ctypes), items of no bytes, a letter that means another size ('l' in "<l" has four bytes).
class Array {
public:
    explicit Array(nb::handle object) {
        if (object.is_none()) return;
        if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
            PyErr_Clear();
            return;
        }
        held_ = true;
        kind = kind_of(view_);
        strides_ = view_.strides;
        if (kind != '?' && strides_ == nullptr) {  // the protocol's way to say that rows follow one another
            Index bytes = view_.itemsize;
            for (int axis = view_.ndim - 1; axis >= 0; --axis) {
                own_[axis] = bytes;
                bytes *= view_.shape[axis];
            }
            strides_ = own_;
        }
    }
    ~Array() {
        if (held_) PyBuffer_Release(&view_);
    }
    Array(const Array&) = delete;

    explicit operator bool() const { return held_; }
    const void* data() const { return held_ ? view_.buf : nullptr; }
    Index size(int axis) const { return view_.shape[axis]; }
    int axes() const { return held_ && kind != '?' ? view_.ndim : -1; }
    // Whether it is of this kind and shape, with the last axis, or all axes, contiguous.
    bool is(char wanted, std::initializer_list<Index> shape, bool whole = true) const {
        return is(wanted, shape.begin(), shape.size(), whole);
    }
    bool is(char wanted, const std::vector<Index>& shape) const { return is(wanted, shape.data(), shape.size(), true); }
    bool is(char wanted, const Index* shape, std::size_t axes, bool whole) const {
        if (!held_ || kind != wanted || view_.ndim != static_cast<int>(axes)) return false;
        Index expected = view_.itemsize;
        for (int axis = view_.ndim - 1; axis >= 0; --axis) {
            const Index count = shape[axis];
            if (view_.shape[axis] != count) return false;
            const bool counts = whole || axis == view_.ndim - 1;
            if (counts && count > 1 && strides_[axis] != expected) return false;
            if (strides_[axis] % view_.itemsize != 0) return false;
            expected *= count;
        }
        return true;
    }
    bool writable() const { return held_ && !view_.readonly; }
    Index stride(int axis) const { return strides_[axis] / view_.itemsize; }
    // (N, T, ·), or (T, ·) as one sequence.
    gatewise::View series() const {
        return view_.ndim == 3 ? gatewise::View{data(), stride(0), stride(1)} : gatewise::View{data(), 0, stride(0)};
    }

    char kind = '\0';  // 'f', 'd', 'l' (int64); '?' for what cannot be used, '\0' for nothing

private:
    static constexpr int most_axes = 3;

    static char kind_of(const Py_buffer& view) {
        if (view.format == nullptr || view.ndim < 0 || view.ndim > most_axes || view.suboffsets != nullptr) return '?';
        if (view.ndim > 0 && view.shape == nullptr) return '?';
        const char* f = view.format;
        if (f[0] == '@' || f[0] == '=' || f[0] == '<') ++f;
        const char kind = f[0] == '\0' || f[1] != '\0' ? '?' : *f == 'q' ? 'l' : *f;
        const Py_ssize_t bytes = kind == 'f' ? 4 : kind == 'd' || kind == 'l' ? 8 : 0;
        if (bytes == 0 || view.itemsize != bytes) return '?';
        return reinterpret_cast<std::uintptr_t>(view.buf) % static_cast<std::uintptr_t>(bytes) == 0 ? kind : '?';
    }

    Py_buffer view_{};
    const Py_ssize_t* strides_ = nullptr;
    Py_ssize_t own_[most_axes] = {};
    bool held_ = false;
};

// Whole numbers copied from an array while nobody can change it, each from 0 to `most`; false if one is not.
inline bool copied(const Array& array, Index count, Index most, std::vector<Index>& to) {
    const auto* from = static_cast<const Index*>(array.data());
    if (from == nullptr) return true;
    to.assign(from, from + count);
    return std::all_of(to.begin(), to.end(), [most](Index number) { return number >= 0 && number <= most; });
}

// What a cell has beside the plain LSTM, as engine/variant.py gives it: None for the plain one, or (V, R, coupled, clip,
// state_clip), V and R None where the cell has none.
struct Given {
    bool fits = true;
    nb::handle V, R;  // null where there is none; the tuple holds them
    gatewise_variant variant{0, 0, 0, HUGE_VAL, HUGE_VAL};

    explicit Given(nb::handle given) {
        if (given.is_none()) return;
        PyObject* const all = given.ptr();
        fits = PyTuple_Check(all) && PyTuple_Size(all) == 5 && is_flag(PyTuple_GetItem(all, 2)) &&
               PyFloat_Check(PyTuple_GetItem(all, 3)) && PyFloat_Check(PyTuple_GetItem(all, 4));
        if (!fits) return;
        const auto there = [&](int k) {
            return nb::handle(PyTuple_GetItem(all, k)).is_none() ? nullptr : PyTuple_GetItem(all, k);
        };
        V = there(0);
        R = there(1);
        variant = {V.ptr() != nullptr, PyTuple_GetItem(all, 2) == Py_True, R.ptr() != nullptr,
                   PyFloat_AsDouble(PyTuple_GetItem(all, 3)), PyFloat_AsDouble(PyTuple_GetItem(all, 4))};
        fits = variant.clip > 0 && variant.state_clip > 0;
    }
};
