"""Leaves of every kind with arrays for them, and what results of their functions are compared with."""

import numpy as np

import staticgraph as sg

N = 5
x, y = sg.inputs("x y")
v, p = sg.input("v", 3), sg.parameter("p", 3)
XS, YS = np.linspace(0.5, 2.5, N), np.linspace(-1.0, 3.0, N)
VS, PS = np.arange(3.0 * N).reshape(N, 3) / 4, np.array([0.5, -2.0, 1.5])


def assert_same(results, expected):
    """Results, in tuples or not, equal others in dtype, shape and every bit."""
    if isinstance(expected, tuple):
        assert len(results) == len(expected)
        for result, each in zip(results, expected, strict=True):
            assert_same(result, each)
    else:
        result, expected = np.asarray(results), np.asarray(expected)
        assert (result.dtype, result.shape, result.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())
