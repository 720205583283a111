"""The public elementwise functions on numbers and arrays: what a compiled function gives, in the shapes and dtypes of NumPy."""

import pickle

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.gates import ELEMENTWISE, GATES

PUBLIC = [gate for gate in GATES.values() if gate.public and gate.kind == ELEMENTWISE and gate.name not in ("where", "clip")]


@pytest.mark.usefixtures("one_engine")  # `test_gates` runs every gate on both
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("gate", PUBLIC, ids=lambda gate: gate.name)
def test_bits_are_those_of_a_compiled_function(gate, dtype):
    generator = np.random.default_rng(gate.opcode)
    arrays = [generator.uniform(*interval, (3, 4)).astype(dtype) for interval in gate.domain]
    leaves = [sg.input(name) for name in "ab"[: gate.arity]]
    expected = sg.compile(gate(*leaves), leaves, dtype=dtype)(*(array.ravel() for array in arrays))
    found = getattr(sg, gate.name)(*arrays)
    assert found.dtype == expected.dtype
    assert found.shape == (3, 4)
    assert found.tobytes() == expected.tobytes()


def test_dtypes():
    single, half = np.ones(3, np.float32), np.ones(3, np.float16)
    assert sg.exp(single).dtype == sg.exp(half).dtype == sg.add(single, 2.0).dtype == np.float32
    assert sg.exp(np.ones(3, int)).dtype == sg.exp([1, 2]).dtype == sg.add(single, np.ones(3)).dtype == np.float64
    assert sg.less(single, 2.0).dtype == sg.isnan(1.0).dtype == bool


def test_shapes():
    assert sg.hypot(3.0, 4) == 5.0
    assert np.ndim(sg.hypot(3, 4)) == 0
    assert sg.maximum([[1.0], [2.0]], [1.5, 3.0]).tolist() == [[1.5, 3.0], [2.0, 3.0]]
    assert sg.exp(np.ones((0, 2))).shape == (0, 2)
    assert sg.negative(np.arange(6.0).reshape(2, 3).T).tolist() == [[-0.0, -3.0], [-1.0, -4.0], [-2.0, -5.0]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sg.exp(1j), TypeError, "exp: expected real numbers, got complex"),
        (lambda: sg.exp("a"), TypeError, "exp: expected real numbers, got str"),
        (lambda: sg.exp(np.ma.array([1.0])), TypeError, "exp: masked arrays are refused"),
        (lambda: sg.exp(), TypeError, "exp takes 1 operand"),
        (lambda: sg.power(1.0), TypeError, "power takes 2 operand"),
        (lambda: sg.hypot([1.0, 2.0], [1.0, 2.0, 3.0]), ValueError, r"hypot: the shapes \(2,\) and \(3,\)"),
    ],
)
def test_wrong_operands(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_functions_can_be_named_and_pickled():
    assert sg.exp.__name__ == "exp"
    assert sg.exp.__doc__.startswith("Exponential")
    assert sg.exp.__module__ == "staticgraph"
    assert pickle.loads(pickle.dumps(sg.exp)) is sg.exp


@pytest.mark.parametrize("count", [1, 7, 8, 9, 17, 24, 40, 1000])
def test_an_odd_number_of_vectors_leaves_the_row_behind_alone(count):
    """Kernels of elementary functions take two vectors at a time, the last of which may be one, and may write in place of an operand."""
    x, y, z, v = *sg.inputs("x y z"), sg.input("v", 3)
    outputs = [sg.tanh(x) * y, sg.tanh(y) * z + x, sg.exp(sg.tanh(sg.exp(v))), sg.tanh(v[:1]) * v[1:]]
    f = sg.compile(outputs, [x, y, z, v])
    rows = np.random.default_rng(0).normal(size=(3072, 6))
    arguments = (rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3:])
    for one, whole in zip(f(*(each[:count] for each in arguments)), f(*arguments), strict=True):
        assert one.tobytes() == whole[:count].tobytes()
    for node, whole in zip(outputs, f(*arguments), strict=True):
        alone = sg.compile(node, [x, y, z, v])
        assert alone(*(each[:count] for each in arguments)).tobytes() == whole[:count].tobytes()
