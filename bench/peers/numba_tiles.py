"""The cases written by hand in Numba: each works on columns `start` to `stop` of arrays in which the batch comes last."""

import math

import numpy as np
from numba import njit, prange

from ..models import CENTRES, WIDTHS

BLOCK = 256  # Rows that stay in the first cache between loops.
TILE = 64  # Rows turned into columns at a time.
OPTIONS = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz"}}
INVERSE_SQUARES = WIDTHS**-2.0
INVERSE_ROOT_TWO, INVERSE_ROOT_TWO_PI = 1.0 / math.sqrt(2.0), 1.0 / math.sqrt(2.0 * math.pi)


@njit(parallel=True, **OPTIONS)
def xyz(x, y, z, value, x_gradient, y_gradient, z_gradient):
    """`(x + y) * z`."""
    for i in prange(len(x)):
        total = x[i] + y[i]
        value[i] = total * z[i]
        x_gradient[i] = z[i]
        y_gradient[i] = z[i]
        z_gradient[i] = total


@njit(parallel=True, **OPTIONS)
def black_scholes(spot, strike, maturity, rate, volatility, value, by_spot, by_strike, by_maturity, by_rate, by_volatility):
    """Price and its sensitivities, which share nearly everything."""
    for i in prange(len(spot)):
        root = math.sqrt(maturity[i])
        spread = volatility[i] * root
        upper = (math.log(spot[i] / strike[i]) + (rate[i] + 0.5 * volatility[i] * volatility[i]) * maturity[i]) / spread
        above = 0.5 * math.erfc(-upper * INVERSE_ROOT_TWO)
        discount = math.exp(-rate[i] * maturity[i])
        below = 0.5 * math.erfc((spread - upper) * INVERSE_ROOT_TWO) * discount
        density = spot[i] * INVERSE_ROOT_TWO_PI * math.exp(-0.5 * upper * upper)
        value[i] = spot[i] * above - strike[i] * below
        by_spot[i] = above
        by_strike[i] = -below
        by_maturity[i] = 0.5 * density * volatility[i] / root + rate[i] * strike[i] * below
        by_rate[i] = strike[i] * maturity[i] * below
        by_volatility[i] = density * root


@njit(parallel=True, **OPTIONS)
def rosenbrock_within_rows(x, value, gradient):
    """Rosenbrock's function row by row: the loop along the row is the vector loop."""
    last = x.shape[1] - 1
    for i in prange(len(x)):
        total = 0.0
        gradient[i, 0] = -2.0 * (x[i, 0] * 200.0 * (x[i, 1] - x[i, 0] * x[i, 0]) + 1.0 - x[i, 0])
        for j in range(1, last):
            before = x[i, j] - x[i, j - 1] * x[i, j - 1]
            miss = x[i, j + 1] - x[i, j] * x[i, j]
            rest = 1.0 - x[i, j]
            total += 100.0 * before * before + rest * rest
            gradient[i, j] = 200.0 * before - 2.0 * (x[i, j] * 200.0 * miss + rest)
        miss = x[i, last] - x[i, last - 1] * x[i, last - 1]
        rest = 1.0 - x[i, 0]
        gradient[i, last] = 200.0 * miss
        value[i] = total + 100.0 * miss * miss + rest * rest


@njit(**OPTIONS)
def rosenbrock(x, value, gradient, start, stop):
    """Rosenbrock's function."""
    last = len(x) - 1
    for i in range(start, stop):
        value[i] = 0.0
        gradient[0, i] = 0.0
    for j in range(last):
        for i in range(start, stop):
            here = x[j, i]
            miss = x[j + 1, i] - here * here
            rest = 1.0 - here
            value[i] += 100.0 * miss * miss + rest * rest
            gradient[j, i] -= 2.0 * (here * 200.0 * miss + rest)
            gradient[j + 1, i] = 200.0 * miss


@njit(**OPTIONS)
def gaussians(x, value, gradient, start, stop):
    """Sum of Gaussians."""
    for i in range(start, stop):
        total = first = second = third = 0.0
        for g in range(8):
            along, across, up = x[0, i] - CENTRES[g, 0], x[1, i] - CENTRES[g, 1], x[2, i] - CENTRES[g, 2]
            height = math.exp(-0.5 * INVERSE_SQUARES[g] * (along * along + across * across + up * up))
            total += height
            slope = height * INVERSE_SQUARES[g]
            first -= slope * along
            second -= slope * across
            third -= slope * up
        value[i] = total
        gradient[0, i] = first
        gradient[1, i] = second
        gradient[2, i] = third


@njit(**OPTIONS)
def lennard_jones(x, value, gradient, start, stop):
    """Energy of atoms, and minus the forces; coordinate `k` of atom `a` is column `3 a + k`."""
    for i in range(start, stop):
        value[i] = 0.0
    gradient[:, start:stop] = 0.0
    for a in range(0, len(x), 3):
        for b in range(a + 3, len(x), 3):
            for i in range(start, stop):
                along, across, up = x[a, i] - x[b, i], x[a + 1, i] - x[b + 1, i], x[a + 2, i] - x[b + 2, i]
                inverse = 1.0 / (along * along + across * across + up * up)
                attraction = inverse * inverse * inverse
                value[i] += 4.0 * (attraction * attraction - attraction)
                slope = 24.0 * inverse * (attraction - 2.0 * attraction * attraction)
                gradient[a, i] += slope * along
                gradient[a + 1, i] += slope * across
                gradient[a + 2, i] += slope * up
                gradient[b, i] -= slope * along
                gradient[b + 1, i] -= slope * across
                gradient[b + 2, i] -= slope * up


def over_columns(tile):
    """Run a case on arrays in which the batch comes last."""

    @njit(parallel=True, **OPTIONS)
    def run(x, value, gradient):
        count = len(value)
        for block in prange((count + BLOCK - 1) // BLOCK):
            tile(x, value, gradient, block * BLOCK, min(count, (block + 1) * BLOCK))

    return run


def over_rows(tile, width):
    """Run a case of that many numbers a row on arrays in which the batch comes first, turning a few rows at a time."""

    @njit(parallel=True, **OPTIONS)
    def run(x, value, gradient):
        count = len(value)
        for block in prange((count + TILE - 1) // TILE):
            start = block * TILE
            size = min(TILE, count - start)
            turned, energy, slope = np.empty((width, TILE)), np.empty(TILE), np.empty((width, TILE))
            for j in range(width):
                for i in range(size):
                    turned[j, i] = x[start + i, j]
            tile(turned, energy, slope, 0, size)
            for i in range(size):
                value[start + i] = energy[i]
            for i in range(size):
                for j in range(width):
                    gradient[start + i, j] = slope[j, i]

    return run
