"""Compiling and calling: leaves, arguments, batches and results (sections 2 and 3 of the contract)."""

import copy
import pickle

import numpy as np
import pytest
from energies import PS, VS, XS, YS, N, assert_same, p, v, x, y
from numpy.testing import assert_allclose, assert_array_equal

import staticgraph as sg


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
