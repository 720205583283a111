"""Values and hand-derived gradients in NumPy, over all rows at once: models with parameters, whose gradients are sums over the rows."""

import numpy as np

from ..models import COMPONENTS, CONSTANT, DIMENSIONS, POINTS

Array = np.ndarray
Gradients = tuple[Array, ...]


def _layer(x: Array, matrix: Array, bias: Array) -> Array:
    hidden = x @ matrix.T
    hidden += bias
    return np.tanh(hidden, out=hidden)


def _before_tanh(hidden: Array, slope: Array) -> Array:
    steepness = hidden * hidden
    np.subtract(1.0, steepness, out=steepness)
    steepness *= slope
    return steepness


def _network(x: Array, parameters: tuple[Array, ...]) -> tuple[Array, Array, Array, Array, Array]:
    """Give the value, both hidden layers, and what flows back to before the hyperbolic tangents."""
    first_matrix, first_bias, second_matrix, second_bias, last, last_bias = parameters
    first = _layer(x, first_matrix, first_bias)
    second = _layer(first, second_matrix, second_bias)
    outer = _before_tanh(second, last)
    inner = _before_tanh(first, outer @ second_matrix)
    return second @ last + last_bias, first, second, inner, outer


def network_by_input(x: Array, *parameters: Array) -> tuple[Array, Gradients]:
    """Output of the network, and its gradient by the input."""
    value, _, _, inner, _ = _network(x, parameters)
    return value, (inner @ parameters[0],)


def network_by_weights(x: Array, *parameters: Array) -> tuple[Array, Gradients]:
    """Output of the network, and the gradients of its sum by the parameters."""
    value, first, second, inner, outer = _network(x, parameters)
    rows = np.asarray(len(x), x.dtype)
    return value, (inner.T @ x, inner.sum(axis=0), outer.T @ first, outer.sum(axis=0), second.sum(axis=0), rows)


def logistic_regression(features: Array, label: Array, slopes: Array, bias: Array) -> tuple[Array, Gradients]:
    """Cross-entropy under a linear model; one exponential serves both the loss and the probability."""
    score = features @ slopes
    score += bias
    small = np.exp(-np.abs(score))
    value = np.log1p(small)
    value += np.maximum(score, 0.0)
    value -= label * score
    surplus = np.where(score > 0.0, 1.0, small)
    surplus /= 1.0 + small
    surplus -= label
    return value, (surplus @ features, surplus.sum())


DIAGONAL = np.arange(DIMENSIONS)
COLUMN, ROW = np.triu_indices(DIMENSIONS, 1)  # Column by column, what is below the diagonal.


def _log_sum_exp(exponents: Array) -> tuple[Array, Array]:
    """Give the logarithm of the sum along the first axis, and its gradient; the exponents are overwritten."""
    top = exponents.max(axis=0)
    exponents -= top
    shares = np.exp(exponents, out=exponents)
    total = shares.sum(axis=0)
    shares /= total
    return top + np.log(total), shares


def mixture(point: Array, heights: Array, means: Array, factors: Array) -> tuple[Array, Gradients]:
    """A Gaussian mixture: one product of matrices applies all factors to all points, another gives the factors' gradients."""
    logarithms, below = factors[:, :DIMENSIONS], factors[:, DIMENSIONS:]
    matrices = np.zeros((COMPONENTS, DIMENSIONS, DIMENSIONS), factors.dtype)
    matrices[:, DIAGONAL, DIAGONAL] = np.exp(logarithms)
    matrices[:, ROW, COLUMN] = below
    along = matrices.reshape(-1, DIMENSIONS) @ point.T
    along -= np.einsum("kij,kj->ki", matrices, means).reshape(-1, 1)
    along = along.reshape(COMPONENTS, DIMENSIONS, -1)
    exponents = np.square(along).sum(axis=1)
    exponents *= -0.5
    exponents += (heights + logarithms.sum(axis=1))[:, None]
    density, shares = _log_sum_exp(exponents)
    normaliser, proportions = _log_sum_exp(heights.copy())
    value = density + (0.5 / POINTS * np.sum(matrices * matrices) - normaliser + CONSTANT)

    rows, weights = len(point), shares.sum(axis=1)
    along *= shares[:, None]
    pulls = along.sum(axis=2)
    by_matrices = pulls[:, :, None] * means[:, None] - (along.reshape(-1, rows) @ point).reshape(matrices.shape)
    by_matrices += rows / POINTS * matrices
    by_logarithms = by_matrices[:, DIAGONAL, DIAGONAL] * matrices[:, DIAGONAL, DIAGONAL] + weights[:, None]
    by_factors = np.concatenate((by_logarithms, by_matrices[:, ROW, COLUMN]), axis=1)
    return value, (weights - rows * proportions, np.einsum("kij,ki->kj", matrices, pulls), by_factors)
