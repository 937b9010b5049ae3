// Large arrays that are given back and taken again. Fresh memory costs a page fault for every 4 KiB, which at common
// sizes is a third of a training step.

#pragma once

#include <cstddef>
#include <memory>

namespace gatewise {

struct Recycle {
    void operator()(void* memory) const noexcept;
};

// 64-byte aligned, not cleared. Its memory is kept for the next one of about its size, within a limit.
using Buffer = std::unique_ptr<void, Recycle>;

// Throws std::bad_alloc.
Buffer take(std::size_t bytes);

// Gives the system back what waits to be taken again, and says how many bytes that were.
std::size_t release_memory();

}  // namespace gatewise
