// gatewise._core: what Python sees of the C++ side. Bindings only, no algorithm.
// The Python signatures and their meaning: src/gatewise/_core.pyi.

#include <nanobind/nanobind.h>

#include "dispatch.hpp"

namespace nb = nanobind;

namespace {

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
    m.doc() = "The compiled part of gatewise.";
    m.def("build", &build);
    m.def("instruction_sets", &instruction_sets);
    m.def("vector_bytes", &vector_bytes);
    m.def("instruction_set", [] { return gatewise::chosen().name; });
}
