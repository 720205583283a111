"""Every NaN in a result is NumPy's `nan`, whatever the signs and payloads of those that led to it."""

import numpy as np
import pytest

import staticgraph as sg

DTYPES = [np.float64, np.float32]
x, y, v, q = sg.input("x"), sg.input("y"), sg.input("v", 18), sg.parameter("q", 18)


def several_nans(dtype):
    """Return NaNs of several payloads and signs, signalling ones too."""
    whole, fraction = (np.uint64, 52) if dtype == np.float64 else (np.uint32, 23)
    exponent = (1 << (11 if dtype == np.float64 else 8)) - 1 << fraction
    quiet, sign = 1 << fraction - 1, 1 << np.dtype(dtype).itemsize * 8 - 1
    bits = [quiet, quiet | 5, 7, quiet | sign, sign | 9, quiet | sign | 11]
    return np.array([exponent | each for each in bits], whole).view(dtype)


def draw(shape, dtype, seed):
    """Return numbers, one third of which are NaNs."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(shape) < 1 / 3, rng.choice(several_nans(dtype), shape), rng.normal(size=shape).astype(dtype))


def assert_one_nan(array, dtype):
    array = np.atleast_1d(np.asarray(array))
    assert array.dtype == dtype
    found = array[np.isnan(array)]
    assert found.tobytes() == np.full(found.shape, np.nan, dtype).tobytes()
    return len(found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [1, 7, 16, 500])
def test_values_and_gradients(dtype, rows):
    """Copied, lane by lane, transposed, of parameters: all ways by which results are stored."""
    given = draw(rows, dtype, 1), draw(rows, dtype, 2), draw((rows, 18), dtype, 3), draw(18, dtype, 4)
    count = 0
    for expression in (x + y, x * y - y * x, np.sum(v * q) + x * y, np.sum(v) + x):
        f = sg.compile(expression, [x, y, v, q], dtype=dtype)
        value, gradients = f.value_and_grad(*given)
        single = f.value_and_grad(*(array[0] for array in given[:3]), given[3])
        spread = np.empty((rows, 2), dtype)[:, 0]
        f(*given, out=spread)
        transposed = np.asfortranarray(np.empty((rows, 18), dtype))
        f.grad(*given, wrt="v", out=transposed)
        results = value, *gradients, single[0], *single[1], spread, transposed, f(*given)
        count += sum(assert_one_nan(each, dtype) for each in results)
    assert count > 3 * rows


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_and_moved_elements(dtype):
    given = draw((100, 18), dtype, 5), draw(18, dtype, 6)
    outputs = [v, -v, v[::-1], q, v + q, v * 1.0, sg.constant(several_nans(dtype)[-1].astype(float)) + v[0]]
    for value in sg.compile(outputs, [v, q], dtype=dtype)(*given):
        assert assert_one_nan(value, dtype)
    cotangents = tuple(draw((100, *node.shape), dtype, seed) for seed, node in enumerate(outputs))
    for gradient in sg.compile(outputs, [v, q], dtype=dtype).vjp(cotangents, *given):
        assert assert_one_nan(gradient, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_of_parameters(dtype):
    a, b = sg.parameter("a"), sg.parameter("b", (2, 2))
    f = sg.compile(a * x + np.sum(b * y) + np.sum(np.exp(b)), [a, b, x, y], dtype=dtype)
    nans = several_nans(dtype)
    for first in nans:
        for second in nans:
            for out in (None, (np.empty((), dtype), np.asfortranarray(np.empty((2, 2), dtype)))):
                batch = np.array([first, second, dtype(1)]), np.array([second, first, dtype(1)])
                gradients = f.grad(second, np.full((2, 2), first), *batch, wrt=["a", "b"], out=out)
                assert sum(assert_one_nan(each, dtype) for each in gradients) == 5


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_no_nan_stays(dtype):
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max], dtype)
    given = np.resize(special, 50)
    value, (gradient,) = sg.compile(x * 1.0, [x], dtype=dtype).value_and_grad(given)
    assert value.tobytes() == given.tobytes()
    assert gradient.tobytes() == np.ones(50, dtype).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_booleans_of_nans(dtype):
    given = draw(100, dtype, 7)
    isnan, equal = sg.compile([np.isnan(x), x == x], [x], dtype=dtype)(given)
    np.testing.assert_array_equal(isnan, np.isnan(given))
    np.testing.assert_array_equal(equal, ~np.isnan(given))
    assert isnan.dtype == equal.dtype == bool
    assert set(isnan.view(np.uint8)) | set(equal.view(np.uint8)) == {0, 1}
