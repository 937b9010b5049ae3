// See memory.hpp.

#include "memory.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "contract.hpp"

namespace gatewise {
namespace {

constexpr std::size_t line = gatewise_cache_line;  // what buffers are aligned to; a header of this size precedes them
constexpr std::size_t most_kept = std::size_t(1) << 30;  // bytes that wait to be taken again
constexpr std::size_t most_buffers = 32;  // and how many of them
constexpr std::size_t page = 4096;  // slack for a small buffer to serve where a smaller one is wanted
constexpr std::size_t large_page = std::size_t(1) << 21;
constexpr std::size_t large = 2 * large_page;  // from here on, ask for large pages: rounding up then adds less than half

// How the short lock waits: it gives up the CPU each time, and sleeps now and then, for who holds it may be of a lower
// priority, or forking.
constexpr int yields_before_sleep = 100;
constexpr int sleep_microseconds = 50;

struct Header {
    std::size_t capacity;
    Header* next = nullptr;  // of those that the system gets back
};

// A lock for a few instructions at a time: a mutex of the system costs several times as much as what it would guard.
class Brief {
public:
    void lock() {
        for (int k = 1; taken_.test_and_set(std::memory_order_acquire); ++k)
            k % yields_before_sleep ? void(sched_yield()) : void(usleep(sleep_microseconds));
    }
    void unlock() { taken_.clear(std::memory_order_release); }

private:
    std::atomic_flag taken_;
};

struct Kept {
    Brief lock;
    std::vector<Header*> free;  // oldest first
    std::size_t bytes = 0;
};

Kept& kept() {
    // Never destroyed: arrays may be freed after everything else. The lock is held over a fork, so that the child does
    // not inherit it from a thread that it does not have.
    static Kept* made = [] {
        pthread_atfork([] { kept().lock.lock(); }, [] { kept().lock.unlock(); }, [] { kept().lock.unlock(); });
        Kept* fresh = new Kept;
        fresh->free.reserve(most_buffers + 1);  // never to be made larger under the lock
        return fresh;
    }();
    return *made;
}

// Not under the lock: the system may take its time.
void give_back(Header* first) {
    while (first) {
        Header* next = first->next;
        std::free(first);
        first = next;
    }
}

}  // namespace

void Recycle::operator()(void* memory) const noexcept {
    Header* header = reinterpret_cast<Header*>(static_cast<char*>(memory) - line);
#if defined(__SANITIZE_ADDRESS__)
    std::free(header);  // so that whoever reads it later is found
    return;
#endif
    Kept& k = kept();
    Header* dropped = nullptr;
    {
        std::lock_guard<Brief> guard(k.lock);
        k.free.push_back(header);
        k.bytes += header->capacity;
        while (k.bytes > most_kept || k.free.size() > most_buffers) {
            Header* oldest = k.free.front();
            k.free.erase(k.free.begin());
            k.bytes -= oldest->capacity;
            oldest->next = dropped;
            dropped = oldest;
        }
    }
    give_back(dropped);
}

std::size_t release_memory() {
    Kept& k = kept();
    Header* all = nullptr;
    std::size_t bytes = 0;
    {
        std::lock_guard<Brief> guard(k.lock);
        for (Header* header : k.free) {
            header->next = all;
            all = header;
        }
        std::swap(bytes, k.bytes);
        k.free.clear();
    }
    give_back(all);
    return bytes;
}

Buffer take(std::size_t bytes) {
    bytes = (bytes + line - 1) / line * line + line;  // kernels may read one vector past a row
    {
        Kept& k = kept();
        std::lock_guard<Brief> guard(k.lock);
        for (std::size_t at = k.free.size(); at-- > 0;) {
            Header* header = k.free[at];
            if (header->capacity < bytes || header->capacity > 2 * bytes + page) continue;
            k.bytes -= header->capacity;
            k.free.erase(k.free.begin() + static_cast<std::ptrdiff_t>(at));
            return Buffer(reinterpret_cast<char*>(header) + line);
        }
    }
    const std::size_t whole = bytes + line;
    const bool is_large = whole >= large;
    const std::size_t alignment = is_large ? large_page : line;
    void* memory = std::aligned_alloc(alignment, (whole + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
    if (is_large) madvise(memory, whole, MADV_HUGEPAGE);
#endif
    Header* header = new (memory) Header{bytes};
    return Buffer(reinterpret_cast<char*>(header) + line);
}

}  // namespace gatewise
