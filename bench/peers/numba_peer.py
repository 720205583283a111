"""Loops that a good engineer writes with Numba: fused, parallel over rows, gradients by hand, results into arrays that exist."""

import math
from typing import Any

import numba
import numpy as np

from ..cases import CENTRES, FIRST, SECOND, WIDTHS, Case
from . import BY_HAND, Prepared, Results, Skip

NAME, KIND = "Numba loop", BY_HAND
_parallel: Any = numba.njit(parallel=True, error_model="numpy")
_scalar: Any = numba.njit(error_model="numpy")


@_parallel
def xyz(x, y, z, value, dx, dy, dz):
    """Value and gradient of `(x + y) * z`."""
    for i in numba.prange(len(x)):
        total = x[i] + y[i]
        value[i], dx[i], dy[i], dz[i] = total * z[i], z[i], z[i], total


@_parallel
def rosenbrock(x, value, dx):
    """Value and gradient of Rosenbrock's function."""
    for i in numba.prange(len(x)):
        total, carried = 0.0, 0.0
        for k in range(x.shape[1] - 1):
            here = x[i, k]
            miss, rest = x[i, k + 1] - here * here, 1.0 - here
            total += 100.0 * miss * miss + rest * rest
            dx[i, k] = carried - 400.0 * here * miss - 2.0 * rest
            carried = 200.0 * miss
        dx[i, -1], value[i] = carried, total


@_parallel
def gaussians(x, value, dx):
    """Value and gradient of the sum of Gaussians."""
    for i in numba.prange(len(x)):
        total, a, b, c = 0.0, 0.0, 0.0, 0.0
        for k in range(len(WIDTHS)):
            scale = 1.0 / (WIDTHS[k] * WIDTHS[k])
            u, v, w = x[i, 0] - CENTRES[k, 0], x[i, 1] - CENTRES[k, 1], x[i, 2] - CENTRES[k, 2]
            each = math.exp(-0.5 * scale * (u * u + v * v + w * w))
            total += each
            a, b, c = a - each * scale * u, b - each * scale * v, c - each * scale * w
        value[i], dx[i, 0], dx[i, 1], dx[i, 2] = total, a, b, c


@_parallel
def lennard_jones(x, value, dx):
    """Energy and forces."""
    for i in numba.prange(len(x)):
        total = 0.0
        for k in range(13):
            for axis in range(3):
                dx[i, k, axis] = 0.0
        for pair in range(len(FIRST)):
            a, b = FIRST[pair], SECOND[pair]
            u, v, w = x[i, a, 0] - x[i, b, 0], x[i, a, 1] - x[i, b, 1], x[i, a, 2] - x[i, b, 2]
            inverse = 1.0 / (u * u + v * v + w * w)
            sixth = inverse * inverse * inverse
            total += sixth * sixth - sixth
            factor = -24.0 * (2.0 * sixth * sixth - sixth) * inverse
            for axis, each in enumerate((u, v, w)):
                dx[i, a, axis] += factor * each
                dx[i, b, axis] -= factor * each
        value[i] = 4.0 * total


@_scalar
def _normal(x):
    return 0.5 * math.erfc(x * -math.sqrt(0.5))


@_parallel
def black_scholes(spot, strike, maturity, rate, volatility, value, d_spot, d_strike, d_maturity, d_rate, d_volatility):
    """Price and five derivatives."""
    for i in numba.prange(len(spot)):
        root = math.sqrt(maturity[i])
        spread = volatility[i] * root
        upper = (math.log(spot[i] / strike[i]) + (rate[i] + 0.5 * volatility[i] * volatility[i]) * maturity[i]) / spread
        discount = math.exp(-rate[i] * maturity[i])
        first, second = _normal(upper), _normal(upper - spread)
        density = math.exp(-0.5 * upper * upper) * 0.3989422804014327
        value[i] = spot[i] * first - strike[i] * discount * second
        d_spot[i], d_strike[i] = first, -discount * second
        d_volatility[i] = spot[i] * density * root
        d_rate[i] = strike[i] * maturity[i] * discount * second
        d_maturity[i] = spot[i] * density * volatility[i] * 0.5 / root + rate[i] * strike[i] * discount * second


@_parallel
def _activate(layer, bias):
    for i in numba.prange(len(layer)):
        for k in range(layer.shape[1]):
            layer[i, k] = math.tanh(layer[i, k] + bias[k])


@_parallel
def _backward(upstream, layer):
    for i in numba.prange(len(layer)):
        for k in range(layer.shape[1]):
            upstream[i, k] *= 1.0 - layer[i, k] * layer[i, k]


class Network:
    """The network, its matrix products by NumPy's library, its activations in loops."""

    def __init__(self, rows: int) -> None:
        self.hidden = [np.empty((rows, 32)) for _ in range(4)]
        self.value, self.by_input = np.empty(rows), np.empty((rows, 16))

    def __call__(self, wrt: bool, x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        """Return the value, and the gradient by the input (`wrt`) or by the weights."""
        first, second, upper, lower = self.hidden
        np.matmul(x, w1.T, out=first)
        _activate(first, b1)
        np.matmul(first, w2.T, out=second)
        _activate(second, b2)
        np.matmul(second, w3, out=self.value)
        self.value += b3
        upper[:] = w3
        _backward(upper, second)
        np.matmul(upper, w2, out=lower)
        _backward(lower, first)
        if wrt:
            return self.value, [np.matmul(lower, w1, out=self.by_input)]
        ones = np.asarray(float(len(x)))
        return self.value, [lower.T @ x, lower.sum(axis=0), upper.T @ first, upper.sum(axis=0), second.sum(axis=0), ones]


LOOPS = {
    "xyz": xyz, "rosenbrock_10": rosenbrock, "rosenbrock_100": rosenbrock, "gaussians": gaussians, "lennard_jones": lennard_jones,
    "black_scholes": black_scholes,
}  # fmt: skip


def prepare(case: Case, arguments: tuple[np.ndarray, ...]) -> Prepared:
    """Compile the loop of a case."""
    given = [np.ascontiguousarray(array) for array in arguments]
    if case.name.startswith("network"):
        network = Network(len(given[0]))
        return lambda: network(case.wrt == ("x",), *given), lambda made: (made[0], made[1])
    if case.name not in LOOPS:
        raise Skip("it is not written")
    value, gradients = np.empty(len(given[0])), [np.empty_like(array) for array in given]
    loop = LOOPS[case.name]

    def results(_: Any) -> Results:
        return value, gradients

    return lambda: loop(*given, value, *gradients), results
