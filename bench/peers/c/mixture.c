/*
 * A mixture of Gaussians, 64 points at a time. Summed over points, the gradient by a component needs no more than its mass, mean and
 * scatter: what the points' shares of the component weigh, and the sums of (x - mean) and of (x - mean)(x - mean)^T in these weights.
 */
#include <math.h>
#include <string.h>
#include "vectors.h"

#define DIMENSIONS 10
#define FACTORS 55
#define COMPONENTS 25
#define POINTS 10000
#define REGISTERS 8

/* Where element (i, j) of a lower triangle stands, row by row; and in the arguments: the diagonal, then column by column below it. */
INLINE int place(int i, int j) { return i * (i + 1) / 2 + j; }
INLINE int given_place(int i, int j) { return i == j ? i : DIMENSIONS + j * (DIMENSIONS - 1) - j * (j - 1) / 2 + i - j - 1; }

struct component { double mean[DIMENSIONS], factor[FACTORS], density, share; };
struct mixture { struct component component[COMPONENTS]; double constant; };
struct statistics { vec mass, mean[DIMENSIONS], scatter[FACTORS]; };
typedef vec columns[DIMENSIONS][REGISTERS];

/* data: points, heights, means, factors, value, the three gradients, the constant, memory for each thread's statistics */
static void read_mixture(double **data, struct mixture *m) {
    double highest = data[1][0], total = 0.0, squares = 0.0;
    for (int k = 0; k < COMPONENTS; k++) {
        struct component *c = &m->component[k];
        const double *given = data[3] + k * FACTORS;
        memcpy(c->mean, data[2] + k * DIMENSIONS, sizeof c->mean);
        c->density = data[1][k];
        for (int i = 0; i < DIMENSIONS; i++) {
            c->density += given[i];
            for (int j = 0; j <= i; j++) {
                double factor = i == j ? exp(given[i]) : given[given_place(i, j)];
                c->factor[place(i, j)] = factor;
                squares += factor * factor;
            }
        }
        highest = fmax(highest, data[1][k]);
    }
    for (int k = 0; k < COMPONENTS; k++) total += m->component[k].share = exp(data[1][k] - highest);
    for (int k = 0; k < COMPONENTS; k++) m->component[k].share /= total;
    m->constant = *data[8] + 0.5 * squares / POINTS - highest - log(total);
}

/* Two registers of points for each number of the factor that is loaded. */
static void log_densities(const struct component *c, columns x, vec *density) {
    for (int r = 0; r < REGISTERS; r += 2) {
        vec away[2][DIMENSIONS], distance[2] = {all(0.0), all(0.0)};
        for (int i = 0; i < DIMENSIONS; i++)
            for (int h = 0; h < 2; h++) away[h][i] = x[i][r + h] - all(c->mean[i]);
#pragma GCC unroll 10
        for (int i = 0; i < DIMENSIONS; i++) {
            vec along[2] = {all(0.0), all(0.0)};
#pragma GCC unroll 10
            for (int j = 0; j < DIMENSIONS; j++)
                for (int h = 0; h < 2 && j <= i; h++) along[h] += all(c->factor[place(i, j)]) * away[h][j];
            for (int h = 0; h < 2; h++) distance[h] += along[h] * along[h];
        }
        for (int h = 0; h < 2; h++) density[r + h] = all(c->density) - all(0.5) * distance[h];
    }
}

/* From log densities to the value, and to each component's share of a point: 0 of a point that is not there. */
static void shares(vec density[COMPONENTS][REGISTERS], double constant, double *value, long count) {
    for (int r = 0; r < REGISTERS; r++) {
        vec highest = density[0][r], total = all(0.0);
        for (int k = 1; k < COMPONENTS; k++) highest = _mm512_max_pd(highest, density[k][r]);
        for (int k = 0; k < COMPONENTS; k++) total += density[k][r] = exponential(density[k][r] - highest);
        mask rows = 8 * r < count ? rows_left(count - 8 * r) : 0;
        store(value + 8 * r, rows, highest + _ZGVeN8v_log(total) + all(constant));
        vec inverse = _mm512_maskz_div_pd(rows, all(1.0), total);
        for (int k = 0; k < COMPONENTS; k++) density[k][r] *= inverse;
    }
}

/* Two rows of the scatter's triangle at a time, their sums in registers. */
static void gather(const struct component *c, columns x, const vec *share, struct statistics *s) {
    columns away;
    for (int i = 0; i < DIMENSIONS; i++)
        for (int r = 0; r < REGISTERS; r++) away[i][r] = x[i][r] - all(c->mean[i]);
    for (int r = 0; r < REGISTERS; r++) s->mass += share[r];
#pragma GCC unroll 5
    for (int i = 0; i < DIMENSIONS; i += 2) {
        vec mean[2] = {all(0.0), all(0.0)}, scatter[2][DIMENSIONS];
        for (int j = 0; j < DIMENSIONS; j++) scatter[0][j] = scatter[1][j] = all(0.0);
#pragma GCC unroll 1
        for (int r = 0; r < REGISTERS; r++) {
            vec weighted[2] = {share[r] * away[i][r], share[r] * away[i + 1][r]};
            for (int h = 0; h < 2; h++) mean[h] += weighted[h];
#pragma GCC unroll 10
            for (int j = 0; j < DIMENSIONS; j++)
                for (int h = 0; h < 2 && j <= i + 1; h++) scatter[h][j] += weighted[h] * away[j][r];
        }
        for (int h = 0; h < 2; h++) {
            s->mean[i + h] += mean[h];
#pragma GCC unroll 10
            for (int j = 0; j < DIMENSIONS; j++)
                if (j <= i + h) s->scatter[place(i + h, j)] += scatter[h][j];
        }
    }
}

static void by_rows(const struct task *task, long start, long stop) {
    struct mixture m;
    struct statistics *mine = (struct statistics *)task->data[9] + task->index * COMPONENTS;
    memset(mine, 0, COMPONENTS * sizeof *mine);
    read_mixture(task->data, &m);
    vec density[COMPONENTS][REGISTERS];
    columns x;
    for (long i = start; i < stop; i += 8 * REGISTERS) {
        long count = stop - i < 8 * REGISTERS ? stop - i : 8 * REGISTERS;
        for (int r = 0; r < REGISTERS; r++) {
            vec points[DIMENSIONS];
            long row = 8 * r < count ? 8 * r : 0;
            read_rows(task->data[0] + (i + row) * DIMENSIONS, count - row < 8 ? count - row : 8, DIMENSIONS, points);
            for (int j = 0; j < DIMENSIONS; j++) x[j][r] = points[j];
        }
        for (int k = 0; k < COMPONENTS; k++) log_densities(&m.component[k], x, density[k]);
        shares(density, m.constant, task->data[4] + i, count);
        for (int k = 0; k < COMPONENTS; k++) gather(&m.component[k], x, density[k], &mine[k]);
    }
    _mm_sfence();
}

/* With the factor Q: by the mean Q^T Q times the weighted mean, by the factor -Q times the scatter; and the prior's share. */
static void finish(const struct component *c, const double *mean, const double *scatter, double mass, double points, double *by_mean, double *by_factor) {
    const double prior = points / POINTS;
    memset(by_mean, 0, DIMENSIONS * sizeof(double));
    for (int i = 0; i < DIMENSIONS; i++) {
        const double *factor = c->factor + place(i, 0);
        double along = 0.0;
        for (int j = 0; j <= i; j++) along += factor[j] * mean[j];
        for (int j = 0; j <= i; j++) {
            by_mean[j] += factor[j] * along;
            double slope = prior * factor[j];
            for (int l = 0; l <= i; l++) slope -= factor[l] * scatter[l < j ? place(j, l) : place(l, j)];
            by_factor[given_place(i, j)] = i == j ? mass + slope * factor[i] : slope;
        }
    }
}

void run_mixture(double **data, long count, int threads) {
    in_threads(by_rows, data, count, threads);
    struct mixture m;
    read_mixture(data, &m);
    for (int k = 0; k < COMPONENTS; k++) {
        double sum[1 + DIMENSIONS + FACTORS];
        for (int j = 0; j < 1 + DIMENSIONS + FACTORS; j++) {
            vec lanes = all(0.0);
            for (int t = 0; t < threads; t++) lanes += ((vec *)(data[9] + (t * COMPONENTS + k) * sizeof(struct statistics) / sizeof(double)))[j];
            sum[j] = _mm512_reduce_add_pd(lanes);
        }
        data[5][k] = sum[0] - count * m.component[k].share;
        finish(&m.component[k], sum + 1, sum + 1 + DIMENSIONS, sum[0], count, data[6] + k * DIMENSIONS, data[7] + k * FACTORS);
    }
}
