// Threads that wait for work, and come back to life after a fork.
//
// Not OpenMP: its runtime hangs in a forked child, and two copies of it in one process (a wheel's and torch's) slow each
// other down by an order of magnitude.

#pragma once

#include <cstddef>

namespace gatewise {

// How many CPUs this process may use.
int available_threads();

// Calls task(context, number, worker) once for each number in 0..count-1, on at most `threads` threads including this
// one, and returns when all are done. `worker` is 0 on this thread and below `threads` on every other; no two calls with
// the same worker overlap. If the pool is busy with another thread's work, all is done on this thread.
void run_tasks(int threads, std::ptrdiff_t count, void (*task)(void*, std::ptrdiff_t, int), void* context);

// Calls task(context, part, parts) on `parts` threads at the same time, at most `threads` and this one among them: as many
// as come within about `patience` pauses of the processor. They may wait for one another.
void run_together(int threads, int patience, void (*task)(void*, int, int), void* context);

// While it lives, this thread asks `stop` now and then, at most every 50 ms, wherever stop_if_asked() stands and, if
// `between_tasks`, between tasks of run_tasks. If that says true, the work ends by throwing Stopped on this thread.
class Watch {
public:
    Watch(bool (*stop)(), bool between_tasks);
    ~Watch();
    Watch(const Watch&) = delete;
};
struct Stopped {};
void stop_if_asked();

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
