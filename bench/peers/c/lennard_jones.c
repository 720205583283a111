/* The energy of 13 atoms, 39 coordinates a row; and minus the forces. */
#include "vectors.h"

#define WIDTH 39

static vec eight_clusters(const vec *x, vec *slope) {
    vec energy = all(0.0);
    for (int j = 0; j < WIDTH; j++) slope[j] = all(0.0);
    for (int a = 0; a < WIDTH - 3; a += 3) {
        vec here[3] = {x[a], x[a + 1], x[a + 2]}, pull[3] = {slope[a], slope[a + 1], slope[a + 2]};
        for (int b = a + 3; b < WIDTH; b += 3) {
            vec along = here[0] - x[b], across = here[1] - x[b + 1], up = here[2] - x[b + 2];
            vec inverse = reciprocal(along * along + across * across + up * up), attraction = inverse * inverse * inverse;
            vec strength = inverse * (attraction - all(2.0) * attraction * attraction);
            energy += attraction * attraction - attraction;
            pull[0] += strength * along;
            pull[1] += strength * across;
            pull[2] += strength * up;
            slope[b] -= strength * along;
            slope[b + 1] -= strength * across;
            slope[b + 2] -= strength * up;
        }
        for (int k = 0; k < 3; k++) slope[a + k] = pull[k];
    }
    for (int j = 0; j < WIDTH; j++) slope[j] *= all(24.0);
    return all(4.0) * energy;
}

/* data: positions, value, gradient */
static void by_rows(const struct task *task, long start, long stop) {
    vec x[WIDTH], slope[WIDTH];
    for (long i = start; i < stop; i += 8) {
        const double *from = task->data[0] + i * WIDTH;
        double *to = task->data[2] + i * WIDTH;
        int count = stop - i < 8 ? stop - i : 8;
        if (count == 8) read_rows(from, 8, WIDTH, x);
        else read_rows(from, count, WIDTH, x);
        store(task->data[1] + i, rows_left(count), eight_clusters(x, slope));
        if (count == 8) write_rows(to, 8, WIDTH, slope);
        else write_rows(to, count, WIDTH, slope);
    }
    _mm_sfence();
}

static void by_columns(const struct task *task, long start, long stop) {
    long step = (task->count + 7) / 8 * 8;
    vec x[WIDTH], slope[WIDTH];
    for (long i = start; i < stop; i += 8) {
        mask rows = rows_left(stop - i);
        for (int j = 0; j < WIDTH; j++) x[j] = _mm512_mask_loadu_pd(all(j), rows, task->data[0] + j * step + i);
        store(task->data[1] + i, rows, eight_clusters(x, slope));
        for (int j = 0; j < WIDTH; j++) store(task->data[2] + j * step + i, rows, slope[j]);
    }
    _mm_sfence();
}

void run_lennard_jones(double **data, long count, int threads) { in_threads(by_rows, data, count, threads); }
void run_lennard_jones_columns(double **data, long count, int threads) { in_threads(by_columns, data, count, threads); }
