"""Sums of products are contractions when they run, and sums over rows are added in blocks: the same bits on both engines."""

from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from ulps import same_bits, spicy

import staticgraph as sg
from staticgraph.gates import GATES
from staticgraph.gates.inner import INNER
from staticgraph.lanes.rules import Product
from staticgraph.native import recomputing, schedule
from staticgraph.native.adding import Adding
from staticgraph.native.elements import Elements
from staticgraph.native.operations import Keep, Operation
from staticgraph.native.parts import operands
from staticgraph.native.recomputing import through
from staticgraph.native.schedule import plan
from staticgraph.native.sums_text import TILE, tiles

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


def test_short_rules_of_what_waits_anyway_are_made_anew(cut):
    """Differences from uniform values, and what the gradient of a square receives, wait nowhere; nothing is made that no function reads."""
    output, leaves = quadratic_forms(5, 4)
    made = plan(Elements(sg.compile(output, leaves, engine="interpreter").program, seeded=False))
    assert len(made.anew) >= 2 * 5 * 4
    assert made.anew.keys().isdisjoint(made.places.of)
    for part in made.parts:
        here = {value for step in part.steps if isinstance(step, Operation) for value in range(step.first, step.first + step.count)}
        reads = set(through([value for step in part.steps for value in operands(step)], here, made.anew))
        assert reads - here <= made.places.of.keys() | {value for value in reads if isinstance(value, str) or value < 0}
        assert all(value in reads or value in made.places.of for value in here & made.anew.keys())


def test_what_is_made_of_several_single_values_waits(cut):
    """To read two values in the place of one is no gain, unless others read them too."""
    v, w = sg.input("v", 40), sg.input("w", 40)
    both = np.exp(v) * np.exp(w)
    program = sg.compile(np.tanh(np.sum(np.sin(both) * both)) * np.sum(np.exp(w) * both), engine="interpreter").program
    chosen = plan(Elements(program, seeded=False))
    with mock.patch.object(recomputing, "MOST_READ", 9):
        assert len(plan(Elements(program, seeded=False)).anew) > len(chosen.anew)


def test_accumulators_of_one_upstream_gradient_share_a_tile():
    def sums(*terms):
        rule = Product("", False)
        return [Adding(slot, (Operation(rule, (*pair, -slot), 1000 + slot, 1, 1),), -slot) for slot, pair in enumerate(terms, 1)]

    pairs = [(upstream, 100 + factor) for upstream in range(9) for factor in range(upstream + 2)]
    found = tiles(sums(*pairs))
    assert sorted(each.slot for tile in found for each in tile) == list(range(1, len(pairs) + 1))
    assert max(map(len, found)) <= TILE
    held = [{each.terms[0] for each in tile} for tile in found]
    assert sum(map(len, held)) == 9
    assert [len(tile) for tile in tiles(sums(*[(0, factor) for factor in range(TILE + 1)]))] == [TILE, 1]
