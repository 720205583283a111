"""Gradients asked for: of which leaves, with which weights and upstream gradients (section 3 of the contract)."""

import inspect
import pickle

import numpy as np
import pytest
from energies import PS, VS, XS, YS, N, assert_same, p, v, x, y
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize

import staticgraph as sg


@pytest.mark.parametrize(
    "wrt, names",
    [
        (None, "x v p y"), (["v"], "v"), ((v,), "v"), (("y", "x"), "y x"), ([p, x], "p x"), ([p, "x"], "p x"),
        ([y, p, v, x], "y p v x"), ((), ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("arguments", [(XS, VS, PS, YS), (1.5, VS[2], PS, 2.0)])
def test_gradients_come_in_the_order_asked_for(energy, wrt, names, arguments):
    everything, names = energy.grad(*arguments), names.split()
    for value, grads in (energy.value_and_grad(*arguments, wrt=wrt), (energy(*arguments), energy.grad(*arguments, wrt=wrt))):
        assert_same(value, energy(*arguments))
        assert isinstance(grads, tuple)
        assert list(grads._fields) == names
        assert_same(tuple(grads), tuple(everything[name] for name in names))
        assert all(grads[name] is getattr(grads, name) is grads[position] for position, name in enumerate(names))


@pytest.mark.parametrize("wrt", ["v", v, p, "x"])
@pytest.mark.parametrize("arguments", [(XS, VS, PS, YS), (1.5, VS[2], PS, 2.0), (XS[:0], VS[:0], PS, 2.0)])
def test_the_gradient_of_one_leaf_is_an_array_alone(energy, wrt, arguments):
    value, gradient = energy.value_and_grad(*arguments, wrt=wrt)
    (expected,) = energy.grad(*arguments, wrt=[wrt])
    assert_same((value, gradient), (energy(*arguments), expected))
    assert_same(energy.grad(*arguments, wrt=wrt), gradient)
    if len(np.shape(value)):
        assert_same(energy.vjp(np.ones(len(value)), *arguments, wrt=wrt), gradient)
        out = np.empty_like(gradient)
        assert energy.grad(*arguments, wrt=wrt, out=out) is out
        assert_same(out, gradient)


def test_a_tuple_unpacks_in_the_order_asked_for():
    a, b = sg.inputs("a b")
    f = sg.compile(a * a * b)
    for arguments in ((1.0, 2.0), ([1.0, 1.0], [2.0, 2.0])):
        db, da = f.grad(*arguments, wrt=("b", "a"))
        assert np.all(db == 1.0) and np.all(da == 4.0)


REFUSED = [(["x", "x"], ValueError), ([x, "x"], ValueError), ({"x"}, TypeError), (3, TypeError), ([3], ValueError)]


@pytest.mark.parametrize("wrt, error", REFUSED)
def test_a_leaf_is_asked_for_once(product, wrt, error):
    for call in (product.grad, product.value_and_grad):
        with pytest.raises(error, match="wrt"):
            call(XS, YS, wrt=wrt)


def test_an_optimiser_takes_the_gradient_of_one_leaf(energy):
    f = sg.compile(np.sum((v - 1.0) ** 4) + np.sum(v * v))
    alone = minimize(f, np.zeros(3), jac=lambda point: f.grad(point, wrt="v"))
    for function, jac in ((f, f.grad), (f.value_and_grad, True)):
        assert_array_equal(minimize(function, np.zeros(3), jac=jac).x, alone.x)
    with pytest.raises(TypeError, match="gradients of x, v, p, y is no array; name one leaf"):
        np.atleast_1d(energy.grad(XS, VS, PS, YS))
    grads = sg.compile(x * x * y).grad(2.0, 3.0)
    assert np.allclose(grads, (12.0, 4.0)) and np.sum(grads) == 16.0 and np.stack(grads).shape == (2,)


def test_names_are_normalised_wherever_they_are_written():
    micro, mu = "\u00b5", "\u03bc"
    f = sg.compile(sg.input(micro) * x)
    for name in (micro, mu):
        grads = f.grad(**{name: 3.0, "x": 2.0})
        assert grads[name] == f.grad(2.0, 3.0, wrt=name) == 2.0


def test_data_is_left_out_unless_it_is_asked_for():
    t, q = sg.data("t", 2), sg.parameter("q")
    f = sg.compile(x * np.sum(t) * q, [t, x, q])
    ts = np.arange(2.0 * N).reshape(N, 2)
    grads = f.grad(ts, XS, 3.0)
    assert grads._fields == ("x", "q")
    assert_same(f.grad(ts, XS, 3.0, wrt=["t", "x", "q"]).x, grads.x)
    assert_same(f.grad(ts, XS, 3.0, wrt="t"), np.repeat(3.0 * XS, 2).reshape(N, 2))
    assert_same(pickle.loads(pickle.dumps(f)).grad(ts, XS, 3.0), grads)


def test_the_signature_has_the_leaves(energy):
    signature = inspect.signature(energy)
    assert list(signature.parameters) == ["x", "v", "p", "y"]
    assert str(signature.bind(1, 2, y=3, p=4)) == "<BoundArguments (x=1, v=2, p=4, y=3)>"


def test_a_function_of_nodes_is_a_node(energy, product):
    u = sg.input("u", 3)
    composed = sg.compile(energy(product(x, 2.0), u * 2.0, PS, y=y), [x, u, y])
    assert_allclose(composed(XS, VS, YS), energy(2 * XS * XS, 2 * VS, PS, YS), rtol=1e-14)
    both = sg.compile((x + 1.0, x * 2.0))
    assert_allclose(sg.compile(sum(both(y)))(YS), 3 * YS + 1.0, rtol=1e-14)
    with pytest.raises(TypeError, match="out and threads"):
        product(x, y, threads=1)
    for call in (product.grad, product.value_and_grad):
        with pytest.raises(TypeError, match="argument 'x': expected numbers, got the node"):
            call(x, 1.0)


@pytest.mark.parametrize("wrt", ["z", "", "x y", sg.input("z"), ["x", "z"], x * y, ["x", p]])
def test_an_unknown_leaf_is_refused(product, wrt):
    for call in (product.grad, product.value_and_grad):
        with pytest.raises(ValueError):
            call(XS, YS, wrt=wrt)
    with pytest.raises(ValueError):
        product.vjp(XS, XS, YS, wrt=wrt)


@pytest.mark.parametrize(
    "weights",
    [2.0, 3, -0.5, np.float32(1.5), np.array(4.0), np.linspace(-1.0, 1.0, N), np.arange(N), np.arange(N) > 1, [1, 0, 1, 0, 2]],
    ids=repr,
)
def test_weights_multiply_the_upstream_gradient(energy, weights):
    arguments = XS, VS, PS, YS
    value, grads = energy.value_and_grad(*arguments, weights=weights)
    plain, w = energy.grad(*arguments), np.broadcast_to(np.asarray(weights, float), N)
    assert_same(value, energy(*arguments))
    for name in "xvy":
        assert_allclose(grads[name].T, plain[name].T * w, rtol=1e-14)
    assert_allclose(grads.p, (w * XS) @ (VS * VS), rtol=1e-14)
    assert_same(energy.grad(*arguments, weights=weights), grads)
    assert_same(energy.vjp(np.ones(N), *arguments, weights=weights), grads)


def test_weights_without_a_batch(energy):
    assert_array_equal(energy.grad(XS[1], VS[1], PS, YS[1], weights=2).p, 2 * XS[1] * VS[1] ** 2)


def test_vjp_of_one_output():
    f = sg.compile(np.outer(v, v) * x, [v, x, p])
    c = np.random.default_rng(1).normal(size=(N, 3, 3))
    grads = f.vjp(c, VS, XS, PS)
    assert_allclose(grads.x, np.einsum("nij,ni,nj->n", c, VS, VS), rtol=1e-13)
    assert_allclose(grads.v, XS[:, None] * np.einsum("nij,nj->ni", c + c.transpose(0, 2, 1), VS), rtol=1e-13, atol=1e-15)
    assert_array_equal(grads.p, np.zeros(3))
    assert_allclose(f.vjp(c[1], VS[1], XS[1], PS, wrt="x"), grads.x[1], rtol=1e-14)


@pytest.mark.parametrize("kind", [tuple, list])
def test_vjp_of_several_outputs(kind):
    f = sg.compile([x * v, np.sum(p * v), x > 1.0], [x, v, p])
    cv, cs = np.random.default_rng(1).normal(size=(N, 3)), np.arange(1.0, N + 1)
    grads = f.vjp(kind([cv, cs, np.ones(N)]), XS, VS, PS)
    assert_allclose(grads.x, (cv * VS).sum(axis=1), rtol=1e-13)
    assert_allclose(grads.v, cv * XS[:, None] + cs[:, None] * PS, rtol=1e-13)
    assert_allclose(grads.p, cs @ VS, rtol=1e-13)
    single = f.vjp(kind([cv[1], cs[1], 1.0]), XS[1], VS[1], PS, wrt=["p"])
    assert_allclose(single.p, cs[1] * VS[1], rtol=1e-13)


def test_boolean_outputs():
    f = sg.compile((x > 1.0, np.logical_and(x > 1.0, y > 0.0), np.isnan(v), x))
    results = f(x=XS, y=YS, v=[0.0, np.nan, 1.0])
    assert [result.dtype for result in results] == [bool, bool, bool, np.float64]
    assert_same(results[:2], (XS > 1.0, (XS > 1.0) & (YS > 0.0)))
    assert_array_equal(results[2], np.tile([False, True, False], (N, 1)))
    assert np.asarray(sg.compile(x > 1.0)(2.0)).dtype == bool


def test_threads():
    before = sg.get_num_threads()
    assert before >= 1
    try:
        sg.set_num_threads(3)
        assert sg.get_num_threads() == 3
    finally:
        sg.set_num_threads(before)
    for threads in (0, -1):
        with pytest.raises(ValueError):
            sg.set_num_threads(threads)
        with pytest.raises(ValueError):
            sg.compile(x)(XS, threads=threads)
    assert sg.get_num_threads() == before
