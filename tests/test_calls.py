"""Compiling and calling: arguments, batches, results and the keywords of every call (sections 2 and 3 of the contract)."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize

import staticgraph as sg

N = 5
x, y = sg.inputs("x y")
v, p = sg.input("v", 3), sg.parameter("p", 3)
XS, YS = np.linspace(0.5, 2.5, N), np.linspace(-1.0, 3.0, N)
VS, PS = np.arange(3.0 * N).reshape(N, 3) / 4, np.array([0.5, -2.0, 1.5])


@pytest.fixture(scope="module")
def product():
    return sg.compile(x * x * y)


@pytest.fixture(scope="module")
def energy():
    """A function of every kind of leaf: `x * sum(p * v**2) + y`."""
    return sg.compile(x * np.sum(p * v * v) + y, inputs=[x, v, p, y])


def assert_same(results, expected):
    """Results, in tuples or not, equal others in dtype, shape and every bit."""
    if isinstance(expected, tuple):
        assert len(results) == len(expected)
        for result, each in zip(results, expected, strict=True):
            assert_same(result, each)
    else:
        result, expected = np.asarray(results), np.asarray(expected)
        assert (result.dtype, result.shape, result.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())


# Compiling


def test_arguments_follow_the_order_in_which_the_leaves_were_made():
    late, early = sg.input("late"), sg.input("early")
    assert sg.compile(early - late)(10.0, 1.0) == -9.0
    assert sg.compile(early - late, [early, late])(10.0, 1.0) == 9.0
    assert sg.compile(early - late, inputs=(early, late))(10.0, 1.0) == 9.0


def test_inputs_hold_every_leaf_that_is_used():
    with pytest.raises(ValueError, match=r"\by\b"):
        sg.compile(x + y, inputs=[x])
    assert sg.compile(x + 1.0, inputs=[y, x])(7.0, 1.0) == 2.0


def test_outputs_are_a_node_or_a_sequence():
    assert isinstance(sg.compile(x), sg.Function)
    for outputs in ((x + y, x - y), [x + y, x - y]):
        results = sg.compile(outputs)(XS, YS)
        assert isinstance(results, tuple)
        assert_same(results, (XS + YS, XS - YS))
    (single,) = sg.compile((x + y,))(XS, YS)
    assert_same(single, XS + YS)


def test_the_same_node_may_be_several_outputs_or_an_input():
    results = sg.compile((x, x, v[1], p, sg.constant([1.0, 2.0])), [x, v, p])(XS, VS, PS)
    assert_same(results, (XS, XS, VS[:, 1], np.tile(PS, (N, 1)), np.tile([1.0, 2.0], (N, 1))))


def test_dtype_is_one_of_two():
    for dtype in (np.int64, np.float16, complex):
        with pytest.raises((TypeError, ValueError)):
            sg.compile(x, dtype=dtype)
    for dtype in (np.float32, "float32", np.dtype(np.float32)):
        assert sg.compile(x + 1, dtype=dtype)(1.0).dtype == np.float32


def test_a_function_is_traced():
    @sg.function(inputs={"x": (3,)}, parameters={"w": (4, 3), "b": (4,)})
    def layer(x, w, b):
        return np.maximum(w @ x + b, 0.0)

    rng = np.random.default_rng(0)
    xs, w, b = rng.normal(size=(N, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)
    assert isinstance(layer, sg.Function)
    assert_allclose(layer(xs, w, b), np.maximum(xs @ w.T + b, 0.0), rtol=1e-14)
    assert_allclose(layer(xs[0], w=w, b=b), np.maximum(w @ xs[0] + b, 0.0), rtol=1e-14)


def test_a_traced_function_keeps_its_own_order_and_its_defaults():
    seen = []

    @sg.function(inputs={"x": (), "y": 2}, parameters={"c": ()})
    def f(c, y, scale=3, x=None, *, flag="left"):
        seen.append((scale, flag))
        return c - scale * x, y

    assert seen == [(3, "left")]
    difference, same = f(10.0, [1.0, 2.0], 2.0)
    assert difference == 4.0
    assert_array_equal(same, [1.0, 2.0])
    assert f(x=2.0, c=10.0, y=[1.0, 2.0])[0] == 4.0
    with pytest.raises(TypeError, match="scale"):
        f(10.0, [1.0, 2.0], 2.0, scale=4)


def test_a_traced_function_declares_all_that_has_no_default():
    with pytest.raises((TypeError, ValueError), match="extra"):
        sg.function(inputs={"x": ()})(lambda x, extra: x)
    with pytest.raises((TypeError, ValueError), match="missing"):
        sg.function(inputs={"x": (), "missing": ()})(lambda x: x)


def test_a_function_is_immutable(product):
    with pytest.raises(AttributeError):
        product.anything = 1


@pytest.mark.parametrize("copied", [lambda f: pickle.loads(pickle.dumps(f)), copy.copy, copy.deepcopy])
def test_a_function_pickles(energy, copied):
    other = copied(energy)
    arguments = XS, VS, PS, YS
    assert_same(other(*arguments), energy(*arguments))
    assert_same(other.value_and_grad(*arguments, wrt="v"), energy.value_and_grad(*arguments, wrt="v"))
    single = copied(sg.compile((x > 0, x), dtype=np.float32))
    assert_same(single(XS), (XS > 0, XS.astype(np.float32)))


# Arguments and batches


def test_arguments_go_by_position_or_keyword(product):
    expected = product(XS, YS)
    assert_same(expected, XS * XS * YS)
    for result in (product(XS, y=YS), product(x=XS, y=YS), product(y=YS, x=XS)):
        assert_same(result, expected)
    assert_same(product.grad(y=YS, x=XS), product.grad(XS, YS))
    assert_same(product.vjp(XS, y=YS, x=XS), product.vjp(XS, XS, YS))


def test_without_a_batch_results_have_no_batch_axis(energy):
    value, grads = energy.value_and_grad(2.0, [1.0, 2.0, 3.0], PS, 1.0)
    assert np.shape(value) == ()
    assert np.asarray(value).dtype == np.float64
    assert [np.shape(grad) for grad in grads] == [(), (3,), (3,), ()]
    assert_array_equal(grads.v, 2 * 2.0 * PS * [1.0, 2.0, 3.0])
    assert_array_equal(grads.p, [2.0, 8.0, 18.0])


@pytest.mark.parametrize("batched", range(1, 8))
def test_any_varying_argument_may_be_the_batch(energy, batched):
    arguments = [each if batched >> bit & 1 else each[0] for bit, each in enumerate((XS, VS, YS))]
    arguments.insert(2, PS)
    full = [np.broadcast_to(each, whole.shape) for each, whole in zip(arguments, (XS, VS, PS, YS), strict=True)]
    value, grads = energy.value_and_grad(*arguments)
    a, b, c, d = full
    assert_allclose(value, a * (c * b * b).sum(axis=1) + d, rtol=1e-14)
    assert_allclose(grads.x, (c * b * b).sum(axis=1), rtol=1e-14)
    assert_allclose(grads.v, 2 * a[:, None] * c * b, rtol=1e-14)
    assert_allclose(grads.p, (a[:, None] * b * b).sum(axis=0), rtol=1e-14)
    assert_array_equal(grads.y, np.ones(N))


def test_a_square_argument_is_told_apart_by_its_axes():
    f = sg.compile(v * 2.0)
    assert f(np.ones(3)).shape == (3,)
    assert f(np.ones((3, 3))).shape == (3, 3)
    assert f(np.ones((1, 3))).shape == (1, 3)


def test_a_batch_of_a_leaf_that_nothing_uses_counts():
    f = sg.compile(x * np.sum(p), inputs=[x, p, y])
    value, grads = f.value_and_grad(3.0, PS, YS)
    assert_array_equal(value, np.full(N, 3.0 * PS.sum()))
    assert_array_equal(grads.x, np.full(N, PS.sum()))
    assert_array_equal(grads.p, np.full(3, 3.0 * N))
    assert_array_equal(grads.y, np.zeros(N))
    value, grads = sg.compile(np.sum(p), inputs=[p, y]).value_and_grad(PS, YS)
    assert_array_equal(value, np.full(N, PS.sum()))
    assert_array_equal(grads.p, np.full(3, float(N)))
    value, grads = sg.compile(sg.constant(3.0), inputs=[y]).value_and_grad(YS)
    assert_same((value, grads.y), (np.full(N, 3.0), np.zeros(N)))


def test_an_output_that_does_not_depend_on_a_leaf_gives_zero():
    grads = sg.compile(x * x, inputs=[v, x, p]).grad(VS, XS, PS)
    assert_same((grads.v, grads.x, grads.p), (np.zeros((N, 3)), 2 * XS, np.zeros(3)))
    grads = sg.compile(x * x, inputs=[v, x, p]).grad(VS[0], 1.0, PS)
    assert [np.shape(grad) for grad in grads] == [(3,), (), (3,)]
    assert not np.any(grads.v)


def test_an_empty_batch(energy):
    value, grads = energy.value_and_grad(np.empty(0), np.empty((0, 3)), PS, 1.0)
    assert_same((value, *grads), (np.empty(0), np.empty(0), np.empty((0, 3)), np.zeros(3), np.empty(0)))
    assert_same(energy(1.0, np.empty((0, 3)), PS, []), np.empty(0))
    assert_same(energy.vjp(np.empty(0), 1.0, np.empty((0, 3)), PS, 1.0, wrt="p"), np.zeros(3))
    assert_same(energy.grad(1.0, VS[:0], PS, 1.0, weights=np.empty(0), wrt=p), np.zeros(3))


def test_float32_stays_float32():
    f = sg.compile((x * np.exp(np.sum(p * v)), x > y), [x, v, p, y], dtype=np.float32)
    value, mask = f(XS, VS / 8, PS, 1.0)
    assert (value.dtype, mask.dtype) == (np.float32, bool)
    assert_allclose(value, XS * np.exp((VS / 8) @ PS), rtol=1e-6)
    assert {grad.dtype for grad in f.vjp((np.ones(N), np.zeros(N)), XS, VS / 8, PS, 1.0)} == {np.dtype(np.float32)}
    integers = np.array([2**24 + 1, 2**53 + 1, -(2**40) - 1])
    assert_same(sg.compile(x * 1.0, dtype=np.float32)(integers), integers.astype(np.float32))


# Gradients asked for


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
