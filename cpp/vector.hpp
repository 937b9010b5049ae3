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
    typedef float Half __attribute__((vector_size(GATEWISE_VECTOR_BYTES / 2)));
    typedef unsigned Bits __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
};

template <>
struct Simd<double> {
    using Integer = unsigned long long;
    typedef double Vec __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
    typedef double Half __attribute__((vector_size(GATEWISE_VECTOR_BYTES / 2)));
    typedef unsigned long long Bits __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
};

template <class T>
using Vec = typename Simd<T>::Vec;
template <class T>
using Half = typename Simd<T>::Half;  // for matrices so narrow that most of a Vec would be idle
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

template <class Any, class T>
INLINE Any load_as(const T* from) {  // from any address
    Any v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <class T>
INLINE Vec<T> load(const T* from) {
    return load_as<Vec<T>>(from);
}

template <class T, class Any>
INLINE void store(T* to, Any v) {
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
    if constexpr (sizeof(T) == 4) return (Vec<T>)_mm512_maskz_loadu_ps(lanes_below(n), from);
    else return (Vec<T>)_mm512_maskz_loadu_pd(lanes_below(n), from);
#else
    Vec<T> v = {};
    for (Index k = 0; k < n; ++k) v[k] = from[k];
    return v;
#endif
}

template <class T, class Any>
INLINE void store_some(T* to, Any v, Index n) {
    if (n >= Index(sizeof v / sizeof(T))) return store(to, v);
#if defined(__AVX512F__)
    if constexpr (sizeof(Any) == 64 && sizeof(T) == 4) return _mm512_mask_storeu_ps(to, lanes_below(n), (__m512)v);
    else if constexpr (sizeof(Any) == 64) return _mm512_mask_storeu_pd(to, lanes_below(n), (__m512d)v);
#endif
    for (Index k = 0; k < n; ++k) to[k] = v[k];
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
    if constexpr (sizeof(T) == 4) return (Vec<T>)_mm512_maskz_max_ps(0xffff, (__m512)all<T>(bound), (__m512)v);
    else return (Vec<T>)_mm512_maskz_max_pd(0xff, (__m512d)all<T>(bound), (__m512d)v);
#else
    return v < bound ? all<T>(bound) : v;
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

template <class T>
INLINE void prefetch(const T* from) {
    __builtin_prefetch(from, 0, 2);
}

INLINE void finish_stores_past_cache() {
#if defined(__x86_64__)
    _mm_sfence();
#endif
}

// While it lives, denormal numbers count as zero on this thread, so that they cost no time.
class FlushDenormals {
#if defined(__x86_64__)
    unsigned before_ = _mm_getcsr();

public:
    FlushDenormals() { _mm_setcsr(before_ | 0x8040); }
    ~FlushDenormals() { _mm_setcsr(before_); }
#elif defined(__aarch64__)
    unsigned long before_;

public:
    FlushDenormals() {
        asm volatile("mrs %0, fpcr" : "=r"(before_));
        asm volatile("msr fpcr, %0" ::"r"(before_ | (1ul << 24)));
    }
    ~FlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(before_)); }
#endif
};

}  // namespace
