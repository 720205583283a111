"""The functions of the cases: each written once, for nodes and for arrays with leading batch axes alike.

`library` is `staticgraph`, or what `bench.libraries` or a peer gives. Only the last axes of each argument are touched.
"""

import math
from typing import Any

import numpy as np


def xyz(library: Any, x: Any, y: Any, z: Any) -> Any:
    """`(x + y) * z`."""
    return (x + y) * z


def rosenbrock(library: Any, x: Any) -> Any:
    """Rosenbrock's curved valley in any number of dimensions."""
    here, following = x[..., :-1], x[..., 1:]
    return library.sum(100.0 * (following - here * here) ** 2 + (1.0 - here) ** 2, axis=-1)


CENTRES = np.random.default_rng(1).normal(size=(8, 3))
WIDTHS = np.linspace(0.5, 1.2, 8)


def gaussians(library: Any, x: Any) -> Any:
    """Sum of 8 Gaussians in three dimensions."""
    away = (x[..., None, :] - CENTRES) / WIDTHS[:, None]
    return library.sum(library.exp(-0.5 * library.sum(away * away, axis=-1)), axis=-1)


FIRST, SECOND = np.triu_indices(13, 1)


def lennard_jones(library: Any, positions: Any) -> Any:
    """Energy of 13 atoms that attract each other from afar and repel each other when close."""
    between = positions[..., FIRST, :] - positions[..., SECOND, :]
    attraction = library.sum(between * between, axis=-1) ** -3
    return 4.0 * library.sum(attraction * attraction - attraction, axis=-1)


def black_scholes(library: Any, spot: Any, strike: Any, maturity: Any, rate: Any, volatility: Any) -> Any:
    """Price of a European call option."""
    spread = volatility * library.sqrt(maturity)
    upper = (library.log(spot / strike) + (rate + 0.5 * volatility * volatility) * maturity) / spread
    return spot * library.ndtr(upper) - strike * library.exp(-rate * maturity) * library.ndtr(upper - spread)


# Every matrix stands on the right, transposed: so the same text serves one row and a batch of rows.
def network(library: Any, x: Any, *parameters: Any) -> Any:
    """Output of a network with two hidden layers of 32 units."""
    first, first_bias, second, second_bias, last, last_bias = parameters
    hidden = library.tanh(x @ first.T + first_bias)
    hidden = library.tanh(hidden @ second.T + second_bias)
    return hidden @ last + last_bias


def logistic_regression(library: Any, features: Any, label: Any, slopes: Any, bias: Any) -> Any:
    """Cross-entropy of a label of 0 or 1 under a linear model."""
    score = features @ slopes + bias
    return library.softplus(score) - label * score


DIMENSIONS, COMPONENTS, POINTS = 10, 25, 10_000
# Where the elements of row i of a lower triangle stand: column by column behind the diagonal.
STARTS = [DIMENSIONS + j * (DIMENSIONS - 1) - j * (j - 1) // 2 for j in range(DIMENSIONS)]
BELOW = [np.array([STARTS[j] + i - j - 1 for j in range(i)], dtype=int) for i in range(DIMENSIONS)]


def _log_wishart_constant() -> float:
    freedom = DIMENSIONS + 1
    gammas = sum(math.lgamma(0.5 * (freedom - j)) for j in range(DIMENSIONS)) + 0.25 * DIMENSIONS * (DIMENSIONS - 1) * math.log(math.pi)
    return -0.5 * freedom * DIMENSIONS * math.log(2.0) - gammas


CONSTANT = -0.5 * DIMENSIONS * math.log(2.0 * math.pi) - COMPONENTS * _log_wishart_constant() / POINTS


def mixture(library: Any, point: Any, heights: Any, means: Any, factors: Any) -> Any:
    """A point's share of the objective of a Gaussian mixture.

    Over all `POINTS` these add up to the objective GMM of ADBench (Srajer, Kukelova, Fitzgibbon, 2018), with its Wishart prior for
    gamma = 1 and m = 0. A row of `factors` has the logarithms of the diagonal of a factor of the precision matrix, then what is below.
    """
    logarithms, below = factors[:, :DIMENSIONS], factors[:, DIMENSIONS:]
    diagonal, away = library.exp(logarithms), point[..., None, :] - means
    distance = 0.0
    for i in range(DIMENSIONS):
        along = diagonal[:, i] * away[..., i]
        if i:
            along = along + library.sum(factors[:, BELOW[i]] * away[..., :i], axis=-1)
        distance = distance + along * along
    density = library.logsumexp(heights + library.sum(logarithms, axis=-1) - 0.5 * distance, axis=-1)
    squares = library.sum(diagonal * diagonal, axis=-1) + library.sum(below * below, axis=-1)
    prior = 0.5 * library.sum(squares, axis=-1)
    return density - library.logsumexp(heights, axis=-1) + prior / POINTS + CONSTANT


# Length along and offset across each link, and the quarter turns about it that lead to the next joint: a Franka Emika Panda's.
LINKS = ((0.0, 0.333, 0), (0.0, 0.0, -1), (0.0, 0.316, 1), (0.0825, 0.0, 1), (-0.0825, 0.384, -1), (0.0, 0.0, 1), (0.088, 0.0, 1))
TOOL = (0.05, 0.03, 0.21)


def arm(library: Any, angles: Any, target: Any) -> Any:
    """Squared distance of the tool of an arm of seven joints from a target."""
    sines, cosines = library.sin(angles), library.cos(angles)
    x, y, z = TOOL
    for joint in reversed(range(len(LINKS))):
        length, offset, turn = LINKS[joint]
        sine, cosine = sines[..., joint], cosines[..., joint]
        x, y, z = cosine * x - sine * y + length, sine * x + cosine * y, z + offset
        if turn:
            y, z = -turn * z, turn * y
    x, y, z = x - target[..., 0], y - target[..., 1], z - target[..., 2]
    return x * x + y * y + z * z


STEPS, STEP = 200, 0.02


def pendulum(library: Any, angle: Any, speed: Any, damping: Any, stiffness: Any) -> Any:
    """Energy of a damped pendulum after `STEPS` steps of the classical Runge-Kutta method."""

    def acceleration(angle: Any, speed: Any) -> Any:
        return -stiffness * library.sin(angle) - damping * speed

    for _ in range(STEPS):
        first = acceleration(angle, speed)
        second_speed = speed + 0.5 * STEP * first
        second = acceleration(angle + 0.5 * STEP * speed, second_speed)
        third_speed = speed + 0.5 * STEP * second
        third = acceleration(angle + 0.5 * STEP * second_speed, third_speed)
        fourth_speed = speed + STEP * third
        fourth = acceleration(angle + STEP * third_speed, fourth_speed)
        angle = angle + STEP / 6.0 * (speed + 2.0 * (second_speed + third_speed) + fourth_speed)
        speed = speed + STEP / 6.0 * (first + 2.0 * (second + third) + fourth)
    return 0.5 * speed * speed + stiffness * (1.0 - library.cos(angle))


SHAPES = 330


def scene(library: Any, x: Any, y: Any, z: Any) -> Any:
    """Signed distance from a scene of balls, boxes and rings at random places, joined smoothly."""
    generator, distance = np.random.default_rng(2), None
    for number in range(SHAPES):
        centre, size = generator.uniform(-1.0, 1.0, size=3).tolist(), generator.uniform(0.05, 0.2, size=3).tolist()
        angle = float(generator.uniform(0.0, math.pi))
        sine, cosine = math.sin(angle), math.cos(angle)
        right, up, away = x - centre[0], y - centre[1], z - centre[2]
        right, away = cosine * right - sine * away, sine * right + cosine * away
        shape = (_ball, _box, _ring)[number % 3](library, right, up, away, size)
        distance = shape if distance is None else _joined(library, distance, shape, 0.05)
    return distance


def _ball(library: Any, x: Any, y: Any, z: Any, size: list[float]) -> Any:
    return library.sqrt(x * x + y * y + z * z) - size[0]


def _box(library: Any, x: Any, y: Any, z: Any, size: list[float]) -> Any:
    beyond = [abs(along) - half for along, half in zip((x, y, z), size, strict=True)]
    x, y, z = (library.maximum(each, 0.0) for each in beyond)
    inside = library.minimum(library.maximum(beyond[0], library.maximum(beyond[1], beyond[2])), 0.0)
    # Inside, where the root would be of 0, it has no slope: a little above 0 it has one.
    return library.sqrt(x * x + y * y + z * z + 1e-12) + inside


def _ring(library: Any, x: Any, y: Any, z: Any, size: list[float]) -> Any:
    off = library.sqrt(x * x + z * z) - size[0]
    return library.sqrt(off * off + y * y) - 0.3 * size[1]


def _joined(library: Any, one: Any, other: Any, width: float) -> Any:
    near = library.maximum(width - abs(one - other), 0.0)
    return library.minimum(one, other) - near * near * (0.25 / width)
