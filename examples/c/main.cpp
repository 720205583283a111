// The same from C++: batches are vectors, a single row needs no arrays.
#include "price.h"

#include <cstdio>
#include <vector>

int main() {
    const std::vector<double> spot{90.0, 100.0, 110.0}, strike(3, 100.0), maturity{1.0, 0.5, 2.0}, rate(3, 0.03), volatility{0.2, 0.2, 0.35};
    std::vector<double> value(3);
    if (price_value(spot.data(), strike.data(), maturity.data(), rate.data(), volatility.data(), value.data(), 3) != 0) return 1;
    for (int row = 0; row < 3; row++) {
        double single;
        if (price_value_row(&spot[row], &strike[row], &maturity[row], &rate[row], &volatility[row], &single) != 0) return 1;
        std::printf("%.17g %d\n", value[row], single == value[row]);
    }
}
