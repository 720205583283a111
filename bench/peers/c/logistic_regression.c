/*
 * Logistic regression of 64 features: 8 rows at a time. A row is 8 registers, read once from memory for the scores and once more from the
 * cache for the sums of the gradient.
 */
#include <string.h>
#include "vectors.h"

#define FEATURES 64
#define PARTS (FEATURES / 8)
#define SUMS (FEATURES + 8)

INLINE vec scores(const double *const row[8], const vec *slopes) {
    vec total[8];
    for (int i = 0; i < 8; i++) {
        total[i] = _mm512_loadu_pd(row[i]) * slopes[0];
        for (int j = 1; j < PARTS; j++) total[i] += _mm512_loadu_pd(row[i] + 8 * j) * slopes[j];
    }
    return sums(total);
}

/* Cross-entropy, and its gradient by the score: exp of minus the distance from 0 cannot overflow. */
INLINE vec cross_entropy(vec score, vec label, vec *slope) {
    vec small = exponential(-_mm512_abs_pd(score)), share = all(1.0) / (all(1.0) + small);
    mask negative = _mm512_cmp_pd_mask(score, all(0.0), _CMP_LT_OQ);
    *slope = _mm512_mask_mul_pd(share, negative, share, small) - label;
    return _mm512_max_pd(score, all(0.0)) + _ZGVeN8v_log1p(small) - label * score;
}

/* data: features, labels, slopes, bias, value, the gradients by slopes and bias, memory for each thread's sums */
static void by_rows(const struct task *task, long start, long stop) {
    vec slopes[PARTS], sum[PARTS], bias = all(*task->data[3]), bias_sum = all(0.0);
    for (int j = 0; j < PARTS; j++) slopes[j] = _mm512_loadu_pd(task->data[2] + 8 * j), sum[j] = all(0.0);
    for (long i = start; i < stop; i += 8) {
        mask rows = rows_left(stop - i);
        const double *row[8];
        for (int k = 0; k < 8; k++) row[k] = task->data[0] + (i + k < stop ? i + k : i) * FEATURES;
        vec slope, label = load(task->data[1] + i, rows);
        store(task->data[4] + i, rows, cross_entropy(scores(row, slopes) + bias, label, &slope));
        slope = _mm512_maskz_mov_pd(rows, slope);
        bias_sum += slope;
        double each[8];
        _mm512_storeu_pd(each, slope);
        for (int k = 0; k < 8; k++)
            for (int j = 0; j < PARTS; j++) sum[j] += all(each[k]) * _mm512_loadu_pd(row[k] + 8 * j);
    }
    double *mine = task->data[7] + task->index * SUMS;
    for (int j = 0; j < PARTS; j++) _mm512_store_pd(mine + 8 * j, sum[j]);
    mine[FEATURES] = _mm512_reduce_add_pd(bias_sum);
    _mm_sfence();
}

void run_logistic_regression(double **data, long count, int threads) {
    in_threads(by_rows, data, count, threads);
    memset(data[5], 0, FEATURES * sizeof(double));
    *data[6] = 0.0;
    for (int t = 0; t < threads; t++) {
        for (int j = 0; j < FEATURES; j++) data[5][j] += data[7][t * SUMS + j];
        *data[6] += data[7][t * SUMS + FEATURES];
    }
}
