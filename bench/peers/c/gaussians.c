/* A sum of 8 Gaussians in three dimensions. */
#include "vectors.h"

/* Registers that hold 8 points one after the other, into one register a coordinate, and back. */
INLINE void split(const vec in[3], vec out[3]) {
    for (int k = 0; k < 3; k++) {
        long long first[8], second[8];
        for (int row = 0; row < 8; row++) {
            int place = 3 * row + k;
            first[row] = place < 16 ? place : 0;
            second[row] = place < 16 ? row : 8 + place - 16;
        }
        vec both = _mm512_permutex2var_pd(in[0], _mm512_loadu_si512(first), in[1]);
        out[k] = _mm512_permutex2var_pd(both, _mm512_loadu_si512(second), in[2]);
    }
}

INLINE void join(const vec in[3], vec out[3]) {
    for (int part = 0; part < 3; part++) {
        long long first[8], second[8];
        for (int e = 0; e < 8; e++) {
            int row = (8 * part + e) / 3, k = (8 * part + e) % 3;
            first[e] = k == 2 ? 0 : 8 * k + row;
            second[e] = k == 2 ? 8 + row : e;
        }
        vec both = _mm512_permutex2var_pd(in[0], _mm512_loadu_si512(first), in[1]);
        out[part] = _mm512_permutex2var_pd(both, _mm512_loadu_si512(second), in[2]);
    }
}

/* data: x, value, gradient, centres, inverse squares of the widths */
INLINE vec eight_points(const struct task *task, const vec x[3], vec slope[3]) {
    vec total = slope[0] = slope[1] = slope[2] = all(0.0);
    for (int g = 0; g < 8; g++) {
        const double *centre = task->data[3] + 3 * g;
        vec inverse = all(task->data[4][g]);
        vec along = x[0] - all(centre[0]), across = x[1] - all(centre[1]), up = x[2] - all(centre[2]);
        vec height = exponential(all(-0.5) * inverse * (along * along + across * across + up * up));
        total += height;
        height *= inverse;
        slope[0] -= height * along;
        slope[1] -= height * across;
        slope[2] -= height * up;
    }
    return total;
}

static void by_rows(const struct task *task, long start, long stop) {
    for (long i = start; i < stop; i += 8) {
        mask rows = rows_left(stop - i);
        vec packed[3], x[3], slope[3];
        for (int k = 0; k < 3; k++) {
            long left = 3 * (stop - i) - 8 * k;
            packed[k] = load(task->data[0] + 3 * i + 8 * k, left <= 0 ? 0 : rows_left(left));
        }
        split(packed, x);
        store(task->data[1] + i, rows, eight_points(task, x, slope));
        join(slope, packed);
        for (int k = 0; k < 3; k++) {
            long left = 3 * (stop - i) - 8 * k;
            store(task->data[2] + 3 * i + 8 * k, left <= 0 ? 0 : rows_left(left), packed[k]);
        }
    }
    _mm_sfence();
}

static void by_columns(const struct task *task, long start, long stop) {
    long step = (task->count + 7) / 8 * 8;
    for (long i = start; i < stop; i += 8) {
        mask rows = rows_left(stop - i);
        vec x[3], slope[3];
        for (int k = 0; k < 3; k++) x[k] = load(task->data[0] + k * step + i, rows);
        store(task->data[1] + i, rows, eight_points(task, x, slope));
        for (int k = 0; k < 3; k++) store(task->data[2] + k * step + i, rows, slope[k]);
    }
    _mm_sfence();
}

void run_gaussians(double **data, long count, int threads) { in_threads(by_rows, data, count, threads); }
void run_gaussians_columns(double **data, long count, int threads) { in_threads(by_columns, data, count, threads); }
