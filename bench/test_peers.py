"""Every peer that is there gives the package's results, and the table has a cell for each."""

import json
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from .cases import case
from .peers import CASE_NAMES, PEERS
from .peers.attempt import SLOW, Attempt, is_doubtful, within
from .peers.autograd_peer import AUTOGRAD
from .peers.c_by_hand import C
from .peers.casadi_peer import CASADI
from .peers.constants import with_constants
from .peers.jax_peer import JAX
from .peers.measuring import measure
from .peers.numba_by_hand import NUMBA
from .peers.ours import NATIVE, reference
from .peers.peer import BY_HAND, LIBRARY, OURS, Form, Peer, Result, SkipError, aligned, as_rows, check, columns
from .peers.results import measure_all
from .peers.table import cell, ratio, table

OWN = tuple(peer for peer in PEERS if peer.kind == OURS)
HAND = tuple(peer for peer in PEERS if peer.kind == BY_HAND)
LIBRARIES = tuple(peer for peer in PEERS if peer.kind == LIBRARY)
TOO_LONG = {(peer, name) for peer in ("jax", "drjit", "torch") for name in ("pendulum", "scene", "prospero")} | SLOW


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


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASE_NAMES)
@pytest.mark.parametrize("peer", LIBRARIES, ids=lambda peer: peer.name)
@pytest.mark.filterwarnings("ignore")  # Libraries warn of their own and of one another's future.
def test_libraries(peer: Peer, name: str, dtype: str) -> None:
    """Every form of a library that is installed gives the package's results; those that compile for long are left to the measuring."""
    if (peer.name, name) in TOO_LONG:
        pytest.skip("compiles for too long")
    chosen = case(name)
    arguments = chosen.arguments(chosen.tiny, dtype=dtype)
    try:
        for form in peer.prepare(chosen, arguments):
            form.call()
            check(reference(chosen, arguments), form.result())
    except SkipError as reason:
        pytest.skip(str(reason))


def test_autograd_copies() -> None:
    """The gradients of `(x + y) * z` in `x` and `y` are one array of `autograd`'s; they are written twice."""
    chosen = case("xyz")
    (form,) = AUTOGRAD.prepare(chosen, chosen.arguments(10))
    form.call()
    _, (by_x, by_y, _) = form.result()
    assert not np.may_share_memory(by_x, by_y)


def _absent(*_: object) -> Iterator[None]:
    raise SkipError("not here")
    yield


def test_results() -> None:
    """A run gives what JSON holds; a peer that is absent has its reason."""
    lines: list[str] = []
    peers = (NATIVE, Peer("nobody", LIBRARY, _absent, lambda: "nobody 1.0"))
    results = measure_all(("xyz",), peers, tiny=True, progress=lines.append)
    assert json.loads(json.dumps(results)) == results
    assert lines == ["xyz, 1 of 1"]
    assert results["kinds"] == {"native": "ours", "nobody": "library"}
    assert results["dtype"] == "float64"
    assert results["conditions"]["versions"][-1] == "nobody 1.0"
    (xyz,) = results["cases"]
    assert (xyz["case"], xyz["rows"], xyz["bytes"], xyz["instructions"]) == ("xyz", 50, 56, 2)
    assert set(xyz["times"]["native"]) == {"nanoseconds", "low", "high", "form", "rows"}
    assert xyz["skipped"] == {"nobody": "not here"}


def test_results_in_single_precision() -> None:
    """Half the bytes; who is left out is not even prepared; what computes in float64 says so."""
    peers = (NATIVE, C, NUMBA, CASADI, Peer("nobody", LIBRARY, _absent, lambda: "nobody 1.0"))
    results = measure_all(
        ("xyz",), peers, dtype="float32", tiny=True, left_out={"xyz": {"nobody": "far behind"}}, progress=lambda line: None
    )  # fmt: skip
    (xyz,) = results["cases"]
    assert (results["dtype"], xyz["bytes"], list(xyz["times"])) == ("float32", 28, ["native"])
    assert list(xyz["skipped"]) == ["nobody", "C", "numba", "casadi"] and xyz["skipped"]["nobody"] == "far behind"
    assert all("double" in xyz["skipped"][peer] or "float64" in xyz["skipped"][peer] for peer in ("C", "numba", "casadi"))


HALVES = np.full(3, 0.5)


def _halved(x: np.ndarray) -> np.ndarray:
    return x * HALVES


def _quartered(x: np.ndarray) -> np.ndarray:
    return _halved(x) * HALVES


def test_constants() -> None:
    """The arrays of a module's functions are in the precision that is asked for, and of the kind; the module keeps its own."""
    ones = np.ones(3, np.float32)
    single, lists = with_constants(_quartered, np.float32), with_constants(_quartered, np.float64, "list", np.ndarray.tolist)
    assert _quartered(ones).dtype == np.float64 and single(ones).dtype == np.float32
    np.testing.assert_array_equal(single(ones), _quartered(ones))
    assert lists.__globals__["HALVES"] == [0.5] * 3
    assert lists.__globals__["TABLE"] is TABLE and HALVES.dtype == np.float64


def _time(nanoseconds: float, form: str = "rows", rows: int = 1000) -> dict[str, object]:
    return {"nanoseconds": nanoseconds, "low": nanoseconds, "high": nanoseconds, "form": form, "rows": rows}


RESULTS = {
    "conditions": {
        "date": "2026-01-02", "machine": "Abacus", "system": "Linux", "threads": 2, "load_before": 0.25, "load_after": 1.94,
        "versions": ["Python 3.11.7", "numpy 2.4.6"],
    },
    "dtype": "float64",
    "kinds": {"native": "ours", "C": "by hand", "jax": "library", "casadi": "library"},
    "bandwidth": 28.0,
    "cases": [
        {
            "case": "xyz", "rows": 1000, "bytes": 56, "instructions": 2, "skipped": {"casadi": "not here"},
            "times": {"native": _time(4.0), "C": _time(2.0, "columns"), "jax": _time(8.0)},
        },
        {
            "case": "arm", "rows": 1000, "bytes": 168, "instructions": 68, "skipped": {"jax": "forms after \"rows\" too late"},
            "times": {"native": _time(4.0), "jax": _time(123.456), "casadi": _time(32.0, "serial", 250)},
        },
    ],
}  # fmt: skip

TABLE = """\
Nanoseconds a row of the value and the gradient in float64, every gradient written to memory; the fastest form of each peer.
Abacus, 2 threads, load 0.2 before and 1.9 after, Linux, 2026-01-02; Python 3.11.7, numpy 2.4.6. Medians of interleaved runs.

| case | rows | staticgraph native | C | jax | casadi | library / native | by hand / native |
|---|---|---|---|---|---|---|---|
| xyz | 1,000 | 4 (rows) | 2 (columns) | 8 (rows) | - | 2.00 (jax) | 0.50 (C) |
| arm | 1,000 | 4 (rows) | - | 123.5 (rows) | 32 (serial, 250 rows) | 8.00 (casadi) | - |
| geometric mean | | | | | | **4.00** (over 2) | **0.50** (over 1) |

- skipped casadi: not here (xyz)
- jax: forms after "rows" too late (arm)
- copy bandwidth 28.0 GB/s, reads and writes together, non-temporal stores
- of that bandwidth, xyz reaches with its compulsory traffic of 56 bytes a row: native 50%, C 100%, jax 25%"""


def test_table() -> None:
    """A column a peer, a row a case; the means are of the cases that have a ratio."""
    assert table(RESULTS).splitlines() == TABLE.splitlines()


def test_within_limit() -> None:
    """Forms that a process has prepared when it is ended count; so does one that ends by itself, and one that fails says why."""
    start = time.monotonic()
    late = within(1.0, [sys.executable, "-c", "import time; print('prepared rows', flush=True); time.sleep(60)"])
    assert late == Attempt(("rows",), "not compiled within 1 s")
    assert time.monotonic() - start < 30.0
    assert within(60.0, [sys.executable, "-c", "print('prepared rows'); print('hello')"]) == Attempt(("rows",), None)
    failed = within(60.0, [sys.executable, "-c", "raise ValueError('no')"])
    assert failed == Attempt((), "fails when prepared: ValueError: no")


def test_late_forms_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a peer that is over the limit, the forms before that are measured and no further one is prepared."""

    def prepare(chosen: object, arguments: tuple[np.ndarray, ...]) -> Iterator[Form]:
        x, y, z = arguments

        def result() -> Result:
            return (x + y) * z, (z.copy(), z.copy(), x + y)

        yield Form("early", lambda: None, result)
        raise AssertionError("prepared")

    peer = Peer("sleeper", LIBRARY, prepare, lambda: "")
    monkeypatch.setattr("bench.peers.measuring.is_doubtful", lambda *_: True)
    monkeypatch.setattr("bench.peers.measuring.attempt", lambda *_: Attempt(("early",), "too late"))
    times, skipped = measure(case("xyz"), (peer,), rows=10, rounds=1)
    assert times["sleeper"].form == "early"
    assert skipped == {"sleeper": 'forms after "early" too late'}
    monkeypatch.setattr("bench.peers.measuring.attempt", lambda *_: Attempt((), "too late"))
    assert measure(case("xyz"), (peer,), rows=10, rounds=1) == ({}, {"sleeper": "too late"})


def test_doubtful() -> None:
    """Libraries on long programs are attempted first; nothing else is, but what is known."""
    assert is_doubtful(JAX, case("pendulum"))
    assert not is_doubtful(JAX, case("mixture"))
    assert not is_doubtful(NATIVE, case("pendulum"))


def test_check_finds_differences() -> None:
    """A relative difference of more than 1e-9 is one, in float32 of more than 1e-4; and so is another precision."""
    value = np.arange(1.0, 4.0)
    check((value, [value]), (value, [value * (1 + 1e-10)]))
    with pytest.raises(AssertionError):
        check((value, [value]), (value, [value * (1 + 1e-8)]))
    with pytest.raises(ValueError, match="shorter"):
        check((value, [value]), (value, []))
    single = value.astype(np.float32)
    check((single, [single]), (single, [single * np.float32(1 + 5e-5)]))
    with pytest.raises(AssertionError, match="Max relative"):
        check((single, [single]), (single, [single * np.float32(1 + 5e-4)]))
    with pytest.raises(AssertionError, match="float64, not float32"):
        check((single, [single]), (single, [value]))


def test_layouts() -> None:
    """Arrays start at a cache line; columns turned back are the rows."""
    rows = np.arange(24.0).reshape(4, 3, 2)
    for dtype in (np.float64, np.float32):
        assert aligned((5, 3), dtype).ctypes.data % 64 == 0 and aligned((5, 3), dtype).dtype == dtype
        assert columns(rows.astype(dtype)).dtype == dtype
    assert columns(rows).shape == (3, 2, 4)
    np.testing.assert_array_equal(as_rows(columns(rows)), rows)


def test_bytes_per_row() -> None:
    """Inputs, the value, and the gradients that are asked for."""
    assert case("xyz").bytes_per_row() == 7 * 8
    assert case("rosenbrock_10").bytes_per_row() == 21 * 8
    assert case("rosenbrock_10").bytes_per_row(np.float32, gradient=False) == 11 * 4
    assert case("network_by_weights").bytes_per_row() == 17 * 8


def test_ratio_is_of_the_fastest() -> None:
    """Of a kind, to native code; none without one of them. Fewer rows are said."""
    times = {"native": _time(2.0), "C": _time(3.0), "numba": _time(4.0, rows=5)}
    kinds = {"native": OURS, "C": BY_HAND, "numba": BY_HAND}
    assert ratio(BY_HAND, kinds, times) == (1.5, "C")
    assert ratio(LIBRARY, kinds, times) is None
    assert ratio(BY_HAND, kinds, {"C": _time(3.0)}) is None
    assert cell(times["numba"], 10) == "4 (rows, 5 rows)"
    assert cell(None, 10) == "-"
