"""Operators, methods in place, views of views: what is written reaches the memory that it reaches in NumPy."""

import math

import numpy as np
import pytest
from existing import agrees


def methods_in_place(x):
    y, z = x.copy(), x.copy()
    y.sort()
    z.put([0, 2], [5.0, x[1]])
    w, v = x.view(np.ndarray), x.copy().view()
    return y + 2 * z + w[::-1] + v + (2 * x[0]).is_integer() + x.compress([True, False, False, True]).sum()


def remainders(x):
    q, r = divmod(x, 0.7)
    a, b = divmod(5.0, np.abs(x) + 1)
    whole = 7.0 // (np.abs(x) + 1) - (-x) % 2 + round(x[0], 1) + math.floor(x[2]) + round(x[0] * 10, -1)
    return q + 2 * r + a * 3 + b + x % 0.7 + 5.0 % (np.abs(x) + 1) + np.fmod(x, 0.3) + whole


def products(x):
    a = np.arange(16.0).reshape(4, 4) / 10
    return a @ x + x @ a + [1.0, 2.0, 3.0, 4.0] @ x + ([[1.0, 0, 0, 2.0]] @ x)


def slices_of_slices(x):
    y = np.zeros((4, 4))
    a = y[1:]
    b = a[:, ::2]
    c = b[0]
    c[:] = x[:2]
    b[1:, 1] = x[2:]
    y[0] += x
    a[-1][::-1][1:3] = 7.0 * x[0]
    return y


def views_of_views(x):
    y = x * 1.0
    b = y[None, :][0, 1:].reshape(3, 1)
    b += 1
    d = np.squeeze(b)
    d[0] = 9.0
    e, g, h = np.atleast_2d(y), np.broadcast_to(y, (2, 4)), np.expand_dims(y, 1)
    e[0, 3] = x[0]
    h *= 2
    p, q = np.split(y, 2)
    p[:] = q
    for row in y.reshape(2, 2)[::-1, ::-1]:
        row[1] -= 1
    return y + g[1]


def copies(x):
    y = x * 1.0
    z, w, v, u = y[[0, 1]], np.array(y), np.asarray(y), np.concatenate([y, y])
    t, s, p = y.astype(float), y.astype(float, copy=False), +y
    z[:], w[0], v[1], u[0], t[2], s[3], p[0] = 0, 1, 2, 4, 5, 6, 7
    return y + w + t + p


def overlapping(x):
    y = x * 1.0
    y[1:] = y[:-1]
    y[:-1] += y[1:]
    y[::2], y[1::2] = y[1::2] * 1, y[::2] * 1
    y[0], y[1] = y[1], y[0]
    y[[2, 3]] = y[[3, 2]]
    return y


def at_places(x):
    y = x * 1.0
    np.add.at(y, [0, 0, 1], [1.0, 2.0, x[3]])
    np.subtract.at(y, [3], x[0])
    np.multiply.at(y, 2, 3.0)
    np.maximum.at(y, [1, 1], x[:2])
    np.negative.at(y, y > 1)
    return y


FUNCTIONS = [methods_in_place, remainders, products, slices_of_slices, views_of_views, copies, overlapping, at_places]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_operators_and_writes(function):
    agrees(function, {"x": 4})
