"""Realistic arguments of the cases, drawn for a number of rows."""

from collections.abc import Callable

import numpy as np

from .models import COMPONENTS, DIMENSIONS

Shape = tuple[int, ...]
Arguments = tuple[np.ndarray, ...]
Draw = Callable[[int, np.random.Generator], Arguments]


def normal(*shape: int) -> Draw:
    """Give one input of independent normal numbers."""
    return lambda rows, generator: (generator.normal(size=(rows, *shape)),)


def uniform(*bounds: tuple[float, float]) -> Draw:
    """Give an input of one number for each interval."""
    return lambda rows, generator: tuple(generator.uniform(low, high, size=rows) for low, high in bounds)


def three_columns(rows: int, generator: np.random.Generator) -> Arguments:
    """Give three inputs of one number."""
    return tuple(generator.normal(size=rows) for _ in range(3))


def atoms(rows: int, generator: np.random.Generator) -> Arguments:
    """Give atoms of a grid, shaken a little: at random places some pair would nearly coincide and its energy drown the others'."""
    grid = 1.12 * np.array([(i, j, k) for i in range(3) for j in range(3) for k in range(2)][:13], dtype=float)
    return (grid + generator.normal(scale=0.05, size=(rows, 13, 3)),)


OPTIONS = uniform((50.0, 150.0), (50.0, 150.0), (0.1, 3.0), (0.0, 0.08), (0.1, 0.6))
PENDULUMS = uniform((-2.5, 2.5), (-2.0, 2.0), (0.05, 0.5), (4.0, 16.0))
PLACES = uniform((-1.2, 1.2), (-1.2, 1.2), (-1.2, 1.2))

LAYERS: dict[str, Shape] = {"W1": (32, 16), "b1": (32,), "W2": (32, 32), "b2": (32,), "W3": (32,), "b3": ()}


def network(rows: int, generator: np.random.Generator) -> Arguments:
    """Give points, and a network's parameters."""
    layers = (generator.normal(scale=0.2, size=shape) for shape in LAYERS.values())
    return generator.normal(size=(rows, 16)), *(np.asarray(layer) for layer in layers)


FEATURES = 64


def labelled(rows: int, generator: np.random.Generator) -> Arguments:
    """Give features and labels, and the slopes and bias that made the labels."""
    features = generator.normal(size=(rows, FEATURES))
    slopes = generator.normal(scale=0.3, size=FEATURES)
    label = (features @ slopes + generator.logistic(size=rows) > 0).astype(float)
    return features, label, slopes, np.asarray(0.1)


MIXTURE: dict[str, Shape] = {
    "heights": (COMPONENTS,), "means": (COMPONENTS, DIMENSIONS), "factors": (COMPONENTS, DIMENSIONS * (DIMENSIONS + 1) // 2),
}  # fmt: skip


def clustered(rows: int, generator: np.random.Generator) -> Arguments:
    """Give points about the means of a mixture, and its parameters."""
    heights, factors = (generator.normal(scale=0.3, size=MIXTURE[name]) for name in ("heights", "factors"))
    means = generator.normal(scale=2.0, size=MIXTURE["means"])
    points = means[generator.integers(COMPONENTS, size=rows)] + generator.normal(size=(rows, DIMENSIONS))
    return points, heights, means, factors


def poses(rows: int, generator: np.random.Generator) -> Arguments:
    """Give angles of seven joints, and targets within reach."""
    return generator.uniform(-1.5, 1.5, size=(rows, 7)), generator.uniform(-0.6, 0.6, size=(rows, 3))
