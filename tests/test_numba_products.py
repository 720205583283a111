"""Products of Jacobian matrices and vectors in Numba's functions, with the bits of the calls from Python."""

import numba
import numpy as np
import pytest
from test_alone import compiled, flat, same
from test_in_numba import in_dtype

import staticgraph as sg
from staticgraph.calling.in_numba import register

register()
RNG = np.random.default_rng(7)


@numba.njit
def products(f, tangents, cotangent, x, w):
    return f.jvp(tangents, x, w), f.vjp(cotangent, x, w), f.vjp(cotangent, x, w, wrt="w")


def test_products_with_vectors():
    leaves = sg.input("x", 2), sg.parameter("w")
    f = sg.compile(np.sum(np.sqrt(leaves[0]) * leaves[1]), leaves, dtype=np.float32, name="product")
    for shape in ((2,), (9, 2)):
        x, w = abs(RNG.normal(size=shape)).astype(np.float32), 1.5
        x[..., 1] = 0.0
        cotangent = RNG.normal(size=shape[:-1]).astype(np.float32) if len(shape) == 2 else np.float32(0.0)
        forward, backward, alone = products(f, (x * 0.5, 2), cotangent, x, w)
        same(in_dtype(f, forward), flat(f.jvp((x * 0.5, 2), x, w)))
        same(in_dtype(f, backward), flat(f.vjp(cotangent, x, w)))
        same(in_dtype(f, alone), flat(f.vjp(cotangent, x, w, wrt="w")))


@numba.njit
def products_of_several(f, x, tangent, cotangent, out):
    f.vjp(cotangent, x, out=out)
    return f.jvp(tangent, x, wrt="x"), f.jvp((tangent,), x)


def test_products_of_several_outputs_and_of_custom_gradients():
    @sg.custom_gradient
    def doubled(x):
        return np.sin(x), lambda g: 2.0 * g * x

    x = sg.input("x", 3)
    plain, custom = sg.compile([np.cumsum(x), x[0] * x[1]], name="plain"), sg.compile([doubled(x)], name="custom")
    given = np.array([0.5, -2.0, 0.0])
    for f, cotangent in ((plain, (given * 2.0, 3.0)), (custom, (given,))):
        out = (np.zeros(3),)
        forward, again = products_of_several(f, given, given + 1.0, cotangent, out)
        assert type(forward) is tuple
        assert all(np.array_equal(a, b) for found in (forward, again) for a, b in zip(found, f.jvp(given + 1.0, given), strict=True))
        same([out[0]], flat(f.vjp(cotangent, given)))


@numba.njit
def pulled(f, x, cotangent):
    return f.vjp(cotangent, x)


@numba.njit
def by_position(f, x):
    return f.grad(x, "x")


WRONG = {
    "wrt by position": (lambda: by_position(compiled("valley"), np.zeros(6)), "at most 1 arguments by position; wrt and out are given by"),
    "cotangent": (lambda: pulled(compiled("valley"), np.zeros((2, 6)), 1.0), "cotangent: expected a batch"),
    "cotangents": (lambda: pulled(compiled("several"), np.zeros((2, 3)), 1.0), "cotangent: expected a tuple of 5"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors(name):
    call, message = WRONG[name]
    with pytest.raises(numba.TypingError, match=message):
        call()
