/*
 * Rosenbrock's function. In rows, 8 rows of d numbers are d whole registers: the numbers of a row are neighbours, so nothing need be
 * transposed but the sums; masks tell where in a register a row ends.
 */
#include "vectors.h"

#define LONGEST 100

/* Where register j of 8 rows holds no last number of a row. */
INLINE void inner_masks(mask *inner, int d) {
    for (int j = 0; j < d; j++) {
        inner[j] = 0;
        for (int k = 0; k < 8; k++) inner[j] |= (mask)(((8 * j + k) % d != d - 1) << k);
    }
}

INLINE vec row_sums(const double *terms, int d) {
    vec total[8];
    for (int row = 0; row < 8; row++) {
        total[row] = load(terms + row * d, rows_left(d));
        for (int j = 8; j < d; j += 8) total[row] += load(terms + row * d + j, rows_left(d - j));
    }
    return sums(total);
}

INLINE void eight_rows(const double *x, double *value, double *gradient, const mask *inner, int d) {
    double terms[8 * LONGEST] __attribute__((aligned(64)));
    vec before = all(0.0);
    for (int j = 0; j < d; j++) {
        vec here = _mm512_loadu_pd(x + 8 * j), following = load(x + 8 * j + 1, j == d - 1 ? 0x7f : 0xff);
        vec miss = _mm512_maskz_sub_pd(inner[j], following, here * here), rest = _mm512_maskz_sub_pd(inner[j], all(1.0), here);
        vec slope = all(200.0) * miss;
        _mm512_store_pd(terms + 8 * j, all(100.0) * miss * miss + rest * rest);
        __m512i shifted = _mm512_alignr_epi64(_mm512_castpd_si512(slope), _mm512_castpd_si512(before), 7);
        _mm512_stream_pd(gradient + 8 * j, _mm512_castsi512_pd(shifted) - all(2.0) * (here * slope + rest));
        before = slope;
    }
    _mm512_stream_pd(value, row_sums(terms, d));
}

INLINE void one_row(const double *x, double *value, double *gradient, int d) {
    *value = gradient[0] = 0.0;
    for (int j = 0; j < d - 1; j++) {
        double miss = x[j + 1] - x[j] * x[j], rest = 1.0 - x[j];
        *value += 100.0 * miss * miss + rest * rest;
        gradient[j] -= 2.0 * (x[j] * 200.0 * miss + rest);
        gradient[j + 1] = 200.0 * miss;
    }
}

/* data: x, value, gradient */
INLINE void by_rows(const struct task *task, long start, long stop, int d) {
    mask inner[LONGEST];
    inner_masks(inner, d);
    double *x = task->data[0], *value = task->data[1], *gradient = task->data[2];
    long i = start;
    for (; i + 8 <= stop; i += 8) eight_rows(x + i * d, value + i, gradient + i * d, inner, d);
    for (; i < stop; i++) one_row(x + i * d, value + i, gradient + i * d, d);
    _mm_sfence();
}

/* data: the same, but the columns follow one another, each padded to whole registers */
INLINE void by_columns(const struct task *task, long start, long stop, int d) {
    long step = (task->count + 7) / 8 * 8;
    for (long i = start; i < stop; i += 8) {
        mask rows = rows_left(stop - i);
        const double *x = task->data[0] + i;
        double *gradient = task->data[2] + i;
        vec here = load(x, rows), before = all(0.0), total = all(0.0);
        for (int j = 0; j < d - 1; j++) {
            vec following = load(x + (j + 1) * step, rows), miss = following - here * here, rest = all(1.0) - here;
            vec slope = all(200.0) * miss;
            total += all(100.0) * miss * miss + rest * rest;
            store(gradient + j * step, rows, before - all(2.0) * (here * slope + rest));
            here = following;
            before = slope;
        }
        store(gradient + (d - 1) * step, rows, before);
        store(task->data[1] + i, rows, total);
    }
    _mm_sfence();
}

static void rows_10(const struct task *task, long start, long stop) { by_rows(task, start, stop, 10); }
static void rows_100(const struct task *task, long start, long stop) { by_rows(task, start, stop, 100); }
static void columns_10(const struct task *task, long start, long stop) { by_columns(task, start, stop, 10); }
static void columns_100(const struct task *task, long start, long stop) { by_columns(task, start, stop, 100); }

void run_rosenbrock_10(double **data, long count, int threads) { in_threads(rows_10, data, count, threads); }
void run_rosenbrock_100(double **data, long count, int threads) { in_threads(rows_100, data, count, threads); }
void run_rosenbrock_10_columns(double **data, long count, int threads) { in_threads(columns_10, data, count, threads); }
void run_rosenbrock_100_columns(double **data, long count, int threads) { in_threads(columns_100, data, count, threads); }
