"""The keyword `out`: results are written into the caller's arrays, whatever their strides and whatever they overlap."""

import numpy as np
import pytest

import staticgraph as sg

N = 1000
rng = np.random.default_rng(5)
x, v, p = sg.input("x"), sg.input("v", (2, 3)), sg.parameter("p", 3)
XS, VS, PS = rng.normal(size=N), rng.normal(size=(N, 2, 3)), rng.normal(size=3)
SHAPES = {"x": (N,), "v": (N, 2, 3), "p": (3,)}
WRT = ["x", "v", "p"]


@pytest.fixture(scope="module", params=[np.float64, np.float32])
def energy(request):
    return sg.compile(np.sum(np.sin(v) @ p) * x, [x, v, p], dtype=request.param)


def dtype_of(f):
    return np.asarray(f(1.0, VS[0], PS)).dtype


def strided(shape, dtype):
    return np.full(tuple(3 * length for length in shape), 9.0, dtype)[tuple(slice(1, None, 3) for _ in shape)]


def backwards(shape, dtype):
    return np.full(shape, 9.0, dtype)[tuple(slice(None, None, -1) for _ in shape)]


def packed(shape, dtype):
    return np.zeros(shape, [("pad", "i1"), ("value", dtype)])["value"]


LAYOUTS = {
    "contiguous": np.empty,
    "Fortran": lambda shape, dtype: np.full(shape, 9.0, dtype, order="F"),
    "strided": strided,
    "backwards": backwards,
    "packed": packed,
}


def same(array, expected):
    return (array.dtype, array.shape, array.tobytes()) == (expected.dtype, np.shape(expected), expected.tobytes())


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("wrt", [None, "v", ["p", "x"], ["v", "p"]])
def test_results_are_the_arrays_given(energy, layout, wrt):
    dtype, make = dtype_of(energy), LAYOUTS[layout]
    value, grads = energy.value_and_grad(XS, VS, PS, wrt=wrt)
    if isinstance(wrt, str):
        array = make(SHAPES[wrt], dtype)
        assert energy.value_and_grad(XS, VS, PS, wrt=wrt, out=(make((N,), dtype), array))[1] is array
        assert same(array, grads)
        return
    arrays = (make((N,), dtype), tuple(make(SHAPES[name], dtype) for name in grads._fields))
    result, returned = energy.value_and_grad(XS, VS, PS, wrt=wrt, out=arrays)
    assert result is arrays[0]
    assert all(one is other for one, other in zip(returned, arrays[1], strict=True))
    assert returned._fields == grads._fields
    assert same(result, value)
    assert all(same(one, other) for one, other in zip(returned, grads, strict=True))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_other_calls_take_out_too(energy, layout):
    dtype, make = dtype_of(energy), LAYOUTS[layout]
    array = make((N,), dtype)
    assert energy(XS, VS, PS, out=array) is array
    assert same(array, energy(XS, VS, PS))
    for call, first in ((energy.grad, ()), (energy.vjp, (XS,))):
        grads = call(*first, XS, VS, PS)
        arrays = tuple(make(SHAPES[name], dtype) for name in WRT)
        returned = call(*first, XS, VS, PS, out=arrays)
        assert all(one is other for one, other in zip(returned, arrays, strict=True))
        assert all(same(one, other) for one, other in zip(returned, grads, strict=True))
        assert call(*first, XS, VS, PS, out=grads).x is grads.x


def test_several_outputs_and_booleans():
    f = sg.compile((x > 0, v * 2.0))
    mask, twice = np.zeros(2 * N, bool)[::2], np.empty((N, 3, 2)).transpose(0, 2, 1)
    results = f(XS, VS, out=(mask, twice))
    assert results[0] is mask
    assert results[1] is twice
    assert np.array_equal(mask, XS > 0)
    assert np.array_equal(twice, VS * 2.0)


def test_without_a_batch_and_with_an_empty_one(energy):
    dtype = dtype_of(energy)
    value, grads = np.empty((), dtype), (np.empty((), dtype), np.empty((2, 3), dtype), np.empty(3, dtype))
    result, returned = energy.value_and_grad(XS[0], VS[0], PS, out=(value, grads))
    assert result is value
    assert returned.p is grads[2]
    expected, plain = energy.value_and_grad(XS[0], VS[0], PS)
    assert value == expected
    assert all(np.array_equal(one, other) for one, other in zip(grads, plain, strict=True))
    total = np.ones(3, dtype)
    assert energy.grad(XS[:0], VS[:0], PS, wrt="p", out=total) is total
    assert not total.any()


def test_what_a_call_without_a_batch_returned(energy):
    """Numbers cannot be written: new ones take their place; arrays are written."""
    first = energy.value_and_grad(XS[0], VS[0], PS)
    kept, expected = first[1].v, energy.value_and_grad(XS[1], VS[1], PS)
    value, grads = energy.value_and_grad(XS[1], VS[1], PS, out=first)
    assert grads.v is kept
    assert value == expected[0] and type(value) is type(expected[0])
    assert all(np.array_equal(one, other) for one, other in zip(grads, expected[1], strict=True))
    assert energy(XS[1], VS[1], PS, out=value) == value
    gradient = energy.grad(XS[1], VS[1], PS, wrt="x", out=energy.grad(XS[0], VS[0], PS, wrt="x"))
    assert gradient == expected[1].x
    both = sg.compile((x * 2.0, v))
    number, array = both(1.0, VS[0])
    results = both(3.0, VS[1], out=(number, array))
    assert results[0] == 6.0 and results[1] is array and np.array_equal(array, VS[1])
    with pytest.raises(ValueError, match=r"out: expected shape .* dtype"):
        energy(XS[0], VS[0], PS, out=np.int64(1))
    with pytest.raises(ValueError, match="out: expected an array"):
        energy(XS, VS, PS, out=value)


@pytest.mark.parametrize("threads", [1, 2])
def test_value_over_an_argument(threads):
    u = sg.input("u", 3)
    reverse = sg.compile(u[::-1] * 2.0)
    buffer = np.random.default_rng(0).normal(size=(N + 7, 3))
    for source, target in (
        (slice(0, N), slice(0, N)),
        (slice(0, N), slice(7, N + 7)),
        (slice(7, N + 7), slice(0, N)),
        (slice(0, N), slice(N - 1, None, -1)),
    ):
        work = buffer.copy()
        expected = work[source][:, ::-1] * 2.0
        result = reverse(work[source], out=work[target], threads=threads)
        assert np.array_equal(result, expected)
        assert np.array_equal(work[target], expected)


@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_over_arguments(threads):
    a, b, w = sg.input("a"), sg.input("b"), sg.parameter("w")
    f = sg.compile(a * b * b * w)
    first, second, third = rng.normal(size=(3, N))
    expected = f.value_and_grad(first, second, 2.0, weights=third)
    xs, ys, zs, total = first.copy(), second.copy(), third.copy(), np.array(2.0)
    value, grads = f.value_and_grad(xs, ys, total, weights=zs, out=(zs, (ys, xs, total)), threads=threads)
    assert value is zs
    assert grads.a is ys
    assert same(value, expected[0])
    assert all(same(one, np.asarray(other)) for one, other in zip(grads, expected[1], strict=True))
    plain = f.vjp(third, first, second, 2.0, wrt=["a", "b"])
    xs, ys, zs = first.copy(), second.copy(), third.copy()
    grads = f.vjp(zs, xs, ys, 2.0, wrt=["a", "b"], out=(zs, xs), threads=threads)
    assert all(same(one, other) for one, other in zip(grads, plain, strict=True))


def test_a_broadcast_argument_overlapped_by_a_result():
    a, b = sg.inputs("a b")
    buffer = np.linspace(1.0, 2.0, N)
    expected = buffer * buffer[500]
    assert np.array_equal(sg.compile(a * b)(buffer, buffer[500:501].reshape(()), out=buffer), expected)


def frozen(shape, dtype=np.float64):
    array = np.zeros(shape, dtype)
    array.flags.writeable = False
    return array


BAD = {
    "read-only": frozen(N),
    "repeated": np.broadcast_to(np.zeros(1), N),
    "short": np.zeros(N - 1),
    "long": np.zeros(N + 1),
    "column": np.zeros((N, 1)),
    "row": np.zeros((1, N)),
    "unbatched": np.zeros(()),
    "float32": np.zeros(N, np.float32),
    "integer": np.zeros(N, int),
    "object": np.zeros(N, object),
    "big-endian": np.zeros(N, ">f8"),
    "list": [0.0] * N,
    "number": 0.0,
    "text": "text",
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("place", range(4))
def test_an_array_of_the_wrong_kind(bad, place):
    square = sg.compile(x * x)
    good = np.full(N, 7.0)
    with pytest.raises(ValueError, match="out"):
        if place == 0:
            square(XS, out=BAD[bad])
        elif place == 1:
            square.value_and_grad(XS, out=(BAD[bad], (good,)))
        elif place == 2:
            square.value_and_grad(XS, out=(good, (BAD[bad],)))
        else:
            square.grad(XS, out=(BAD[bad],))
    assert (good == 7.0).all()


@pytest.mark.parametrize(
    "out",
    [np.zeros(N), (np.zeros(N),), (np.zeros(N), ()), (np.zeros(N), (np.zeros(N),) * 2), (np.zeros(N), (np.zeros(N),), np.zeros(N)), 3],
)
def test_the_wrong_number_of_arrays(out):
    with pytest.raises((TypeError, ValueError)):
        sg.compile(x * x).value_and_grad(XS, out=out)


@pytest.mark.parametrize("engine", ["interpreter", "native"])
@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("step", [2, 5, -1, -3])
def test_strides_along_rows_of_one_row_or_none_are_forgotten(engine, rows, step):
    """NumPy calls such an array contiguous, whatever its strides; a later call on more rows must not write with them."""
    f = sg.compile(np.sum(np.sin(v) @ p) * x, [x, v, p], engine=engine)
    wanted = f.value_and_grad(XS[:9], VS[:9], PS)
    f = sg.compile(np.sum(np.sin(v) @ p) * x, [x, v, p], engine=engine)

    def odd(shape):
        return np.zeros((20, *shape[1:]))[10::step][:rows]

    f.value_and_grad(XS[:rows], VS[:rows], PS, out=(odd((rows,)), (odd((rows,)), odd((rows, 2, 3)), np.zeros(3))))
    room = {name: np.zeros((99, *shape[1:])) for name, shape in SHAPES.items() if name != "p"} | {"value": np.zeros(99)}
    inner = {name: array[45:54] for name, array in room.items()}
    found = f.value_and_grad(XS[:9], VS[:9], PS, out=(inner["value"], (inner["x"], inner["v"], np.zeros(3))))
    assert same(found[0], wanted[0])
    assert all(same(each, expected) for each, expected in zip(found[1], wanted[1], strict=True))
    for array in room.values():
        assert not array[:45].any()
        assert not array[54:].any()
