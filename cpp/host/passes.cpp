// See passes.hpp.

#include "passes.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "pool.hpp"

namespace gatewise {
namespace {

constexpr Index small_work = 200'000;  // multiplications below which a second thread costs more than it gives
constexpr Index cache_bytes = Index(24) << 20;  // a trace larger than this is stored past the cache
// Multiplications of a pass, or numbers of its weights, from which these are packed, and its sums added up, by several
// threads: both cost a small part of the pass, which must be large for that part to be worth waking a thread.
constexpr Index shared_packing_work = Index(1) << 24, shared_packing = Index(1) << 17;
constexpr Index unpacking_work = 8;  // what a number costs that is unpacked, in multiplications
constexpr long most_threads = 1'000'000;  // more in GATEWISE_THREADS is taken for a slip

// A single row: multiplications of a step for each part, and for each pause that a part may be waited for; and the most of
// those pauses, some milliseconds.
constexpr Index part_work = 100'000, work_of_a_pause = 1'000, longest_patience = 100'000;

// Rounded up to whole cache lines.
Index lines(Index bytes) { return (bytes + gatewise_cache_line - 1) / gatewise_cache_line * gatewise_cache_line; }

// Bytes of V and of R, packed for a pass; 0 for what there is not.
struct Others {
    Index peepholes, projection;
    Others(const gatewise_table& table, const gatewise_layer& layer, bool backward, Index element) {
        const Index rows = backward ? layer.outputs : layer.units, columns = backward ? layer.units : layer.outputs;
        peepholes = layer.variant.peepholes ? lines(blocks_of(table, layer.units) * 3 * table.lanes * element) : 0;
        projection = layer.variant.projected ? lines(rows * blocks_of(table, columns) * table.lanes * element) : 0;
    }
};

// Room for each worker's scratch, side by side.
struct Scratch {
    Index each;
    Buffer memory;
    Scratch(Index bytes, int threads)
        : each(lines(bytes) + gatewise_cache_line), memory(take(static_cast<std::size_t>(each * std::max(threads, 1)))) {}
    void* of(int worker) const { return static_cast<char*>(memory.get()) + worker * each; }
};

// All groups' work, each with scratch of so many bytes.
void run_all(void (*kernel)(const gatewise_group*), const std::vector<gatewise_group>& groups, Index scratch_bytes,
             int threads) {
    const auto count = static_cast<Index>(groups.size());
    const Scratch scratch(scratch_bytes, static_cast<int>(std::min<Index>(threads, count)));
    parallel(threads, count, [&](Index k, int worker) {
        gatewise_group g = groups[static_cast<std::size_t>(k)];
        g.scratch = scratch.of(worker);
        run_kernel(kernel, g);
    });
}

// Threads that pack the weights of a pass, or add up its sums.
int packing_threads(const gatewise_layer& layer, Index work, int threads) {
    return work > shared_packing_work || work_of_a_step(layer) > shared_packing ? threads : 1;
}

// The CPUs this process may use, or fewer where OMP_NUM_THREADS says so, as joblib and others tell their workers. What is
// no number there is for OpenMP to complain of.
int limited_threads() {
    const int available = available_threads();
    const char* said = std::getenv("OMP_NUM_THREADS");  // "4", or "4,2" by levels
    if (said == nullptr) return available;
    char* end = nullptr;
    const long number = std::strtol(said, &end, 10);
    const bool fine = end != said && (*end == '\0' || *end == ',' || *end == ' ') && number >= 1;
    return fine && number < available ? static_cast<int>(number) : available;
}

}  // namespace

int default_threads() {
    static const int decided = [] {
        const char* said = std::getenv("GATEWISE_THREADS");
        if (said == nullptr || *said == '\0') return limited_threads();
        char* end = nullptr;
        const long number = std::strtol(said, &end, 10);
        while (*end == ' ') ++end;
        if (*end != '\0' || number < 1 || number > most_threads)
            throw std::invalid_argument("GATEWISE_THREADS=" + std::string(said) + " is not a whole number of at least 1");
        return static_cast<int>(number);
    }();
    return decided;
}

int threads_for(int wanted, Index multiplications) {
    const int most = wanted > 0 ? wanted : default_threads();  // asked for first: a bad GATEWISE_THREADS never hides
    return multiplications < small_work ? 1 : most;
}

void Panels::give(gatewise_group& g) const {
    g.panel = panel;
    g.bias = bias;
    g.peepholes = peepholes;
    g.projection = projection;
}

Panels pack(const gatewise_table& table, Index element, const gatewise_layer& layer, const gatewise_parameters& parameters,
            int threads, bool later) {
    const Index K = layer.inputs + layer.outputs, width = 4 * table.lanes * element;
    const Index B = later ? 0 : blocks_of(table, layer.units);
    const Others others(table, layer, false, element);
    Buffer memory = take(static_cast<std::size_t>(B * (K + 1) * width + others.peepholes + others.projection));
    char *const panel = static_cast<char*>(memory.get()), *const bias = panel + B * K * width;
    char *const peepholes = bias + B * width, *const projection = peepholes + others.peepholes;
    parallel(threads, B, [&](Index block, int) { table.pack(&layer, &parameters, panel, bias, block, block + 1); });
    if (others.peepholes + others.projection > 0) table.pack_others(&layer, &parameters, false, peepholes, projection);
    return {std::move(memory), panel, bias, peepholes, projection};
}

// The parts wait for one another at every step, so there are never more than CPUs now, unless GATEWISE_THREADS says so.
Index parts_of(const gatewise_table& table, const gatewise_layer& layer, int threads) {
    const Index step = work_of_a_step(layer);
    if (step < 2 * part_work) return 1;
    const int available = available_threads(), said = std::getenv("GATEWISE_THREADS") ? default_threads() : 0;
    return std::min<Index>({threads, std::max(available, said), step / part_work, blocks_of(table, layer.units)});
}

void run_kernel(void (*kernel)(const gatewise_group*), const gatewise_group& g) {
    if (g.parts <= 1) return kernel(&g);
    const Index step = work_of_a_step(*g.layer);
    const Index patience = std::min<Index>(step / work_of_a_pause * g.steps, longest_patience);
    alignas(gatewise_cache_line) Index met = 0;
    together(static_cast<int>(g.parts), static_cast<int>(patience), [&](int part, int parts) {
        gatewise_group own = g;
        own.part = part;
        own.parts = parts;
        own.met = &met;
        kernel(&own);
    });
}

void copy_or_zero(void* to, const void* from, Index bytes) {
    from ? std::memcpy(to, from, static_cast<std::size_t>(bytes)) : std::memset(to, 0, static_cast<std::size_t>(bytes));
}

gatewise_group Memory::group(const Groups& groups, Index number) const {
    gatewise_group g = groups.group(number, saved);
    g.reverse = reverse;
    g.offsets = offsets;
    g.x = x;
    g.out = out;
    g.hidden = groups.layer.variant.projected ? hidden : out;
    g.out0 = out0;
    g.last_out = last_out;
    g.last_state = last_state;
    g.stream = groups.saved * groups.element > cache_bytes;
    return g;
}

void forward(const Groups& groups, const gatewise_parameters& parameters, const Memory& memory, int threads) {
    const gatewise_table& table = groups.table;
    const gatewise_layer& layer = groups.layer;
    const bool single = groups.sizes.N == 1;
    threads = threads_for(threads, groups.work);
    const int packers = packing_threads(layer, groups.work, threads);
    // Where each weight is met once, by one group, it is packed just before: by the parts of a single row, or alone.
    const bool plain = groups.longest() <= 1 && groups.count() == 1 && (single || packers == 1);
    const Panels packed = pack(table, groups.element, layer, parameters, packers, plain);
    std::vector<gatewise_group> all;
    all.reserve(static_cast<std::size_t>(groups.count()));
    Index most = 0;
    for (Index k = 0; k < groups.count(); ++k) {
        gatewise_group g = memory.group(groups, k);
        packed.give(g);
        if (plain) g.plain = &parameters;
        if (single) g.parts = parts_of(table, layer, threads);
        g.watch = watch_of_kernels();
        most = std::max(most, table.scratch_forward(&g));
        all.push_back(g);
    }
    run_all(table.forward, all, most, threads);
}

void unpack(const Groups& groups, const Memory& memory, int field, const gatewise_series& to) {
    const Index work = groups.sizes.N * groups.sizes.T * groups.sizes.H * unpacking_work;
    const gatewise_watch watch = watch_of_kernels();
    parallel(threads_for(0, work), groups.count(), [&](Index k, int) {
        gatewise_group g = memory.group(groups, k);
        g.watch = watch;
        groups.table.unpack(&g, field, &to);
    });
}

void backward(const Groups& groups, const gatewise_parameters& parameters, const Memory& memory, const Deltas& deltas,
              const gatewise_parameters& gradients, int threads) {
    const gatewise_table& table = groups.table;
    const gatewise_layer& layer = groups.layer;
    const Index D = layer.inputs, H = layer.units, Q = layer.outputs, element = groups.element, B = blocks_of(table, H);
    const Index work = 2 * groups.work;  // δx with Δout, and the sums
    const bool inputs = deltas.d_x.data, start = deltas.start || groups.longest() > 1, single = groups.sizes.N == 1;
    threads = threads_for(threads, work);
    const int packers = packing_threads(layer, work, threads);

    // One after the other in `all_memory`: the columns of U and of W, V and R, and each group's sums.
    const Others others(table, layer, true, element);
    const Index u_bytes = start ? lines(table.columns_size(Q, H) * element) : 0,
                w_bytes = inputs ? lines(table.columns_size(D, H) * element) : 0,
                sums_bytes = lines(table.sums_size(&layer) * element);
    const Buffer all_memory = take(
        static_cast<std::size_t>(u_bytes + w_bytes + others.peepholes + others.projection + sums_bytes * groups.count()));
    char *const u_columns = static_cast<char*>(all_memory.get()), *const w_columns = u_columns + u_bytes,
                *const peepholes = w_columns + w_bytes, *const projection = peepholes + others.peepholes,
                *const sums = projection + others.projection;
    if (others.peepholes + others.projection > 0) table.pack_others(&layer, &parameters, true, peepholes, projection);
    const auto packed = [&](const void* M, Index columns, char* to) {
        constexpr Index abreast = 4;  // vectors of columns that are packed side by side
        const Index vectors = (columns + table.lanes - 1) / table.lanes;
        parallel(packers, (vectors + abreast - 1) / abreast, [&](Index k, int) {
            table.pack_columns(&layer, M, columns, to, k * abreast, std::min((k + 1) * abreast, vectors));
        });
    };
    if (start) packed(parameters.U, Q, u_columns);
    if (inputs) packed(parameters.W, D, w_columns);
    std::vector<const void*> parts;
    std::vector<gatewise_group> all;
    parts.reserve(static_cast<std::size_t>(groups.count()));
    all.reserve(static_cast<std::size_t>(groups.count()));
    Index most = 0;
    for (Index k = 0; k < groups.count(); ++k) {
        gatewise_group g = memory.group(groups, k);
        g.delta = deltas.delta;
        g.u_columns = start ? u_columns : nullptr;
        g.w_columns = inputs ? w_columns : nullptr;
        g.peepholes = peepholes;
        g.projection = projection;
        g.d_x = deltas.d_x;
        g.add_d_x = deltas.add_d_x;
        g.d_out = deltas.d_out0;
        g.d_state = deltas.d_state0;
        g.sums = sums + k * sums_bytes;
        if (single) g.parts = parts_of(table, layer, threads);
        g.watch = watch_of_kernels();
        std::copy(std::begin(deltas.kept), std::end(deltas.kept), g.kept);
        parts.push_back(g.sums);
        most = std::max(most, table.scratch_backward(&g));
        all.push_back(g);
    }
    run_all(table.backward, all, most, threads);
    parallel(packers, B,
             [&](Index block, int) { table.finish(&layer, parts.data(), groups.count(), &gradients, block, block + 1); });
}

}  // namespace gatewise
