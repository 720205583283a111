"""Sums over rows: which accumulators there are, in which order they are added, and that this is right wherever a parameter is used."""

import dataclasses
from unittest import mock

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.gates import CONTRACTION, GATES
from staticgraph.kinds import reference
from staticgraph.machine.blocks import BLOCK_ROWS, RUN_ROWS
from staticgraph.nodes.graph import Graph
from staticgraph.program.verify import verify
from staticgraph.records.instruction import BY_VECTOR, FLAT
from staticgraph.running import executor
from staticgraph.running.call import SMALLEST, count_tiles, parts

p, r, w, m = sg.parameter("p"), sg.parameter("r", 3), sg.parameter("w", (3, 3)), sg.parameter("m", 6)
x, v = sg.input("x"), sg.input("v", 3)
LEAVES = [p, r, w, m, x, v]
USES = {
    "strided": np.sum(r * v) + np.sum(np.where(x > 0, r, v) * v),
    "broadcast": np.sum(p * v) + np.sum(np.where(v > x, p, r[1])),
    "flat and not": np.sum(p * v * r) + np.sum(p - r * x),
    "parts": np.sum(m[1:4] * v) + np.sum(m[2] * v) + m[4] * x,
    "twice in one instruction": np.sum(np.where(x > 1, r, r) * v) + np.where(x > 0, p, p),
    "stacked": np.sum(sg.stack([p, x, p * x, x]) * np.arange(4.0)),
    "gathered": np.sum(np.concatenate([r[::-1], v, m[np.array([0, 5, 0])]]) * np.concatenate([v, v * x, v])),
    "products": np.sum((w @ v) * (w.T @ v)) + np.sum(w @ (w @ v)),
    "products of parts": np.sum(np.reshape(m, (2, 3)) @ v) + np.sum(np.reshape(m[:3], (1, 3)) @ v) + np.sum(m[3:] * v),
    "everything": np.sum((w @ v + r) * np.concatenate([w[1, :2], v[:1]])) + np.sum(w[2, 0] * v) * p + np.sum(w * x) + np.exp(0.0 * p),
    "prologue": np.sum((r * r + p) * v) + np.sum(np.concatenate([v, r * 2.0]) * m) + p,
}


def given_for(rows, rng):
    """Return whole numbers, so that every sum is exact in whatever order."""
    shapes = [leaf.shape if not leaf.varying else (rows, *leaf.shape) for leaf in LEAVES]
    return [rng.integers(-3, 4, shape).astype(float) for shape in shapes]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("rows", [1, 5, 16, 45])
def test_a_parameter_may_be_used_anywhere(use, rows, dtype):
    output, rng = USES[use], np.random.default_rng(rows)
    given, weights = given_for(rows, rng), rng.choice([0.0, 1.0, -2.0], rows)
    with mock.patch("staticgraph.lowering.lowering.choose_lanes", lambda *_: 16):
        found = sg.compile(output, LEAVES, dtype=dtype).grad(*given, weights=weights)
    graph = Graph([output], LEAVES)

    def row_of(row):
        return {leaf.name: array[row] if leaf.varying else array for leaf, array in zip(LEAVES, given, strict=True)}

    each = [reference.gradients(graph, row_of(row), [weight]) for row, weight in enumerate(weights)]
    for leaf in LEAVES:
        expected = np.array([gradient[leaf.name] for gradient in each])
        np.testing.assert_array_equal(found[leaf.name], expected if leaf.varying else expected.sum(axis=0), leaf.name)


@pytest.mark.parametrize("use", USES)
def test_the_threads_change_no_sum(use):
    f, rng = sg.compile(USES[use], LEAVES), np.random.default_rng(1)
    given = [rng.normal(size=array.shape) for array in given_for(3000, rng)]
    with mock.patch.object(executor, "PARALLEL_NS", 0):
        one, *others = ([np.asarray(each).tobytes() for each in f.grad(*given, threads=threads)] for threads in (1, 2, 5))
    assert others == [one, one]


def adding(program):
    """Return for each accumulator the positions of the instructions that add to it."""
    places = {slot: set() for slot in range(program.slots)}
    for position, each in enumerate(program.instructions):
        for number, name in enumerate(("to_a", "to_b", "to_c")):
            if each["backward"] >> number & 1 and each[name] < 0:
                sites = [site for site in program.shared if site.slot <= ~each[name] < site.slot + site.size]
                assert len(sites) == 1
                places[~each[name]].add(position)
    return places


@pytest.mark.parametrize("use", USES)
def test_every_accumulator_has_one_instruction(use):
    program = sg.compile(USES[use], LEAVES).program
    products = [gate.opcode for gate in GATES.values() if gate.kind == CONTRACTION]
    assert [site.slot for site in program.shared] == np.cumsum([0, *(site.size for site in program.shared)])[:-1].tolist()
    for positions in adding(program).values():
        assert len(positions) <= 1 or all(program.instructions["opcode"][position] in products for position in positions)


def test_matrix_products_share_their_accumulators():
    state = v
    for _ in range(50):
        state = np.tanh(w @ state + r)
    sizes = [site.size for site in sg.compile(np.sum(state), [w, r, v]).program.shared]
    assert sorted(sizes) == [3] * 50 + [9]


@pytest.mark.parametrize(
    ("output", "flags"),
    [
        (np.max(p * v), [FLAT | BY_VECTOR]), (np.max(r * v), [0]), (np.sum(np.clip(v, p, r)), [BY_VECTOR]), (p * x, [FLAT]),
        (np.sum(v * x), [0]), (np.sum(p * (v * 2.0)), [FLAT, FLAT | BY_VECTOR]),
    ],
)  # fmt: skip
def test_a_vector_goes_through_all_rows_that_add_to_one_accumulator(output, flags):
    program = sg.compile(output).program
    elementwise = program.instructions[program.instructions["length"] == 1]
    assert [int(each["flags"]) & (FLAT | BY_VECTOR) for each in elementwise if each["opcode"] > 0] == flags
    for position, each in enumerate(program.instructions):
        changed = program.instructions.copy()
        changed["flags"][position] = each["flags"] ^ BY_VECTOR
        with pytest.raises(ValueError, match="field 'flags'"):
            verify(dataclasses.replace(program, instructions=changed))


def test_two_places_that_add_to_one_accumulator_are_caught():
    program = sg.compile(p * v[0] + p * x + np.sum(w @ v) + np.sum(w * x)).program
    for name in ("to_a", "to_b"):
        for position in np.flatnonzero(program.instructions[name] < 0):
            for site in program.shared:
                if ~program.instructions[name][position] != site.slot:
                    changed = program.instructions.copy()
                    changed[name][position] = ~site.slot
                    with pytest.raises(ValueError, match="invalid program"):
                        verify(dataclasses.replace(program, instructions=changed))
    with pytest.raises(ValueError, match="one after another"):
        verify(dataclasses.replace(program, shared=program.shared[::-1]))
    with pytest.raises(ValueError, match="one after another, of all"):
        verify(dataclasses.replace(program, shared=program.shared[:-1]))


def test_tiles_are_whole_vectors_and_one_of_the_rest():
    assert [count_tiles(rows, 32, 8) for rows in (0, 1, 7, 8, 9, 31, 32, 33, 40, 64, 71)] == [0, 1, 1, 1, 2, 2, 1, 2, 2, 2, 3]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("rows", [0, 1, 8, 33, 1000, 4099, 100_000])
def test_parts_are_whole_tiles_and_shares_of_what_is_left(rows, threads):
    """On one thread a batch is one part."""
    lanes, width, piece = 32, 8, 640
    bounds = np.array(parts(rows, lanes, width, piece, threads))
    sizes, left, inner = np.diff(bounds), rows - bounds[:-1], bounds[1:-1]
    assert (bounds[0], bounds[-1]) == (0, rows)
    assert (sizes > 0).all()
    assert ((inner % lanes == 0) | (inner == rows // width * width)).all()
    if threads > 1:
        assert (sizes <= piece).all()
        assert (sizes <= np.maximum(piece // SMALLEST, left / (2 * threads) + lanes)).all()
    else:
        assert len(sizes) == (rows > 0)


def halved(sums):
    """Return the sum of the first axis, a power of two long, halves added to halves."""
    while len(sums) > 1:
        sums = sums[: len(sums) // 2] + sums[len(sums) // 2 :]
    return sums[0]


def dyadic(sums):
    """Return the sum by a tree of neighbours: two and two, and the last alone where there is no second."""
    while len(sums) > 1:
        sums = [sums[k] + sums[k + 1] if k + 1 < len(sums) else sums[k] for k in range(0, len(sums), 2)]
    return sums[0]


def site_total(terms, by_vector=True):
    """Return the sum of `terms[row, element]` as the machine adds: one vector of rows at a time, all elements of it in order."""
    rows, width = len(terms), 64 // terms.itemsize
    whole, sums = rows // width * width, []
    for block in range(0, rows, BLOCK_ROWS):
        end, totals = min(block + BLOCK_ROWS, rows), np.full(width, -0.0, terms.dtype)
        runs = [terms[start : min(start + RUN_ROWS, end, whole)] for start in range(block, min(end, whole), RUN_ROWS)]
        if end > whole:
            runs.append(np.concatenate([terms[whole:], np.full((width - rows + whole, terms.shape[1]), -0.0, terms.dtype)]))
        for run in runs:
            accumulator = np.full(width, -0.0, terms.dtype)
            vectors = run.reshape(-1, width, terms.shape[1]).transpose(0, 2, 1)
            for each in (vectors if by_vector else vectors.transpose(1, 0, 2)).reshape(-1, width):
                accumulator = accumulator + each
            totals = totals + accumulator
        sums.append(halved(totals))
    return dyadic(sums)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("engine", ["interpreter", "native"])
@pytest.mark.parametrize("rows", [3, 77, RUN_ROWS + 5, BLOCK_ROWS, BLOCK_ROWS + 3, 5 * BLOCK_ROWS + 3 * RUN_ROWS + 13, 13 * BLOCK_ROWS])
def test_the_order_of_a_sum(rows, engine, dtype):
    """Weights are powers of two, so that the products which `fma` adds are exact."""
    rng, unlike = np.random.default_rng(5), 0
    f = sg.compile(np.sum(p * v), [p, v], dtype=dtype, engine=engine)
    values, weights = rng.normal(size=(rows, 3)).astype(dtype), (2.0 ** rng.integers(-3, 4, rows)).astype(dtype)
    terms = weights[:, None] * values
    for threads in (1, 3):
        with mock.patch.object(executor, "PARALLEL_NS", 0 if threads > 1 else 1e9):
            found = f.grad(1.5, values, wrt="p", weights=weights, threads=threads)
        assert found.tobytes() == site_total(terms).tobytes()
    unlike += found.tobytes() != site_total(terms, by_vector=False).tobytes()
    assert unlike or rows < 2 * RUN_ROWS


def test_groups_of_blocks_are_nodes_of_the_tree():
    """However many blocks wait for each other in one thread, and whatever their number."""
    rows = 13 * BLOCK_ROWS + 5
    f, values = sg.compile(np.sum(p * v), [p, v]), np.random.default_rng(5).normal(size=(rows, 3))
    expected = f.grad(1.5, values, wrt="p", threads=1).tobytes()
    for most in (1, 2, 3, 5, 13, 14):
        with mock.patch.object(executor, "MOST_GROUPS", most), mock.patch.object(executor, "PARALLEL_NS", 0):
            assert f.grad(1.5, values, wrt="p", threads=2).tobytes() == expected


@pytest.mark.parametrize("lanes", [16, 64, 1024])
def test_the_width_of_a_tile_changes_no_sum(lanes):
    given = [np.random.default_rng(1).normal(size=array.shape) for array in given_for(3000, np.random.default_rng(1))]
    expected = sg.compile(USES["everything"], LEAVES).grad(*given)
    with mock.patch("staticgraph.lowering.lowering.choose_lanes", lambda *_: lanes):
        found = sg.compile(USES["everything"], LEAVES).grad(*given)
    assert [each.tobytes() for each in found] == [each.tobytes() for each in expected]


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1.0])
def test_sums_of_millions_of_equal_numbers_keep_their_digits(value):
    """A broadcast argument takes no memory; 2e7 rows in 30 ms."""
    rows, number = 20_000_003, np.float32(value)
    found = sg.compile(p * x, [p, x], dtype=np.float32).grad(1.0, np.broadcast_to(number, rows), wrt="p")
    assert abs(found / (rows * float(number)) - 1) < 1e-6


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_order_of_sites(dtype):
    """The sums of all places are added in the order of their accumulators, which is that of the backward pass."""
    rows, rng = 77, np.random.default_rng(6)
    first, second, third = (rng.normal(size=(rows, 3)).astype(dtype) for _ in range(3))
    y, z = sg.input("y", 3), sg.input("z", 3)
    f = sg.compile(np.sum(p * v) + np.sum(p * y) + np.sum(p * z), [p, v, y, z], dtype=dtype)
    totals = [site_total(terms) for terms in (third, second, first)]
    assert f.grad(1.5, first, second, third, wrt="p").tobytes() == (totals[0] + totals[1] + totals[2]).tobytes()
