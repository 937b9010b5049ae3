// Vectors of float or double, as wide as this file's instruction set has them. Included by kernels.cpp only.
// GCC's vector extensions: +, *, comparisons and ?: work lane by lane, and a * b + c becomes one instruction where
// there is one (-ffp-contract=fast).

#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define GATEWISE_VECTOR_BYTES 64
#define GATEWISE_REGISTERS 32
#elif defined(__AVX2__)
#define GATEWISE_VECTOR_BYTES 32
#define GATEWISE_REGISTERS 16
#elif defined(__aarch64__)
#define GATEWISE_VECTOR_BYTES 16
#define GATEWISE_REGISTERS 32
#else
#define GATEWISE_VECTOR_BYTES 16
#define GATEWISE_REGISTERS 16
#endif
#define INLINE inline __attribute__((always_inline))

namespace {

using Index = gatewise_index;

template <class T>
struct Simd;

template <>
struct Simd<float> {
    using Integer = unsigned;
    typedef float Vec __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
    typedef unsigned Bits __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
};

template <>
struct Simd<double> {
    using Integer = unsigned long long;
    typedef double Vec __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
    typedef unsigned long long Bits __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
};

template <class T>
using Vec = typename Simd<T>::Vec;
template <class T>
using Bits = typename Simd<T>::Bits;
template <class T>
constexpr Index V = GATEWISE_VECTOR_BYTES / sizeof(T);

constexpr Index smaller(Index a, Index b) { return a < b ? a : b; }
constexpr Index larger(Index a, Index b) { return a > b ? a : b; }
constexpr Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }

template <class T>
INLINE Vec<T> all(T value) {
    return value - Vec<T>{};  // 0 + value would lose the sign of -0
}

template <class T>
INLINE Vec<T> load(const T* from) {  // from any address
    Vec<T> v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <class T>
INLINE void store(T* to, Vec<T> v) {
    __builtin_memcpy(to, &v, sizeof v);
}

#if defined(__AVX512F__)
INLINE unsigned lanes_below(Index n) { return (1u << n) - 1; }
#endif

// The first n lanes; the others are 0.
template <class T>
INLINE Vec<T> load_some(const T* from, Index n) {
    if (n >= V<T>) return load(from);
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return (Vec<T>)_mm512_maskz_loadu_ps(lanes_below(n), from);
    else
        return (Vec<T>)_mm512_maskz_loadu_pd(lanes_below(n), from);
#else
    Vec<T> v = {};
    for (Index k = 0; k < n; ++k) v[k] = from[k];
    return v;
#endif
}

// v with the first n lanes as they are and 0 in the others.
template <class T>
INLINE Vec<T> first_lanes(Vec<T> v, Index n) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return (Vec<T>)_mm512_maskz_mov_ps(lanes_below(n), (__m512)v);
    else
        return (Vec<T>)_mm512_maskz_mov_pd(lanes_below(n), (__m512d)v);
#else
    for (Index k = n; k < V<T>; ++k) v[k] = 0;
    return v;
#endif
}

template <class T>
INLINE void store_some(T* to, Vec<T> v, Index n) {
    if (n >= V<T>) return store(to, v);
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        _mm512_mask_storeu_ps(to, lanes_below(n), (__m512)v);
    else
        _mm512_mask_storeu_pd(to, lanes_below(n), (__m512d)v);
#else
    for (Index k = 0; k < n; ++k) to[k] = v[k];
#endif
}

// Up to V elements.
template <class T>
INLINE void copy_some(T* to, const T* from, Index n) {
    store_some(to, load_some(from, n), n);
}

// The larger of v and bound; NaN stays NaN.
template <class T>
INLINE Vec<T> not_below(Vec<T> v, T bound) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return (Vec<T>)_mm512_maskz_max_ps(0xffff, (__m512)all<T>(bound), (__m512)v);
    else
        return (Vec<T>)_mm512_maskz_max_pd(0xff, (__m512d)all<T>(bound), (__m512d)v);
#else
    return v < bound ? all<T>(bound) : v;
#endif
}

// The smaller of v and bound; NaN stays NaN.
template <class T>
INLINE Vec<T> not_above(Vec<T> v, T bound) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return (Vec<T>)_mm512_maskz_min_ps(0xffff, (__m512)all<T>(bound), (__m512)v);
    else
        return (Vec<T>)_mm512_maskz_min_pd(0xff, (__m512d)all<T>(bound), (__m512d)v);
#else
    return v > bound ? all<T>(bound) : v;
#endif
}

// v, or where it is beyond it the limit, with v's sign.
template <class T>
INLINE Vec<T> within(Vec<T> v, T limit) {
    return not_below<T>(not_above<T>(v, limit), -limit);
}

// Whether some lane of v is below bound.
template <class T>
INLINE bool any_below(Vec<T> v, T bound) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return _mm512_cmp_ps_mask((__m512)v, (__m512)all<T>(bound), _CMP_LT_OQ) != 0;
    else
        return _mm512_cmp_pd_mask((__m512d)v, (__m512d)all<T>(bound), _CMP_LT_OQ) != 0;
#else
    const auto below = v < bound;
#if defined(__AVX2__)
    return !_mm256_testz_si256((__m256i)below, (__m256i)below);
#elif defined(__SSE4_1__)
    return !_mm_testz_si128((__m128i)below, (__m128i)below);
#else
    bool found = false;
    for (Index k = 0; k < V<T>; ++k) found = found || below[k] != 0;
    return found;
#endif
#endif
}

// Lanes of a, and from V on of b, by number. The numbers are known when this is compiled.
template <class T>
INLINE Vec<T> shuffled(Vec<T> a, Vec<T> b, Bits<T> which) {
#if defined(__clang__)
    Vec<T> v = {};  // clang's own shuffle wants each number written out; it makes one of this loop
#pragma GCC unroll 16
    for (Index k = 0; k < V<T>; ++k) v[k] = which[k] < V<T> ? a[which[k]] : b[which[k] - V<T>];
    return v;
#else
    return __builtin_shuffle(a, b, which);
#endif
}

#if GATEWISE_VECTOR_BYTES >= 32
// from[0], from[1], from[0], from[1] ...
template <class T>
INLINE Vec<T> all_pairs(const T* from) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return (Vec<T>)_mm512_maskz_broadcast_f32x2(0xffff,
                                                    _mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(from))));
    else
        return (Vec<T>)_mm512_maskz_broadcast_f64x2(0xff, _mm_loadu_pd(from));
#else
    if constexpr (sizeof(T) == 4)
        return (Vec<T>)_mm256_broadcast_sd(reinterpret_cast<const double*>(from));
    else
        return (Vec<T>)_mm256_broadcast_pd(reinterpret_cast<const __m128d*>(from));
#endif
}

// even[0], odd[0], even[1], odd[1] ...
template <class T>
INLINE Vec<T> in_turns(Vec<T> even, Vec<T> odd) {
    Bits<T> turns;
#pragma GCC unroll 16
    for (Index k = 0; k < V<T>; ++k) turns[k] = k / 2 + k % 2 * V<T>;
    return shuffled<T>(even, odd, turns);
}

// v[0] + v[1], v[2] + v[3] ...; the other half means nothing.
template <class T>
INLINE Vec<T> sum_of_pairs(Vec<T> v) {
    Bits<T> even, odd;
#pragma GCC unroll 16
    for (Index k = 0; k < V<T>; ++k) even[k] = 2 * k % V<T>, odd[k] = 2 * k % V<T> + 1;
    return shuffled<T>(v, v, even) + shuffled<T>(v, v, odd);
}
#endif

// A part of a square of so few numbers is faster taken one by one.
template <class T>
constexpr Index few = 2 * V<T>;

#if defined(__AVX2__) && !defined(__AVX512F__)
// A square of vectors, rows for columns, in instructions of one step each: what the compiler makes of shuffles of any kind
// takes two and three.
INLINE void transpose_square(Vec<float> (&v)[8]) {
    Vec<float> a[8], b[8];
    for (int k = 0; k < 8; k += 2) {
        a[k] = (Vec<float>)_mm256_unpacklo_ps((__m256)v[k], (__m256)v[k + 1]);
        a[k + 1] = (Vec<float>)_mm256_unpackhi_ps((__m256)v[k], (__m256)v[k + 1]);
    }
    for (int k = 0; k < 8; k += 4)
        for (int half = 0; half < 2; ++half) {
            const __m256d below = (__m256d)a[k + half], above = (__m256d)a[k + 2 + half];
            b[k + 2 * half] = (Vec<float>)_mm256_unpacklo_pd(below, above);
            b[k + 2 * half + 1] = (Vec<float>)_mm256_unpackhi_pd(below, above);
        }
    for (int k = 0; k < 4; ++k) {
        v[k] = (Vec<float>)_mm256_permute2f128_ps((__m256)b[k], (__m256)b[k + 4], 0x20);
        v[k + 4] = (Vec<float>)_mm256_permute2f128_ps((__m256)b[k], (__m256)b[k + 4], 0x31);
    }
}
INLINE void transpose_square(Vec<double> (&v)[4]) {
    Vec<double> a[4];
    for (int k = 0; k < 4; k += 2) {
        a[k] = (Vec<double>)_mm256_unpacklo_pd((__m256d)v[k], (__m256d)v[k + 1]);
        a[k + 1] = (Vec<double>)_mm256_unpackhi_pd((__m256d)v[k], (__m256d)v[k + 1]);
    }
    for (int k = 0; k < 2; ++k) {
        v[k] = (Vec<double>)_mm256_permute2f128_pd((__m256d)a[k], (__m256d)a[k + 2], 0x20);
        v[k + 2] = (Vec<double>)_mm256_permute2f128_pd((__m256d)a[k], (__m256d)a[k + 2], 0x31);
    }
}
#endif

// A square of vectors, rows for columns: halves of ever larger squares change places.
template <class T>
INLINE void transpose(Vec<T> (&v)[V<T>]) {
#if defined(__AVX2__) && !defined(__AVX512F__)
    transpose_square(v);
#else
#pragma GCC unroll 4
    for (Index size = 1; size < V<T>; size *= 2) {
        Bits<T> upper, lower;
#pragma GCC unroll 16
        for (Index k = 0; k < V<T>; ++k) {
            upper[k] = k & size ? V<T> + k - size : k;
            lower[k] = k & size ? V<T> + k : k + size;
        }
#pragma GCC unroll 16
        for (Index k = 0; k < V<T>; ++k)
            if (!(k & size)) {
                const Vec<T> above = v[k], below = v[k + size];
                v[k] = shuffled<T>(above, below, upper);
                v[k + size] = shuffled<T>(above, below, lower);
            }
    }
#endif
}

// To memory and past the cache: for what is read again only after everything else.
template <class T>
INLINE void store_past_cache(T* to, Vec<T> v) {
#if defined(__AVX512F__)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), reinterpret_cast<__m512i>(v));
#elif defined(__AVX2__)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), reinterpret_cast<__m256i>(v));
#elif defined(__x86_64__)
    _mm_stream_si128(reinterpret_cast<__m128i*>(to), reinterpret_cast<__m128i>(v));
#else
    store(to, v);
#endif
}

// What the compiler's prefetch takes: whether memory will be written, and how near it shall come.
constexpr int for_reading = 0, to_second_cache = 2, to_first_cache = 3;

template <class T>
INLINE void prefetch(const T* from) {
    __builtin_prefetch(from, for_reading, to_second_cache);
}

INLINE void finish_stores_past_cache() {
#if defined(__x86_64__)
    _mm_sfence();
#endif
}

// While it lives, denormal numbers count as zero on this thread, so that they cost no time. On other machines nothing.
class [[maybe_unused]] FlushDenormals {
#if defined(__x86_64__)
    static constexpr unsigned results = 0x8000, arguments = 0x0040;  // the bits "flush to zero", "denormals are zeros"
    unsigned before_ = _mm_getcsr();

public:
    FlushDenormals() { _mm_setcsr(before_ | results | arguments); }
    ~FlushDenormals() { _mm_setcsr(before_); }
#elif defined(__aarch64__)
    static constexpr unsigned long flush_to_zero = 1ul << 24;  // both results and arguments
    unsigned long before_;

public:
    FlushDenormals() {
        asm volatile("mrs %0, fpcr" : "=r"(before_));
        asm volatile("msr fpcr, %0" ::"r"(before_ | flush_to_zero));
    }
    ~FlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(before_)); }
#endif
};

}  // namespace
