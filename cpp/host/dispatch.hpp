// Which instruction sets this build holds, this CPU has and this operating system has switched on; and which one runs.
// Kernels are in kernels.cpp, Python in bindings.cpp.

#pragma once

#include <vector>

#include "contract.hpp"

namespace gatewise {

// What can run here, best first. Never empty: "portable" always runs.
const std::vector<const gatewise_kernels*>& runnable();

// The kernels in use: the best, or the one that the environment variable GATEWISE_ISA names. Decided at the first call
// and kept. Throws std::invalid_argument, with the list, if that name is unknown or cannot run here.
const gatewise_kernels& chosen();

}  // namespace gatewise
