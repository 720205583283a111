"""Every peer that is there gives the package's results, and the table has a cell for each."""

from collections.abc import Iterator

import numpy as np
import pytest

from .cases import case
from .peers import CASE_NAMES, PEERS
from .peers.measuring import Measured, measure
from .peers.ours import reference
from .peers.peer import BY_HAND, OURS, Peer, SkipError, aligned, as_rows, check, columns
from .peers.table import cell, ratio, show

OWN = tuple(peer for peer in PEERS if peer.kind == OURS)
HAND = tuple(peer for peer in PEERS if peer.kind == BY_HAND)


@pytest.mark.parametrize("rows", [1, 7, 50, 67, 1000])
@pytest.mark.parametrize("name", CASE_NAMES)
@pytest.mark.parametrize("peer", HAND, ids=lambda peer: peer.name)
def test_by_hand(peer: Peer, name: str, rows: int) -> None:
    """The value and the gradients, for numbers of rows that fill registers, tiles and chunks, and that do not; twice, for the sums."""
    chosen = case(name)
    arguments = chosen.arguments(rows)
    try:
        forms = list(peer.prepare(chosen, arguments))
    except SkipError as reason:
        pytest.skip(str(reason))
    expected = reference(chosen, arguments)
    for form in forms:
        for _ in range(2):
            form.call()
            check(expected, form.result())


@pytest.mark.parametrize("name", ["lennard_jones", "network_by_weights"])
def test_our_forms(name: str) -> None:
    """Rows, and columns where a leaf has axes: the same results."""
    times, skipped = measure(case(name), OWN, rows=20, rounds=1)
    assert set(times) == {peer.name for peer in OWN}
    assert skipped == {}


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A column a peer; one that is absent has its reason below."""

    def absent(*_: object) -> Iterator[None]:
        raise SkipError("not here")
        yield

    peers = (*OWN, *HAND, Peer("nobody", "library", absent, lambda: "nobody 1.0"))
    show(("xyz",), peers, tiny=True)
    lines = capsys.readouterr().out.splitlines()
    header, rule, row, mean = (line for line in lines if line.startswith("|"))
    assert header.count("|") == rule.count("|") == row.count("|") == mean.count("|") == len(peers) + 5
    assert "- skipped nobody: not here (xyz)" in lines


def test_check_finds_differences() -> None:
    """A relative difference of more than 1e-9 is one."""
    value = np.arange(1.0, 4.0)
    check((value, [value]), (value, [value * (1 + 1e-10)]))
    with pytest.raises(AssertionError):
        check((value, [value]), (value, [value * (1 + 1e-8)]))
    with pytest.raises(ValueError, match="shorter"):
        check((value, [value]), (value, []))


def test_layouts() -> None:
    """Arrays start at a cache line; columns turned back are the rows."""
    rows = np.arange(24.0).reshape(4, 3, 2)
    assert aligned((5, 3)).ctypes.data % 64 == 0
    assert columns(rows).shape == (3, 2, 4)
    np.testing.assert_array_equal(as_rows(columns(rows)), rows)


def test_bytes_per_row() -> None:
    """Inputs, the value, and the gradients that are asked for."""
    assert case("xyz").bytes_per_row() == 7 * 8
    assert case("rosenbrock_10").bytes_per_row() == 21 * 8
    assert case("rosenbrock_10").bytes_per_row(np.float32, gradient=False) == 11 * 4
    assert case("network_by_weights").bytes_per_row() == 17 * 8


def test_ratio_is_of_the_fastest() -> None:
    """Of a kind, to native code; fewer rows are said."""
    times = {"native": Measured(2.0, "rows", 10), "C": Measured(3.0, "rows", 10), "numba": Measured(4.0, "rows", 5)}
    ratios: dict[str, list[float]] = {BY_HAND: []}
    assert ratio(BY_HAND, PEERS, times, ratios) == "1.50 (C)"
    assert ratios == {BY_HAND: [1.5]}
    assert cell(times["numba"], 10) == "4 (rows, 5 rows)"
    assert cell(None, 10) == "-"
