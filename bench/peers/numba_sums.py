"""Logistic regression and the Gaussian mixture written by hand in Numba: each chunk of rows has sums of its own."""

import math

import numpy as np
from numba import get_num_threads, njit, prange

from ..inputs import FEATURES
from ..models import BELOW, COMPONENTS, CONSTANT, DIMENSIONS, POINTS
from .numba_tiles import OPTIONS, TILE
from .numba_vectors import exponential

GROUP = 5  # Products that are summed side by side.
# Where element (i, j) of the factor of a precision matrix stands in the arguments, j <= i.
PLACES = np.zeros((DIMENSIONS, DIMENSIONS), dtype=int)
for i in range(DIMENSIONS):
    PLACES[i, :i], PLACES[i, i] = BELOW[i], i


@njit(parallel=True, **OPTIONS)
def logistic_regression(features, label, slopes, bias, value, by_slopes, by_bias):
    """Cross-entropy of a linear model."""
    chunks, count = get_num_threads(), len(value)
    share = (count + chunks - 1) // chunks
    sums, intercept = np.empty((chunks, FEATURES + 1)), bias.item()
    for chunk in prange(chunks):
        sums[chunk] = cross_entropies(features, label, slopes, intercept, value, chunk * share, min(count, (chunk + 1) * share))
    for j in range(FEATURES):
        by_slopes[j] = sums[:, j].sum()
    by_bias[()] = sums[:, FEATURES].sum()


@njit(**OPTIONS)
def cross_entropies(features, label, slopes, bias, value, start, stop):
    """The values of a chunk, and its sums; a tile of rows stays in the first cache from its scores to its sums."""
    sums, upstream = np.zeros(FEATURES + 1), np.empty(TILE)
    for first in range(start, stop, TILE):
        size = min(TILE, stop - first)
        for i in range(size):
            score = bias
            for j in range(FEATURES):
                score += features[first + i, j] * slopes[j]
            upstream[i] = score
        for i in range(size):
            score = upstream[i]
            small = exponential(-abs(score))
            upstream[i] = (1.0 if score >= 0.0 else small) / (1.0 + small) - label[first + i]
            value[first + i] = max(score, 0.0) - label[first + i] * score + math.log1p(small)
        for i in range(size):
            for j in range(FEATURES):
                sums[j] += upstream[i] * features[first + i, j]
            sums[FEATURES] += upstream[i]
    return sums


@njit(parallel=True, **OPTIONS)
def mixture(points, heights, means, factors, value, by_heights, by_means, by_factors):
    """A mixture of Gaussians, whose gradient needs no more than each component's mass, mean and scatter."""
    chunks, count = get_num_threads(), len(value)
    share = (count + chunks - 1) // chunks
    factor, densities, weights, constant = prepared(heights, factors)
    # A row of a component's sums: the scatter's, then what is to be added to it by the mean; the last row has the mass.
    sums = np.zeros((chunks, COMPONENTS, DIMENSIONS + 2, 2 * GROUP))
    for chunk in prange(chunks):
        gather(points, densities, means, factor, constant, value, chunk * share, min(count, (chunk + 1) * share), sums[chunk])
    for k in range(COMPONENTS):
        total = total_of_chunks(sums[:, k])
        mass = total[DIMENSIONS + 1, 0]
        by_heights[k] = mass - count * weights[k]
        finish(factor[k], total, mass, count / POINTS, by_means[k], by_factors[k])


@njit(**OPTIONS)
def prepared(heights, factors):
    """The factors of the precision matrices, each component's log density at its mean, its weight, and what all points share."""
    factor, densities, squares = np.zeros((COMPONENTS, DIMENSIONS, DIMENSIONS)), heights.copy(), 0.0
    for k in range(COMPONENTS):
        for i in range(DIMENSIONS):
            for j in range(i):
                factor[k, i, j] = factors[k, PLACES[i, j]]
            factor[k, i, i] = math.exp(factors[k, i])
            densities[k] += factors[k, i]
            for j in range(i + 1):
                squares += factor[k, i, j] * factor[k, i, j]
    highest = heights.max()
    weights = np.exp(heights - highest)
    total = weights.sum()
    return factor, densities, weights / total, CONSTANT + 0.5 * squares / POINTS - highest - math.log(total)


@njit(**OPTIONS)
def gather(points, densities, means, factor, constant, value, start, stop, sums):
    """The values of a chunk, and its statistics."""
    x, away, density = np.empty((DIMENSIONS, TILE)), np.empty((DIMENSIONS, TILE)), np.empty((COMPONENTS, TILE))
    for first in range(start, stop, TILE):
        size = min(TILE, stop - first)
        for j in range(DIMENSIONS):
            for i in range(size):
                x[j, i] = points[first + i, j]
        for k in range(COMPONENTS):
            log_densities(x, means[k], factor[k], densities[k], density[k], size)
        shares(density, constant, value[first : first + size])
        for k in range(COMPONENTS):
            for j in range(DIMENSIONS):
                for i in range(size):
                    away[j, i] = x[j, i] - means[k, j]
            add(away, density[k], sums[k], size)


@njit(**OPTIONS)
def log_densities(x, mean, q, height, density, size):
    """The product with a triangle written out, so that it stays in registers."""
    for i in range(size):
        a, b, c, d, e = x[0, i] - mean[0], x[1, i] - mean[1], x[2, i] - mean[2], x[3, i] - mean[3], x[4, i] - mean[4]
        f, g, h, s, t = x[5, i] - mean[5], x[6, i] - mean[6], x[7, i] - mean[7], x[8, i] - mean[8], x[9, i] - mean[9]
        distance = (q[0, 0] * a) ** 2
        distance += (q[1, 0] * a + q[1, 1] * b) ** 2
        distance += (q[2, 0] * a + q[2, 1] * b + q[2, 2] * c) ** 2
        distance += (q[3, 0] * a + q[3, 1] * b + q[3, 2] * c + q[3, 3] * d) ** 2
        distance += (q[4, 0] * a + q[4, 1] * b + q[4, 2] * c + q[4, 3] * d + q[4, 4] * e) ** 2
        distance += (q[5, 0] * a + q[5, 1] * b + q[5, 2] * c + q[5, 3] * d + q[5, 4] * e + q[5, 5] * f) ** 2
        left = q[6, 0] * a + q[6, 1] * b + q[6, 2] * c + q[6, 3] * d + q[6, 4] * e
        distance += (left + q[6, 5] * f + q[6, 6] * g) ** 2
        left = q[7, 0] * a + q[7, 1] * b + q[7, 2] * c + q[7, 3] * d + q[7, 4] * e
        distance += (left + q[7, 5] * f + q[7, 6] * g + q[7, 7] * h) ** 2
        left = q[8, 0] * a + q[8, 1] * b + q[8, 2] * c + q[8, 3] * d + q[8, 4] * e
        distance += (left + q[8, 5] * f + q[8, 6] * g + q[8, 7] * h + q[8, 8] * s) ** 2
        left = q[9, 0] * a + q[9, 1] * b + q[9, 2] * c + q[9, 3] * d + q[9, 4] * e
        distance += (left + q[9, 5] * f + q[9, 6] * g + q[9, 7] * h + q[9, 8] * s + q[9, 9] * t) ** 2
        density[i] = height - 0.5 * distance


@njit(**OPTIONS)
def shares(density, constant, value):
    """From log densities to the value, and to each component's share of a point."""
    highest, total = np.empty(TILE), np.zeros(TILE)
    size = len(value)
    highest[:size] = density[0, :size]
    for k in range(1, COMPONENTS):
        for i in range(size):
            highest[i] = max(highest[i], density[k, i])
    for k in range(COMPONENTS):
        for i in range(size):
            density[k, i] = exponential(density[k, i] - highest[i])
            total[i] += density[k, i]
    for i in range(size):
        value[i] = highest[i] + math.log(total[i]) + constant
        total[i] = 1.0 / total[i]
    for k in range(COMPONENTS):
        for i in range(size):
            density[k, i] *= total[i]


@njit(**OPTIONS)
def add(away, share, sums, size):
    """Add to the scatter's lower triangle, in groups of products, to the mean and to the mass."""
    weighted = np.empty(TILE)
    for row in range(DIMENSIONS):
        mean = 0.0
        for i in range(size):
            weighted[i] = share[i] * away[row, i]
            mean += weighted[i]
        sums[DIMENSIONS, row] += mean
        for j in range(0, row + 1, GROUP):
            a = b = c = d = e = 0.0
            for i in range(size):
                a += weighted[i] * away[j, i]
                b += weighted[i] * away[j + 1, i]
                c += weighted[i] * away[j + 2, i]
                d += weighted[i] * away[j + 3, i]
                e += weighted[i] * away[j + 4, i]
            sums[row, j] += a
            sums[row, j + 1] += b
            sums[row, j + 2] += c
            sums[row, j + 3] += d
            sums[row, j + 4] += e
    mass = 0.0
    for i in range(size):
        mass += share[i]
    sums[DIMENSIONS + 1, 0] += mass


@njit(**OPTIONS)
def total_of_chunks(sums):
    """One component's sums over all rows."""
    total = sums[0].copy()
    for chunk in range(1, len(sums)):
        total += sums[chunk]
    return total


@njit(**OPTIONS)
def finish(factor, sums, mass, prior, by_mean, by_factor):
    """With the factor Q: by the mean Q^T Q times the weighted mean, by the factor -Q times the scatter; and the prior's share."""
    by_mean[:] = 0.0
    for i in range(DIMENSIONS):
        along = 0.0
        for j in range(i + 1):
            along += factor[i, j] * sums[DIMENSIONS, j]
        for j in range(i + 1):
            by_mean[j] += factor[i, j] * along
            slope = prior * factor[i, j]
            for k in range(i + 1):
                slope -= factor[i, k] * sums[max(j, k), min(j, k)]
            by_factor[PLACES[i, j]] = slope
        by_factor[i] = mass + by_factor[i] * factor[i, i]
