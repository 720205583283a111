"""A function for both engines, and what their results are compared with."""

import numpy as np

import staticgraph as sg


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def both(outputs, leaves, dtype=np.float64):
    return [sg.compile(outputs, leaves, dtype=dtype, engine=each) for each in ("interpreter", "native")]


def assert_same_bytes(first, second):
    if isinstance(first, tuple):
        assert len(first) == len(second)
        for a, b in zip(first, second, strict=True):
            assert_same_bytes(a, b)
    else:
        assert np.asarray(first).tobytes() == np.asarray(second).tobytes()
