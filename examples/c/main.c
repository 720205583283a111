/* Prices of three options with their derivatives, from C: gcc -std=c99 -O2 -ffp-contract=off main.c price.c -lm */
#include "price.h"

#include <stdio.h>

int main(void) {
    const double spot[3] = {90.0, 100.0, 110.0}, strike[3] = {100.0, 100.0, 100.0}, maturity[3] = {1.0, 0.5, 2.0};
    const double rate[3] = {0.03, 0.03, 0.03}, volatility[3] = {0.2, 0.2, 0.35};
    double value[3], delta[3], by_strike[3], by_maturity[3], by_rate[3], vega[3];

    int status = price_value_and_grad(spot, strike, maturity, rate, volatility,
                                      value, delta, by_strike, by_maturity, by_rate, vega, 3);
    if (status != 0) {
        fprintf(stderr, "price_value_and_grad returned %d\n", status);
        return 1;
    }
    for (int row = 0; row < 3; row++) printf("%.17g %.17g %.17g\n", value[row], delta[row], vega[row]);
    return 0;
}
