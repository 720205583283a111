/* What an expert writes in C: one AVX-512 register of rows at a time, libmvec's functions, rows (N, d) transposed in registers.
   Each function takes the rows from `first` to `last`, multiples of 8; the arrays follow. */
#include <immintrin.h>
#include <math.h>

typedef __m512d v8;
v8 _ZGVeN8v_exp(v8);
v8 _ZGVeN8v_log(v8);
v8 _ZGVeN8v_erfc(v8);
v8 _ZGVeN8v_tanh(v8);

#define SET(x) _mm512_set1_pd(x)
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, v) _mm512_storeu_pd(p, v)
#define COLUMN(d) _mm512_mullo_epi64(_mm512_set1_epi64(d), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7))

static inline void transpose(v8 *r) {
    v8 t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm512_unpacklo_pd(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_pd(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 2; j++) {
            u[i + j] = _mm512_shuffle_f64x2(t[i + j], t[i + j + 2], 0x88);
            u[i + j + 2] = _mm512_shuffle_f64x2(t[i + j], t[i + j + 2], 0xdd);
        }
    for (int j = 0; j < 4; j++) {
        int lower = j & 1, upper = j & 2;
        v8 a = u[lower + upper], b = u[4 + lower + upper];
        r[lower + upper] = _mm512_shuffle_f64x2(a, b, 0x88);
        r[4 + lower + upper] = _mm512_shuffle_f64x2(a, b, 0xdd);
    }
}

/* Rows of d elements to columns and back: squares of eight, the rest by gathers and scatters. */
static inline void load_rows(const double *p, int d, v8 *x) {
    int k = 0;
    for (; k + 8 <= d; k += 8) {
        for (int i = 0; i < 8; i++) x[k + i] = LOAD(p + i * d + k);
        transpose(x + k);
    }
    for (; k < d; k++) x[k] = _mm512_i64gather_pd(COLUMN(d), p + k, 8);
}

static inline void store_rows(double *p, int d, v8 *x) {
    int k = 0;
    for (; k + 8 <= d; k += 8) {
        v8 r[8];
        for (int i = 0; i < 8; i++) r[i] = x[k + i];
        transpose(r);
        for (int i = 0; i < 8; i++) STORE(p + i * d + k, r[i]);
    }
    for (; k < d; k++) _mm512_i64scatter_pd(p + k, COLUMN(d), x[k], 8);
}

void xyz(long first, long last, const double *x, const double *y, const double *z, double *f, double *dx, double *dy, double *dz) {
    for (long i = first; i < last; i += 8) {
        v8 s = LOAD(x + i) + LOAD(y + i), c = LOAD(z + i);
        STORE(f + i, s * c), STORE(dx + i, c), STORE(dy + i, c), STORE(dz + i, s);
    }
}

static inline void rosenbrock(long first, long last, const double *x, double *f, double *dx, const int d) {
    v8 c[100], g[100];
    for (long i = first; i < last; i += 8) {
        load_rows(x + i * d, d, c);
        v8 total = SET(0), carried = SET(0);
        for (int k = 0; k < d - 1; k++) {
            v8 miss = c[k + 1] - c[k] * c[k], rest = SET(1) - c[k];
            total += SET(100) * miss * miss + rest * rest;
            g[k] = carried - SET(400) * c[k] * miss - SET(2) * rest;
            carried = SET(200) * miss;
        }
        g[d - 1] = carried;
        STORE(f + i, total);
        store_rows(dx + i * d, d, g);
    }
}

void rosenbrock_10(long first, long last, const double *x, double *f, double *dx) { rosenbrock(first, last, x, f, dx, 10); }
void rosenbrock_100(long first, long last, const double *x, double *f, double *dx) { rosenbrock(first, last, x, f, dx, 100); }

void gaussians(long first, long last, const double *x, double *f, double *dx, const double *centres, const double *widths) {
    for (long i = first; i < last; i += 8) {
        v8 c[3], g[3] = {SET(0), SET(0), SET(0)}, total = SET(0);
        load_rows(x + i * 3, 3, c);
        for (int k = 0; k < 8; k++) {
            v8 scale = SET(1 / (widths[k] * widths[k])), u[3], square = SET(0);
            for (int a = 0; a < 3; a++) u[a] = c[a] - SET(centres[3 * k + a]), square += u[a] * u[a];
            v8 each = _ZGVeN8v_exp(SET(-0.5) * scale * square);
            total += each;
            for (int a = 0; a < 3; a++) g[a] -= each * scale * u[a];
        }
        STORE(f + i, total);
        store_rows(dx + i * 3, 3, g);
    }
}

void lennard_jones(long first, long last, const double *x, double *f, double *dx) {
    for (long i = first; i < last; i += 8) {
        v8 c[39], g[39], total = SET(0);
        load_rows(x + i * 39, 39, c);
        for (int k = 0; k < 39; k++) g[k] = SET(0);
        for (int a = 0; a < 13; a++)
            for (int b = a + 1; b < 13; b++) {
                v8 u = c[3 * a] - c[3 * b], v = c[3 * a + 1] - c[3 * b + 1], w = c[3 * a + 2] - c[3 * b + 2];
                v8 inverse = SET(1) / (u * u + v * v + w * w), sixth = inverse * inverse * inverse;
                total += sixth * sixth - sixth;
                v8 factor = SET(-24) * (SET(2) * sixth * sixth - sixth) * inverse;
                g[3 * a] += factor * u, g[3 * a + 1] += factor * v, g[3 * a + 2] += factor * w;
                g[3 * b] -= factor * u, g[3 * b + 1] -= factor * v, g[3 * b + 2] -= factor * w;
            }
        STORE(f + i, SET(4) * total);
        store_rows(dx + i * 39, 39, g);
    }
}

static inline v8 normal(v8 x) { return SET(0.5) * _ZGVeN8v_erfc(x * SET(-0.70710678118654752440)); }

void black_scholes(
    long first, long last, const double *spot, const double *strike, const double *maturity, const double *rate, const double *volatility,
    double *f, double *d_spot, double *d_strike, double *d_maturity, double *d_rate, double *d_volatility) {
    for (long i = first; i < last; i += 8) {
        v8 s = LOAD(spot + i), k = LOAD(strike + i), t = LOAD(maturity + i), r = LOAD(rate + i), v = LOAD(volatility + i);
        v8 root = _mm512_sqrt_pd(t), spread = v * root;
        v8 upper = (_ZGVeN8v_log(s / k) + (r + SET(0.5) * v * v) * t) / spread;
        v8 discount = _ZGVeN8v_exp(-r * t), one = normal(upper), two = normal(upper - spread);
        v8 density = _ZGVeN8v_exp(SET(-0.5) * upper * upper) * SET(0.39894228040143267794);
        STORE(f + i, s * one - k * discount * two);
        STORE(d_spot + i, one), STORE(d_strike + i, -discount * two);
        STORE(d_volatility + i, s * density * root), STORE(d_rate + i, k * t * discount * two);
        STORE(d_maturity + i, s * density * v * SET(0.5) / root + r * k * discount * two);
    }
}

/* Copying past the caches: what the machine's memory gives. */
void copy(long first, long last, const double *from, double *to) {
    for (long i = first; i < last; i += 8) _mm512_stream_pd(to + i, _mm512_loadu_pd(from + i));
    _mm_sfence();
}
