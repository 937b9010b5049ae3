// tanh and σ on vectors. Included by kernels.cpp only.
//
// Both come from e^y for y <= 0, so nothing overflows: σ(z) = 1 / (1 + e^-|z|) or e^-|z| / (1 + e^-|z|), and
// tanh|z| = s / (2 - s) with s = 1 - e^(-2|z|), which keeps its digits near 0. NaN stays NaN, ±∞ gives 0 or ±1.
// e^y = 2^n e^r with n = round(y / ln 2) and |r| <= ln 2 / 2. e^r - 1 = r + r² q(r); the coefficients of q make the
// largest relative error over that range smallest (float 1.3e-8, double 1.8e-17; a weighted least-squares fit in
// 60 digits, the weights raised where the error is largest until it is level).

#pragma once

#include "vector.hpp"

namespace {

template <class T>
struct Exponential;

template <>
struct Exponential<float> {
    static constexpr float magic = 12582912.0f;  // 1.5 · 2^23: adding it rounds to a whole number in the low bits
    static constexpr float ln2_high = 0.693145751953125f, ln2_low = 1.42860682030941723212e-6f;
    static constexpr float least = -88.03f;  // n = -127, whose power of two is written 0
    static constexpr float flat = -20.0f;    // from here on e^y - 1 rounds to -1
    static constexpr int mantissa = 23, bias = 127, terms = 5;
    static constexpr float q[] = {0.49999998154841732204f, 0.16666543666640856893f, 0.041667199761072685705f,
                                  0.0083665142800399761341f, 0.0013882515318140796595f};
};

template <>
struct Exponential<double> {
    static constexpr double magic = 6755399441055744.0;  // 1.5 · 2^52
    static constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    static constexpr double least = -709.09;  // n = -1023
    static constexpr double flat = -45.0;
    static constexpr int mantissa = 52, bias = 1023, terms = 10;
    static constexpr double q[] = {0.50000000000000051747,     0.16666666666666589155,    0.041666666666576824329,
                                   0.008333333333389658731,    0.0013888888931538988038,  0.00019841269718732944833,
                                   0.000024801505307774683641, 2.7557407819363339384e-6,  2.7626023455839170456e-7,
                                   2.5053677925553906675e-8};
};

// e^y = scale · (1 + m), scale = 2^n, for y <= 0 and not below Exponential<T>::least.
template <class T>
INLINE void split_exponential(Vec<T> y, Vec<T>& scale, Vec<T>& m) {
    using E = Exponential<T>;
    const Vec<T> shifted = y * T(1.44269504088896340736) + E::magic;
    const Vec<T> n = shifted - E::magic;
    const Vec<T> r = (y - n * E::ln2_high) - n * E::ln2_low;
    Vec<T> q = all<T>(E::q[E::terms - 1]);
#pragma GCC unroll 16
    for (int k = E::terms - 2; k >= 0; --k) q = q * r + E::q[k];
    m = (r * r) * q + r;
    constexpr auto one = typename Simd<T>::Integer(E::bias) << E::mantissa;
    scale = (Vec<T>)(((Bits<T>)shifted << E::mantissa) + one);
}

template <class T>
INLINE Bits<T> sign_bit() {
    return (Bits<T>)all<T>(T(-0.0));
}

template <class T>
INLINE Vec<T> tanh(Vec<T> z) {
#if defined(GATEWISE_LINEAR)
    return z;  // tests/test_native_linear.py: whole numbers stay whole, and a wrong index shows
#endif
    const Vec<T> y = not_below<T>((Vec<T>)((Bits<T>)(z + z) | sign_bit<T>()), Exponential<T>::flat);
    Vec<T> scale, m;
    split_exponential<T>(y, scale, m);
    const Vec<T> size = (T(1) - scale) - scale * m;  // 1 - e^y; 0 for 0, not -0
    return (Vec<T>)((Bits<T>)divide<T>(size, T(2) - size) | ((Bits<T>)z & sign_bit<T>()));
}

template <class T>
INLINE Vec<T> sigmoid(Vec<T> z) {
#if defined(GATEWISE_LINEAR)
    return z;
#endif
    const Vec<T> y = not_below<T>((Vec<T>)((Bits<T>)z | sign_bit<T>()), Exponential<T>::least);
    Vec<T> scale, m;
    split_exponential<T>(y, scale, m);
    const Vec<T> e = scale * (T(1) + m);  // scale · m alone may be too small for a normal number
    return divide<T>(z < T(0) ? e : all<T>(T(1)), T(1) + e);
}

// tanh(state) as out / o. Where o is next to nothing, so are out and all that tanh(state) is multiplied by; and where
// state is NaN, so is out.
template <class T>
INLINE Vec<T> tanh_from(Vec<T> out, Vec<T> o) {
#if defined(GATEWISE_LINEAR)
    return out / o;  // exact; the test sees to it that o is not 0
#endif
    return o > T(1e-30) ? divide<T>(out, o) : out;
}

}  // namespace
