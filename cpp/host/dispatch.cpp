// The one place that asks the CPU anything. See dispatch.hpp.

#include "dispatch.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

extern "C" {
extern const gatewise_kernels gatewise_kernels_portable;
#if defined(GATEWISE_HAS_avx2)
extern const gatewise_kernels gatewise_kernels_avx2;
#endif
#if defined(GATEWISE_HAS_avx512)
extern const gatewise_kernels gatewise_kernels_avx512;
#endif
}

namespace gatewise {
namespace {

#if defined(__x86_64__)
// __builtin_cpu_supports answers yes only if the operating system also saves the wide registers (XCR0).
[[maybe_unused]] bool has_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

[[maybe_unused]] bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

std::vector<const gatewise_kernels*> find_runnable() {
    std::vector<const gatewise_kernels*> found;
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
#if defined(GATEWISE_HAS_avx512)
    if (has_avx512()) found.push_back(&gatewise_kernels_avx512);
#endif
#if defined(GATEWISE_HAS_avx2)
    if (has_avx2()) found.push_back(&gatewise_kernels_avx2);
#endif
    found.push_back(&gatewise_kernels_portable);
    return found;
}

const gatewise_kernels& choose() {
    const char* forced = std::getenv("GATEWISE_ISA");
    if (forced == nullptr || *forced == '\0') return *runnable().front();
    std::string offered;
    for (const gatewise_kernels* kernels : runnable()) {
        if (kernels->name == std::string(forced)) return *kernels;
        offered += (offered.empty() ? "" : ", ") + std::string(kernels->name);
    }
    throw std::invalid_argument("GATEWISE_ISA=" + std::string(forced) +
                                " cannot run here; this build and CPU offer: " + offered);
}

}  // namespace

const std::vector<const gatewise_kernels*>& runnable() {
    static const std::vector<const gatewise_kernels*> found = find_runnable();
    return found;
}

const gatewise_kernels& chosen() {
    static const gatewise_kernels& kernels = choose();
    return kernels;
}

}  // namespace gatewise
