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

// Multiplications of a forward step of one sequence.
Index work_of_a_step(const gatewise_layer& layer) {
    const Index projected = layer.variant.projected ? layer.outputs * layer.units : 0;
    return 4 * layer.units * (layer.inputs + layer.outputs) + projected;
}

// One row's kernel, by several threads where a step of it is work enough: `part_work` multiplications for each. They wait
// for one another at every step, so never by more than there are CPUs now, unless GATEWISE_THREADS says so.
void work_row(const gatewise_table& table, void (*kernel)(const gatewise_group*), const gatewise_group& g, int threads) {
    const Index step = work_of_a_step(*g.layer);
    Index most = 1;
    if (step >= 2 * part_work) {
        const int available = available_threads(), said = std::getenv("GATEWISE_THREADS") ? default_threads() : 0;
        most = std::min<Index>({threads, std::max(available, said), step / part_work, blocks(table, g.layer->units)});
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

// Bytes of V and of R, packed for a pass; 0 for what there is not.
struct Others {
    Index peepholes, projection;
    Others(const gatewise_table& table, const gatewise_layer& layer, bool backward, Index element) {
        const Index rows = backward ? layer.outputs : layer.units, columns = backward ? layer.units : layer.outputs;
        peepholes = layer.variant.peepholes ? lines(blocks(table, layer.units) * 3 * table.lanes * element) : 0;
        projection = layer.variant.projected ? lines(rows * blocks(table, columns) * table.lanes * element) : 0;
    }
};

Panels pack(const gatewise_table& table, Index element, const gatewise_layer& layer, const gatewise_parameters& parameters,
            int threads) {
    const Index K = layer.inputs + layer.outputs, B = blocks(table, layer.units), width = 4 * table.lanes * element;
    const Others others(table, layer, false, element);
    Buffer memory = take(static_cast<std::size_t>(B * (K + 1) * width + others.peepholes + others.projection));
    char *const panel = static_cast<char*>(memory.get()), *const bias = panel + B * K * width;
    char *const peepholes = bias + B * width, *const projection = peepholes + others.peepholes;
    parallel(threads, B, [&](Index block, int) { table.pack(&layer, &parameters, panel, bias, block, block + 1); });
    if (others.peepholes + others.projection > 0) table.pack_others(&layer, &parameters, false, peepholes, projection);
    return {std::move(memory), panel, bias, peepholes, projection};
}

// Throws std::bad_alloc unless every array of a run can be counted in bytes; the largest is δgates or what is saved.
void check_countable(Sizes s, Index element, Index lanes) {
    Index steps, most, sums, bytes;
    // So that no product below, and no pointer, comes near the end of its type.
    constexpr Index most_units = Index(1) << 40, most_rows = Index(1) << 50, most_bytes = Index(1) << 60;
    const Index units = std::max(s.H, s.Q) + lanes;
    const bool fine = s.H < most_units && s.Q < most_units && s.D < most_units && s.N < most_rows &&
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

Index gates_of(const gatewise_variant& variant) { return variant.coupled ? 3 : 4; }

Index count_of(const gatewise_layer& layer, bool bias) {
    const Index H = layer.units, rows = gates_of(layer.variant) * H;
    return rows * (layer.inputs + layer.outputs + bias) + (layer.variant.peepholes ? rows - H : 0) +
           (layer.variant.projected ? layer.outputs * H : 0);
}

gatewise_parameters side_by_side(const gatewise_layer& layer, bool bias, void* first, Index element) {
    const Index rows = gates_of(layer.variant) * layer.units;
    char *const W = static_cast<char*>(first), *const U = W + rows * layer.inputs * element,
                *const b = U + rows * layer.outputs * element, *const V = b + (bias ? rows * element : 0),
                *const R = V + (layer.variant.peepholes ? (rows - layer.units) * element : 0);
    return {W, U, bias ? b : nullptr, layer.variant.peepholes ? V : nullptr, layer.variant.projected ? R : nullptr};
}

Run::Run(const gatewise_kernels& kernels, bool is_double_, Sizes sizes_, const gatewise_variant& variant,
         const gatewise_parameters& parameters, View x_, const void* out0_, const void* state0_, const Index* lengths_,
         int threads, bool trace)
    : sizes(sizes_), layer{sizes_.D, sizes_.Q, sizes_.H, variant}, is_double(is_double_), traced(trace),
      element(is_double_ ? 8 : 4), table(is_double_ ? kernels.f64 : kernels.f32) {
    const Index N = sizes.N, T = sizes.T, D = sizes.D, H = sizes.H, Q = sizes.Q;  // clang 14: no structured bindings
    check_countable(sizes, element, table.lanes);
    out = make(N * T * Q * element);  // before anything counts the rows: so many may be none that memory holds
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
    for (Index length : lengths) work += length * work_of_a_step(layer);
    threads = threads_for(threads, work);

    const Index out_bytes = N * Q * element, bytes = N * H * element;
    last_out = make(out_bytes + bytes);  // both in one
    last_state = Shared(last_out, at(last_out, out_bytes));
    copy_or_zero(last_state.get(), state0_, bytes);
    if (traced && variant.projected) hidden = make(N * T * H * element);
    if (traced) {
        saved_ = make(saved * element);
        stream_ = saved * element > cache_bytes;
        x = copy_of_x(x_);
        x_ = {x.get(), T * D, D};
        if (out0_) out0 = copy(out0_, out_bytes);
        if (state0_) state0 = copy(state0_, bytes);
    }
    const Panels packed = pack(table, element, layer, parameters, work > shared_packing_work ? threads : 1);
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
        g.peepholes = packed.peepholes;
        g.projection = packed.projection;
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
    const Index N = sizes.N, T = sizes.T, D = sizes.D;
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
    g.layer = &layer;
    g.row = row_.data() + first_[k];
    g.lengths = sorted_.data() + first_[k];
    g.x = x.get();
    g.x_row = sizes.T * sizes.D;
    g.x_step = sizes.D;
    g.out = out.get();
    g.hidden = layer.variant.projected ? hidden.get() : out.get();
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

Gradients::Gradients(const Run& run, const gatewise_parameters& given, View delta, const void* d_last_out,
                     const void* d_last_state, int threads, bool inputs, bool keep)
    : sizes(run.sizes), layer(run.layer), is_double(run.is_double),
      flat(make(count_of(layer, given.b != nullptr) * run.element)),
      parameters(side_by_side(layer, given.b != nullptr, flat.get(), run.element)) {
    const Index N = sizes.N, T = sizes.T, D = sizes.D, H = sizes.H, Q = sizes.Q;
    const gatewise_table& table = run.table;
    const Index element = run.element, B = blocks(table, H);
    Index work = 0;
    for (Index length : run.lengths) work += length * 2 * work_of_a_step(layer);  // δx with Δout, and the sums
    threads = threads_for(threads, work);

    if (inputs) d_x = make(N * T * D * element);
    const Index out_bytes = N * Q * element, bytes = N * H * element;
    d_out0 = make(out_bytes + bytes);  // both in one
    d_state0 = Shared(d_out0, at(d_out0, out_bytes));
    copy_or_zero(d_out0.get(), d_last_out, out_bytes);
    copy_or_zero(d_state0.get(), d_last_state, bytes);
    const Index widths[gatewise_kept_fields] = {Q, Q, H, gates_of(layer.variant) * H, layer.variant.projected ? H : 0};
    for (int k = 0; keep && k < gatewise_kept_fields; ++k)
        if (widths[k] > 0) kept[k] = make(N * T * widths[k] * element);

    // One after the other in `memory`: the columns of U and of W, V and R, and each group's sums.
    const Others others(table, layer, true, element);
    const Index u_bytes = lines(table.columns_size(Q, H) * element),
                w_bytes = inputs ? lines(table.columns_size(D, H) * element) : 0,
                sums_bytes = lines(table.sums_size(&layer) * element);
    const Buffer memory = take(
        static_cast<std::size_t>(u_bytes + w_bytes + others.peepholes + others.projection + sums_bytes * run.groups()));
    char *const u_columns = static_cast<char*>(memory.get()), *const w_columns = u_columns + u_bytes,
                *const peepholes = w_columns + w_bytes, *const projection = peepholes + others.peepholes,
                *const sums = projection + others.projection;
    if (others.peepholes + others.projection > 0) table.pack_others(&layer, &given, true, peepholes, projection);
    const auto packed = [&](const void* M, Index columns, char* to) {
        constexpr Index abreast = 4;  // vectors of columns that are packed side by side
        const Index vectors = (columns + table.lanes - 1) / table.lanes;
        parallel(work > shared_packing_work ? threads : 1, (vectors + abreast - 1) / abreast, [&](Index k, int) {
            table.pack_columns(M, columns, H, layer.variant.coupled, to, k * abreast, std::min((k + 1) * abreast, vectors));
        });
    };
    packed(given.U, Q, u_columns);
    if (inputs) packed(given.W, D, w_columns);
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
        g.peepholes = peepholes;
        g.projection = projection;
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
        std::memset(flat.get(), 0, static_cast<std::size_t>(count_of(layer, given.b != nullptr) * element));
        return;
    }
    const Scratch scratch(most, static_cast<int>(std::min<Index>(threads, run.groups())));
    parallel(threads, run.groups(), [&](Index k, int worker) {
        gatewise_group g = all[static_cast<std::size_t>(k)];
        g.scratch = scratch.of(worker);
        N == 1 ? work_row(table, table.backward, g, threads) : table.backward(&g);
    });
    parallel(work > shared_packing_work ? threads : 1, B,
             [&](Index block, int) { table.finish(&layer, parts.data(), run.groups(), &parameters, block, block + 1); });
}

Stepper::Stepper(const gatewise_kernels& kernels, bool is_double_, Index batch, const gatewise_layer& layer,
                 const gatewise_parameters& parameters, int threads)
    : N(batch), D(layer.inputs), H(layer.units), Q(layer.outputs), is_double(is_double_), layer_(layer),
      table_(is_double_ ? kernels.f64 : kernels.f32), element_(is_double_ ? 8 : 4),
      threads_(threads > 0 ? threads : default_threads()) {
    check_countable(sizes(), element_, table_.lanes);
    for (Shared& side : out) side = zeros(N * Q * element_);
    ones_.assign(static_cast<std::size_t>(N), 1);
    weights_ = pack(table_, element_, layer, parameters, 1);
    state = zeros(N * H * element_);
    last_ = take(static_cast<std::size_t>(N * Q * element_));
    x_ = take(static_cast<std::size_t>(N * D * element_));
    row_.resize(static_cast<std::size_t>(N));
    std::iota(row_.begin(), row_.end(), Index(0));
    gatewise_group g{};
    g.rows = N;
    g.layer = &layer_;
    scratch_ = take(static_cast<std::size_t>(table_.scratch_forward(&g)));
}

void Stepper::reset(const void* out0, const void* state0) {
    copy_or_zero(out[now].get(), out0, N * Q * element_);
    copy_or_zero(state.get(), state0, N * H * element_);
}

void Stepper::step(View x) {
    // What an earlier step returned may be given back as x, and this step may be about to write there.
    const char* const given = static_cast<const char*>(x.data);
    const char* const written = static_cast<const char*>(out[1 - now].get());
    const Index bytes = N * Q * element_;
    if (given < written + bytes && written < given + ((N - 1) * x.row + D) * element_) {
        for (Index n = 0; n < N; ++n)
            std::memcpy(static_cast<char*>(x_.get()) + n * D * element_, given + n * x.row * element_,
                        static_cast<std::size_t>(D * element_));
        x = {x_.get(), D, 0};
    }
    gatewise_group g{};
    g.rows = N;
    g.steps = 1;
    g.layer = &layer_;
    g.row = row_.data();
    g.lengths = ones_.data();
    g.x = x.data;
    g.x_row = x.row;
    g.out0 = out[now].get();
    g.out = out[1 - now].get();
    g.hidden = layer_.variant.projected ? nullptr : g.out;
    g.last_out = last_.get();
    g.last_state = state.get();
    g.panel = weights_.panel;
    g.bias = weights_.bias;
    g.peepholes = weights_.peepholes;
    g.projection = weights_.projection;
    g.scratch = scratch_.get();
    g.watch = watch_of_kernels();
    // Stopped, the step has not been made: of what it reads, the state alone is written, and last.
    parallel(1, 1, [&](Index, int) { N == 1 ? work_row(table_, table_.forward, g, threads_) : table_.forward(&g); });
    now = 1 - now;
}

}  // namespace gatewise
