"""Value and gradient of one row, written by hand in Numba as a careful user would, and the same from compiled functions.

Each is `call(leaves, row, outs)`, and writes what it finds: no `fastmath`, since the results are to be those of the formulas.
"""

import math
from typing import Any

import numpy as np
from numba import njit

HALF_ROOT, DENSITY = math.sqrt(0.5), 1.0 / math.sqrt(2.0 * math.pi)


@njit(error_model="numpy")
def xyz(leaves, row, outs):
    """`(x + y) * z`."""
    x, y, z = leaves[0][row], leaves[1][row], leaves[2][row]
    outs[0][()], outs[1][()], outs[2][()], outs[3][()] = (x + y) * z, z, z, x + y


@njit(error_model="numpy")
def rosenbrock(leaves, row, outs):
    """One loop; an element's gradient is that of the term before and of its own."""
    x, slope = leaves[0][row], outs[1]
    total, before = 0.0, 0.0
    for k in range(9):
        rise, rest = x[k + 1] - x[k] * x[k], 1.0 - x[k]
        total += 100.0 * rise * rise + rest * rest
        slope[k] = before - 400.0 * rise * x[k] - 2.0 * rest
        before = 200.0 * rise
    slope[9], outs[0][()] = before, total


@njit(error_model="numpy")
def lennard_jones(leaves, row, outs):
    """Pair by pair, equal and opposite forces."""
    place, slope = leaves[0][row], outs[1]
    slope[:] = 0.0
    total = 0.0
    for i in range(13):
        for j in range(i + 1, 13):
            x, y, z = place[i, 0] - place[j, 0], place[i, 1] - place[j, 1], place[i, 2] - place[j, 2]
            near = 1.0 / (x * x + y * y + z * z)
            pull = near * near * near
            total += pull * pull - pull
            force = -24.0 * (2.0 * pull * pull - pull) * near
            slope[i, 0] += force * x
            slope[i, 1] += force * y
            slope[i, 2] += force * z
            slope[j, 0] -= force * x
            slope[j, 1] -= force * y
            slope[j, 2] -= force * z
    outs[0][()] = 4.0 * total


@njit(error_model="numpy")
def black_scholes(leaves, row, outs):
    """The textbook's Greeks."""
    spot, strike, maturity, rate, volatility = leaves[0][row], leaves[1][row], leaves[2][row], leaves[3][row], leaves[4][row]
    root = math.sqrt(maturity)
    spread = volatility * root
    upper = (math.log(spot / strike) + (rate + 0.5 * volatility * volatility) * maturity) / spread
    lower = upper - spread
    above, below = 0.5 * math.erfc(-upper * HALF_ROOT), 0.5 * math.erfc(-lower * HALF_ROOT)
    discount, density = math.exp(-rate * maturity), DENSITY * math.exp(-0.5 * upper * upper)
    paid = strike * discount * below
    outs[0][()], outs[1][()], outs[2][()] = spot * above - paid, above, -discount * below
    outs[3][()], outs[4][()], outs[5][()] = 0.5 * spot * density * volatility / root + rate * paid, maturity * paid, spot * density * root


@njit(error_model="numpy")
def network(leaves, row, outs):
    """Layer by layer forwards, and backwards to the input."""
    x, first, first_bias, second, second_bias, last, last_bias = leaves
    near, far, back = np.empty(32), np.empty(32), np.empty(32)
    total = last_bias[()]
    for i in range(32):
        each = first_bias[i]
        for k in range(16):
            each += first[i, k] * x[row, k]
        near[i] = math.tanh(each)
        back[i] = 0.0
    for i in range(32):
        each = second_bias[i]
        for k in range(32):
            each += second[i, k] * near[k]
        far[i] = math.tanh(each)
        total += last[i] * far[i]
    for i in range(32):
        each = last[i] * (1.0 - far[i] * far[i])
        for k in range(32):
            back[k] += each * second[i, k]
    slope = outs[1]
    slope[:] = 0.0
    for i in range(32):
        each = back[i] * (1.0 - near[i] * near[i])
        for k in range(16):
            slope[k] += each * first[i, k]
    outs[0][()] = total


BY_HAND = {
    "xyz": xyz, "rosenbrock_10": rosenbrock, "lennard_jones": lennard_jones, "black_scholes": black_scholes, "network_by_input": network,
}  # fmt: skip
"""By the names of the cases."""


def traced(name: str, f: Any) -> Any:
    """Return the same of a compiled function."""

    def of_three(leaves, row, outs):
        f.value_and_grad(leaves[0][row], leaves[1][row], leaves[2][row], out=(outs[0], (outs[1], outs[2], outs[3])))

    def of_five(leaves, row, outs):
        a, b, c, d, e = leaves
        f.value_and_grad(a[row], b[row], c[row], d[row], e[row], out=(outs[0], (outs[1], outs[2], outs[3], outs[4], outs[5])))

    def of_one(leaves, row, outs):
        f.value_and_grad(leaves[0][row], out=(outs[0], (outs[1],)))

    def of_a_network(leaves, row, outs):
        x, a, b, c, d, e, g = leaves
        f.value_and_grad(x[row], a, b, c, d, e, g, wrt="x", out=(outs[0], outs[1]))

    return njit({"xyz": of_three, "black_scholes": of_five, "network_by_input": of_a_network}.get(name, of_one))
