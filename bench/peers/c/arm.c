/*
 * The squared distance of the tool of an arm of seven joints from a target: inwards joint by joint to the base, then back outwards with
 * what flows back to the tool's place.
 */
#include "angles.h"

#define JOINTS 7
#define TILE 64

static const double LENGTHS[JOINTS] = {0.0, 0.0, 0.0, 0.0825, -0.0825, 0.0, 0.088};
static const double OFFSETS[JOINTS] = {0.333, 0.0, 0.316, 0.0, 0.384, 0.0, 0.0};
static const double TURNS[JOINTS] = {0.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0};

INLINE void quarter_turn(double turn, vec *y, vec *z) {
    vec before = *y;
    if (turn) *y = all(-turn) * *z, *z = all(turn) * before;
}

/* The value; the gradient by an angle is the moment of what flows back about the joint's axis. */
INLINE vec eight_arms(const vec *angles, const vec *target, vec *by_angles, vec *by_target) {
    vec sines[JOINTS], cosines[JOINTS], along[JOINTS], across[JOINTS];
    vec x = all(0.05), y = all(0.03), z = all(0.21);
#pragma GCC unroll 7
    for (int j = JOINTS - 1; j >= 0; j--) {
        sine_and_cosine(angles[j], &sines[j], &cosines[j]);
        along[j] = cosines[j] * x - sines[j] * y;
        across[j] = sines[j] * x + cosines[j] * y;
        x = along[j] + all(LENGTHS[j]);
        y = across[j];
        z += all(OFFSETS[j]);
        quarter_turn(TURNS[j], &y, &z);
    }
    x -= target[0], y -= target[1], z -= target[2];
    vec by_x = all(2.0) * x, by_y = all(2.0) * y, by_z = all(2.0) * z;
    by_target[0] = -by_x, by_target[1] = -by_y, by_target[2] = -by_z;
#pragma GCC unroll 7
    for (int j = 0; j < JOINTS; j++) {
        quarter_turn(-TURNS[j], &by_y, &by_z);
        by_angles[j] = along[j] * by_y - across[j] * by_x;
        vec before = by_x;
        by_x = cosines[j] * before + sines[j] * by_y;
        by_y = cosines[j] * by_y - sines[j] * before;
    }
    return x * x + y * y + z * z;
}

INLINE void write_past_caches(double *to, const double *from, long count) {
    for (long j = 0; j < count; j += 8) store(to + j, rows_left(count - j), _mm512_load_pd(from + j));
}

/* data: angles, target, value, and the gradients by angles and target, which are gathered for a tile, since 8 rows are no whole registers */
static void by_rows(const struct task *task, long start, long stop) {
    double angle_slopes[TILE * JOINTS] __attribute__((aligned(64))), target_slopes[TILE * 3] __attribute__((aligned(64)));
    for (long i = start; i < stop; i += TILE) {
        long tile = stop - i < TILE ? stop - i : TILE;
        for (long row = 0; row < tile; row += 8) {
            int count = tile - row < 8 ? tile - row : 8;
            vec angles[JOINTS], target[3], by_angles[JOINTS], by_target[3];
            read_rows(task->data[0] + (i + row) * JOINTS, count, JOINTS, angles);
            read_rows(task->data[1] + (i + row) * 3, count, 3, target);
            store(task->data[2] + i + row, rows_left(count), eight_arms(angles, target, by_angles, by_target));
            write_rows(angle_slopes + row * JOINTS, 8, JOINTS, by_angles);
            write_rows(target_slopes + row * 3, 8, 3, by_target);
        }
        write_past_caches(task->data[3] + i * JOINTS, angle_slopes, tile * JOINTS);
        write_past_caches(task->data[4] + i * 3, target_slopes, tile * 3);
    }
    _mm_sfence();
}

void run_arm(double **data, long count, int threads) { in_threads(by_rows, data, count, threads); }
