// One instruction set's kernels. CMake compiles this file once for each, with GATEWISE_KERNELS naming the symbol that it
// defines. No allocation, no exceptions, no standard-library templates (contract.hpp says why).
// The choice among the copies: dispatch.cpp.

#include "contract.hpp"

#if defined(__AVX512F__)
#define GATEWISE_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define GATEWISE_VECTOR_BYTES 32
#else
#define GATEWISE_VECTOR_BYTES 16
#endif

extern "C" const gatewise_kernels GATEWISE_KERNELS;
extern "C" const gatewise_kernels GATEWISE_KERNELS = {GATEWISE_NAME, GATEWISE_VECTOR_BYTES};
