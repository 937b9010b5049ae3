// One instruction set's kernels. CMake compiles this file once for each, with GATEWISE_KERNELS naming the symbol that it
// defines. No allocation, no exceptions, no standard-library templates (contract.hpp says why).
// The choice among the copies: dispatch.cpp. What calls them: engine.cpp.

#include "contract.hpp"

#include "backward.hpp"
#include "product.hpp"

namespace {

template <class T, Vec<T> (*activation)(Vec<T>)>
void apply(const void* from, void* to, Index n) {
    FlushDenormals scope;
    for (Index k = 0; k < n; k += V<T>) {
        const Vec<T> z = load_some(static_cast<const T*>(from) + k, n - k);
        store_some(static_cast<T*>(to) + k, activation(z), n - k);
    }
}

template <class T>
Vec<T> tanh_of(Vec<T> z) {
    return tanh_scaled<T>(z);
}
template <class T>
Vec<T> sigmoid_of(Vec<T> z) {
    return sigmoid_scaled<T>(z);
}

// clang-format off: a line for each entry of the contract
template <class T>
constexpr gatewise_table table = {
    V<T>,
    pack<T>,
    pack_columns<T>,
    pack_others<T>,
    columns_size<T>,
    sums_size<T>,
    scratch_forward<T>,
    scratch_backward<T>,
    forward<T>,
    backward<T>,
    finish<T>,
    unpack<T>,
    product<T>,
    apply<T, tanh_of<T>>,
    apply<T, sigmoid_of<T>>,
};
// clang-format on

}  // namespace

extern "C" const gatewise_kernels GATEWISE_KERNELS;
extern "C" const gatewise_kernels GATEWISE_KERNELS = {GATEWISE_NAME, GATEWISE_VECTOR_BYTES, table<float>, table<double>};
