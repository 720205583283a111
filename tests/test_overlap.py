"""Results that share memory: with each other, with arguments, with themselves; however many there are."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import staticgraph as sg
from staticgraph.records.table import HEADER
from staticgraph.running.overlap import overlaps_itself, separated, some_overlap

N, MANY = 7, 70
LEAVES = [sg.input(f"v{number}") for number in range(MANY)]


@pytest.fixture(scope="module")
def squares():
    """A function of more leaves than are compared one with another."""
    return sg.compile(sum(leaf * leaf for leaf in LEAVES), LEAVES)


def separate(count):
    return [np.empty(N) for _ in range(count)]


def columns(count):
    return list(np.empty((N, count)).T)


def every_second_column(count):
    return list(np.empty((N, 2 * count)).T[::2])


def backwards(count):
    return [column[::-1] for column in columns(count)]


@pytest.mark.parametrize("made", [separate, columns, every_second_column, backwards])
@pytest.mark.parametrize("threads", [None, 1])
def test_thousands_of_results_may_be_columns_of_a_table(squares, made, threads):
    values = np.random.default_rng(0).normal(size=(MANY, N))
    out = made(MANY)
    returned = squares.grad(*values, out=out, threads=threads)
    assert all(one is other for one, other in zip(returned, out, strict=True))
    assert np.array_equal(np.array(out), 2 * values)


@pytest.mark.parametrize("number", [0, 35, 68])
def test_two_results_that_overlap_are_found_among_many(squares, number):
    values = np.ones((MANY, N))
    for out in (separate(MANY), columns(MANY)):
        out[number + 1] = out[number][:]
        with pytest.raises(ValueError, match=f"results {number} and {number + 1} overlap"):
            squares.grad(*values, out=out)


def test_results_over_arguments_among_many(squares):
    table = np.random.default_rng(0).normal(size=(N, MANY))
    expected = 2 * table
    squares.grad(*table.T, out=list(table.T[::-1]))
    assert np.array_equal(table[:, ::-1], expected)


def test_a_zero_gradient_that_overlaps_is_refused_too():
    x, y = sg.inputs("x y")
    f, shared = sg.compile(x * x, [x, y]), np.empty(N)
    with pytest.raises(ValueError, match="overlap"):
        f.grad(np.ones(N), np.ones(N), out=(shared, shared))
    values = np.ones(N)
    f.grad(values, 1.0, out=(shared, values))
    assert np.array_equal(shared, np.full(N, 2.0)) and not values.any()


ITSELF = {
    "contiguous": (np.empty((3, 4)), False),
    "Fortran": (np.empty((3, 4), order="F"), False),
    "every second": (np.empty((6, 8))[::2, 1::2], False),
    "turned": (np.empty((3, 4, 5)).transpose(2, 0, 1)[::-1], False),
    "repeated": (np.broadcast_to(np.empty(4), (3, 4)), True),
    "windows": (as_strided(np.empty(9), (3, 4), (8, 16)), True),
    "bytes apart": (as_strided(np.empty(9), (3, 2), (4, 12)), True),
    "interlocked": (as_strided(np.empty(64), (2, 3), (24, 16)), False),
    "of one": (as_strided(np.empty(1), (1, 1), (0, 0)), False),
    "of none": (as_strided(np.empty(1), (3, 0), (0, 0)), False),
}


@pytest.mark.parametrize("name", ITSELF)
def test_an_array_that_overlaps_itself(name):
    array, expected = ITSELF[name]
    assert overlaps_itself(array) is expected
    x = sg.input("x", array.shape[1:])
    if expected:
        with pytest.raises(ValueError, match=r"share one place in memory|read-only"):
            sg.compile(x * 2.0)(np.ones(array.shape), out=array)


def test_rows_that_are_windows_are_refused_however_many_rows_came_before():
    """The same strides, more rows: what lay apart need not lie apart any more."""
    x, memory = sg.input("x", 3), np.empty(100)
    f = sg.compile(x * 2.0)
    apart, windows = as_strided(memory, (2, 3), (8, 16)), as_strided(memory, (6, 3), (8, 16))
    assert f(np.ones((2, 3)), out=apart) is apart
    with pytest.raises(ValueError, match="share one place in memory"):
        f(np.ones((6, 3)), out=windows)


def test_arguments_are_copied_only_where_they_must_be():
    memory = np.arange(20.0)
    read, written = [memory[:5], memory[8:12], memory[12:]], [memory[5:8], memory[10:14]]
    found = separated(read, written)
    assert found[0] is read[0]
    assert all(found[k] is not read[k] and np.array_equal(found[k], read[k]) for k in (1, 2))
    assert separated([], []) == []
    assert not some_overlap(np.zeros(HEADER, np.int64))
