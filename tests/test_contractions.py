"""Sums of products are contractions when they run, and sums over rows are added in blocks: the same bits on both engines."""

from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from ulps import same_bits, spicy

import staticgraph as sg
from staticgraph.gates import GATES
from staticgraph.gates.inner import INNER
from staticgraph.native import schedule
from staticgraph.native.elements import Elements
from staticgraph.native.operations import Keep
from staticgraph.native.schedule import plan

SHAPES = [((3,), 0), ((2, 33, 2), 1), ((1, 70), 1)]
x, y, u = sg.input("x", (4, 6)), sg.input("y", (4, 6)), sg.parameter("u", (4, 6))
PRODUCT, LONG = x * u, sg.input("long", 257)


def contractions(output):
    opcodes = [gate.opcode for gate in GATES.values() if gate.kind == INNER]
    return np.flatnonzero(np.isin(sg.compile(output, engine="interpreter").program.instructions["opcode"], opcodes))


@pytest.mark.parametrize(
    ("output", "count"),
    [
        (np.sum(x * y, axis=1), 1), (np.sum(x * x), 1), (np.mean(x * u), 1), (np.sum(x * y * u), 1), (np.einsum("ij,ij->i", x, u), 1),
        (np.sum(PRODUCT) + PRODUCT, 0), (np.sum(2.0 * x), 0), (np.sum(x + y), 0), (np.max(x * y), 0),
        (np.sum(LONG * LONG), 0),
        (np.sum(x[:, None, 0] * u, axis=1), 1),
    ],
)  # fmt: skip
def test_products_that_only_their_sum_reads_are_contracted(output, count):
    assert len(contractions(output)) == count


def with_both(output, leaves, dtype):
    return [sg.compile(output, leaves, dtype=dtype, engine=engine) for engine in ("interpreter", "native")]


def assert_alike(functions, cotangent, given):
    gradients = [f.vjp(cotangent, *given) for f in functions]
    for pair in zip(*gradients, strict=True):
        assert same_bits(*pair)
    return gradients[0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_both_engines_give_what_numpy_gives(dtype):
    rng, leaves, outputs = np.random.default_rng(3), [], []
    for number, (shape, axis) in enumerate(SHAPES):
        a, b, w = sg.input(f"a{number}", shape), sg.input(f"b{number}", shape), sg.parameter(f"w{number}", shape)
        leaves += [a, b, w]
        outputs += [np.sum(a * b, axis=axis).ravel(), np.sum(a * w, axis=axis).ravel(), np.sum(w * w, axis=axis).ravel()]
    given = [rng.normal(size=((131, *leaf.shape) if leaf.name[0] != "w" else leaf.shape)).astype(dtype) for leaf in leaves]
    output = np.concatenate(outputs)
    cotangent = np.resize(np.array([1.0, 0.0, -0.75], dtype), (131, *output.shape))
    functions = with_both(output, leaves, dtype)
    assert_alike(functions, cotangent, given)
    values = functions[0](*given)
    assert same_bits(values, functions[1](*given))
    expected, bound = [], []
    for number, (_, axis) in enumerate(SHAPES):
        a, b, w = (each.astype(np.float64) for each in given[3 * number : 3 * number + 3])
        for product in (a * b, a * w, np.broadcast_to(w * w, a.shape)):
            expected.append(product.sum(axis=axis + 1).reshape(131, -1))
            bound.append(np.abs(product).sum(axis=axis + 1).reshape(131, -1))
    assert np.all(np.abs(values - np.concatenate(expected, 1)) <= 8 * np.finfo(dtype).eps * np.concatenate(bound, 1))


def test_zeros_stop_and_nan_goes_through():
    a, b = sg.input("a", (3,)), sg.parameter("b", (3,))
    output = np.stack([np.where(a[0] > 0, np.sum(a * b), 0.0), np.sum(b * np.exp(a))])
    given = [spicy(np.float64)[: 3 * (len(spicy(np.float64)) // 3)].reshape(-1, 3), np.array([1.5, np.inf, -2.0])]
    for cotangent in (0.0, 1.0):
        gradients = assert_alike(with_both(output, [a, b], np.float64), np.full((len(given[0]), 2), cotangent), given)
        if not cotangent:
            assert not gradients.a.any() and not gradients.b.any()


def quadratic_forms(count, size):
    """Return many quadratic forms of one point, whose matrices are parameters: many sums over rows."""
    point, factors = sg.input("point", (size,)), sg.parameter("factors", (count, size, size))
    shift = sg.parameter("shift", (count, size))
    along = np.sum(factors * (point - shift)[:, None, :], axis=2)
    return sg.logsumexp(np.sum(along * along, axis=1)) + np.sum(np.tanh(shift)), [point, factors, shift]


@pytest.fixture
def cut():
    """Programs are cut into functions however short they are."""
    with mock.patch.object(schedule, "MOST_ALONE", 200), mock.patch.object(schedule, "MOST_INSTRUCTIONS", 150):
        yield


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sums_over_rows_in_blocks_keep_their_bits(dtype, cut):
    output, leaves = quadratic_forms(5, 4)
    functions, rng = with_both(output, leaves, dtype), np.random.default_rng(4)
    for rows in (3, 1023 + 8, 2048):
        given = [rng.normal(size=shape).astype(dtype) for shape in ((rows, 4), (5, 4, 4), (5, 4))]
        cotangent = np.where(np.arange(rows) % 5 == 0, 0.0, rng.normal(size=rows)).astype(dtype)
        assert_alike(functions, cotangent, given)


def test_accumulators_stay_in_registers_where_a_program_is_cut(cut):
    output, leaves = quadratic_forms(5, 4)
    made = plan(Elements(sg.compile(output, leaves, engine="interpreter").program, seeded=False))
    sums = [step.slot for part in made.parts if part.adds for step in part.steps]
    assert len(sums) == len(set(sums)) >= 5 * 4 * 4
    assert not any(isinstance(step, Keep) for part in made.parts for step in part.steps)


def test_a_component_is_made_before_the_next():
    """The gradients of one component come together, whatever instructions they are of: those of others do not wait meanwhile."""
    output, leaves = quadratic_forms(5, 4)
    program = sg.compile(output, leaves, engine="interpreter").program
    owner = {site.slot + place: place * 5 // site.size for site in program.shared for place in range(site.size)}
    owners = [owner[sink.slot] for sink in Elements(program, seeded=False).sinks if isinstance(sink, Keep)]
    assert sum(one != other for one, other in pairwise(owners)) == 4
