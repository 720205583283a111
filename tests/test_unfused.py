"""`fuse=False`: known compositions stay the gates that were written, wherever a function goes."""

import hashlib
import pickle

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.calling import in_numba
from staticgraph.calling.portable import Portable

WRITTEN = {
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), ["negative", "exp", "add", "reciprocal"]),
    "softplus": (lambda x: np.log(1 + np.exp(x)), ["exp", "add", "log"]),
    "log1p": (lambda x: np.log(1 + x * x), ["square", "add", "log"]),
    "expm1": (lambda x: np.exp(x) - 1, ["exp", "subtract"]),
    "log of sigmoid": (lambda x: np.log(sg.sigmoid(x)), ["sigmoid", "log"]),
    "root of squares": (lambda x: np.sqrt(x * x + np.cos(x) ** 2), ["square", "cos", "square", "add", "root_of_squares"]),
}
"""Models, and the gates that are left: exact identities apply, and the gradient at a root's origin stays what is promised."""
ROWS = np.linspace(-3.0, 3.0, 61)


def gates(f):
    return [node.gate.name for node in f.graph.nodes if node.gate is not None]


def unfused(name, **options):
    x = sg.input("x")
    return sg.compile(WRITTEN[name][0](x), [x], fuse=False, **options)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_gates_are_those_written(name):
    f = unfused(name)
    assert gates(f) == WRITTEN[name][1]
    assert len(f.explain(0.5)) == len(gates(f)) + 1
    listed, drawn = str(f.program), f.draw(0.5).svg
    for gate in gates(f):
        assert gate in listed or gate in ("add", "subtract")
        assert gate in drawn or gate in ("add", "subtract", "negative", "square", "reciprocal")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", WRITTEN)
def test_values_and_gradients_are_the_same_within_accuracy(name, dtype):
    x = sg.input("x")
    fused = sg.compile(WRITTEN[name][0](x), [x], dtype=dtype, engine="interpreter")
    tolerance = 50 * np.finfo(dtype).eps
    f = unfused(name, dtype=dtype, engine="interpreter")
    for found, expected in zip(f.value_and_grad(ROWS), fused.value_and_grad(ROWS), strict=True):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_both_engines_have_the_same_bits():
    interpreted, native = (unfused("sigmoid", engine=engine).value_and_grad(ROWS) for engine in ("interpreter", "native"))
    assert interpreted[0].tobytes() == native[0].tobytes() and interpreted[1].x.tobytes() == native[1].x.tobytes()


def test_it_is_kept(tmp_path):
    f = unfused("sigmoid", engine="interpreter")
    f.save(tmp_path / "f.sg")
    for found in (pickle.loads(pickle.dumps(f)), sg.load(tmp_path / "f.sg")):
        assert gates(found) == WRITTEN["sigmoid"][1]
        assert found(ROWS).tobytes() == f(ROWS).tobytes()
    sg.load(tmp_path / "f.sg").save(tmp_path / "again.sg")
    assert (tmp_path / "again.sg").read_bytes() == (tmp_path / "f.sg").read_bytes() == FORMAT_3


@pytest.mark.parametrize("content", [lambda f: Portable(f).digest, in_numba._content], ids=["in other processes", "in Numba"])
def test_they_are_told_apart(content):
    x = sg.input("x")
    fused = sg.compile(WRITTEN["sigmoid"][0](x), [x], engine="interpreter")
    assert content(fused) != content(unfused("sigmoid", engine="interpreter"))


def test_files_that_say_neither_are_refused(tmp_path):
    body = bytearray(FORMAT_3[:-32])
    assert body[-6] == 0
    body[-6] = 2
    (tmp_path / "f.sg").write_bytes(bytes(body) + hashlib.sha256(body).digest())
    with pytest.raises(ValueError, match="whether known compositions are fused is 2"):
        sg.load(tmp_path / "f.sg")


def test_a_decorated_function_and_its_derivatives():
    @sg.function(inputs={"x": ()}, fuse=False)
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    assert gates(sigmoid) == WRITTEN["sigmoid"][1]
    y = 1 / (1 + np.exp(-ROWS))
    np.testing.assert_allclose(sigmoid.hessian(ROWS).x.x, y * (1 - y) * (1 - 2 * y), rtol=1e-12, atol=1e-15)
    x = sg.input("x")
    assert gates(sg.compile(sigmoid(x))) == ["sigmoid"]  # what is compiled next says for itself


FORMAT_3 = bytes.fromhex("""
    895347460d0a1a0a03000000000000000b0100000000000000010000040000000800000066756e6374696f6e00000000080000006e6567617469766503000000
    65787003000000616464060000006469766964650700000001000000010000000300000000000000000000000800000000000000000000000000f03f03000000
    00000000000000000800000000000000000000000000f03f00000000000000000000000001000000000000007804000000000000000100000000000000000000
    00020000000400000001000000010000000000000000000000030000000400000002000000020000000000000000000000010000000400000004000000030000
    00020000000000000000000000000000000500000002000000060000000000000000003ef28f425ad50f7e4c768bc742d36f131502763b2c44dce9d081f82cd4
    71abfc
""")
"""The sigmoid."""
