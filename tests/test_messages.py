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
        (lambda: np.spacing(X), "spacing"),
        (lambda: np.gcd(X, 2), "gcd"),
        (lambda: np.argmax(X), "argmax"),
        (lambda: np.searchsorted([0.0, 1.0], X), "searchsorted"),
        (lambda: np.linalg.eig(X), "eig"),
        (lambda: np.unique(X), "unique"),
        (lambda: np.gcd.reduce(X), "gcd"),
        (lambda: np.add.at(X, 0, 1.0), "add"),
        (lambda: np.add(X, 1.0, out=np.zeros((3, 3))), "add"),
    ],
)
def test_a_function_that_is_not_supported_is_named(call, name):
    with pytest.raises(TypeError, match=name):
        call()


@pytest.mark.parametrize(
    ("call", "pattern"),
    [
        (lambda: np.argmax(X), r"position that depends on values.*np\.max"),
        (lambda: np.unique(X), r"how many there are differs.*np\.sort"),
        (lambda: np.linalg.svd(X), r"iteration.*np\.linalg\.norm"),
        (lambda: np.searchsorted([0.0, 1.0], X), r"position.*np\.interp"),
        (lambda: np.fft.fft(X[0]), r"Fourier.*np\.exp"),
    ],
)
def test_a_function_that_is_not_supported_says_why_and_what_works(call, pattern):
    with pytest.raises(TypeError, match=f"not supported for nodes; .*{pattern}"):
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
    "dtype for keepdims": (lambda: np.sum(A, 0, True), "keepdims=True"),
    "dtype of integers": (lambda: np.sum(A, 0, int), "float64 or float32"),
    "where of a ufunc": (lambda: np.exp(A, where=[True, False, True]), r"sg\.where"),
    "node as an index of moves": (lambda: np.roll(A, S), "layout of the graph"),
    "sort of many": (lambda: np.sort(sg.input("long", 65)), "up to 64"),
    "array.dot(node)": (lambda: np.ones(3).dot(A), "array @ node"),
    "sparse @ node": (lambda: Sparse() @ A, "toarray"),
    "node @ sparse": (lambda: A @ Sparse(), "toarray"),
    "Fraction": (lambda: S * Fraction(1, 3), r"float\("),
    "Decimal": (lambda: S + Decimal(2), r"float\("),
    "node << 1": (lambda: S << 1, r"docs/numpy\.md"),
    "node ^ node": (lambda: S ^ S, "logical_xor"),
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


@pytest.mark.parametrize(
    "name, words", [("argmax", "np.max"), ("flat", "ravel"), ("tofile", r"docs/numpy\.md"), ("nonsense", "no attribute")]
)
def test_a_method_that_nodes_lack(name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(A, name)
    assert not hasattr(A, "__array_interface__")


def test_a_function_of_scipy_that_is_not_supported():
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=r"scipy\.special\.j0 is not supported.*docs/numpy\.md"):
        special.j0(S)
