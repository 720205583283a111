"""Leaves by name, and what `compile` and `function` are given by mistake: the message names it and says what to write instead."""

import functools
import pickle
import re

import numpy as np
import pytest

import staticgraph as sg


def scale(x, w=2.0):
    """Multiply."""
    return x * w


class Scaling:
    def __call__(self, x, w):
        return x * w


def decorated(python_function, **options):
    return lambda: sg.function(**{"inputs": {"x": ()}} | options)(python_function)


def returning(value):
    def model(x):
        return value(x) if callable(value) else value

    return decorated(model)


X, Y = sg.inputs("x y")
MISTAKES = {
    "inputs as a list": (lambda: sg.function(inputs=["mu"]), TypeError, "inputs", r'names to shapes such as \{"mu": \(\)\}', "list"),
    "inputs as a string": (lambda: sg.function(inputs="mu"), TypeError, "inputs", "mapping", "'mu'"),
    "parameters as a tuple": (lambda: sg.function(parameters=("x", "w")), TypeError, "parameters", "mapping", "tuple"),
    "data as a string": (lambda: sg.function(data="t"), TypeError, "data", "mapping"),
    "a name that is no identifier": (lambda: sg.function(inputs={"x y": ()}), ValueError, "x y"),
    "a name that is no string": (lambda: sg.function(inputs={1: ()}), ValueError, "1"),
    "a taken name": (lambda: sg.function(inputs={"wrt": ()}), ValueError, "wrt"),
    "a shape that is none": (decorated(scale, inputs={"x": 2.5}), TypeError, "'x'", "shape", r"2\.5"),
    "a negative shape": (lambda: sg.data("t", -1), ValueError, "data 't'", "-1"),
    "declared twice": (decorated(scale, parameters={"x": ()}), ValueError, "'x'", "twice", "input", "parameter"),
    "one identifier in two spellings": (lambda: sg.function(inputs={"\u00b5": (), "\u03bc": ()}), ValueError, "\u03bc", "twice"),
    "an unknown name": (decorated(scale, inputs={"x": (), "z": ()}), ValueError, "scale", "'z'", "x, w"),
    "not declared": (decorated(Scaling()), TypeError, "Scaling", "'w'", r"inputs=\{'w': \(\)\}"),
    "without parentheses": (lambda: sg.function(scale), TypeError, "scale", r"@sg\.function\(inputs=\{'x': \(\), 'w': \(\)\}\)"),
    "shapes by position": (lambda: sg.function({"x": ()}), TypeError, r"inputs=\{'x': \(\)\}", "dict"),
    "no Python function": (decorated(3.0), TypeError, r"3\.0", "function"),
    "returns None": (returning(None), TypeError, "model", "None", "return"),
    "returns a set": (returning(lambda x: {"x"}), TypeError, "model", "set", "node", "tuple"),
    "makes a set": (returning(lambda x: {x}), TypeError, "element of a set", "np.select"),
    "returns a number": (returning(5.0), TypeError, "model", r"5\.0", r"sg\.constant"),
    "returns an array": (returning(np.ones(3)), TypeError, "model", "array", r"sg\.constant"),
    "returns a string": (returning("x"), TypeError, "model", "'x'", "node"),
    "returns nothing but numbers": (returning((1.0, 2.0)), TypeError, "model", "tuple"),
    "returns no outputs": (returning(()), TypeError, "model", "tuple"),
    "returns None among nodes": (returning(lambda x: (x, None)), TypeError, "model", "None"),
    "returns a generator": (returning(lambda x: (x * k for k in range(2))), TypeError, "model", "generator"),
    "compiles a number": (lambda: sg.compile(5.0), TypeError, "outputs", r"5\.0", "float", r"sg\.constant"),
    "compiles numbers": (lambda: sg.compile([X, 5.0]), TypeError, "outputs", r"5\.0", r"sg\.constant"),
    "compiles a Python function": (lambda: sg.compile(scale), TypeError, "outputs", "scale", r"sg\.function traces"),
    "inputs by name": (lambda: sg.compile(X * Y, ["x", "y"]), TypeError, "inputs", "'x'", "str", r"leaves that sg\.input made"),
    "inputs as one name": (lambda: sg.compile(X, "x"), TypeError, "inputs", "'x'", r"leaves that sg\.input made"),
    "inputs as a mapping": (lambda: sg.compile(X, {"x": ()}), TypeError, "inputs", "dict", r"leaves that sg\.input made"),
    "a leaf of the same name": (lambda: sg.compile(X, [sg.input("x")]), ValueError, "'x'", "missing", "another leaf"),
    "a leaf twice": (lambda: sg.compile(X * Y, [Y, X, Y]), ValueError, "'y'", "twice"),
    "two names that are one identifier": (lambda: sg.compile(sg.input("\u00b5") * sg.input("\u03bc")), ValueError, "\u03bc", "unique"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_what_to_write(mistake):
    call, error, *fragments = MISTAKES[mistake]
    with pytest.raises(error) as caught:
        call()
    for fragment in fragments:
        assert re.search(fragment, str(caught.value)), f"{fragment!r} is not in {str(caught.value)!r}"
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "traced, name, doc",
    [
        (scale, "scale", "Multiply."),
        (functools.partial(scale, w=3.0), "scale", "Multiply."),
        (Scaling(), "Scaling", None),
        (Scaling().__call__, "__call__", None),
        (lambda x, w: x * w, "<lambda>", None),
    ],
)
def test_whatever_can_be_called_can_be_traced(traced, name, doc):
    f = sg.function(inputs={"x": ()}, parameters={"w": ()})(traced)
    assert (f.__name__, f.__doc__, f(3.0, 4.0)) == (name, doc, 12.0)


def test_a_python_function_may_return_numbers_beside_nodes():
    f = sg.function(inputs={"x": ()})(lambda x: [x + 1.0, 2.0, np.ones(2)])
    first, second, third = f(3.0)
    assert (first, second, third.tolist()) == (4.0, 2.0, [1.0, 1.0])


def test_leaves_alone_are_outputs_too():
    f = sg.compile([X, Y])
    assert f(np.arange(3.0), 5.0)[0].tolist() == [0.0, 1.0, 2.0]
    assert sg.compile(Y)(4.0) == 4.0


@pytest.mark.parametrize("name", ["\u03c3", "\u0394x", "\u00b5", "\ufb01t", "\u2113", "e\u0301", "\u00aa", "\U0001d431"])
def test_a_name_is_the_identifier_that_python_reads(name):
    leaf = sg.input(name)
    space = {"f": sg.compile(leaf * leaf), "sg": sg}
    exec(f"v = f({name}=2.0)\ng = f.grad(3.0).{name}", space)
    exec(f"@sg.function(inputs={{{name!r}: ()}})\ndef traced({name}):\n    return {name} * 3.0", space)
    assert (space["v"], space["g"], space["traced"](2.0)) == (4.0, 6.0, 6.0)


@pytest.mark.parametrize("name", ["x\u00b2", "\U0001d422\U0001d41f", "\uff3fx", "\U0001d430rt"])
def test_a_name_is_judged_as_python_reads_it(name):
    """No identifier before it is normalised; a keyword, an underscore, a taken name afterwards."""
    with pytest.raises(ValueError, match="cannot name a leaf"):
        sg.input(name)


def test_data_is_a_varying_leaf():
    t, w = sg.data("t", 2), sg.parameter("w", 2)
    assert (t.role, t.varying, t.shape, (t * w).varying) == ("data", True, (2,), True)
    f = pickle.loads(pickle.dumps(sg.compile(np.sum(t * w) + X, [X, t, w])))
    assert [leaf.role for leaf in f.inputs] == ["input", "data", "parameter"]
    assert [leaf.name for leaf in f.program.inputs] == ["x", "t"]
    grads = f.grad(np.zeros(3), np.ones((3, 2)), [4.0, 5.0], wrt=["t", "w"])
    assert grads.t.tolist() == [[4.0, 5.0]] * 3
    assert grads.w.tolist() == [3.0, 3.0]


def test_a_traced_function_declares_data():
    @sg.function(inputs={"x": ()}, data={"t": ()}, parameters={"w": ()})
    def residual(t, w, x):
        return w * x - t

    assert [(leaf.name, leaf.role) for leaf in residual.inputs] == [("t", "data"), ("w", "parameter"), ("x", "input")]
    assert residual(np.ones(3), 2.0, np.arange(3.0)).tolist() == [-1.0, 1.0, 3.0]
