"""What follows from constants alone is a constant, under whatever shape it is used."""

import pickle

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.nodes.node import CONSTANT

TWO, NOTHING = sg.constant(2.0), sg.constant([[0.0]])
FOLDED = {
    "another shape by an identity": (lambda: TWO - NOTHING, [[2.0]]),
    "computed from it": (lambda: np.exp(TWO - NOTHING) * 1.5, [[np.exp(2.0) * 1.5]]),
    "an element": (lambda: sg.constant([1.0, 2.0, 3.0])[1] * 2.0, 4.0),
    "a part of a part": (lambda: sg.constant(np.arange(12.0).reshape(3, 4))[1:][1, 1:3], [9.0, 10.0]),
    "reshaped": (lambda: sg.constant([1.0, 2.0]).reshape(2, 1) * 1.0, [[1.0], [2.0]]),
    "repeated": (lambda: np.broadcast_to(sg.constant([1.0, 2.0]), (2, 2)) + 0.5, [[1.5, 2.5], [1.5, 2.5]]),
    "truth values": (lambda: np.where(sg.constant([True, False])[1:], 1.0, 2.0), [2.0]),
    "no elements": (lambda: sg.constant([1.0, 2.0])[:0] * 2.0, []),
}


@pytest.mark.parametrize("case", FOLDED)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_is_folded(case, dtype):
    make, expected = FOLDED[case]
    f = sg.compile(make(), [], dtype=dtype)
    (node,) = f.graph.nodes
    assert node.role == CONSTANT
    assert not node.static.flags.writeable
    np.testing.assert_allclose(node.static, expected, rtol=1e-6 if dtype == np.float32 else 1e-15)
    assert f.program.prologue == 0
    assert f().shape == np.shape(expected)
    np.testing.assert_array_equal(f(), node.static)


@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_beside_an_input_it_is_a_constant_operand(engine):
    x = sg.input("x")
    f = sg.compile(x * np.exp(TWO - NOTHING), engine=engine)
    assert f.program.prologue == 0
    np.testing.assert_allclose(f(1.0), [[np.exp(2.0)]], rtol=1e-15)
    assert f(np.ones(9)).tobytes() == np.repeat(f(1.0)[None], 9, axis=0).tobytes()


def test_equal_parts_of_constants_are_one_constant():
    x, table = sg.input("x", 2), sg.constant([[1.0, 2.0], [1.0, 2.0]])
    f = sg.compile(np.sin(x * table[0]) + np.sin(x * table[1]))
    assert [node.gate.name for node in f.graph if node.gate] == ["multiply", "sin", "add"]
    assert sum(node.role == CONSTANT for node in f.graph) == 1


def test_a_part_of_a_constant_stays_itself():
    part = sg.constant([[True, False], [False, True]])[1]
    assert (part.role, part.dtype, part.shape) == (CONSTANT, bool, (2,))
    f = pickle.loads(pickle.dumps(sg.compile(part)))
    assert f().tolist() == [False, True]
