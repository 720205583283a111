"""Elementary functions without branches or calls, for LLVM to compute in registers of rows: libm's take one number at a time."""

import math

import numpy as np
from numba import njit

# No reassociation, which would take the two parts of ln 2 and of pi together.
EXACT = {"error_model": "numpy", "fastmath": {"contract"}}
EXPONENTIALS = tuple(1.0 / math.factorial(i) for i in range(13))
SINES = tuple((-1.0) ** i / math.factorial(2 * i + 1) for i in range(11))
SHORT_SINES = SINES[:8]
COSINES = tuple((-1.0) ** i / math.factorial(2 * i) for i in range(9))
LOG_TWO, LOG_TWO_REST = float.fromhex("0x1.62e42fefa39efp-1"), float.fromhex("0x1.abc9e3b39803fp-56")
PI_REST = float.fromhex("0x1.1a62633145c07p-53")


@njit(**EXACT)
def polynomial(coefficients, x):
    """Sum of `coefficients[i] * x**i`."""
    total = 0.0
    for i in range(len(coefficients) - 1, -1, -1):
        total = total * x + coefficients[i]
    return total


@njit(**EXACT)
def exponential(x):
    """`exp(x)` for `x` up to 700: `x = k ln 2 + r`, the series of `r`, and `k` into the exponent."""
    x = max(x, -700.0)
    k = math.floor(x * (1.0 / LOG_TWO) + 0.5)
    r = x - k * LOG_TWO - k * LOG_TWO_REST
    power = np.int64((np.int64(k) + 1023) << 52).view(np.float64)
    return power * polynomial(EXPONENTIALS, r)


@njit(**EXACT)
def without_half_turns(x, turns):
    """`x` less `turns` times pi, which is in two parts."""
    return x - turns * math.pi - turns * PI_REST


@njit(**EXACT)
def sign_of(count):
    """1 for an even count, -1 for an odd one."""
    return 1.0 - 2.0 * (count - 2.0 * math.floor(0.5 * count))


@njit(**EXACT)
def sine(x):
    """`sin(x)` for angles of up to some millions."""
    turns = math.floor(x * (1.0 / math.pi) + 0.5)
    r = without_half_turns(x, turns)
    return sign_of(turns) * r * polynomial(SINES, r * r)


@njit(**EXACT)
def sine_and_cosine(x):
    """Both from series for an eighth of a turn, which change places after an odd number of quarter turns."""
    quarters = math.floor(x * (2.0 / math.pi) + 0.5)
    r = without_half_turns(x, 0.5 * quarters)
    first, second = r * polynomial(SHORT_SINES, r * r), polynomial(COSINES, r * r)
    half = math.floor(0.5 * quarters)
    odd = quarters != 2.0 * half
    sine = second if odd else first
    cosine = first if odd else second
    return sign_of(half) * sine, sign_of(math.floor(0.5 * (quarters + 1.0))) * cosine
