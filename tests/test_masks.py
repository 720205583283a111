"""Arithmetic with truth values: a result is a truth value or counts where NumPy's is and does, in every combination."""

import itertools
import operator

import numpy as np
import pytest

import staticgraph as sg

ROWS = np.random.default_rng(2).normal(size=(6, 4))
OTHERS = np.random.default_rng(3).normal(size=(6, 4))
X, Y = sg.input("x", 4), sg.input("y", 4)


def check(*writes):
    """The same type, value, and sum with itself (which is `or` of truth values), or a refusal, as in NumPy.

    What several write becomes one program, as a program each would take most of the time to compile.
    """
    found = [pair for pair in map(written, writes) if pair is not None]
    if not found:
        return
    results = iter(sg.compile([each for node, _ in found for each in (node, node + node)], [X, Y])(ROWS, OTHERS))
    for _, expected in found:
        value, doubled = next(results), next(results)
        assert (value.dtype == bool) == (doubled.dtype == bool) == (expected[0].dtype == bool)
        np.testing.assert_allclose(value, np.array(expected, value.dtype), rtol=1e-13)
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(doubled, np.array([each + each for each in expected], value.dtype), rtol=1e-13)


def written(write):
    """Return what is written as a node, and as NumPy's value of each row; None where both refuse."""
    with np.errstate(all="ignore"):
        try:
            expected = [np.asarray(write(*row)) for row in zip(ROWS, OTHERS, strict=True)]
        except TypeError:
            with pytest.raises(TypeError):
                write(X, Y)
            return None
    node = write(X, Y)
    assert isinstance(node, sg.Node)
    assert (node.dtype == bool) == (expected[0].dtype == bool)
    assert node.shape == expected[0].shape
    return node, expected


OF_ONE = {
    "abs": abs,
    "np.abs": np.abs,
    "square": np.square,
    "sign": np.sign,
    "negative": operator.neg,
    "positive": operator.pos,
    "np.negative": np.negative,
    "np.positive": np.positive,
    "invert": operator.invert,
    "logical_not": np.logical_not,
    "isnan": np.isnan,
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "sum kept": lambda m: np.sum(m, keepdims=True),
    "prod kept": lambda m: m.prod(keepdims=True),
    "prod over no axis": lambda m: np.prod(m, axis=()),
    "prod of one": lambda m: np.prod(m[:1]),
    "prod of none": lambda m: np.prod(m[:0]),
    "sum of none": lambda m: np.sum(m[:0]),
    "element": lambda m: m[1],
    "slice": lambda m: m[::-1],
    "reshape": lambda m: m.reshape(2, 2),
    "transpose": lambda m: m.reshape(2, 2).T,
    "ravel": np.ravel,
    "broadcast_to": lambda m: np.broadcast_to(m, (2, 4)),
    "clip by numbers": lambda m: np.clip(m, 0, 1),
    "power 0": lambda m: m**0,
    "power 1": lambda m: m**1,
    "power 2": lambda m: m**2,
    "power 0.5": lambda m: m**0.5,
    "norm": np.linalg.norm,
    "norm 1": lambda m: np.linalg.norm(m, 1),
    "norm inf": lambda m: np.linalg.norm(m, np.inf),
    "norm 1 of a matrix": lambda m: np.linalg.norm(m.reshape(2, 2), 1),
    "dot with itself": lambda m: np.dot(m, m),
    "matrix": lambda m: m.reshape(2, 2) @ m.reshape(2, 2),
    "matrix and vector": lambda m: m.reshape(2, 2) @ m[:2],
    "nothing @ nothing": lambda m: m[:0] @ m[:0],
    "select": lambda m: np.select([m], [m], False),
    "select with a number": lambda m: np.select([m], [m], 0),
    "sum of a list": lambda m: sum([m, m]),
    "times one": lambda m: m * 1,
    "plus zero": lambda m: m + 0,
    "less zero": lambda m: m - 0.0,
    "over one": lambda m: m / 1,
    "where": lambda m: np.where(m, m, ~m),
    "where True": lambda m: np.where(True, m, 1.0),
}
OF_TWO = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "@": operator.matmul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "dot": np.dot,
    "outer": np.outer,
    "hypot": np.hypot,
    "where": lambda a, b: np.where(a > 0, a, b),
    "stack": lambda a, b: np.stack([a, b]),
    "concatenate": lambda a, b: np.concatenate([a, b]),
    "select": lambda a, b: np.select([a > 0, b > 0], [a, b], True),
}
VALUES = {
    "mask": lambda x, y: x > 0,
    "other mask": lambda x, y: y > x,
    "vector": lambda x, y: x * x + 0.5,
    "array of bool": lambda x, y: np.array([True, False, True, True]),
    "array of int": lambda x, y: np.array([1, 0, 2, 1]),
}
PAIRS = [pair for pair in itertools.product(VALUES, repeat=2) if "mask" in "".join(pair)]
NUMBERS = {"True": True, "False": False, "np.True_": np.True_, "0": 0, "2": 2, "0.5": 0.5}


@pytest.mark.parametrize("name", OF_ONE)
def test_functions_of_a_mask(name):
    check(lambda x, y: OF_ONE[name](x > 0), lambda x, y: OF_ONE[name](x > -9))


@pytest.mark.parametrize("name", OF_TWO)
def test_functions_of_a_mask_and_something(name):
    pairs = [(VALUES[first], VALUES[second]) for first, second in PAIRS if (name, first, second) not in FLOAT16]
    for half in (pairs[::2], pairs[1::2]):  # so that no program is too large for `conftest` to compare the engines
        check(*(lambda x, y, a=a, b=b: OF_TWO[name](a(x, y), b(x, y)) for a, b in half))


FLOAT16 = {("hypot", first, second) for first, second in PAIRS if {first, second} <= {"mask", "other mask", "array of bool"}}
"""Where NumPy computes in half precision."""


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "<", "==", "!=", "maximum", "logical_or", "where"])
def test_a_mask_and_a_number(name):
    check(*(lambda x, y, number=number: OF_TWO[name](x > 0, number) for number in NUMBERS.values()))
    if name != "where":
        check(*(lambda x, y, number=number: OF_TWO[name](number, x > 0) for number in NUMBERS.values()))


@pytest.mark.parametrize("operate", [operator.and_, operator.or_, operator.xor])
@pytest.mark.parametrize("constant", [True, np.True_, np.array([True, False, True, True])])
def test_a_mask_and_a_constant_one(operate, constant):
    check(lambda x, y: operate(constant, x > 0), lambda x, y: operate(y > x, constant))


@pytest.mark.parametrize("reduce", [np.prod, np.sum, np.mean])
def test_what_a_mask_counts_can_be_differentiated_beside_numbers(reduce):
    f = sg.compile(reduce(X > -9) * np.sum(X), [X])
    value, gradients = f.value_and_grad(ROWS)
    expected = np.array([float(reduce(row > -9)) for row in ROWS])
    np.testing.assert_allclose(value, expected * ROWS.sum(axis=1), rtol=1e-13)
    np.testing.assert_array_equal(gradients.x, np.repeat(expected[:, None], 4, axis=1))
