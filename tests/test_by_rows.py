"""Stores by rows, without transposing: the interpreter's bytes, from whatever columns share."""

import numpy as np
import pytest
from engines import assert_same_bytes, both

import staticgraph as sg
from staticgraph.native.columns import Across, Applied, Shared, StoreRows, Uniform, leaves
from staticgraph.native.elements import Elements

pytestmark = pytest.mark.usefixtures("own_engine")
RNG = np.random.default_rng(0)
ROWS = 1037
CONSTANT = RNG.normal(size=(8, 8))


def layer(x, w, b):
    return np.maximum(w @ x + b, 0.0)


# What is computed, the shapes of `x`, `w` and `b`, and what the columns are made of; all else is transposed.
CASES = {
    "a uniform matrix": (lambda x, w, b: sg.jacobian(layer(x, w, b), x), (8, (8, 8), 8), {Shared, Uniform}),
    "a row that ends in a square": (lambda x, w, b: sg.jacobian(layer(x, w, b), x), (7, (10, 7), 10), {Shared, Uniform}),
    "a constant matrix": (lambda x, w, b: sg.jacobian(layer(x, CONSTANT, b), x), (8, (), 8), {Shared, Uniform}),
    "an outer product": (lambda x, w, b: sg.gradient(np.sum(layer(x, w, b) ** 2), w), (16, (8, 16), 8), {Shared, Across}),
    "two vectors": (lambda x, w, b: (w.reshape(4, 1) * x + b.reshape(4, 1)).ravel(), (16, 4, 4), {Shared, Uniform, Across}),
    "zeros by structure": (lambda x, w, b: sg.jacobian(np.tanh(x) + b * w, x), (9, (), ()), {Shared}),
    "more than one loop": (lambda x, w, b: np.exp(w.reshape(33, 1) * x[:1]) * np.ones((33, 64)), (2, 33, ()), {Shared}),
    "a long rule, called": (lambda x, w, b: np.arctan2(x.reshape(8, 1), w), (8, (8, 8), ()), {Shared, Uniform}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bytes(name, dtype):
    function, shapes, made_of = CASES[name]
    x, w, b = sg.input("x", shapes[0]), sg.parameter("w", shapes[1]), sg.input("b", shapes[2])
    interpreted, native = both(function(x, w, b), [x, w, b], dtype)
    first, matrix, last = (np.asarray(RNG.normal(size=shape)) for shape in ((ROWS, *x.shape), w.shape, (ROWS, *b.shape)))
    first[3], first[4], last[1], matrix.flat[-1:] = np.nan, np.inf, -np.inf, 0.0
    for rows in (ROWS, 5):
        assert_same_bytes(interpreted(first[:rows], matrix, last[:rows]), native(first[:rows], matrix, last[:rows], threads=2))
    found = [each for each in Elements(native.program, False).sinks if isinstance(each, StoreRows)]
    assert {type(leaf) for each in found for _, columns in each.columns for leaf in leaves(columns)} == made_of


def test_only_where_it_pays():
    """Columns that share nothing are transposed, and so are those that two rules make."""
    x, y = sg.inputs("x y")
    apart = sg.compile(sg.stack([np.sin(x * (1.0 + k)) if k % 2 else np.cos(x * (2.0 + k)) for k in range(32)]), [x, y])
    assert not any(isinstance(each, StoreRows) for each in Elements(apart.program, False).sinks)
    alike = sg.compile(sg.stack([x * (2.0 + k) for k in range(32)]), [x, y])
    store = Elements(alike.program, False).sinks[0]
    assert isinstance(store, StoreRows) and all(isinstance(columns, Applied) for _, columns in store.columns)
