"""Values and hand-derived gradients in NumPy, over all rows at once: formulas of few variables, and fields of points and atoms."""

import math

import numpy as np
from scipy.special import ndtr

from ..models import CENTRES, WIDTHS

Array = np.ndarray
Gradients = tuple[Array, ...]


def xyz(x: Array, y: Array, z: Array) -> tuple[Array, Gradients]:
    """`(x + y) * z`."""
    total = x + y
    return total * z, (z.copy(), z.copy(), total)


def rosenbrock(x: Array) -> tuple[Array, Gradients]:
    """Rosenbrock's curved valley."""
    here, following = x[:, :-1], x[:, 1:]
    miss, rest = following - here * here, 1.0 - here
    slope = 200.0 * miss
    gradient = np.empty_like(x)
    gradient[:, 0] = 0.0
    gradient[:, 1:] = slope
    slope *= here
    slope += rest
    slope *= 2.0
    gradient[:, :-1] -= slope
    miss *= miss
    miss *= 100.0
    rest *= rest
    miss += rest
    return miss.sum(axis=1), (gradient,)


PRECISIONS = WIDTHS**-2.0
SCALED_CENTRES = PRECISIONS[:, None] * CENTRES
CONSTANTS = -0.5 * np.sum(SCALED_CENTRES * CENTRES, axis=1)


def gaussians(x: Array) -> tuple[Array, Gradients]:
    """Sum of Gaussians, their exponents multiplied out so that products of matrices give them and the gradient."""
    columns = np.ascontiguousarray(x.T)
    parts = SCALED_CENTRES @ columns
    parts -= np.multiply.outer(0.5 * PRECISIONS, np.square(columns).sum(axis=0))
    parts += CONSTANTS[:, None]
    np.exp(parts, out=parts)
    gradient = SCALED_CENTRES.T @ parts
    gradient -= columns * (PRECISIONS @ parts)
    return parts.sum(axis=0), (gradient.T,)


def lennard_jones(positions: Array) -> tuple[Array, Gradients]:
    """Energy of atoms: each with all that follow it, so that slices of the positions are the pairs."""
    atoms = np.ascontiguousarray(np.moveaxis(positions, 0, -1))
    energy, gradient = np.zeros(len(positions), atoms.dtype), np.zeros_like(atoms)
    for i in range(len(atoms) - 1):
        between = atoms[i] - atoms[i + 1 :]
        inverse = 1.0 / np.square(between).sum(axis=1)
        attraction = inverse * inverse * inverse
        repulsion = attraction * attraction
        energy += (repulsion - attraction).sum(axis=0)
        inverse *= attraction - 2.0 * repulsion
        between *= inverse[:, None]
        gradient[i] += between.sum(axis=0)
        gradient[i + 1 :] -= between
    energy *= 4.0
    gradient *= 24.0
    return energy, (np.moveaxis(gradient, -1, 0),)


def black_scholes(spot: Array, strike: Array, maturity: Array, rate: Array, volatility: Array) -> tuple[Array, Gradients]:
    """Price of a European call option, and its delta, dual delta, negative theta, rho and vega."""
    root = np.sqrt(maturity)
    spread = volatility * root
    upper = np.log(spot / strike)
    upper += (rate + 0.5 * volatility * volatility) * maturity
    upper /= spread
    delta = ndtr(upper)
    discounted = np.exp(-rate * maturity)
    discounted *= ndtr(upper - spread)
    paid = strike * discounted
    vega = np.exp(-0.5 * upper * upper)
    vega *= spot
    vega *= root
    vega *= 1.0 / math.sqrt(2.0 * math.pi)
    by_maturity = rate * paid
    by_maturity += 0.5 * vega * volatility / maturity
    return spot * delta - paid, (delta, -discounted, by_maturity, paid * maturity, vega)
