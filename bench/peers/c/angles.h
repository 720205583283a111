/*
 * sin and cos for angles of up to some millions, within some units in the last place: inlined for the reason that exp is, and so that
 * sine and cosine of one angle share their work. x = k pi + r, then the series of r.
 */
#include "vectors.h"

/* x less `turns` times pi, which is in two parts. */
INLINE vec without_half_turns(vec x, vec turns) {
    vec r = _mm512_fnmadd_pd(turns, all(0x1.921fb54442d18p+1), x);
    return _mm512_fnmadd_pd(turns, all(0x1.1a62633145c07p-53), r);
}

static const double SINES[11] = {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000,
                                 1.0 / 355687428096000, -1.0 / 121645100408832000, 1.0 / 51090942171709440000.0};
static const double COSINES[9] = {1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200,
                                  1.0 / 20922789888000};

/* x, its sign changed where bit `place` of an integer is set. */
INLINE vec signed_by(vec x, __m512i integer, int place) {
    __m512i sign = _mm512_slli_epi64(_mm512_srli_epi64(integer, place), 63);
    return _mm512_castsi512_pd(_mm512_xor_si512(_mm512_castpd_si512(x), sign));
}

/* |r| <= pi / 2: more terms than for an eighth of a turn, but of one series. */
INLINE vec sine(vec x) {
    vec turns = nearest_integer(x * all(0.31830988618379067154)), r = without_half_turns(x, turns);
    return signed_by(r * polynomial(SINES, 11, r * r), _mm512_cvtpd_epi64(turns), 0);
}

/* |r| <= pi / 4; after an odd number of quarter turns they change places. */
INLINE void sine_and_cosine(vec x, vec *sine, vec *cosine) {
    vec quarters = nearest_integer(x * all(0.63661977236758134308)), r = without_half_turns(x, all(0.5) * quarters), square = r * r;
    vec first = r * polynomial(SINES, 8, square), second = polynomial(COSINES, 9, square);
    __m512i count = _mm512_cvtpd_epi64(quarters), one = _mm512_set1_epi64(1);
    mask odd = _mm512_test_epi64_mask(count, one);
    *sine = signed_by(_mm512_mask_blend_pd(odd, first, second), count, 1);
    *cosine = signed_by(_mm512_mask_blend_pd(odd, second, first), _mm512_add_epi64(count, one), 1);
}
