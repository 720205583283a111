"""Any real dtype and any memory layout gives the same bytes as a contiguous copy, and no argument is changed."""

import array
import decimal

import numpy as np
import pytest

import staticgraph as sg

N = 1037
x, v, m, p = sg.input("x"), sg.input("v", 3), sg.input("m", (2, 3)), sg.parameter("p", (2, 3))
outputs = np.sum(np.sin(m @ v) * (p @ v)) * x + np.sum(m * p)
FUNCTIONS = {dtype: sg.compile(outputs, [x, v, m, p], dtype=dtype) for dtype in (np.float64, np.float32)}
NAMES = ("x", "v", "m", "p", "weights")


def base(name):
    """Return values that every dtype of the table holds exactly: quarters between -8 and 8."""
    shape = {"x": (N,), "v": (N, 3), "m": (N, 2, 3), "p": (2, 3), "weights": (N,)}[name]
    return np.random.default_rng(len(name) + shape[-1]).integers(-32, 33, shape) / 4


def strided(values, steps):
    wide = np.full([length * abs(step) for length, step in zip(values.shape, steps, strict=True)], np.nan)
    view = wide[tuple(slice(None, None, step) for step in steps)]
    view[...] = values
    return view


def packed(values):
    records = np.zeros(values.shape[:1], [("pad", "i1"), ("value", "f8", values.shape[1:])])
    records["value"] = values
    return records["value"]


def frozen(values):
    values = values.copy()
    values.flags.writeable = False
    return values


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "axes reversed": lambda values: np.ascontiguousarray(values.T).T,
    "batch innermost": lambda values: np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 0, -1)), -1, 0),
    "strided": lambda values: strided(values, [2] * values.ndim),
    "columns of a wider table": lambda values: strided(values, [1] * (values.ndim - 1) + [7]),
    "backwards": lambda values: strided(values, [-1] * values.ndim),
    "rows backwards": lambda values: strided(values, [-3] + [1] * (values.ndim - 1)),
    "read-only": frozen,
    "packed": packed,
    "one value": lambda values: np.broadcast_to(values[0], values.shape),
    "one number": lambda values: np.broadcast_to(values.flat[0], values.shape),
    "subclass": lambda values: values.view(type("Sub", (np.ndarray,), {})),
    "list": lambda values: values.tolist(),
    "tuple": lambda values: tuple(values.tolist()),
    "big-endian": lambda values: values.astype(">f8"),
    "big-endian strided": lambda values: strided(values, [2] * values.ndim).astype(">f8", order="K"),
    "big-endian float32": lambda values: values.astype(">f4"),
    "float16": lambda values: values.astype(np.float16),
    "float32": lambda values: values.astype(np.float32),
    "longdouble": lambda values: values.astype(np.longdouble),
    "bool": lambda values: values > 0,
    "bool strided": lambda values: (values > 0)[::-1],
    **{kind: lambda values, kind=kind: (4 * values).astype(kind) for kind in ("i1", "i2", "i4", "i8", ">i4")},
    **{kind: lambda values, kind=kind: np.abs(4 * values).astype(kind) for kind in ("u1", "u2", "u4", "u8", ">u2")},
}


def bytes_of(f, arguments):
    """Return what every kind of call gives, as bytes."""
    arguments = dict(arguments)
    weights = arguments.pop("weights")
    value, grads = f.value_and_grad(**arguments, weights=weights)
    results = [f(**arguments), value, *grads, *f.vjp(weights, **arguments, threads=2)]
    return [np.asarray(result).tobytes() for result in results]


@pytest.mark.parametrize("dtype", FUNCTIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_does_not_change_a_bit(layout, dtype):
    f = FUNCTIONS[dtype]
    odd = {name: LAYOUTS[layout](base(name)) for name in NAMES}
    plain = {name: np.array(each, np.float64, order="C") for name, each in odd.items()}
    expected = bytes_of(f, plain)
    assert bytes_of(f, odd) == expected
    for name in NAMES:
        assert bytes_of(f, plain | {name: odd[name]}) == expected
        assert np.array_equal(odd[name], plain[name]), f"{name} was changed"


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_a_memory_map(tmp_path, mode):
    odd = {}
    for name in NAMES:
        np.save(tmp_path / f"{name}.npy", base(name))
        odd[name] = np.load(tmp_path / f"{name}.npy", mmap_mode=mode)
    f = FUNCTIONS[np.float64]
    assert all(isinstance(each, np.memmap) for each in odd.values())
    assert bytes_of(f, odd) == bytes_of(f, {name: base(name) for name in NAMES})


@pytest.mark.parametrize("dtype", FUNCTIONS)
@pytest.mark.parametrize("kind", [np.int64, np.uint64, np.longdouble, np.float64])
def test_values_are_converted_once(kind, dtype):
    values = np.array([2**24 + 1, 2**53 + 1, 2**61 + 2**37 + 1, 2**62 + 2**38, 2**63 - 1, 3], kind)
    f = sg.compile(x * 1.0, dtype=dtype)
    assert f(values).tobytes() == values.astype(dtype).tobytes()
    assert f(values[::-1]).tobytes() == values[::-1].astype(dtype).tobytes()


NUMBERS = {
    "int": 3, "float": 3.0, "bool": True,
    "zero-dimensional": np.array(3.0), "zero-dimensional int": np.array(3), "zero-dimensional big-endian": np.array(3.0, ">f8"),
    **{kind.__name__: kind(3) for kind in (np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint64, np.bool_)},
}  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers(number):
    q = sg.parameter("q")
    f = sg.compile(np.sin(x) * q, [x, q])
    expected = np.sin(float(NUMBERS[number])) * float(NUMBERS[number])
    value, grads = f.value_and_grad(NUMBERS[number], NUMBERS[number], weights=NUMBERS[number])
    same = f.value_and_grad(float(NUMBERS[number]), float(NUMBERS[number]), weights=float(NUMBERS[number]))
    assert np.isclose(value, expected, rtol=1e-15)
    assert (value, *grads) == (same[0], *same[1])


class ArrayLike:
    """What NumPy accepts as an array by its protocol."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


@pytest.mark.parametrize("convert", [ArrayLike, memoryview, lambda values: array.array("d", values), lambda values: range(len(values))])
def test_array_likes(convert):
    f, values = sg.compile(x * 2.0), np.arange(5.0)
    result = f(convert(values))
    assert type(result) is np.ndarray
    assert result.tobytes() == f(values).tobytes()


def test_decimals_are_objects():
    with pytest.raises(TypeError):
        sg.compile(x)([decimal.Decimal(1)])


@pytest.mark.parametrize("dtype", FUNCTIONS)
@pytest.mark.parametrize("size", [1, 3, 8, 21])
@pytest.mark.parametrize("layout", ["Fortran", "strided", "backwards", "one value", "packed", "read-only"])
def test_cotangents_times_weights(layout, size, dtype):
    """A weight multiplies each row's cotangent, wherever in memory both lie and however many elements a row has."""
    u, rng = sg.input("u", size), np.random.default_rng(size)
    f, values, weights = sg.compile(u * u, dtype=dtype), rng.normal(size=(N, size)).astype(dtype), rng.normal(size=N).astype(dtype)
    cotangent = LAYOUTS[layout](rng.normal(size=(N, size)).astype(dtype)).astype(dtype, copy=False)
    for given in (weights, strided(weights, [3]).astype(dtype, copy=False), weights[0], dtype(1)):
        product = cotangent * (given[:, None] if np.ndim(given) else given)
        expected = f.vjp(product.astype(dtype), values, threads=1).u
        for threads in (1, 2):
            assert f.vjp(cotangent, values, weights=given, threads=threads).u.tobytes() == expected.tobytes()


OUTS = {
    "Fortran": lambda shape, dtype: np.full(shape, 7, dtype, order="F"),
    "batch innermost": lambda shape, dtype: np.moveaxis(np.full((*shape[1:], shape[0]), 7, dtype), -1, 0),
    "strided": lambda shape, dtype: np.full([3 * each for each in shape], 7, dtype)[tuple(slice(1, None, 3) for _ in shape)],
    "backwards": lambda shape, dtype: np.full(shape, 7, dtype)[tuple(slice(None, None, -1) for _ in shape)],
    "packed": lambda shape, dtype: np.zeros(shape[:1], [("pad", "i1"), ("value", dtype, shape[1:])])["value"],
}


@pytest.mark.parametrize("dtype", FUNCTIONS)
@pytest.mark.parametrize("layout", OUTS)
@pytest.mark.parametrize("threads", [1, 2])
def test_results_go_into_any_layout(layout, dtype, threads):
    f, arguments = FUNCTIONS[dtype], {name: base(name) for name in NAMES}
    weights = arguments.pop("weights")
    value, grads = f.value_and_grad(**arguments, weights=weights)
    out = OUTS[layout]((N,), dtype), tuple(OUTS[layout](grad.shape, dtype) for grad in grads)
    f.value_and_grad(**arguments, weights=weights, out=out, threads=threads)
    assert [out[0].tobytes(), *(grad.tobytes() for grad in out[1])] == [value.tobytes(), *(grad.tobytes() for grad in grads)]


def test_elements_between_those_of_a_strided_result_stay():
    table = np.full((N, 5), 7.0)
    sg.compile(v * 2.0)(base("v"), out=table[:, 1:4])
    assert np.array_equal(table[:, 1:4], base("v") * 2.0)
    assert (table[:, [0, 4]] == 7.0).all()
