"""Every peer of a case prepared, checked, and timed in turns with the others."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

import staticgraph as sg

from ..cases import Case
from ..timing import seconds
from .attempt import Attempt, attempt, is_doubtful
from .ours import reference
from .peer import LIBRARY, Arguments, Form, Peer, Result, SkipError, check

LONGEST = 1.0  # Seconds of one call, beyond which a peer is given fewer rows.
FEWEST = 64  # Rows: no fewer are given.
CLOSE = 1.3  # A form is timed to the end if its first calls took no longer than this times those of the peer's fastest.
ROUNDS = 9
MUCH_SLOWER = 30  # A form that takes this many times as long a row as the fastest of the case is timed in fewer rounds:
FEW_ROUNDS = 3  # its ratio is known well enough from these, and nine would take most of the whole run.
WARM = 0.02
"""Seconds of calls before one that is timed, at least one. The first finds the data of another peer in the caches, and other peers'
threads may still wait by spinning, Dr.Jit's for 9 ms. A pause instead lets the second core fall asleep: after 20 ms of it native code
took 3.5 ns a row for Rosenbrock-10, without it 2.5."""


@dataclass(frozen=True)
class Measured:
    """The time of a peer's fastest form: nanoseconds per row of the batch, the median and the quartiles of the rounds."""

    nanoseconds: float
    low: float
    high: float
    form: str
    rows: int


@dataclass(frozen=True)
class _Ready:
    """A form that is prepared and checked, with the seconds per row that it took then."""

    peer: str
    form: Form
    rows: int
    first: float


def measure(
    case: Case, peers: tuple[Peer, ...], rows: int, rounds: int = ROUNDS, dtype: Any = np.float64
) -> tuple[dict[str, Measured], dict[str, str]]:
    """Give the times of the peers, and why some of them, or some of their forms, were left out."""
    attempts = _attempts(case, peers, dtype)
    ready: list[_Ready] = []
    skipped: dict[str, str] = {}
    for peer in peers:
        tried = attempts.get(peer.name, Attempt((), None))
        try:
            if tried.reason and not tried.forms:
                raise SkipError(tried.reason)
            ready += _prepared(peer, case, rows, dtype, len(tried.forms) if tried.reason else None)
        except SkipError as reason:
            skipped[peer.name] = str(reason)
            continue
        if tried.reason:
            skipped[peer.name] = f'forms after "{tried.forms[-1]}" {tried.reason}'
    return _fastest(ready, rounds), skipped


def _attempts(case: Case, peers: tuple[Peer, ...], dtype: Any) -> dict[str, Attempt]:
    doubtful = [peer for peer in peers if is_doubtful(peer, case)]
    # Most compilers have one thread: so there are as many attempts at once as processors.
    with ThreadPoolExecutor(sg.get_num_threads()) as pool:
        found = pool.map(lambda peer: attempt(peer, case, dtype), doubtful)
    return dict(zip((peer.name for peer in doubtful), found, strict=True))


def _prepared(peer: Peer, case: Case, rows: int, dtype: Any, among: int | None) -> list[_Ready]:
    """Prepare and check the first of a peer's forms, keep the close ones, with fewer rows if it is slow."""
    while True:
        arguments = case.arguments(rows, dtype=dtype)
        expected = reference(case, arguments)
        ready: list[_Ready] = []
        for form in itertools.islice(peer.prepare(case, arguments), among):
            form.call()
            _check(peer, form, expected, arguments)
            ready.append(_Ready(peer.name, form, rows, _shortest(form) / rows))
        fastest = min(each.first for each in ready)
        if fastest * rows <= LONGEST or rows < 4 * FEWEST:
            return [each for each in ready if each.first <= CLOSE * fastest]
        while fastest * rows > LONGEST and rows >= 4 * FEWEST:
            rows //= 4  # A square number, as a picture has, remains one.


def _check(peer: Peer, form: Form, expected: Result, arguments: Arguments) -> None:
    value, gradients = form.result()
    arrays = [np.asarray(each) for each in (value, *gradients)]
    # A gradient that is an input, or another gradient, was not written.
    if any(np.may_share_memory(one, other) for place, one in enumerate(arrays) for other in (*arrays[:place], *arguments)):
        raise AssertionError(f"{peer.name}: results share memory")
    try:
        check(expected, (value, gradients))
    except AssertionError as difference:
        if peer.kind != LIBRARY:
            raise
        lines = " ".join(line for line in str(difference).splitlines() if line.startswith("Max"))
        raise SkipError(f"other results: {lines or difference}") from difference


def _shortest(form: Form) -> float:
    """Give the seconds of the fastest of some calls: of two another process has at times interrupted both, and a fast form was left out."""
    taken = [seconds(form.call), seconds(form.call)]
    while sum(taken) < WARM:
        taken.append(seconds(form.call))
    return min(taken)


def _warm(form: Form) -> None:
    start = time.perf_counter()
    form.call()
    while time.perf_counter() - start < WARM:
        form.call()


def _fastest(ready: list[_Ready], rounds: int) -> dict[str, Measured]:
    """Time all forms in turns, so that a slow moment of the machine falls on all of them; keep the fastest of each peer."""
    times: list[list[float]] = [[] for _ in ready]
    slow = MUCH_SLOWER * min((each.first for each in ready), default=0.0)
    for done in range(rounds):
        for each, taken in zip(ready, times, strict=True):
            if done >= FEW_ROUNDS and each.first > slow:
                continue
            _warm(each.form)
            taken.append(seconds(each.form.call) / each.rows * 1e9)
    found: dict[str, Measured] = {}
    for each, taken in zip(ready, times, strict=True):
        low, middle, high = np.quantile(taken, [0.25, 0.5, 0.75]).tolist()
        if each.peer not in found or middle < found[each.peer].nanoseconds:
            found[each.peer] = Measured(middle, low, high, each.form.name, each.rows)
    return found
