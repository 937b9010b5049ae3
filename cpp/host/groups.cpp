// See groups.hpp.

#include "groups.hpp"

#include <algorithm>
#include <new>
#include <numeric>

namespace gatewise {
namespace {

// How many rows a group has. At least two groups where there is enough to share, and not so few rows that the weights are
// read for too little.
Index rows_of_a_group(Index N, Index H) {
    constexpr Index few = 4, usual = 32, many = 64;
    constexpr Index outgrows_cache = 512;  // units from which weights do not stay near: once read, they serve more rows
    if (N >= 2 * many && H >= outgrows_cache) return many;
    if (N >= 2 * usual) return usual;
    return std::max<Index>(few, (N + 1) / 2);
}

}  // namespace

Index gates_of(const gatewise_variant& variant) { return variant.coupled ? 3 : 4; }

gatewise_layer layer_of(const Sizes& s, const gatewise_variant& variant, const int (&place)[4]) {
    return {s.D, s.Q, s.H, variant, {place[0], place[1], place[2], place[3]}};
}

gatewise_layer layer_of(const Sizes& sizes, const gatewise_variant& variant) {
    static constexpr int all[4] = {0, 1, 2, 3}, without_f[4] = {0, 1, -1, 2};
    return layer_of(sizes, variant, variant.coupled ? without_f : all);
}

Index work_of_a_step(const gatewise_layer& layer) {
    const Index projected = layer.variant.projected ? layer.outputs * layer.units : 0;
    return 4 * layer.units * (layer.inputs + layer.outputs) + projected;
}

Index blocks_of(const gatewise_table& table, Index units) { return (units + table.lanes - 1) / table.lanes; }

// The largest array is δgates or what is saved.
const Sizes& check_countable(const Sizes& s, bool is_double, const gatewise_table& table) {
    const Index element = is_double ? 8 : 4;
    Index steps, most, sums, bytes;
    // So that no product below, and no pointer, comes near the end of its type.
    constexpr Index most_units = Index(1) << 40, most_rows = Index(1) << 50, most_bytes = Index(1) << 60;
    const Index units = std::max(s.H, s.Q) + table.lanes;
    const bool fine = s.H < most_units && s.Q < most_units && s.D < most_units && s.N < most_rows &&
                      !__builtin_mul_overflow(s.N + 1, s.T + 1, &steps) &&
                      !__builtin_mul_overflow(steps, (gatewise_saved_fields * units + s.D) * element, &most) &&
                      most < most_bytes && !__builtin_mul_overflow(4 * units * element, s.D + units, &sums) &&
                      !__builtin_mul_overflow(sums, s.N + 1, &bytes);
    if (!fine) throw std::bad_alloc();
    return s;
}

Groups::Groups(const gatewise_kernels& kernels, bool is_double_, const Sizes& sizes_, const gatewise_layer& layer_,
               const Index* lengths_)
    : sizes(check_countable(sizes_, is_double_, is_double_ ? kernels.f64 : kernels.f32)), layer(layer_),
      is_double(is_double_), element(is_double_ ? 8 : 4), table(is_double_ ? kernels.f64 : kernels.f32) {
    const Index N = sizes.N, T = sizes.T;
    lengths = lengths_ ? std::vector<Index>(lengths_, lengths_ + N) : std::vector<Index>(static_cast<std::size_t>(N), T);
    row_.resize(static_cast<std::size_t>(N));
    std::iota(row_.begin(), row_.end(), Index(0));
    if (lengths_ && !std::is_sorted(lengths.rbegin(), lengths.rend()))
        std::stable_sort(row_.begin(), row_.end(), [&](Index p, Index q) { return lengths[p] > lengths[q]; });
    sorted_.reserve(row_.size());
    for (Index n : row_) sorted_.push_back(lengths[n]);
    const Index rows = rows_of_a_group(N, sizes.H), B = blocks_of(table, sizes.H);
    const auto parts = static_cast<std::size_t>((N + rows - 1) / rows);
    first_.reserve(parts + 1);
    saved_at_.reserve(parts);
    for (Index first = 0; first < N; first += rows) {
        const Index count = std::min(rows, N - first);
        first_.push_back(first);
        saved_at_.push_back(saved);
        saved += sorted_[first] * B * count * gatewise_saved_fields * table.lanes;
    }
    first_.push_back(N);
    for (Index length : lengths) work += length * work_of_a_step(layer);
}

gatewise_group Groups::group(Index number, void* all_saved) const {
    const auto k = static_cast<std::size_t>(number);
    gatewise_group g{};
    g.rows = first_[k + 1] - first_[k];
    g.steps = sizes.T;
    g.layer = &layer;
    g.row = row_.data() + first_[k];
    g.lengths = sorted_.data() + first_[k];
    if (all_saved) g.saved = static_cast<char*>(all_saved) + saved_at_[k] * element;
    return g;
}

}  // namespace gatewise
