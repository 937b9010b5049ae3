// See head.hpp. How the rows are cut into pieces depends on the sizes alone, and the pieces' sums are added in order: so
// the bits do not depend on the number of threads.

#include "head.hpp"

#include <algorithm>
#include <cstring>

#include "pool.hpp"

namespace gatewise {
namespace {

constexpr Index piece_rows = 384;  // a sum over so many rows, then over those sums, loses less than one running sum
constexpr Index most_pieces = 64;  // each has sums of its own

Index up(Index count, Index lanes) { return (count + lanes - 1) / lanes * lanes; }

// Rows cut into pieces of about one size.
struct Pieces {
    Index rows, each, count;
    explicit Pieces(Index rows)
        : rows(rows), each(std::max(piece_rows, (rows + most_pieces - 1) / most_pieces)), count((rows + each - 1) / each) {}
    Index first(Index piece) const { return piece * each; }
    Index size(Index piece) const { return std::min(each, rows - piece * each); }
};

struct Rows {  // of a matrix of floats or doubles
    char* data;
    Index width, element;
    char* at(Index row) const { return data + row * width * element; }
};

Rows rows_of(const void* data, Index width, Index element) {
    return {const_cast<char*>(static_cast<const char*>(data)), width, element};
}

// W (P, F) by columns, each of them filled up to whole vectors.
template <class T>
void turn(const T* W, Index P, Index F, Index padded, T* to) {
    std::memset(to, 0, static_cast<std::size_t>(F * padded) * sizeof(T));
    for (Index p = 0; p < P; ++p)
        for (Index f = 0; f < F; ++f) to[f * padded + p] = W[p * F + f];
}

// The rows, each with a 1 behind it for δb, filled up to whole vectors.
template <class T>
void widen(const T* z, Index rows, Index F, Index padded, T* to) {
    for (Index row = 0; row < rows; ++row, z += F, to += padded) {
        std::memcpy(to, z, static_cast<std::size_t>(F) * sizeof(T));
        to[F] = 1;
        for (Index f = F + 1; f < padded; ++f) to[f] = 0;
    }
}

// The pieces' sums, each (P, F + 1), added in order into δW and, from their last column, δb.
template <class T>
void add_up(const T* sums, Index pieces, Index P, Index F, T* d_W) {
    T* d_b = d_W + P * F;
    for (Index p = 0; p < P; ++p)
        for (Index f = 0; f <= F; ++f) {
            T total = 0;
            for (Index piece = 0; piece < pieces; ++piece) total += sums[(piece * P + p) * (F + 1) + f];
            (f < F ? d_W[p * F + f] : d_b[p]) = total;
        }
}

// Calls body(T{}) with the element's type.
template <class Body>
void typed(Index element, Body&& body) {
    if (element == 8)
        body(double());
    else
        body(float());
}

Buffer room(Index elements, Index element) { return take(static_cast<std::size_t>(elements * element)); }

}  // namespace

void head_forward(const gatewise_table& table, Index element, HeadSizes sizes, const void* W, const void* b, const void* z,
                  void* y, int threads) {
    const Index R = sizes.R, F = sizes.F, P = sizes.P;  // clang 14 lets no lambda have structured bindings
    const Index padded = up(P, table.lanes);
    const Buffer columns = room(F * padded, element);
    typed(element, [&](auto type) {
        using T = decltype(type);
        turn(static_cast<const T*>(W), P, F, padded, static_cast<T*>(columns.get()));
    });
    const Pieces pieces(R);
    const Rows from = rows_of(z, F, element), to = rows_of(y, P, element);
    const gatewise_watch watch = watch_of_kernels();
    parallel(threads_for(threads, R * F * P), pieces.count, [&](Index piece, int) {
        const Index first = pieces.first(piece);
        const gatewise_product p{pieces.size(piece), P,      F, from.at(first), F, 1,
                                 columns.get(),      padded, b, to.at(first),   P, watch};
        table.product(&p);
    });
}

void head_backward(const gatewise_table& table, Index element, HeadSizes sizes, const void* W, const void* z,
                   const void* d_y, void* d_z, void* d_parameters, int threads) {
    const Index R = sizes.R, F = sizes.F, P = sizes.P;
    const Index padded = up(F + 1, table.lanes);
    const Pieces pieces(R);
    threads = threads_for(threads, 2 * R * F * P);
    const Index workers = std::max<Index>(1, std::min<Index>(threads, pieces.count));
    const Buffer weights = room(P * padded, element), sums = room(pieces.count * P * (F + 1), element);
    const Buffer wide = room(workers * std::min(R, pieces.each) * padded, element);
    const Rows from = rows_of(z, F, element), met = rows_of(d_y, P, element), to = rows_of(d_z, F, element);
    const gatewise_watch watch = watch_of_kernels();
    const Rows parts = rows_of(sums.get(), P * (F + 1), element);
    const Rows wider = rows_of(wide.get(), std::min(R, pieces.each) * padded, element);
    typed(element, [&](auto type) {
        using T = decltype(type);
        widen(static_cast<const T*>(W), P, F, padded, static_cast<T*>(weights.get()));
        parallel(threads, pieces.count, [&](Index piece, int worker) {
            const Index first = pieces.first(piece), rows = pieces.size(piece);
            const gatewise_product of_z{rows,          F,      P,       met.at(first), P, 1,
                                        weights.get(), padded, nullptr, to.at(first),  F, watch};
            table.product(&of_z);
            widen(reinterpret_cast<const T*>(from.at(first)), rows, F, padded, reinterpret_cast<T*>(wider.at(worker)));
            const gatewise_product of_W{P,       F + 1,           rows,  met.at(first), 1, P, wider.at(worker), padded,
                                        nullptr, parts.at(piece), F + 1, watch};
            table.product(&of_W);
        });
        add_up(static_cast<const T*>(sums.get()), pieces.count, P, F, static_cast<T*>(d_parameters));
    });
}

}  // namespace gatewise
