"""Gradients in parts: however a batch is cut, and in whatever order the parts are added, the bits are those of one call."""

import pickle
import random
from functools import reduce

import numpy as np
import pytest
from engines import assert_same_bytes, both
from parts import CUTS, LEAVES, ROWS, batch, bounds, loss, w, x, y

import staticgraph as sg
from staticgraph.calling.tree import Tree, nodes
from staticgraph.machine.blocks import BLOCK_ROWS

WEIGHTS = np.random.default_rng(1).uniform(size=ROWS)


@pytest.fixture(scope="module")
def functions():
    return both(loss, LEAVES)


@pytest.fixture(scope="module")
def f(functions):
    return functions[0]


def parts_of(f, cuts, arrays, weights=None, **options):
    xs, ws, bs, ys, us = arrays
    return [
        f.partial_grad(
            xs[start:stop], ws, bs, ys[start:stop], us, first_row=start, weights=None if weights is None else weights[start:stop], **options
        )
        for start, stop in bounds(cuts)
    ]  # fmt: skip


@pytest.mark.usefixtures("one_engine")
@pytest.mark.parametrize("options", [{}, {"wrt": "w"}, {"wrt": ("b", "y", "unused"), "weights": WEIGHTS}], ids=str)
@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
def test_the_bits_of_one_call(functions, cuts, options):
    arrays = batch()
    whole = functions[0].grad(*arrays, **options)
    for f in functions:
        parts = pickle.loads(pickle.dumps(parts_of(f, cuts, arrays, **options)))
        random.Random(0).shuffle(parts)
        total = sum(parts).total()
        assert getattr(total, "_fields", None) == getattr(whole, "_fields", None)
        assert_same_bytes(total, whole)


@pytest.mark.usefixtures("one_engine")
def test_single_precision_and_threads():
    f, arrays = sg.compile(loss, LEAVES, dtype=np.float32), batch(np.float32)
    whole = f.grad(*arrays, threads=1)
    assert_same_bytes(reduce(lambda a, b: b + a, parts_of(f, [1, 2, 4], arrays, threads=2)).total(), whole)


def test_parts_of_custom_gradients():
    @sg.custom_gradient
    def clipped(z):
        return z * z, lambda g: (np.clip(g * 2.0 * z, -1.0, 1.0),)

    f = sg.compile(np.sum(clipped(x * w)) + y, [x, w, y])
    xs, ws, _, ys, _ = batch()
    parts = [f.partial_grad(xs[a:b], ws, ys[a:b], first_row=a) for a, b in bounds([1, 4])]
    assert_same_bytes((parts[0] + (parts[2] + parts[1])).total(), f.grad(xs, ws, ys))


def test_a_part_is_small_and_says_what_it_is(f):
    parts = parts_of(f, [1, 3], batch(), wrt=("w", "b"))
    assert len(pickle.dumps(parts[1])) < 5_000
    assert (parts[0] + parts[2]).rows == ((0, BLOCK_ROWS), (3 * BLOCK_ROWS, ROWS))
    assert sum(parts).rows == ((0, ROWS),)
    assert repr(parts[0]) == "<Partial of function.grad: rows 0 to 8192>"
    assert isinstance(parts[0], sg.Partial)


def test_an_empty_part_and_rows_that_begin_anywhere(f):
    xs, ws, bs, ys, us = batch()
    a, b = BLOCK_ROWS, 3 * BLOCK_ROWS
    empty = f.partial_grad(xs[:0], ws, bs, ys[:0], us, first_row=a)
    part = empty + f.partial_grad(xs[a:b], ws, bs, ys[a:b], us, first_row=a)
    assert_same_bytes(part.total().x, f.grad(xs[a:b], ws, bs, ys[a:b], us).x)
    assert_same_bytes(empty.total(), f.grad(xs[:0], ws, bs, ys[:0], us))


def errors(f):
    xs, ws, bs, ys, us = batch()
    other = sg.compile(loss * 2.0, LEAVES)

    def part(first, rows=BLOCK_ROWS, f=f, w=ws, **options):
        return f.partial_grad(xs[:rows], w, bs, ys[:rows], us, first_row=first, **options)

    return {
        "no multiple": (lambda: part(100), ValueError, r"first_row: expected a multiple of 8,192.*got 100"),
        "negative": (lambda: part(-8192), ValueError, "first_row"),
        "no int": (lambda: part(0.5), TypeError, "first_row: expected an int, got 0.5"),
        "no batch": (lambda: f.partial_grad(xs[0], ws, bs, ys[0], us, first_row=0), ValueError, "no argument is a batch"),
        "another size": (lambda: f.partial_grad(xs, ws, bs, ys[:5], us, first_row=0), ValueError, "argument 'y'"),
        "overlap": (lambda: part(0, 2 * BLOCK_ROWS) + part(8192), ValueError, "overlap.*8192 to 16384"),
        "twice": (lambda: part(0) + part(0), ValueError, "overlap"),
        "gap": (lambda: (part(0) + part(16384)).total(), ValueError, "rows from 8192 to 16384 are missing"),
        "behind the last": (lambda: part(8192) + part(0, 5), ValueError, "must be the last"),
        "another function": (lambda: part(0) + part(8192, f=other), ValueError, "different functions"),
        "another leaf": (lambda: part(0, wrt="w") + part(8192, wrt="b"), ValueError, "wrt is w and b"),
        "another parameter": (lambda: part(0) + part(8192, w=ws + 1), ValueError, "argument 'w' differs"),
        "no part": (lambda: part(0) + 1, TypeError, "unsupported"),
        "unknown leaf": (lambda: part(0, wrt="z"), ValueError, "'z' is no leaf"),
        "vector output": (lambda: sg.compile(x * w).partial_grad(xs, ws, first_row=0), TypeError, "partial_grad needs one real output"),
    }


@pytest.mark.parametrize("case", errors(None))
def test_errors(f, case):
    call, kind, message = errors(f)[case]
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize(("first", "last", "most"), [(0, 100, 1 << 60), (3 * 8192, 17 * 8192 + 5, 1 << 60), (0, 64 * 8192, 4 * 8192)])
def test_nodes_are_whole_and_come_in_order(first, last, most):
    end = first
    for start, stop, (level, number) in nodes(first, last, most):
        assert start == end == (number << level) * BLOCK_ROWS
        assert stop == min(start + (BLOCK_ROWS << level), last) <= start + max(most, BLOCK_ROWS)
        end = stop
    assert end == last


def test_the_tree_is_that_of_the_order_of_sums():
    blocks = np.random.default_rng(0).normal(size=(11, 1))
    tree = Tree()
    for number in np.random.default_rng(1).permutation(11):
        tree = tree.joined(Tree({(0, int(number)): blocks[number]}))
    level = list(blocks)
    while len(level) > 1:
        level = [sum(level[k + 1 : k + 2], level[k]) for k in range(0, len(level), 2)]
    assert tree.total().tobytes() == level[0].tobytes()
    assert sorted(tree.nodes) == [(0, 10), (1, 4), (3, 0)]
