/*
 * The energy of a pendulum after 200 steps of the classical Runge-Kutta method. Forwards the state before each step is kept; backwards
 * the stages of a step are computed anew. 4 registers of rows take each step in turns, so that one need not wait for another's sine.
 */
#include "angles.h"

#define STEPS 200
#define STEP 0.02
#define REGISTERS 4

/* How far a stage goes along the rates of the stage before, and how much its own rates count; no stage follows the fourth. */
static const double REACH[5] = {0.0, STEP / 2, STEP / 2, STEP, 0.0}, WEIGHT[4] = {STEP / 6, STEP / 3, STEP / 3, STEP / 6};

struct state { vec angle, speed; };
struct constants { vec damping, stiffness; };
struct gradient { vec angle, speed, damping, stiffness; };

INLINE struct state stage_after(struct state start, struct state stage, vec acceleration, double reach) {
    return (struct state){start.angle + all(reach) * stage.speed, start.speed + all(reach) * acceleration};
}

INLINE struct state step(struct state start, struct constants c) {
    struct state stage = start, end = start;
    vec acceleration = all(0.0);
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
        if (k) stage = stage_after(start, stage, acceleration, REACH[k]);
        acceleration = -c.stiffness * sine(stage.angle) - c.damping * stage.speed;
        end.angle += all(WEIGHT[k]) * stage.speed;
        end.speed += all(WEIGHT[k]) * acceleration;
    }
    return end;
}

INLINE struct gradient step_back(struct state start, struct constants c, struct gradient end) {
    vec sines[4], cosines[4], speeds[4], acceleration = all(0.0), by_angle = all(0.0), by_speed = all(0.0);
    struct state stage = start;
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
        if (k) stage = stage_after(start, stage, acceleration, REACH[k]);
        sine_and_cosine(stage.angle, &sines[k], &cosines[k]);
        speeds[k] = stage.speed;
        acceleration = -c.stiffness * sines[k] - c.damping * stage.speed;
    }
    struct gradient total = end;
#pragma GCC unroll 4
    for (int k = 3; k >= 0; k--) {
        vec by_acceleration = all(WEIGHT[k]) * end.speed + all(REACH[k + 1]) * by_speed;
        by_speed = all(WEIGHT[k]) * end.angle + all(REACH[k + 1]) * by_angle - c.damping * by_acceleration;
        by_angle = -c.stiffness * cosines[k] * by_acceleration;
        total.angle += by_angle;
        total.speed += by_speed;
        total.damping -= by_acceleration * speeds[k];
        total.stiffness -= by_acceleration * sines[k];
    }
    return total;
}

/* data: angle, speed, damping, stiffness, value, and the gradients in the same order */
static void by_rows(const struct task *task, long start, long stop) {
    double **data = task->data;
    struct state states[STEPS + 1][REGISTERS];
    for (long i = start; i < stop; i += 8 * REGISTERS) {
        struct constants constants[REGISTERS];
        struct gradient gradient[REGISTERS];
        int registers = stop - i < 8 * REGISTERS ? (stop - i + 7) / 8 : REGISTERS;
        for (int r = 0; r < registers; r++) {
            long at = i + 8 * r;
            mask rows = rows_left(stop - at);
            states[0][r] = (struct state){load(data[0] + at, rows), load(data[1] + at, rows)};
            constants[r] = (struct constants){load(data[2] + at, rows), load(data[3] + at, rows)};
        }
        for (int t = 0; t < STEPS; t++)
            for (int r = 0; r < registers; r++) states[t + 1][r] = step(states[t][r], constants[r]);
        for (int r = 0; r < registers; r++) {
            vec sine, cosine, speed = states[STEPS][r].speed, stiffness = constants[r].stiffness;
            sine_and_cosine(states[STEPS][r].angle, &sine, &cosine);
            vec height = all(1.0) - cosine;
            store(data[4] + i + 8 * r, rows_left(stop - i - 8 * r), all(0.5) * speed * speed + stiffness * height);
            gradient[r] = (struct gradient){stiffness * sine, speed, all(0.0), height};
        }
        for (int t = STEPS - 1; t >= 0; t--)
            for (int r = 0; r < registers; r++) gradient[r] = step_back(states[t][r], constants[r], gradient[r]);
        for (int r = 0; r < registers; r++) {
            const vec parts[4] = {gradient[r].angle, gradient[r].speed, gradient[r].damping, gradient[r].stiffness};
            for (int k = 0; k < 4; k++) store(data[5 + k] + i + 8 * r, rows_left(stop - i - 8 * r), parts[k]);
        }
    }
    _mm_sfence();
}

void run_pendulum(double **data, long count, int threads) { in_threads(by_rows, data, count, threads); }
