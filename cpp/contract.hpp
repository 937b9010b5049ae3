// The contract between a kernel file and everything else: what one instruction set's objects offer.
//
// Plain C types only. kernels.cpp is compiled with different flags for each instruction set, so a standard-library
// template in here could be linked from the AVX-512 copy into code that runs on a CPU without it.
// Who may run what: dispatch.hpp.

#pragma once

extern "C" {

struct gatewise_kernels {
    const char* name;    // as in GATEWISE_ISA: "avx512", "avx2", "portable"
    int vector_bytes;    // width of the vector registers that these objects were compiled for
};

}
