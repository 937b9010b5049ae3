// Threads that wait for work, and come back to life after a fork.
//
// Not OpenMP: its runtime hangs in a forked child, and two copies of it in one process (a wheel's and torch's) slow each
// other down by an order of magnitude.

#pragma once

#include <atomic>
#include <cfenv>
#include <cstddef>
#include <cstdint>

#include "contract.hpp"

namespace gatewise {

// How many CPUs this process may use.
int available_threads();

// More threads than this are never made, however many are asked for: the CPUs of the machine, or a few where it has fewer.
int most_useful_threads();

// Calls task(context, number, worker) once for each number in 0..count-1, on at most `threads` threads including this
// one, and returns when all are done. `worker` is 0 on this thread and below `threads` on every other; no two calls with
// the same worker overlap. If the pool is busy with another thread's work, all is done on this thread.
void run_tasks(int threads, std::ptrdiff_t count, void (*task)(void*, std::ptrdiff_t, int), void* context);

// Calls task(context, part, parts) on `parts` threads at the same time, at most `threads` and this one among them: as many
// as come within about `patience` pauses of the processor. They may wait for one another.
void run_together(int threads, int patience, void (*task)(void*, int, int), void* context);

// While it lives, this thread asks `stop` now and then, at most every 50 ms, wherever stop_if_asked() stands and, if
// `within_tasks`, between tasks, while it waits for other threads' and wherever a kernel asks. If
// that says true, the work ends by throwing Stopped on this thread once no thread is at it any more.
class Watch {
public:
    Watch(bool (*stop)(), bool within_tasks);
    ~Watch();
    Watch(const Watch&) = delete;

    bool look();  // on its own thread: whether to stop
    bool hear();  // on a thread that works for it: whether that one has been told to stop
    bool stopped() const { return stopping_.load(std::memory_order_relaxed); }

private:
    bool (*const stop_)();
    std::fenv_t arithmetic_;  // `stop` may run anything: not with the kernels' way of counting denormals as zero
    std::atomic<bool> stopping_{false};
    std::int64_t looked_;
    std::atomic<std::int64_t> woken_;
};
struct Stopped {};
void stop_if_asked();

// For loops of this thread over much memory: stop_if_asked() once there is enough behind it.
class Looks {
    static constexpr std::ptrdiff_t often = std::ptrdiff_t(1) << 22;
    std::ptrdiff_t done_ = 0;

public:
    // So many numbers, or a part of what is to be done between two looks.
    void after(std::ptrdiff_t numbers) {
        if ((done_ += numbers) < often) return;
        done_ = 0;
        stop_if_asked();
    }
    void after_one_of(std::ptrdiff_t count) { after(often / count); }
};

// Whom a kernel asks whether to stop, on behalf of this thread: nobody, if nothing is asked within tasks.
gatewise_watch watch_of_kernels();

template <class Body>
void together(int threads, int patience, Body&& body) {
    run_together(
        threads, patience, [](void* context, int part, int parts) { (*static_cast<Body*>(context))(part, parts); }, &body);
}

template <class Body>
void parallel(int threads, std::ptrdiff_t count, Body&& body) {
    run_tasks(
        threads, count,
        [](void* context, std::ptrdiff_t number, int worker) { (*static_cast<Body*>(context))(number, worker); }, &body);
}

}  // namespace gatewise
