/*
 * The network: 64 rows at a time, in the layout of rows: a register holds 8 units of one row. Products keep a block of results in
 * registers, so that loads stay behind the multiplications.
 */
#include <string.h>
#include "vectors.h"

#define CHUNK 64
#define IN 16
#define UNITS 32

struct parameters {
    double first[UNITS * IN], second[UNITS * UNITS], first_turned[IN * UNITS], second_turned[UNITS * UNITS];
    const double *first_bias, *second_bias, *last;
    double last_bias;
};

struct layers {
    double x[CHUNK * IN], first[CHUNK * UNITS], second[CHUNK * UNITS], outer[CHUNK * UNITS], slope[CHUNK * UNITS];
    double gradient[CHUNK * IN], value[CHUNK];
} __attribute__((aligned(64)));

/* to[m][n] (+)= sum over k of a[m * row + k * column] b[k][n], `n` numbers a row, in blocks of 16 registers. */
INLINE void product(const double *a, long row, long column, const double *b, double *to, int m, int n, int k, int add, const double *bias) {
    const int wide = n / 8, high = 16 / wide;
    for (int i = 0; i < m; i += high) {
        vec total[16];
        for (int h = 0; h < high; h++)
            for (int w = 0; w < wide; w++)
                total[h * wide + w] = add ? _mm512_loadu_pd(to + (i + h) * n + 8 * w) : bias ? _mm512_loadu_pd(bias + 8 * w) : all(0.0);
        for (int l = 0; l < k; l++) {
            vec line[4];
            for (int w = 0; w < wide; w++) line[w] = _mm512_loadu_pd(b + l * n + 8 * w);
            for (int h = 0; h < high; h++) {
                vec one = all(a[(i + h) * row + l * column]);
                for (int w = 0; w < wide; w++) total[h * wide + w] = _mm512_fmadd_pd(one, line[w], total[h * wide + w]);
            }
        }
        for (int h = 0; h < high; h++)
            for (int w = 0; w < wide; w++) _mm512_storeu_pd(to + (i + h) * n + 8 * w, total[h * wide + w]);
    }
}

static void to_units(const double *x, const double *turned, const double *bias, double *to) {
    product(x, IN, 1, turned, to, CHUNK, UNITS, IN, 0, bias);
}

static void between_units(const double *x, const double *matrix, const double *bias, double *to) {
    product(x, UNITS, 1, matrix, to, CHUNK, UNITS, UNITS, 0, bias);
}

static void to_inputs(const double *slope, const double *matrix, double *to) {
    product(slope, UNITS, 1, matrix, to, CHUNK, IN, UNITS, 0, NULL);
}

static void add_outer(const double *slope, const double *from, double *to) {
    product(slope, 1, UNITS, from, to, UNITS, UNITS, CHUNK, 1, NULL);
}

static void add_outer_input(const double *slope, const double *from, double *to) {
    product(slope, 1, UNITS, from, to, UNITS, IN, CHUNK, 1, NULL);
}

static void tanh_all(double *x) {
    for (int i = 0; i < CHUNK * UNITS; i += 8) _mm512_store_pd(x + i, _ZGVeN8v_tanh(_mm512_load_pd(x + i)));
}

/* From the inputs to the value, and back to the first hidden layer; rows that are not there get slopes of 0. */
static void through(const struct parameters *p, struct layers *l, int count) {
    to_units(l->x, p->first_turned, p->first_bias, l->first);
    tanh_all(l->first);
    between_units(l->first, p->second_turned, p->second_bias, l->second);
    tanh_all(l->second);
    for (int i = 0; i < CHUNK; i++) {
        vec total = all(0.0);
        for (int j = 0; j < UNITS; j += 8) {
            vec hidden = _mm512_load_pd(l->second + i * UNITS + j), last = _mm512_loadu_pd(p->last + j);
            vec slope = last * (all(1.0) - hidden * hidden);
            total += hidden * last;
            _mm512_store_pd(l->outer + i * UNITS + j, _mm512_maskz_mov_pd(i < count ? 0xff : 0, slope));
        }
        l->value[i] = _mm512_reduce_add_pd(total) + p->last_bias;
    }
    between_units(l->outer, p->second, NULL, l->slope);
    for (int i = 0; i < CHUNK * UNITS; i += 8) {
        vec hidden = _mm512_load_pd(l->first + i);
        _mm512_store_pd(l->slope + i, _mm512_load_pd(l->slope + i) * (all(1.0) - hidden * hidden));
    }
}

/* data: x, the parameters, value, then the gradient; or the parameters' gradients and memory for each thread's sums */
static void read_parameters(double **data, struct parameters *p) {
    memcpy(p->first, data[1], sizeof p->first);
    memcpy(p->second, data[3], sizeof p->second);
    for (int i = 0; i < UNITS; i++) {
        for (int j = 0; j < IN; j++) p->first_turned[j * UNITS + i] = p->first[i * IN + j];
        for (int j = 0; j < UNITS; j++) p->second_turned[j * UNITS + i] = p->second[i * UNITS + j];
    }
    p->first_bias = data[2], p->second_bias = data[4], p->last = data[5], p->last_bias = *data[6];
}

static int next_chunk(const struct task *task, struct layers *l, long i, long stop) {
    int count = stop - i < CHUNK ? stop - i : CHUNK;
    if (count < CHUNK) memset(l->x, 0, sizeof l->x);
    memcpy(l->x, task->data[0] + i * IN, count * IN * sizeof(double));
    return count;
}

static void by_input(const struct task *task, long start, long stop) {
    struct parameters p;
    struct layers l;
    read_parameters(task->data, &p);
    for (long i = start; i < stop; i += CHUNK) {
        int count = next_chunk(task, &l, i, stop);
        through(&p, &l, count);
        to_inputs(l.slope, p.first, l.gradient);
        memcpy(task->data[7] + i, l.value, count * sizeof(double));
        memcpy(task->data[8] + i * IN, l.gradient, count * IN * sizeof(double));
    }
}

static const int SIZES[6] = {UNITS * IN, UNITS, UNITS * UNITS, UNITS, UNITS, 1};

/* The parts of a thread's sums, each padded to whole registers; gives how many numbers they are in all. */
static int places(double *sums, double *part[6]) {
    int place = 0;
    for (int k = 0; k < 6; k++) {
        part[k] = sums + place;
        place += (SIZES[k] + 7) / 8 * 8;
    }
    return place;
}

static void by_weights(const struct task *task, long start, long stop) {
    struct parameters p;
    struct layers l;
    double *part[6];
    int total = places(NULL, part);
    double *mine = task->data[14] + task->index * total;
    memset(mine, 0, total * sizeof(double));
    places(mine, part);
    read_parameters(task->data, &p);
    for (long i = start; i < stop; i += CHUNK) {
        int count = next_chunk(task, &l, i, stop);
        through(&p, &l, count);
        memcpy(task->data[7] + i, l.value, count * sizeof(double));
        add_outer_input(l.slope, l.x, part[0]);
        add_outer(l.outer, l.first, part[2]);
        for (int row = 0; row < count; row++)
            for (int j = 0; j < UNITS; j++) {
                part[1][j] += l.slope[row * UNITS + j];
                part[3][j] += l.outer[row * UNITS + j];
                part[4][j] += l.second[row * UNITS + j];
            }
        *part[5] += count;
    }
}

void run_network_by_input(double **data, long count, int threads) { in_threads(by_input, data, count, threads); }

void run_network_by_weights(double **data, long count, int threads) {
    in_threads(by_weights, data, count, threads);
    for (int k = 0; k < 6; k++) memset(data[8 + k], 0, SIZES[k] * sizeof(double));
    for (int t = 0; t < threads; t++) {
        double *part[6];
        int total = places(NULL, part);
        places(data[14] + t * total, part);
        for (int k = 0; k < 6; k++)
            for (int j = 0; j < SIZES[k]; j++) data[8 + k][j] += part[k][j];
    }
}
