/* The orbit of a star in a galaxy whose potential is written in Python: the force is minus its gradient.
 *
 *     python examples/c/export.py build
 *     gcc -std=c99 -O2 -ffp-contract=off -Ibuild examples/orbit.c build/potential.c -lm -o orbit && ./orbit > orbit.txt
 *
 * Leapfrog steps (kick, drift, kick) keep the energy to within a part that does not grow. Every thousandth position goes to stdout, how
 * well the energy was kept to stderr.
 */
#include "potential.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double energy(const double *velocity, double value) {
    return value + 0.5 * (velocity[0] * velocity[0] + velocity[1] * velocity[1] + velocity[2] * velocity[2]);
}

int main(int count, char **words) {
    const long steps = count > 1 ? strtol(words[1], NULL, 10) : 100000;
    const double step = 0.005;
    double position[3] = {1.0, 0.0, 0.1}, velocity[3] = {0.1, 1.1, 0.3}, value, slope[3];

    if (potential_value_and_grad_row(position, &value, slope) != 0) return 1;
    const double begun = energy(velocity, value);
    double worst = 0.0;
    for (long number = 1; number <= steps; number++) {
        for (int k = 0; k < 3; k++) velocity[k] -= 0.5 * step * slope[k];
        for (int k = 0; k < 3; k++) position[k] += step * velocity[k];
        potential_value_and_grad_row(position, &value, slope);
        for (int k = 0; k < 3; k++) velocity[k] -= 0.5 * step * slope[k];
        worst = fmax(worst, fabs(energy(velocity, value) - begun));
        if (number % 1000 == 0) printf("%.17g %.17g %.17g\n", position[0], position[1], position[2]);
    }
    fprintf(stderr, "%ld steps; the energy changed by at most %.2g of %.6g\n", steps, worst, begun);
    return worst < 1e-3 ? 0 : 1;
}
