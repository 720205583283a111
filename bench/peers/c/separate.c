/* The cases whose inputs are one number each. */
#include "vectors.h"

/* data: x, y, z, value, and the gradients by x, y, z */
static void xyz(const struct task *task, long start, long stop) {
    double **data = task->data;
    for (long i = start; i < stop; i += 8) {
        mask rows = rows_left(stop - i);
        vec total = load(data[0] + i, rows) + load(data[1] + i, rows), z = load(data[2] + i, rows);
        store(data[3] + i, rows, total * z);
        store(data[4] + i, rows, z);
        store(data[5] + i, rows, z);
        store(data[6] + i, rows, total);
    }
    _mm_sfence();
}

/* data: spot, strike, maturity, rate, volatility, value, and the gradients in the same order */
static void black_scholes(const struct task *task, long start, long stop) {
    double **data = task->data;
    const vec half = all(0.5), inverse_root_two = all(0.70710678118654752440), density_factor = all(0.39894228040143267794);
    for (long i = start; i < stop; i += 8) {
        mask rows = rows_left(stop - i);
        vec spot = load(data[0] + i, rows), strike = load(data[1] + i, rows), maturity = load(data[2] + i, rows);
        vec rate = load(data[3] + i, rows), volatility = load(data[4] + i, rows);
        vec root = _mm512_sqrt_pd(maturity), spread = volatility * root;
        vec upper = (_ZGVeN8v_log(spot / strike) + (rate + half * volatility * volatility) * maturity) / spread;
        vec above = half * _ZGVeN8v_erfc(-upper * inverse_root_two);
        vec below = half * _ZGVeN8v_erfc((spread - upper) * inverse_root_two) * exponential(-rate * maturity);
        vec density = spot * density_factor * exponential(-half * upper * upper), owed = strike * below;
        store(data[5] + i, rows, spot * above - owed);
        store(data[6] + i, rows, above);
        store(data[7] + i, rows, -below);
        store(data[8] + i, rows, half * density * volatility / root + rate * owed);
        store(data[9] + i, rows, maturity * owed);
        store(data[10] + i, rows, density * root);
    }
    _mm_sfence();
}

void run_xyz(double **data, long count, int threads) { in_threads(xyz, data, count, threads); }
void run_black_scholes(double **data, long count, int threads) { in_threads(black_scholes, data, count, threads); }
