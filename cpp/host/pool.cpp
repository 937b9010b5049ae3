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

constexpr std::int64_t between_looks = 50'000'000;  // nanoseconds
std::int64_t nanoseconds() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

thread_local Watch* watch = nullptr;         // of this thread
thread_local Watch* tasks_watch = nullptr;   // the same one, if it looks within tasks

void run_alone(std::ptrdiff_t count, void (*task)(void*, std::ptrdiff_t, int), void* context) {
    for (std::ptrdiff_t k = 0; k < count; ++k) {
        task(context, k, 0);
        // What has been done is whole, unless a kernel was told to stop: so the last task is not thrown away.
        if (tasks_watch && (k + 1 < count ? tasks_watch->look() : tasks_watch->stopped())) throw Stopped();
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
        for (std::ptrdiff_t k; (k = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
            task_(context_, k, 0);
            if (tasks_watch && tasks_watch->look()) next_.store(count_, std::memory_order_relaxed);
        }
        wait_for(close(round));  // whoever has not entered by now need not: all tasks are taken
        if (tasks_watch && tasks_watch->stopped()) throw Stopped();
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

    // Wakes who waits for the others, so that it looks at its watch. By one of them, while it works.
    void wake() {
        left_.fetch_add(places, std::memory_order_acq_rel);
        left_.notify_one();
    }

private:
    static constexpr std::uint64_t places = 4096;  // gate_ = round · places + free places in it
    static constexpr int most_workers = places / 2;  // so that their number always fits beside the round's

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
        for (unsigned left; (left = left_.load(std::memory_order_acquire)) % places != static_cast<unsigned>(entered);) {
            wait_while(left_, left);
            if (tasks_watch && tasks_watch->look()) next_.store(count_, std::memory_order_relaxed);  // the rest is left
        }
    }

    int grow(int wanted) {
        wanted = std::min({wanted, most_useful_threads() - 1, most_workers});
        while (workers_ < wanted) {
            try {
                std::thread([this] { serve(); }).detach();
            } catch (...) {
                break;  // no more threads to be had: fewer do the same work
            }
            ++workers_;
        }
        return std::min(wanted, workers_);
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
    int workers_ = 0;
    std::atomic<std::uint64_t> gate_{0};
    std::atomic<std::ptrdiff_t> next_{0};
    std::atomic<unsigned> left_{0};  // how many have left, and `places` times how often the one who waits was woken
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

Watch::Watch(bool (*stop)(), bool within_tasks) : stop_(stop), looked_(nanoseconds()), woken_(looked_) {
    std::fegetenv(&arithmetic_);
    watch = this;
    if (within_tasks) tasks_watch = this;
}

Watch::~Watch() { watch = tasks_watch = nullptr; }

bool Watch::look() {
    const std::int64_t now = nanoseconds();
    if (stopped() || now - looked_ < between_looks) return stopped();
    looked_ = now;
    std::fenv_t within;
    std::fegetenv(&within);
    std::fesetenv(&arithmetic_);
    if (stop_()) stopping_.store(true, std::memory_order_relaxed);
    std::fesetenv(&within);
    return stopped();
}

bool Watch::hear() {
    std::int64_t woken = woken_.load(std::memory_order_relaxed);
    const std::int64_t now = nanoseconds();
    if (now - woken >= between_looks && woken_.compare_exchange_strong(woken, now, std::memory_order_relaxed))
        pool().wake();
    return stopped();
}

void stop_if_asked() {
    if (watch && watch->look()) throw Stopped();
}

gatewise_watch watch_of_kernels() {
    constexpr auto ask = [](void* whom) -> int {
        Watch* const asked = static_cast<Watch*>(whom);
        return asked == watch ? asked->look() : asked->hear();
    };
    return tasks_watch ? gatewise_watch{ask, tasks_watch} : gatewise_watch{};
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

int most_useful_threads() {
    constexpr int few = 8;  // so that a small machine shows what many threads do
    static const int most = std::max(few, static_cast<int>(std::thread::hardware_concurrency()));
    return most;
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
