"""What an error says to write instead, where a node cannot do what an array can."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import staticgraph as sg

X, S, A, B = sg.input("x", (3, 3)), sg.input("s"), sg.input("a", (3,)), sg.input("b", (4,))


def test_an_if_on_a_node_points_to_where():
    x = sg.input("x", 2)
    for condition in (x, x > 0, x[0] > 0, (x[0] > 0) & (x[1] > 0)):
        with pytest.raises(TypeError, match=r"sg\.where"):
            bool(condition)


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: np.floor(X), "floor"),
        (lambda: np.float_power(X, 2), "float_power"),
        (lambda: np.diff(X), "diff"),
        (lambda: np.sort(X), "sort"),
        (lambda: np.hstack([X, X]), "hstack"),
        (lambda: np.linalg.inv(X), "inv"),
        (lambda: np.einsum("ij->i", X), "einsum"),
        (lambda: np.median(X), "median"),
        (lambda: np.add.reduce(X), "add"),
        (lambda: np.add(X, 1.0, out=np.zeros((3, 3))), "add"),
    ],
)
def test_a_function_that_is_not_supported_is_named(call, name):
    with pytest.raises(TypeError, match=name):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: np.array([S, S]),
        lambda: np.array([X, X]),
        lambda: np.array([1.0, S]),
        lambda: np.asarray(X),
        lambda: np.array(S, dtype=object),
        lambda: np.exp([S, S]),
        lambda: np.array([1.0, 2.0]) * [S, S],
    ],
)
def test_a_node_does_not_become_an_array(call):
    with pytest.raises(TypeError, match=r"sg\.stack"):
        call()


def assigned():
    array = np.zeros(2)
    array[0] = S


def assigned_rows():
    array = np.zeros((2, 3))
    array[0] = A


def set_item():
    A[0] = 1.0


def deleted_item():
    del A[0]


def added_in_place():
    array = np.zeros(3)
    array += A


class Sparse:
    """As a matrix of `scipy.sparse` looks to a node."""

    __module__ = "scipy.sparse._csr"
    shape, ndim = (3, 3), 2

    def __matmul__(self, other):
        return np.asanyarray(other)


INSTEAD = {
    "array[i] = node": (assigned, r"sg\.stack"),
    "array[row] = node": (assigned_rows, r"sg\.stack"),
    "node[i] = number": (set_item, r"sg\.where"),
    "del node[i]": (deleted_item, r"sg\.where"),
    "array += node": (added_in_place, "array = array"),
    "array.dot(node)": (lambda: np.ones(3).dot(A), "array @ node"),
    "sparse @ node": (lambda: Sparse() @ A, "toarray"),
    "node @ sparse": (lambda: A @ Sparse(), "toarray"),
    "Fraction": (lambda: S * Fraction(1, 3), r"float\("),
    "Decimal": (lambda: S + Decimal(2), r"float\("),
    "node % 2": (lambda: S % 2, "README"),
    "2 % node": (lambda: 2 % S, "README"),
    "node // 2": (lambda: S // 2, "README"),
    "divmod": (lambda: divmod(S, 2), "README"),
    "node ^ node": (lambda: (S > 0) ^ (S > 1), "README"),
    "node << 1": (lambda: S << 1, "README"),
    "round": (lambda: round(S), "README"),
    "round to digits": (lambda: round(S, 2), "README"),
    "math.floor": (lambda: math.floor(S), "README"),
    "math.sin": (lambda: math.sin(S), "NumPy"),
    "+mask": (lambda: +(S > 0), r"1\.0"),
    "sign of a mask": (lambda: np.sign(S > 0), r"1\.0"),
    "dot of shapes": (lambda: np.dot(A, B), "^dot"),
    "select of shapes": (lambda: np.select([A > 0], [B]), "^select"),
    "transpose": (lambda: np.transpose(X, (0, 2)), "^transpose"),
    "axis of a float": (lambda: np.sum(A, axis=1.5), "^sum"),
    "axis of softmax": (lambda: sg.softmax(A, axis=3), "^softmax"),
    "stack of nodes without a list": (lambda: sg.stack(S, S), "^stack: expected a sequence"),
    "max of Python": (lambda: max(S, A[0]), r"np\.maximum"),
    "reshape by a float": (lambda: X.reshape(4.5), "^reshape"),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_an_error_says_what_to_write_instead(name):
    call, words = INSTEAD[name]
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert re.search(words, f"{caught.value} {caught.value.__cause__ or ''}")


@pytest.mark.parametrize("name, words", [("dot", "np.dot"), ("flatten", "ravel"), ("astype", "README"), ("nonsense", "no attribute")])
def test_a_method_that_nodes_lack(name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(A, name)
    assert not hasattr(A, "__array_interface__")


@pytest.mark.parametrize("name, ours", [("expit", "sigmoid"), ("erf", "erf"), ("gammaln", "lgamma"), ("psi", "digamma"), ("j0", None)])
def test_a_function_of_scipy_names_ours(name, ours):
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=rf"scipy\.special\..*{rf'sg.{ours}' if ours else 'README'}"):
        getattr(special, name)(S)
