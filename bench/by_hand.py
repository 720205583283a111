"""What a careful person would write in NumPy without any package."""

import numpy as np


def rosenbrock(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Value and gradient of Rosenbrock's function for each row."""
    here, following = x[:, :-1], x[:, 1:]
    miss = following - here * here
    rest = 1.0 - here
    value = (100.0 * miss * miss + rest * rest).sum(axis=1)
    slope = 200.0 * miss
    gradient = np.zeros_like(x)
    gradient[:, 1:] = slope
    gradient[:, :-1] -= 2.0 * (here * slope + rest)
    return value, gradient
