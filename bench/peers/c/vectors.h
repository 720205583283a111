/* Registers of 8 rows: loads and stores of whole ones and of the last few rows, transposition, libmvec's functions. */
#include <immintrin.h>
#include "threads.h"

typedef __m512d vec;
typedef __mmask8 mask;
#define INLINE static inline __attribute__((always_inline))

vec _ZGVeN8v_exp(vec);
vec _ZGVeN8v_log(vec);
vec _ZGVeN8v_log1p(vec);
vec _ZGVeN8v_erfc(vec);
vec _ZGVeN8v_tanh(vec);

INLINE vec all(double x) { return _mm512_set1_pd(x); }
INLINE mask rows_left(long count) { return count >= 8 ? 0xff : (mask)((1 << count) - 1); }
INLINE vec load(const double *from, mask rows) { return _mm512_maskz_loadu_pd(rows, from); }

/* Outputs start at a cache line: whole registers bypass the caches, which would read each line before it is overwritten. */
INLINE void store(double *to, mask rows, vec x) {
    if (rows == 0xff) _mm512_stream_pd(to, x);
    else _mm512_mask_storeu_pd(to, rows, x);
}

INLINE void transpose(vec r[8]) {
    vec a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm512_unpacklo_pd(r[i], r[i + 1]);
        a[i + 1] = _mm512_unpackhi_pd(r[i], r[i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        b[i] = _mm512_shuffle_f64x2(a[i], a[i + 2], 0x88);
        b[i + 2] = _mm512_shuffle_f64x2(a[i], a[i + 2], 0xdd);
        b[i + 4] = _mm512_shuffle_f64x2(a[i + 4], a[i + 6], 0x88);
        b[i + 6] = _mm512_shuffle_f64x2(a[i + 4], a[i + 6], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_f64x2(b[i], b[i + 4], 0x88);
        r[i + 4] = _mm512_shuffle_f64x2(b[i], b[i + 4], 0xdd);
    }
}

/* Element i of the result is the sum of register i. */
INLINE vec sums(vec r[8]) {
    transpose(r);
    return ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
}

/* 1 / x to within some units in the last place: an estimate and two of Newton's steps take less time than a division. */
INLINE vec reciprocal(vec x) {
    vec guess = _mm512_rcp14_pd(x), one = all(1.0);
    guess = _mm512_fmadd_pd(guess, _mm512_fnmadd_pd(x, guess, one), guess);
    return _mm512_fmadd_pd(guess, _mm512_fnmadd_pd(x, guess, one), guess);
}

/* Rows of `width` numbers to columns, or back, 8 numbers at a time. The first row stands in for rows that are not there. */
INLINE void read_rows(const double *from, int count, int width, vec *x) {
    for (int j = 0; j < width; j += 8) {
        vec square[8];
        for (int row = 0; row < 8; row++) square[row] = load(from + (row < count ? row : 0) * width + j, rows_left(width - j));
        transpose(square);
        for (int k = 0; k < 8 && j + k < width; k++) x[j + k] = square[k];
    }
}

INLINE void write_rows(double *to, int count, int width, const vec *x) {
    for (int j = 0; j < width; j += 8) {
        vec square[8];
        for (int k = 0; k < 8; k++) square[k] = j + k < width ? x[j + k] : all(0.0);
        transpose(square);
        for (int row = 0; row < count; row++) _mm512_mask_storeu_pd(to + row * width + j, rows_left(width - j), square[row]);
    }
}

/* The sum of c[i] x^i, n terms: even and odd powers apart, so that two chains of operations run beside each other. */
INLINE vec polynomial(const double *c, int n, vec x) {
    int top = (n - 1) / 2 * 2, side = n / 2 * 2 - 1;
    vec square = x * x, even = all(c[top]), odd = all(c[side]);
    for (int i = top - 2; i >= 0; i -= 2) even = _mm512_fmadd_pd(even, square, all(c[i]));
    for (int i = side - 2; i > 0; i -= 2) odd = _mm512_fmadd_pd(odd, square, all(c[i]));
    return _mm512_fmadd_pd(odd, x, even);
}

INLINE vec nearest_integer(vec x) { return _mm512_roundscale_pd(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

/*
 * exp(x), within 2 units in the last place, compiled into the loop that uses it: a call of libmvec's saves every register.
 * x = k ln 2 + r with |r| <= ln 2 / 2; exp(r) by its series.
 */
INLINE vec exponential(vec x) {
    static const double series[13] = {1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880,
                                      1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600};
    vec k = nearest_integer(x * all(1.44269504088896340736));
    vec r = _mm512_fnmadd_pd(k, all(0x1.62e42fefa39efp-1), x);
    r = _mm512_fnmadd_pd(k, all(0x1.abc9e3b39803fp-56), r);
    return _mm512_scalef_pd(polynomial(series, 13, r), k);
}
