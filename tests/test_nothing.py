"""Arrays of no elements: what NumPy gives, or an error that names the function that was called."""

import numpy as np
import pytest

import staticgraph as sg

WORK = {
    "sum": (np.sum, (0,)),
    "sum of an axis": (lambda a: np.sum(a, axis=1), (2, 0)),
    "sum of the other axis": (lambda a: np.sum(a, axis=0), (2, 0)),
    "prod": (np.prod, (0,)),
    "prod kept": (lambda a: np.prod(a, axis=1, keepdims=True), (2, 0)),
    "mean of the other axis": (lambda a: np.mean(a, axis=0), (2, 0)),
    "max of the other axis": (lambda a: np.max(a, axis=0), (2, 0)),
    "norm": (np.linalg.norm, (0,)),
    "norm 1": (lambda a: np.linalg.norm(a, 1), (0,)),
    "norm 2": (lambda a: np.linalg.norm(a, 2), (0,)),
    "norm of an axis": (lambda a: np.linalg.norm(a, axis=1, keepdims=True), (2, 0)),
    "Frobenius": (lambda a: np.linalg.norm(a, "fro"), (0, 3)),
    "matrix norm": (lambda a: np.linalg.norm(a, 1), (0, 3)),
    "softmax": (lambda a: sg.softmax(a) if isinstance(a, sg.Node) else a, (0,)),
    "stack": (lambda a: np.stack([a, a], axis=1), (0,)),
    "concatenate": (lambda a: np.concatenate([a, np.ones(2), a]), (0,)),
    "broadcast_to": (lambda a: np.broadcast_to(a, (2, 0)), (0,)),
    "reshape": (lambda a: a.reshape(-1), (0, 3)),
    "reshape to more axes": (lambda a: a.reshape(3, 0, 2), (0, 3)),
    "transpose": (lambda a: a.T, (0, 3)),
    "vector @ vector": (lambda a: a @ a, (0,)),
    "inner 0": (lambda a: a @ a.T, (2, 0)),
    "outer 0": (lambda a: a.T @ a, (2, 0)),
    "dot": (lambda a: np.dot(a, np.ones((0, 4))), (2, 0)),
    "outer": (lambda a: np.outer(a, np.ones(3)), (0,)),
    "index": (lambda a: a[:, :0], (3, 2)),
    "where": (lambda a: np.where(a > 0, a, 1.0), (0,)),
    "elementwise": (lambda a: np.exp(a) * np.ones((2, 0)), (0,)),
    "clip": (lambda a: np.clip(a, 0.0, 1.0), (0,)),
}


@pytest.mark.parametrize("name", WORK)
def test_what_numpy_makes_of_nothing(name):
    write, shape = WORK[name]
    leaf, row = sg.input("leaf", shape), np.full(shape, 0.5)
    node, expected = write(leaf), np.asarray(write(row))
    assert node.shape == expected.shape
    f = sg.compile(node, [leaf])
    np.testing.assert_array_equal(f(np.stack([row, row])), np.stack([expected, expected]))


REFUSED = {
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "norm": lambda a: np.linalg.norm(a, np.inf),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("shape", [(0,), (0, 0)])
def test_what_has_no_value_names_the_function(name, shape):
    with pytest.raises(ValueError, match=f"^{name}: .*no elements"):
        REFUSED[name](sg.input("leaf", shape))
