"""`help` of a function under `sg.`: its signature, its gradient and its accuracy, and all of it true."""

import inspect
import math
import pydoc
import re

import numpy as np
import pytest
import scipy.special

import staticgraph as sg
from staticgraph.gates import GATES
from staticgraph.gates.accuracy import BARS, ROUNDED
from staticgraph.kinds import of
from staticgraph.nodes.declaring import PUBLIC

FLOWING = [gate for gate in GATES.values() if gate.public and gate.kind == "elementwise" and gate.differentiable]
ELEMENTWISE = [gate for gate in GATES.values() if gate.public and of(gate).strided and gate.name not in PUBLIC]
NUMPY = ("where", "abs", "sign", "log", "log1p", "exp", "exp2", "sqrt", "cos", "sin", "cosh", "sinh", "clip", "hypot", "trunc", "floor")
MEANING = {name: getattr(np, name) for name in NUMPY} | {
    "pi": math.pi, "sigmoid": scipy.special.expit, "digamma": scipy.special.digamma, "trigamma": lambda a: scipy.special.polygamma(1, a),
    "i0": scipy.special.i0, "i1": scipy.special.i1, "i0e": scipy.special.i0e, "i1e": scipy.special.i1e,
}  # fmt: skip


def paragraph(gate):
    found = re.search(r"Gradient: (.*?)\.(?:\n\n|\n? *$)", gate.__doc__ or "", re.DOTALL)
    return found and " ".join(found[1].split())


@pytest.mark.parametrize("gate", FLOWING, ids=str)
def test_the_gradient_told_is_the_gradient(gate):
    """But for steps, every elementwise gate tells what each operand receives, in the letters of its rule."""
    text = paragraph(gate)
    if text is None:
        assert "its gradient is 0 everywhere" in gate.__doc__
        return
    random = np.random.default_rng(1)
    operands = [random.uniform(low, high, 50) if low < high else random.integers(0, 2, 50) * 1.0 for low, high in gate.domain]
    names = list(inspect.signature(gate.forward).parameters)
    g = random.uniform(0.5, 2.0, 50)
    value = gate(*operands)
    received = [each for each in gate.contributions(g, value, *operands) if each is not None]
    told = re.findall(r"`(.*?)`", text)
    assert len(told) == len(received)
    for formula, expected in zip(told, received, strict=True):
        meant = eval(formula, MEANING | dict(zip(names, operands, strict=True)) | {"g": g, "y": value})
        np.testing.assert_allclose(np.broadcast_to(meant, 50), np.broadcast_to(expected, 50), rtol=1e-9, atol=1e-12, err_msg=formula)


@pytest.mark.parametrize("name", sorted(ROUNDED))
def test_correctly_rounded(name):
    """As NumPy's are, which are the processor's."""
    random = np.random.default_rng(2)
    operands = [random.uniform(0.1, 1e3, 10_000) for _ in range(GATES[name].arity)]
    np.testing.assert_array_equal(getattr(sg, name)(*operands), getattr(np, name)(*operands))


@pytest.mark.parametrize("gate", ELEMENTWISE, ids=str)
def test_help(gate):
    function = getattr(sg, gate.name)
    shown = pydoc.render_doc(function, renderer=pydoc.plaintext)
    lines = shown.splitlines()
    assert lines[2].startswith(f"{gate.name}(")
    assert lines[2] == f"{gate.name}{inspect.signature(function)}"
    assert inspect.cleandoc(gate.__doc__).split("\n")[0] in shown
    assert ("Accuracy: within" in shown) == (gate.name in BARS)
    if paragraph(gate):
        assert "Here `g` is the upstream gradient and `y` the value." in shown


def test_numbers_of_accuracy():
    assert "within 1 unit in the last place, in float64 and in float32" in sg.exp.__doc__
    assert "within 2.5 units" in sg.sinc.__doc__
    assert "of a larger number where" in sg.lgamma.__doc__
    assert "correctly rounded" in sg.add.__doc__
    assert "within 4 units" in sg.softmax.__doc__


@pytest.mark.parametrize("name", [name for name in dir(sg) if callable(getattr(sg, name)) and name[0] != "_"])
def test_every_function_has_a_sentence_and_a_signature(name):
    function = getattr(sg, name)
    assert (function.__doc__ or "").strip().split("\n")[0].endswith(".")
    assert all(each.kind is not each.VAR_POSITIONAL or each.name in NAMED for each in inspect.signature(function).parameters.values())


NAMED = {"args", "operands", "choices", "arys", "xi"}
"""What NumPy's functions call several arguments; `*arguments` would be a function that does not tell what it takes."""
