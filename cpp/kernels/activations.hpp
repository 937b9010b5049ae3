// tanh and σ on vectors. Included by kernels.cpp only.
//
// Both come from 2^y for y <= 0, so nothing overflows: σ = 1 / (1 + e) or e / (1 + e) with e = e^-|z|, and
// tanh|z| = s / (2 - s) with s = 1 - e^(-2|z|), which keeps its digits near 0. NaN stays NaN, ±∞ gives 0 or ±1.
// Powers of two are what is cheap, so arguments come multiplied already: σ wants z · log2 e and tanh wants z · 2 log2 e, a
// quarter of each. The gates' weights are packed with that factor, in place of a multiplication for each pre-activation; a
// quarter, so that it makes no weight larger: the largest of its type are as good as any. That costs nothing: the number
// that rounds y to a whole one rounds y / 4 to a quarter, and p takes the powers of 4 into its coefficients, exactly.
//
// 2^y = 2^n 2^f with n = round(y) and |f| <= 1/2. 2^f - 1 = f p(f); the coefficients of p make the largest relative
// error over that range smallest (float 1.1e-8, double 1.8e-17; a weighted least-squares fit in 60 digits, the weights
// raised where the error is largest until it is level).

#pragma once

#include "vector.hpp"

namespace {

template <class T>
struct Exponential;

template <>
struct Exponential<float> {
    static constexpr float magic = 12582912.0f;  // 1.5 · 2^23: adding it rounds to a whole number in the low bits
    static constexpr float least = -126.3f;      // from here on 2^y is smaller than a normal number, that is 0
    static constexpr float flat = -30.0f;        // from here on 2^y - 1 rounds to -1
    static constexpr int mantissa = 23, bias = 127, terms = 6;
    static constexpr float p[] = {0.69314718792664448602f,   0.24022649794762311205f,  0.055503574340916521092f,
                                  0.0096182375188560219054f, 0.001339073525745403139f, 0.00015403506033487184787f};
};

template <>
struct Exponential<double> {
    static constexpr double magic = 6755399441055744.0;  // 1.5 · 2^52
    static constexpr double least = -1022.3;
    static constexpr double flat = -60.0;
    static constexpr int mantissa = 52, bias = 1023, terms = 11;
    static constexpr double p[] = {0.6931471805599453112,      0.24022650695910097883,   0.05550410866482123663,
                                   0.0096181291076070653358,   0.0013333558146531639155, 0.00015403530441481717506,
                                   0.000015252733701192318339, 1.3215442723714618677e-6, 1.0178121309835632365e-7,
                                   7.0725617724715134646e-9,   4.4455359213163202005e-10};
};

// What σ and tanh want their argument multiplied by, and what is then left of that.
#if defined(GATEWISE_LINEAR)
constexpr double sigmoid_factor = 1, tanh_factor = 1, left = 1;
#else
constexpr double left = 4;
constexpr double sigmoid_factor = 1.44269504088896340736 / left, tanh_factor = 2 * sigmoid_factor;
#endif
constexpr double gate_factor(Index gate) { return gate == 0 ? tanh_factor : sigmoid_factor; }

template <class T>
INLINE Bits<T> sign_bit() {
    return (Bits<T>)all<T>(T(-0.0));
}

constexpr double raised(double number, int power) { return power == 0 ? 1 : number * raised(number, power - 1); }

// For y = left · -|z|: 2^y = 2^n · (1 + f · p), with n in the low bits of `shifted`. From y = least on it is 2^least.
// Here f is a part of -|z|, not of y.
template <class T>
INLINE void split_power(Vec<T> z, T least, Bits<T>& shifted, Vec<T>& f, Vec<T>& p) {
    using E = Exponential<T>;
    const Vec<T> part = not_below<T>((Vec<T>)((Bits<T>)z | sign_bit<T>()), least / T(left));
    constexpr T magic = E::magic / T(left);
    const Vec<T> sum = part + magic;
    f = part - (sum - magic);
    p = all<T>(E::p[E::terms - 1] * T(raised(left, E::terms)));
#pragma GCC unroll 16
    for (int k = E::terms - 2; k >= 0; --k) p = p * f + E::p[k] * T(raised(left, k + 1));
    shifted = (Bits<T>)sum << E::mantissa;
}

template <class T>
INLINE Vec<T> power_of_two(Bits<T> shifted) {  // 2^n
    return (Vec<T>)(shifted + (typename Simd<T>::Integer(Exponential<T>::bias) << Exponential<T>::mantissa));
}

// tanh(z / tanh_factor)
template <class T>
INLINE Vec<T> tanh_scaled(Vec<T> z) {
#if defined(GATEWISE_LINEAR)
    return z;  // tests/engine/test_native_linear.py: whole numbers stay whole, and a wrong index shows
#endif
    Bits<T> shifted;
    Vec<T> f, p;
    split_power<T>(z, Exponential<T>::flat, shifted, f, p);
    const Vec<T> power = power_of_two<T>(shifted);
    const Vec<T> s = (T(1) - power) - power * (f * p);  // 0 for 0, not -0
    return (Vec<T>)((Bits<T>)(s / (T(2) - s)) | ((Bits<T>)z & sign_bit<T>()));
}

// σ(z / sigmoid_factor)
template <class T>
INLINE Vec<T> sigmoid_scaled(Vec<T> z) {
#if defined(GATEWISE_LINEAR)
    return z;
#endif
    Bits<T> shifted;
    Vec<T> f, p;
    split_power<T>(z, Exponential<T>::least, shifted, f, p);
    const Vec<T> e = power_of_two<T>(shifted) * (f * p + T(1));
    return (z < T(0) ? e : all<T>(T(1))) / (T(1) + e);
}

template <class T>
__attribute__((noinline)) Vec<T> tanh_where_shut(Vec<T> quotient, Vec<T> o, Vec<T> state, T least) {
    return o < least ? tanh_scaled<T>(state * T(tanh_factor)) : quotient;
}

// tanh(state) as out / o, which has the digits of out. Where the output gate is so nearly shut that out may have lost them
// to the smallest number there is, it is worked out from the state again.
template <class T>
INLINE Vec<T> tanh_from(Vec<T> out, Vec<T> o, Vec<T> state) {
#if defined(GATEWISE_LINEAR)
    return state;  // exact, and o may be 0
#endif
    constexpr T least = sizeof(T) == 8 ? T(1e-290) : T(1e-30);
    const Vec<T> quotient = out / o;
    return any_below<T>(o, least) ? tanh_where_shut<T>(quotient, o, state, least) : quotient;
}

}  // namespace
