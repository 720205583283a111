"""Rows of few columns: in which runs they are transposed, and that no bit depends on it."""

import numpy as np
import pytest
from engines import assert_same_bytes, both

import staticgraph as sg
from staticgraph.native.square_text import narrow_runs

SIZES = {np.float64: (4, 5, 6, 7), np.float32: (7, 9, 12, 15)}


@pytest.mark.parametrize("width", [8, 16])
def test_runs_are_powers_of_two_that_cover_all_columns(width):
    for size in range(2, width):
        runs = narrow_runs(size, width)
        assert all(0 <= first < last <= size and (last - first).bit_count() == 1 for first, last in runs)
        assert not runs or {column for run in runs for column in range(*run)} == set(range(size))


def test_few_columns_are_picked_and_many_transposed():
    assert [bool(narrow_runs(size, 8)) for size in range(8)] == [False] * 4 + [True] * 4
    assert [bool(narrow_runs(size, 16)) for size in range(16)] == [False] * 7 + [True] * 9


@pytest.mark.parametrize("dtype", SIZES)
def test_the_bits_are_those_of_the_interpreter(dtype):
    """Several sizes in one function: each array is read and written in its own way."""
    sizes = SIZES[dtype]
    leaves = [sg.input(f"x{size}", size) for size in sizes]
    values = [leaf[::-1] * leaf + float(size) for size, leaf in enumerate(leaves)]
    rng = np.random.default_rng(0)
    slow, fast = both(values, leaves, dtype)
    for rows in (16, 37):
        given = [rng.normal(size=(rows, size)).astype(dtype) for size in sizes]
        cotangents = [rng.normal(size=(rows, size)).astype(dtype) for size in sizes]
        assert_same_bytes(slow(*given), fast(*given))
        assert_same_bytes(tuple(slow.vjp(cotangents, *given)), tuple(fast.vjp(cotangents, *given)))
