// See engine.hpp. One file, though long: groups, packing and scratch serve the three kinds of pass here and nothing else.

#include "engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>

#include "pool.hpp"

namespace gatewise {
namespace {

constexpr Index small_work = 200'000;  // multiplications below which a second thread costs more than it gives
constexpr Index cache_bytes = Index(24) << 20;  // a trace larger than this is stored past the cache
// Multiplications of a pass from which its weights are packed, and its sums added up, by several threads: both cost a
// small part of the pass, which must be large for that part to be worth waking a thread.
constexpr Index shared_packing_work = Index(1) << 24;
constexpr Index unpacking_work = 8;  // what a number costs that is unpacked, in multiplications
constexpr long most_threads = 1'000'000;  // more in GATEWISE_THREADS is taken for a slip

// A single row: multiplications of a step for each part, and for each pause that a part may be waited for; and the most of
// those pauses, some milliseconds.
constexpr Index part_work = 100'000, work_of_a_pause = 1'000, longest_patience = 100'000;

char* at(const Shared& array, Index bytes) { return array ? static_cast<char*>(array.get()) + bytes : nullptr; }

Shared make(Index bytes) { return Shared(take(static_cast<std::size_t>(bytes))); }

Shared zeros(Index bytes) {
    Shared array = make(bytes);
    std::memset(array.get(), 0, static_cast<std::size_t>(bytes));
    return array;
}

void copy_or_zero(void* to, const void* from, Index bytes) {
    from ? std::memcpy(to, from, static_cast<std::size_t>(bytes)) : std::memset(to, 0, static_cast<std::size_t>(bytes));
}

Shared copy(const void* from, Index bytes) {
    Shared array = make(bytes);
    std::memcpy(array.get(), from, static_cast<std::size_t>(bytes));
    return array;
}

// Rounded up to whole cache lines.
Index lines(Index bytes) { return (bytes + gatewise_cache_line - 1) / gatewise_cache_line * gatewise_cache_line; }

Index blocks(const gatewise_table& table, Index units) { return (units + table.lanes - 1) / table.lanes; }

// One row's kernel, by several threads where a step of it is work enough: `part_work` multiplications for each. They wait
// for one another at every step, so never by more than there are CPUs now, unless GATEWISE_THREADS says so.
void work_row(const gatewise_table& table, void (*kernel)(const gatewise_group*), const gatewise_group& g, int threads) {
    const Index step = 4 * g.units * (g.inputs + g.units);
    Index most = 1;
    if (step >= 2 * part_work) {
        const int available = available_threads(), said = std::getenv("GATEWISE_THREADS") ? default_threads() : 0;
        most = std::min<Index>({threads, std::max(available, said), step / part_work, blocks(table, g.units)});
    }
    const Index patience = std::min<Index>(step / work_of_a_pause * g.steps, longest_patience);
    alignas(gatewise_cache_line) Index met = 0;
    together(static_cast<int>(most), static_cast<int>(patience), [&](int part, int parts) {
        gatewise_group own = g;
        own.part = part;
        own.parts = parts;
        own.met = &met;
        kernel(&own);
    });
}

// How many rows a group has. It depends on the sizes alone, never on the threads: every sum is then added up in the
// same order whoever works on it. At least two groups where there is enough to share, and not so few rows that the
// weights are read for too little.
Index rows_of_a_group(Index N, Index H) {
    constexpr Index few = 4, usual = 32, many = 64;
    constexpr Index outgrows_cache = 512;  // units from which weights do not stay near: once read, they serve more rows
    if (N >= 2 * many && H >= outgrows_cache) return many;
    if (N >= 2 * usual) return usual;
    return std::max<Index>(few, (N + 1) / 2);
}

struct Panels {
    Buffer memory;
    void *panel, *bias;
};

Panels pack(const gatewise_table& table, Index element, Index D, Index H, const void* W, const void* U, const void* b,
            int threads) {
    const Index B = blocks(table, H), width = 4 * table.lanes * element;
    Buffer memory = take(static_cast<std::size_t>(B * (D + H + 1) * width));
    char *const panel = static_cast<char*>(memory.get()), *const bias = panel + B * (D + H) * width;
    parallel(threads, B, [&](Index block, int) { table.pack(W, U, b, D, H, panel, bias, block, block + 1); });
    return {std::move(memory), panel, bias};
}

// Throws std::bad_alloc unless every array of a run can be counted in bytes; the largest is δgates or what is saved.
void check_countable(Sizes s, Index element, Index lanes) {
    Index steps, most, sums, bytes;
    // So that no product below, and no pointer, comes near the end of its type.
    constexpr Index most_units = Index(1) << 40, most_rows = Index(1) << 50, most_bytes = Index(1) << 60;
    const Index units = s.H + lanes;
    const bool fine = s.H < most_units && s.D < most_units && s.N < most_rows &&
                      !__builtin_mul_overflow(s.N + 1, s.T + 1, &steps) &&
                      !__builtin_mul_overflow(steps, (gatewise_saved_fields * units + s.D) * element, &most) &&
                      most < most_bytes && !__builtin_mul_overflow(4 * units * element, s.D + units, &sums) &&
                      !__builtin_mul_overflow(sums, s.N + 1, &bytes);
    if (!fine) throw std::bad_alloc();
}

// Room for each worker's scratch, side by side.
struct Scratch {
    Index each;
    Buffer memory;
    Scratch(Index bytes, int threads)
        : each(lines(bytes) + gatewise_cache_line), memory(take(static_cast<std::size_t>(each * std::max(threads, 1)))) {}
    void* of(int worker) const { return static_cast<char*>(memory.get()) + worker * each; }
};

}  // namespace

// The CPUs this process may use, or fewer where OMP_NUM_THREADS says so, as joblib and others tell their workers. What is
// no number there is for OpenMP to complain of.
static int limited_threads() {
    const int available = available_threads();
    const char* said = std::getenv("OMP_NUM_THREADS");  // "4", or "4,2" by levels
    if (said == nullptr) return available;
    char* end = nullptr;
    const long number = std::strtol(said, &end, 10);
    const bool fine = end != said && (*end == '\0' || *end == ',' || *end == ' ') && number >= 1;
    return fine && number < available ? static_cast<int>(number) : available;
}

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

Run::Run(const gatewise_kernels& kernels, bool is_double_, Sizes sizes_, const void* W, const void* U, const void* b,
         View x_, const void* out0_, const void* state0_, const Index* lengths_, int threads, bool trace)
    : sizes(sizes_), is_double(is_double_), traced(trace), element(is_double_ ? 8 : 4),
      table(is_double_ ? kernels.f64 : kernels.f32) {
    const Index N = sizes.N, T = sizes.T, D = sizes.D, H = sizes.H;  // clang 14 lets no lambda have structured bindings
    check_countable(sizes, element, table.lanes);
    out = make(N * T * H * element);  // before anything counts the rows: so many may be none that memory holds
    lengths = lengths_ ? std::vector<Index>(lengths_, lengths_ + N) : std::vector<Index>(static_cast<std::size_t>(N), T);
    row_.resize(static_cast<std::size_t>(N));
    std::iota(row_.begin(), row_.end(), Index(0));
    if (lengths_) std::stable_sort(row_.begin(), row_.end(), [&](Index p, Index q) { return lengths[p] > lengths[q]; });
    sorted_.reserve(row_.size());
    for (Index n : row_) sorted_.push_back(lengths[n]);
    const Index rows = rows_of_a_group(N, H), B = blocks(table, H);
    const auto parts = static_cast<std::size_t>((N + rows - 1) / rows);
    first_.reserve(parts + 1);
    saved_at_.reserve(parts);
    Index saved = 0, work = 0;
    for (Index first = 0; first < N; first += rows) {
        const Index count = std::min(rows, N - first);
        first_.push_back(first);
        saved_at_.push_back(saved);
        saved += sorted_[first] * B * count * gatewise_saved_fields * table.lanes;
    }
    first_.push_back(N);
    for (Index length : lengths) work += length * 4 * H * (D + H);
    threads = threads_for(threads, work);

    const Index bytes = N * H * element;
    last_out = make(2 * bytes);  // both in one
    last_state = Shared(last_out, at(last_out, bytes));
    copy_or_zero(last_state.get(), state0_, bytes);
    if (traced) {
        saved_ = make(saved * element);
        stream_ = saved * element > cache_bytes;
        x = copy_of_x(x_);
        x_ = {x.get(), T * D, D};
        if (out0_) out0 = copy(out0_, bytes);
        if (state0_) state0 = copy(state0_, bytes);
    }
    const Panels packed = pack(table, element, D, H, W, U, b, work > shared_packing_work ? threads : 1);
    std::vector<gatewise_group> all;
    all.reserve(parts);
    Index most = 0;
    for (Index k = 0; k < groups(); ++k) {
        gatewise_group g = group(k);
        g.x = x_.data;
        g.x_row = x_.row;
        g.x_step = x_.step;
        g.out0 = out0_;
        g.panel = packed.panel;
        g.bias = packed.bias;
        g.watch = watch_of_kernels();
        most = std::max(most, table.scratch_forward(&g));
        all.push_back(g);
    }
    const Scratch scratch(most, static_cast<int>(std::min<Index>(threads, groups())));
    parallel(threads, groups(), [&](Index k, int worker) {
        gatewise_group g = all[static_cast<std::size_t>(k)];
        g.scratch = scratch.of(worker);
        N == 1 ? work_row(table, table.forward, g, threads) : table.forward(&g);
    });
}

Shared Run::copy_of_x(View view) const {
    const auto [N, T, D, H] = sizes;
    Shared copy = make(N * T * D * element);
    constexpr Index together = 4096;  // steps between two looks at the time
    Looks looks;
    for (Index n = 0; n < N; ++n) {
        const char* from = static_cast<const char*>(view.data) + n * view.row * element;
        char* to = at(copy, n * T * D * element);
        for (Index first = 0, last = 0; first < T; first = last) {
            const Index length = lengths[static_cast<std::size_t>(n)], end = first < length ? length : T;
            last = std::min(first + together, end);
            const auto bytes = static_cast<std::size_t>((last - first) * D * element);
            if (first >= length)
                std::memset(to + first * D * element, 0, bytes);
            else if (view.step == D)
                std::memcpy(to + first * D * element, from + first * D * element, bytes);
            else
                for (Index t = first; t < last; ++t)
                    std::memcpy(to + t * D * element, from + t * view.step * element,
                                static_cast<std::size_t>(D * element));
            looks.after((last - first) * D);
        }
    }
    return copy;
}

gatewise_group Run::group(Index number) const {
    const auto k = static_cast<std::size_t>(number);
    gatewise_group g{};
    g.rows = first_[k + 1] - first_[k];
    g.steps = sizes.T;
    g.inputs = sizes.D;
    g.units = sizes.H;
    g.row = row_.data() + first_[k];
    g.lengths = sorted_.data() + first_[k];
    g.x = x.get();
    g.x_row = sizes.T * sizes.D;
    g.x_step = sizes.D;
    g.out = out.get();
    g.out0 = out0.get();
    g.last_out = last_out.get();
    g.last_state = last_state.get();
    g.saved = at(saved_, saved_at_[k] * element);
    g.stream = stream_;
    return g;
}

Shared Run::unpacked(int field) const {
    Shared plain = make(sizes.N * sizes.T * sizes.H * element);
    const Index work = sizes.N * sizes.T * sizes.H * unpacking_work;
    const gatewise_watch watch = watch_of_kernels();
    parallel(threads_for(0, work), groups(), [&](Index k, int) {
        gatewise_group g = group(k);
        g.watch = watch;
        table.unpack(&g, field, plain.get());
    });
    return plain;
}

Gradients::Gradients(const Run& run, const void* W, const void* U, View delta, const void* d_last_out,
                     const void* d_last_state, int threads, bool inputs, bool keep)
    : sizes(run.sizes), is_double(run.is_double) {
    const Index N = sizes.N, T = sizes.T, D = sizes.D, H = sizes.H;
    const gatewise_table& table = run.table;
    const Index element = run.element, B = blocks(table, H);
    Index work = 0;
    for (Index length : run.lengths) work += length * 2 * 4 * H * (D + H);  // δx with Δout, and the sums
    threads = threads_for(threads, work);

    d_W = make(4 * H * (D + H + 1) * element);  // all three in one, as in Params.flat()
    d_U = Shared(d_W, at(d_W, 4 * H * D * element));
    d_b = Shared(d_W, at(d_W, 4 * H * (D + H) * element));
    if (inputs) d_x = make(N * T * D * element);
    const Index bytes = N * H * element;
    d_out0 = make(2 * bytes);  // likewise
    d_state0 = Shared(d_out0, at(d_out0, bytes));
    copy_or_zero(d_out0.get(), d_last_out, bytes);
    copy_or_zero(d_state0.get(), d_last_state, bytes);
    if (keep)
        for (int k = 0; k < gatewise_kept_fields; ++k)
            kept[k] = make(N * T * (k == gatewise_gates_field ? 4 * H : H) * element);

    // One after the other in `memory`: the columns of U and of W, and each group's sums.
    const Index u_bytes = lines(table.columns_size(H, H) * element),
                w_bytes = inputs ? lines(table.columns_size(D, H) * element) : 0,
                sums_bytes = lines(table.sums_size(D, H) * element);
    const Buffer memory = take(static_cast<std::size_t>(u_bytes + w_bytes + sums_bytes * run.groups()));
    char *const u_columns = static_cast<char*>(memory.get()), *const w_columns = u_columns + u_bytes,
                *const sums = w_columns + w_bytes;
    const auto packed = [&](const void* M, Index columns, char* to) {
        constexpr Index abreast = 4;  // vectors of columns that are packed side by side
        const Index vectors = (columns + table.lanes - 1) / table.lanes;
        parallel(work > shared_packing_work ? threads : 1, (vectors + abreast - 1) / abreast, [&](Index k, int) {
            table.pack_columns(M, columns, H, to, k * abreast, std::min((k + 1) * abreast, vectors));
        });
    };
    packed(U, H, u_columns);
    if (inputs) packed(W, D, w_columns);
    std::vector<const void*> parts;
    std::vector<gatewise_group> all;
    parts.reserve(static_cast<std::size_t>(run.groups()));
    all.reserve(static_cast<std::size_t>(run.groups()));
    Index most = 0;
    for (Index k = 0; k < run.groups(); ++k) {
        gatewise_group g = run.group(k);
        g.delta = delta.data;
        g.delta_row = delta.row;
        g.delta_step = delta.step;
        g.u_columns = u_columns;
        g.w_columns = inputs ? w_columns : nullptr;
        g.d_x = d_x.get();
        g.d_out = d_out0.get();
        g.d_state = d_state0.get();
        g.sums = sums + k * sums_bytes;
        g.watch = watch_of_kernels();
        for (int field = 0; field < gatewise_kept_fields; ++field) g.kept[field] = kept[field].get();
        parts.push_back(g.sums);
        most = std::max(most, table.scratch_backward(&g));
        all.push_back(g);
    }
    if (all.empty()) {  // no sequences: nothing adds to the sums
        std::memset(d_W.get(), 0, static_cast<std::size_t>(4 * H * D * element));
        std::memset(d_U.get(), 0, static_cast<std::size_t>(4 * H * H * element));
        std::memset(d_b.get(), 0, static_cast<std::size_t>(4 * H * element));
        return;
    }
    const Scratch scratch(most, static_cast<int>(std::min<Index>(threads, run.groups())));
    parallel(threads, run.groups(), [&](Index k, int worker) {
        gatewise_group g = all[static_cast<std::size_t>(k)];
        g.scratch = scratch.of(worker);
        N == 1 ? work_row(table, table.backward, g, threads) : table.backward(&g);
    });
    parallel(work > shared_packing_work ? threads : 1, B, [&](Index block, int) {
        table.finish(parts.data(), run.groups(), D, H, d_W.get(), d_U.get(), d_b.get(), block, block + 1);
    });
}

Stepper::Stepper(const gatewise_kernels& kernels, bool is_double_, Index batch, Index inputs, Index units, const void* W,
                 const void* U, const void* b, int threads)
    : N(batch), D(inputs), H(units), is_double(is_double_), table_(is_double_ ? kernels.f64 : kernels.f32),
      element_(is_double_ ? 8 : 4), threads_(threads > 0 ? threads : default_threads()) {
    check_countable({N, 1, D, H}, element_, table_.lanes);
    for (Shared& side : out) side = zeros(N * H * element_);
    ones_.assign(static_cast<std::size_t>(N), 1);
    Panels packed = pack(table_, element_, D, H, W, U, b, 1);
    weights_ = std::move(packed.memory);
    panel_ = packed.panel;
    bias_ = packed.bias;
    state = zeros(N * H * element_);
    last_ = take(static_cast<std::size_t>(N * H * element_));
    x_ = take(static_cast<std::size_t>(N * D * element_));
    row_.resize(static_cast<std::size_t>(N));
    std::iota(row_.begin(), row_.end(), Index(0));
    gatewise_group g{};
    g.rows = N;
    g.inputs = D;
    g.units = H;
    scratch_ = take(static_cast<std::size_t>(table_.scratch_forward(&g)));
}

void Stepper::reset(const void* out0, const void* state0) {
    copy_or_zero(out[now].get(), out0, N * H * element_);
    copy_or_zero(state.get(), state0, N * H * element_);
}

void Stepper::step(View x) {
    // What an earlier step returned may be given back as x, and this step may be about to write there.
    const char* const given = static_cast<const char*>(x.data);
    const char* const written = static_cast<const char*>(out[1 - now].get());
    const Index bytes = N * H * element_;
    if (given < written + bytes && written < given + ((N - 1) * x.row + D) * element_) {
        for (Index n = 0; n < N; ++n)
            std::memcpy(static_cast<char*>(x_.get()) + n * D * element_, given + n * x.row * element_,
                        static_cast<std::size_t>(D * element_));
        x = {x_.get(), D, 0};
    }
    gatewise_group g{};
    g.rows = N;
    g.steps = 1;
    g.inputs = D;
    g.units = H;
    g.row = row_.data();
    g.lengths = ones_.data();
    g.x = x.data;
    g.x_row = x.row;
    g.out0 = out[now].get();
    g.out = out[1 - now].get();
    g.last_out = last_.get();
    g.last_state = state.get();
    g.panel = panel_;
    g.bias = bias_;
    g.scratch = scratch_.get();
    g.watch = watch_of_kernels();
    // Stopped, the step has not been made: of what it reads, the state alone is written, and last.
    parallel(1, 1, [&](Index, int) { N == 1 ? work_row(table_, table_.forward, g, threads_) : table_.forward(&g); });
    now = 1 - now;
}

}  // namespace gatewise
