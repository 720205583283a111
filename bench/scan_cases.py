"""Loops of several kinds: a recurrent network with gates, a filter's likelihood, a volatility; written for `sg.scan` and alike."""

from typing import Any

import numpy as np

from .cases import Case
from .inputs import Arguments

UNITS, FEATURES, TIMES = 8, 4, 100
STATES, OBSERVATIONS = 4, 200
DAYS = 1000
MOVES = np.eye(STATES) + 0.5 * np.eye(STATES, k=1) + 0.125 * np.eye(STATES, k=2)
"""How the state moves on: each element by some of the next ones."""
NOISE = 0.1 * np.eye(STATES) + 0.01
"""The covariance of what is added to the state, times a leaf."""


def lstm(library: Any, observed: Any, by_state: Any, by_input: Any, shift: Any) -> Any:
    """Sum of squares of the last output of a network of long short-term memory."""

    def step(carry: Any, x: Any) -> Any:
        state, memory = carry
        z = by_state @ state + by_input @ x + shift
        kept, added, shown = (library.sigmoid(z[number * UNITS : (number + 1) * UNITS]) for number in range(3))
        memory = kept * memory + added * library.tanh(z[3 * UNITS :])
        return (shown * library.tanh(memory), memory), None

    start = np.zeros(UNITS)
    (state, _), _ = library.scan(step, (start, start), observed)
    return library.sum(state * state)


def kalman(library: Any, observed: Any, process: Any, measurement: Any) -> Any:
    """Twice the negative log-likelihood of observations of the first of four states, but for a constant."""

    def step(carry: Any, y: Any) -> Any:
        state, spread, total = carry
        state = MOVES @ state
        spread = MOVES @ spread @ MOVES.T + process * NOISE
        variance = spread[0, 0] + measurement
        error = y - state[0]
        gain = spread[:, 0] / variance
        after = state + gain * error, spread - gain[:, None] * spread[0][None, :]
        return (*after, total + library.log(variance) + error * error / variance), None

    (_, _, total), _ = library.scan(step, (np.zeros(STATES), np.eye(STATES), np.zeros(())), observed)
    return total


def garch(library: Any, returns: Any, omega: Any, alpha: Any, beta: Any) -> Any:
    """Twice the negative log-likelihood of GARCH(1,1), but for a constant."""

    def step(carry: Any, pair: Any) -> Any:
        variance, total = carry
        before, now = pair
        variance = omega + alpha * (before * before) + beta * variance
        return (variance, total + library.log(variance) + now * now / variance), None

    start = omega / (1.0 - alpha - beta)
    (_, total), _ = library.scan(step, (start, np.zeros(())), (returns[:-1], returns[1:]))
    return total


def _sequences(rows: int, generator: Any) -> Arguments:
    weights = [0.3 * generator.normal(size=shape) for shape in ((4 * UNITS, UNITS), (4 * UNITS, FEATURES), (4 * UNITS,))]
    return generator.normal(size=(rows, TIMES, FEATURES)), *weights


def _observations(rows: int, generator: Any) -> Arguments:
    walks = 0.1 * np.cumsum(generator.normal(size=(rows, OBSERVATIONS)), axis=1)
    return walks, 0.5 + generator.random(rows), 0.5 + generator.random(rows)


def _returns(rows: int, generator: Any) -> Arguments:
    return generator.normal(size=(rows, DAYS)), *(low + 0.05 * generator.random(rows) for low in (0.05, 0.05, 0.8))


CASES = (
    Case("lstm", lstm, {"observed": (TIMES, FEATURES)}, _sequences, full=1024, wrt=("by_state", "by_input", "shift"),
         parameters={"by_state": (4 * UNITS, UNITS), "by_input": (4 * UNITS, FEATURES), "shift": (4 * UNITS,)}),
    Case("kalman", kalman, {"observed": (OBSERVATIONS,), "process": (), "measurement": ()}, _observations, full=1024,
         wrt=("process", "measurement")),
    Case("garch", garch, {"returns": (DAYS,), "omega": (), "alpha": (), "beta": ()}, _returns, full=2048, wrt=("omega", "alpha", "beta")),
)  # fmt: skip
