// See pool.hpp.

#include "pool.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace gatewise {
namespace {

constexpr int spins = 2000;  // some tens of microseconds before a thread goes to sleep

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Waits until `value` is no longer `old`: first spinning, then asleep.
template <class T>
void wait_while(const std::atomic<T>& value, T old) {
    for (int k = 0; k < spins; ++k) {
        if (value.load(std::memory_order_acquire) != old) return;
        pause();
    }
    while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

using Clock = std::chrono::steady_clock;
constexpr auto patience_of_signals = std::chrono::milliseconds(50);
thread_local bool (*asked)() = nullptr;  // by a Watch of this thread
thread_local bool asked_between_tasks = false;
thread_local Clock::time_point last_asked;

// Whether the work of this thread shall end.
bool shall_stop() {
    if (asked == nullptr) return false;
    const Clock::time_point now = Clock::now();
    if (now - last_asked < patience_of_signals) return false;
    last_asked = now;
    return asked();
}

void run_alone(std::ptrdiff_t count, void (*task)(void*, std::ptrdiff_t, int), void* context) {
    const bool watched = count > 1 && asked_between_tasks;  // of a single task, as small problems have, nothing is asked
    for (std::ptrdiff_t k = 0; k < count; ++k) {
        if (watched) stop_if_asked();
        task(context, k, 0);
    }
}

class Pool {
public:
    void run(int threads, std::ptrdiff_t count, void (*task)(void*, std::ptrdiff_t, int), void* context) {
        std::unique_lock<std::mutex> sole(busy_, std::try_to_lock);
        const int helpers = sole ? grow(threads - 1) : 0;
        if (helpers == 0) return run_alone(count, task, context);
        task_ = task;
        part_ = nullptr;
        count_ = count;
        next_.store(0, std::memory_order_relaxed);
        const std::uint64_t round = open(helpers, context);
        bool stopped = false;
        for (std::ptrdiff_t k; !stopped && (k = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
            task_(context_, k, 0);
            stopped = asked_between_tasks && shall_stop();
        }
        if (stopped) next_.store(count_, std::memory_order_relaxed);  // what nobody has taken is left
        wait_for(close(round));  // whoever has not entered by now need not: all tasks are taken
        if (stopped) throw Stopped();
    }

    void run_together(int threads, int patience, void (*part)(void*, int, int), void* context) {
        std::unique_lock<std::mutex> sole(busy_, std::try_to_lock);
        const int helpers = sole ? grow(threads - 1) : 0;
        if (helpers == 0) return part(context, 0, 1);
        part_ = part;
        parts_.store(0, std::memory_order_relaxed);
        const std::uint64_t round = open(helpers, context);
        for (int k = 0; k < patience && gate_.load(std::memory_order_relaxed) != round; ++k) pause();
        const int entered = close(round);
        parts_.store(entered + 1);  // in one order with the sleepers that notify_all counts
        parts_.notify_all();
        part(context, 0, entered + 1);
        wait_for(entered);
    }

private:
    static constexpr std::uint64_t places = 4096;  // gate_ = round · places + free places in it
    static constexpr std::size_t most_workers = places / 2;  // so that their number always fits beside the round's

    std::uint64_t open(int helpers, void* context) {
        context_ = context;
        helpers_ = helpers;
        left_.store(0, std::memory_order_relaxed);
        const std::uint64_t round = (gate_.load(std::memory_order_relaxed) / places + 1) * places;
        gate_.store(round + helpers, std::memory_order_release);
        gate_.notify_all();
        return round;
    }

    // Lets nobody in any more, and says how many have entered.
    int close(std::uint64_t round) {
        return helpers_ - static_cast<int>(gate_.exchange(round, std::memory_order_acq_rel) - round);
    }

    void wait_for(int entered) {
        for (int left = left_.load(std::memory_order_acquire); left != entered;
             left = left_.load(std::memory_order_acquire))
            wait_while(left_, left);
    }

    int grow(int wanted) {
        while (static_cast<int>(workers_) < wanted && workers_ < most_workers) {
            try {
                std::thread([this] { serve(); }).detach();
            } catch (...) {
                break;  // no more threads to be had: fewer do the same work
            }
            ++workers_;
        }
        return wanted < static_cast<int>(workers_) ? wanted : static_cast<int>(workers_);
    }

    void serve() {
        std::uint64_t seen = 0;  // the last value of gate_ that was looked at
        for (;;) {
            wait_while(gate_, seen);
            std::uint64_t gate = gate_.load(std::memory_order_acquire);
            while (gate % places != 0 && !gate_.compare_exchange_weak(gate, gate - 1, std::memory_order_acq_rel)) {
            }
            if (gate % places != 0) {
                enter(static_cast<int>(gate % places));  // the free places count down: each worker has its own number
                left_.fetch_add(1, std::memory_order_acq_rel);
                left_.notify_one();
                seen = gate - gate % places;  // the round is over for this thread
            } else {
                seen = gate;
            }
        }
    }

    void enter(int worker) {
        if (!part_) return work(worker);
        wait_while(parts_, 0);
        part_(context_, helpers_ + 1 - worker, parts_.load(std::memory_order_acquire));
    }

    void work(int worker) {
        for (std::ptrdiff_t k; (k = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) task_(context_, k, worker);
    }

    std::mutex busy_;
    std::size_t workers_ = 0;
    std::atomic<std::uint64_t> gate_{0};
    std::atomic<std::ptrdiff_t> next_{0};
    std::atomic<int> left_{0};
    std::atomic<int> parts_{0};
    std::ptrdiff_t count_ = 0;
    int helpers_ = 0;
    void (*task_)(void*, std::ptrdiff_t, int) = nullptr;
    void (*part_)(void*, int, int) = nullptr;
    void* context_ = nullptr;
};

alignas(Pool) unsigned char room[sizeof(Pool)];

// Made anew in a forked child, where the threads of the old one do not exist. Never destroyed: its threads may outlive
// everything else.
Pool& pool() {
    static Pool* made = [] {
        pthread_atfork(nullptr, nullptr, [] { new (room) Pool; });
        return new (room) Pool;
    }();
    return *made;
}

}  // namespace

Watch::Watch(bool (*stop)(), bool between_tasks) {
    asked = stop;
    asked_between_tasks = between_tasks;
    last_asked = Clock::now();
}

Watch::~Watch() {
    asked = nullptr;
    asked_between_tasks = false;
}

void stop_if_asked() {
    if (shall_stop()) throw Stopped();
}

namespace {

int allowed_cpus() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
    const unsigned known = std::thread::hardware_concurrency();
    return known ? static_cast<int>(known) : 1;
}

// How many CPUs' time the cgroup of this process may take, of version 2: "200000 100000" is two. A container sees its own
// at the root. 0 where nothing limits it.
int cgroup_quota() {
    char place[512], line[480] = "";
    if (std::FILE* own = std::fopen("/proc/self/cgroup", "r")) {
        while (std::fgets(line, sizeof line, own) != nullptr && std::strncmp(line, "0::/", 4) != 0) line[0] = '\0';
        std::fclose(own);
    }
    line[std::strcspn(line, "\n")] = '\0';
    const char* inner = line[0] != '\0' ? line + 3 : "";
    for (const char* within : {inner, ""}) {
        std::snprintf(place, sizeof place, "/sys/fs/cgroup%s/cpu.max", within);
        if (std::FILE* file = std::fopen(place, "r")) {
            double quota = 0, period = 0;
            const int read = std::fscanf(file, "%lf %lf", &quota, &period);
            std::fclose(file);
            if (read == 2 && quota > 0 && period > 0) return std::max(1, static_cast<int>(std::ceil(quota / period)));
            return 0;
        }
    }
    return 0;
}

}  // namespace

int available_threads() {
    static const int quota = cgroup_quota();
    const int allowed = allowed_cpus();
    return quota > 0 ? std::min(quota, allowed) : allowed;
}

void run_tasks(int threads, std::ptrdiff_t count, void (*task)(void*, std::ptrdiff_t, int), void* context) {
    if (threads > count) threads = static_cast<int>(count);
    if (threads <= 1) return run_alone(count, task, context);
    pool().run(threads, count, task, context);
}

void run_together(int threads, int patience, void (*task)(void*, int, int), void* context) {
    if (threads <= 1) return task(context, 0, 1);
    pool().run_together(threads, patience, task, context);
}

}  // namespace gatewise
