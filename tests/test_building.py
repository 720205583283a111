"""Building graphs: leaves, nodes, and what is refused with which words (section 1 of the contract)."""

import builtins
import math
import types

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import staticgraph as sg
from staticgraph import __main__ as report

CUBE = (2, 3, 4)
X, S = sg.input("x", (3, 3)), sg.input("s")


@pytest.mark.parametrize("make", [sg.input, sg.parameter, lambda name: sg.inputs(f"good {name}")])
@pytest.mark.parametrize("name", ["1x", "x-y", "class", "None", "_x", "__x", "wrt", "weights", "out", "threads", "x.y"])
def test_a_name_must_be_usable_as_a_keyword(make, name):
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        make(name)


@pytest.mark.parametrize("make", [sg.input, sg.parameter])
@pytest.mark.parametrize("name", ["", "x y", " x"])
def test_a_name_is_one_identifier(make, name):
    with pytest.raises(ValueError):
        make(name)


def test_a_name_is_unique_within_a_function():
    with pytest.raises(ValueError, match="same"):
        sg.compile(sg.input("same") + sg.input("same"))
    with pytest.raises(ValueError, match="same"):
        sg.compile(sg.input("same") + sg.parameter("same"))


@pytest.mark.parametrize("name", ["self", "args", "kwargs", "cotangent", "count", "index", "match", "name", "wert_2", "größe"])
def test_other_names_are_free(name):
    leaf, other = sg.input(name), sg.parameter("p")
    f = sg.compile(leaf * other)
    assert f(**{name: 2.0, "p": 3.0}) == 6.0
    value, grads = f.value_and_grad(**{name: 2.0, "p": 3.0})
    assert (value, getattr(grads, name), grads[name]) == (6.0, 3.0, 3.0)
    assert f.vjp(1.0, **{name: 2.0, "p": 3.0})[name] == 3.0


@pytest.mark.parametrize("make", [sg.input, sg.parameter])
@pytest.mark.parametrize(
    "given, shape", [(3, (3,)), ((), ()), ((2, 3), (2, 3)), ((1,), (1,)), (np.int64(2), (2,)), (0, (0,)), ((2, 0), (2, 0))]
)
def test_a_shape_is_an_int_or_a_tuple(make, given, shape):
    leaf = make("x", given)
    assert (leaf.shape, leaf.ndim, leaf.size, leaf.name) == (shape, len(shape), math.prod(shape), "x")
    assert all(type(length) is int for length in leaf.shape)
    assert leaf.dtype == np.float64
    assert leaf.T.shape == shape[::-1]


def test_bad_shapes():
    with pytest.raises(ValueError):
        sg.input("x", -1)
    with pytest.raises((TypeError, ValueError)):
        sg.input("x", (2.5,))


def test_inputs_are_scalar_varying_leaves():
    leaves = sg.inputs("x y z")
    assert isinstance(leaves, tuple)
    assert [(leaf.name, leaf.shape) for leaf in leaves] == [("x", ()), ("y", ()), ("z", ())]


def test_a_constant_keeps_the_values_it_was_made_of():
    values = np.array([1.0, 2.0, 3.0])
    x = sg.input("x", 3)
    f = sg.compile(x * values + sg.constant(values))
    values[:] = 0.0
    assert_array_equal(f([1.0, 1.0, 1.0]), [2.0, 4.0, 6.0])
    assert sg.constant([[1, 2]]).shape == (1, 2)
    assert sg.constant(True).dtype == bool


@pytest.mark.parametrize("value", [1j, "text", None, [1, None], np.datetime64("2020-01-01"), np.ma.array([1.0], mask=[True])])
def test_a_constant_is_real(value):
    with pytest.raises(TypeError):
        sg.constant(value)


def test_a_node_is_immutable_and_hashable():
    x, y = sg.inputs("x y")
    for name in ("shape", "name", "anything"):
        with pytest.raises(AttributeError):
            setattr(x, name, (1,))
    assert len({x, y, x}) == 2
    assert {x: 1, y: 2}[x] == 1
    assert (x + y).name is None


def test_a_star_import_hides_nothing_of_python():
    assert not set(sg.__all__) & set(dir(builtins))
    assert {"exp", "where", "stack", "Node"} <= set(sg.__all__)
    assert all(hasattr(sg, name) for name in ("sum", "max", "min", "abs"))


def test_what_is_public_is_listed_and_nothing_else():
    listed = {name for name in dir(sg) if name[0] != "_"}
    assert listed - {"sum", "max", "min", "abs", "all", "any", "round", "divmod", "compile", "input"} == set(sg.__all__)
    assert not any(isinstance(getattr(sg, name), types.ModuleType) for name in listed - {"linalg"})
    assert "__version__" in dir(sg)


def test_the_package_tells_what_is_there_and_checks_itself(monkeypatch, capsys):
    assert report.main() == 0
    told = capsys.readouterr().out
    assert f"staticgraph  {sg.__version__}" in told
    assert all(f"\n{name}" in told for name in ("Python", "processor", "engine", "cache", "self-check   passed"))
    monkeypatch.setenv("STATICGRAPH_CACHE_DIR", "off")
    monkeypatch.setattr(report, "failures", lambda: ["the engines differ"])
    assert report.main() == 1
    told = capsys.readouterr().out
    assert "cache        off" in told
    assert told.endswith("the engines differ\n")


def test_the_logarithm_of_no_probability_is_silent():
    assert sg.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf


@pytest.mark.parametrize("call", [lambda: float(S), lambda: int(S), lambda: math.exp(S), lambda: len(S), lambda: iter(S)])
def test_other_python_protocols_are_refused(call):
    with pytest.raises(TypeError):
        call()


def test_axis_zero_is_a_sequence():
    x = sg.input("x", (3, 2))
    assert len(x) == 3
    first, second, third = x
    assert [row.shape for row in x] == [(2,)] * 3
    (a, b), _, _ = x
    f = sg.compile((first - third, second, a * b, sg.stack(list(x)[::-1])))
    values = np.arange(6.0).reshape(3, 2)
    results = f(values)
    for result, expected in zip(results, (values[0] - values[2], values[1], values[0].prod(), values[::-1]), strict=True):
        assert_array_equal(result, expected)


def test_a_reduction_over_a_missing_axis_fails_like_numpys():
    for axis in (3, -4, (0, 0)):
        with pytest.raises(ValueError):
            np.sum(sg.input("x", CUBE), axis=axis)


@pytest.mark.parametrize(
    "key", [2, -3, (0, 3), (0, 0, 0, 0), 1.0, "a", [0, 2], (0, [9]), (slice(None), [0, 1], [0, 1, 2]), slice(0, 1, 0), [0.5], S], ids=repr
)
def test_a_bad_index_raises_when_written(key):
    with pytest.raises(IndexError):
        sg.input("x", CUBE)[key]


A, B = sg.input("a", (3,)), sg.input("b", (4,))


@pytest.mark.parametrize(
    "call, operation",
    [
        (lambda: A + B, "add"),
        (lambda: A - np.zeros(4), "subtract"),
        (lambda: np.zeros(4) / A, "divide"),
        (lambda: A < B, "less"),
        (lambda: np.maximum(A, B), "maximum"),
        (lambda: sg.arctan2(B, A), "arctan2"),
        (lambda: np.where(A > 0, B, 0.0), "where"),
        (lambda: np.clip(A, B, 1.0), "clip"),
        (lambda: A @ B, "matmul"),
        (lambda: np.ones((2, 4)) @ A, "matmul"),
        (lambda: np.stack([A, B]), "stack"),
        (lambda: np.concatenate([A.reshape(1, 3), B.reshape(1, 4)]), "concatenate"),
        (lambda: A.reshape(4), "reshape"),
        (lambda: np.broadcast_to(A, 4), "broadcast_to"),
    ],
)
def test_shapes_that_do_not_fit_are_named_with_the_operation(call, operation):
    with pytest.raises(ValueError, match=rf"(?s)(?=.*{operation})(?=.*\((1, )?3,?\))(?=.*\b4,?\))"):
        call()


def test_a_matrix_product_has_no_scalar_operand():
    with pytest.raises(ValueError, match="matmul"):
        S @ X
