"""The same bits for any thread count and any batch (section 5, promise 1)."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import staticgraph as sg

x, y, v = sg.input("x"), sg.input("y"), sg.input("v", 5)
w, b, s = sg.parameter("w", (4, 5)), sg.parameter("b", 4), sg.parameter("s")
LEAVES = [x, v, y, w, b, s]
hidden = np.tanh(w @ v + b)
steep = np.sum(100.0 * (v[1:] - v[:-1] ** 2) ** 2 + (1.0 - v[:-1]) ** 2)
scalar = np.sum(hidden) * np.exp(-x * x) + np.where(y > x, np.sqrt(y - x), s * y) + np.log1p(steep) * np.max(v) + np.linalg.norm(v) / s
FUNCTIONS = {
    "mixed": sg.compile(scalar, LEAVES),
    "float32": sg.compile(scalar, LEAVES, dtype=np.float32),
    "rational": sg.compile(x * steep / (1.0 + y * y) + s * np.mean(v) * b[0], LEAVES),
    "uniform": sg.compile(np.sum(np.exp(b) * s) + 0.0 * x, LEAVES),
}
LARGEST = 5001
rng = np.random.default_rng(11)
XS, VS, YS, WS, BS, SS = (
    rng.normal(size=LARGEST),
    rng.normal(size=(LARGEST, 5)),
    rng.normal(size=LARGEST),
    rng.normal(size=(4, 5)),
    rng.normal(size=4),
    1.7,
)
WEIGHTS = rng.normal(size=LARGEST) * (rng.random(LARGEST) < 0.8)
PARAMETERS = [WS, BS, SS]


def rows(selected):
    return [XS[selected], VS[selected], YS[selected], *PARAMETERS]


def run(f, arguments, **options):
    """Return value and gradients as arrays."""
    value, grads = f.value_and_grad(*arguments, **options)
    return [np.asarray(each) for each in (value, *grads)]


def as_bytes(results):
    return [(result.shape, result.dtype, result.tobytes()) for result in results]


def per_row(results):
    return [results[0], *results[1:4]]


@pytest.fixture(scope="module", params=FUNCTIONS)
def f(request):
    return FUNCTIONS[request.param]


@pytest.fixture(scope="module")
def whole(f):
    """Return the results of the largest batch, one thread."""
    return run(f, rows(slice(None)), threads=1)


def sizes(lanes):
    near = {block * times + side for block in (8, 16, 32, 64, 128, 256, 512, lanes) for times in (1, 2, 3) for side in (-1, 0, 1)}
    return sorted({0, 1, 2, 3, LARGEST - 1, 16 * lanes, 16 * lanes + 1} | near)


@pytest.mark.parametrize("weighted", [False, True])
def test_any_thread_count(f, weighted):
    for count in (0, 1, 9, 3 * f.program.lanes + 1, LARGEST):
        selected = slice(0, count)
        options = {"weights": WEIGHTS[selected]} if weighted else {}
        expected = as_bytes(run(f, rows(selected), threads=1, **options))
        for threads in (2, 3, 8, None):
            assert as_bytes(run(f, rows(selected), threads=threads, **options)) == expected
        plain = f(*rows(selected), threads=1).tobytes()
        assert plain == expected[0][2]
        for threads in (2, 3, 8):
            assert f(*rows(selected), threads=threads).tobytes() == plain


def test_a_row_does_not_depend_on_the_size_of_the_batch(f, whole):
    for count in sizes(f.program.lanes):
        if count <= LARGEST:
            expected = as_bytes([each[:count] for each in per_row(whole)])
            assert as_bytes(per_row(run(f, rows(slice(0, count)), threads=2))) == expected, f"{count} rows"
    for start in (1, 7, 8, 100, LARGEST - 1):
        assert as_bytes(per_row(run(f, rows(slice(start, None))))) == as_bytes([each[start:] for each in per_row(whole)])


def test_a_row_alone(f, whole):
    for row in (0, 1, 7, 8, 63, 511, LARGEST - 1):
        alone = run(f, rows(row))
        assert as_bytes(per_row(alone)) == as_bytes([np.asarray(each[row]) for each in per_row(whole)])
        assert as_bytes(alone[4:]) == as_bytes(run(f, rows(slice(row, row + 1)))[4:])


def test_a_permuted_batch(f, whole):
    order = rng.permutation(LARGEST)
    assert as_bytes(per_row(run(f, rows(order), threads=2))) == as_bytes([each[order] for each in per_row(whole)])


@pytest.mark.parametrize("batched", range(8))
def test_a_broadcast_argument_is_its_values_repeated(f, batched):
    """`batched` tells by its bits which of `x`, `v` and `y` are a batch; with none, a leaf that nothing uses is."""
    count = 1234
    unused = sg.input("unused")
    g = sg.compile(scalar, [*LEAVES, unused]) if not batched else f
    short = [each if batched >> bit & 1 else each[3] for bit, each in enumerate(rows(slice(0, count))[:3])]
    full = [np.ascontiguousarray(np.broadcast_to(each, (count, *shape))) for each, shape in zip(short, [(), (5,), ()], strict=True)]
    extra = [np.zeros(count)] if not batched else []
    for options in ({}, {"weights": WEIGHTS[:count]}, {"weights": 0.7}):
        expected = as_bytes(run(g, [*full, *PARAMETERS, *extra], **options))
        assert as_bytes(run(g, [*short, *PARAMETERS, *extra], **options)) == expected
        assert as_bytes(run(g, [*short, *PARAMETERS, *extra], threads=3, **options)) == expected
    assert g(*short, *PARAMETERS, *extra).tobytes() == g(*full, *PARAMETERS, *extra).tobytes()


def test_one_weight_is_that_weight_repeated(f):
    arguments = rows(slice(0, 1000))
    assert as_bytes(run(f, arguments, weights=0.3)) == as_bytes(run(f, arguments, weights=np.full(1000, 0.3)))
    assert as_bytes(run(f, arguments, weights=1.0)) == as_bytes(run(f, arguments))


def test_every_call_gives_the_same_bits(f):
    arguments = rows(slice(0, 700))
    expected = run(f, arguments)
    assert as_bytes(map(np.asarray, f.grad(*arguments))) == as_bytes(expected[1:])
    assert as_bytes(map(np.asarray, f.vjp(np.ones(700), *arguments))) == as_bytes(expected[1:])
    for position, leaf in enumerate(LEAVES):
        assert as_bytes(run(f, arguments, wrt=[leaf])) == as_bytes([expected[0], expected[1 + position]])


@pytest.mark.parametrize("count", [1, 64, 777, LARGEST])
def test_parameter_gradients_are_sums_over_rows(count):
    f, arguments = FUNCTIONS["mixed"], rows(slice(0, count))
    total = f.grad(*arguments, weights=WEIGHTS[:count])
    repeated = [sg.input(leaf.name, leaf.shape) for leaf in (w, b, s)]
    hidden = np.tanh(repeated[0] @ v + repeated[1])
    again = np.sum(hidden) * np.exp(-x * x) + np.where(y > x, np.sqrt(y - x), repeated[2] * y)
    g = sg.compile(again + np.log1p(steep) * np.max(v) + np.linalg.norm(v) / repeated[2], [x, v, y, *repeated])
    each = g.grad(*arguments)
    for name in "wbs":
        expected = np.tensordot(WEIGHTS[:count], each[name], 1)
        np.testing.assert_allclose(total[name], expected, rtol=1e-11, atol=1e-11)


def test_nan_and_infinity_stay_in_their_row(f, whole):
    spoiled = [each.copy() for each in rows(slice(None))[:3]]
    bad = np.arange(LARGEST) % 7 == 3
    spoiled[0][bad] = np.resize([np.nan, np.inf, -np.inf, 1e30], bad.sum())
    spoiled[1][bad] = np.nan
    results = per_row(run(f, [*spoiled, *PARAMETERS], threads=2))
    assert as_bytes([each[~bad] for each in results]) == as_bytes([each[~bad] for each in per_row(whole)])


@pytest.mark.parametrize("last", [np.inf, np.nan, -np.inf])
def test_the_filling_of_the_last_tile_adds_nothing(last):
    g = sg.compile(x * s + np.sum(v * b[0]), [x, v, b, s])
    grads = g.grad([1.0, 2.0, last], np.ones(5), BS, 2.0)
    np.testing.assert_array_equal(grads.s, 3.0 + last)
    np.testing.assert_array_equal(grads.b, [15.0, 0.0, 0.0, 0.0])
    weighted = g.grad([1.0, 2.0, last], np.ones(5), BS, 2.0, weights=[1.0, 1.0, 0.0])
    np.testing.assert_array_equal(weighted.s, 3.0)


def test_eight_threads_call_one_function(f, whole):
    counts = [1, 3, 64, 500, 1000, 2049, LARGEST, LARGEST]
    expected = {count: as_bytes(run(f, rows(slice(0, count)), threads=1)) for count in counts}
    with ThreadPoolExecutor(8) as pool:
        jobs = [(count, pool.submit(run, f, rows(slice(0, count)), threads=threads)) for count in counts for threads in (1, 2, 3)]
        assert all(as_bytes(job.result()) == expected[count] for count, job in jobs)


def test_equal_rows_give_no_cancellation_noise():
    u = rng.normal(size=1000)
    assert not sg.compile(np.sqrt(x * x - y * y))(u, u).any()
