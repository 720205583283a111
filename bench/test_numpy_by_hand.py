"""NumPy by hand gives the package's results, as a whole and in blocks, in both precisions."""

import pytest

from .cases import CASES, Case
from .peers.numpy_by_hand import BLOCK, NUMPY
from .peers.ours import reference
from .peers.peer import SkipError, check

NAMED = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def check_forms(case: Case, rows: int, dtype: str = "float64") -> None:
    """Compare every form with the package; twice, for the sums."""
    arguments = case.arguments(rows, dtype=dtype)
    try:
        forms = list(NUMPY.prepare(case, arguments))
    except SkipError as reason:
        pytest.skip(str(reason))
    expected = reference(case, arguments)
    for form in forms:
        for _ in range(2):
            form.call()
            check(expected, form.result())


@NAMED
@pytest.mark.parametrize("rows", [1, 7, 50, 67, 1000])
def test_rows(case: Case, rows: int) -> None:
    """The value and the gradients of few rows and of many."""
    check_forms(case, rows)


@NAMED
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_blocks(case: Case, dtype: str) -> None:
    """A full block and a part of one."""
    check_forms(case, BLOCK + 67, dtype)
