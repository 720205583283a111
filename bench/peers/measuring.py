"""Every peer of a case prepared, checked, and timed in turns with the others."""

import statistics
import time
from dataclasses import dataclass

import numpy as np

from ..cases import Case
from ..timing import seconds
from .ours import reference
from .peer import LIBRARY, Arguments, Form, Peer, Result, SkipError, check

LONGEST = 2.0  # Seconds of one call, beyond which a peer is given fewer rows.
CLOSE = 1.3  # A form is timed to the end if its first calls took no longer than this times those of the peer's fastest.
ROUNDS = 9
PAUSE = 0.02  # Seconds until idle threads sleep: Dr.Jit's spin for 9 ms and would take a core from the next peer.


@dataclass(frozen=True)
class Measured:
    """The time of a peer's fastest form: nanoseconds per row of the batch."""

    nanoseconds: float
    form: str
    rows: int


def measure(case: Case, peers: tuple[Peer, ...], rows: int, rounds: int = ROUNDS) -> tuple[dict[str, Measured], dict[str, str]]:
    """Give the times of the peers, and the reasons of those that were skipped."""
    forms: dict[tuple[str, str], tuple[Form, int]] = {}
    skipped: dict[str, str] = {}
    for peer in peers:
        try:
            prepared, count = _prepared(peer, case, rows)
        except SkipError as reason:
            skipped[peer.name] = str(reason)
            continue
        forms |= {(peer.name, form.name): (form, count) for form in prepared}
    return _fastest(forms, rounds), skipped


def _prepared(peer: Peer, case: Case, rows: int) -> tuple[list[Form], int]:
    """Prepare and check a peer's forms, the close ones alone, with fewer rows if it is slow."""
    while True:
        arguments = case.arguments(rows)
        expected = reference(case, arguments)
        times: dict[str, float] = {}
        forms = list(peer.prepare(case, arguments))
        for form in forms:
            form.call()
            _check(peer, form, expected, arguments)
            times[form.name] = min(seconds(form.call) for _ in range(2))
        fastest = min(times.values())
        if fastest <= LONGEST or rows < 100:
            return [form for form in forms if times[form.name] <= CLOSE * fastest], rows
        rows = max(int(rows * LONGEST / fastest / 2), 50)


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


def _fastest(forms: dict[tuple[str, str], tuple[Form, int]], rounds: int) -> dict[str, Measured]:
    """Time all forms in turns, so that a slow moment of the machine falls on all of them; keep the fastest of each peer."""
    times: dict[tuple[str, str], list[float]] = {key: [] for key in forms}
    for _ in range(rounds):
        for key, (form, _count) in forms.items():
            time.sleep(PAUSE)
            # The first of two calls finds the data of another peer in the caches, and threads of another asleep.
            form.call()
            times[key].append(seconds(form.call))
    found: dict[str, Measured] = {}
    for (peer, name), (_form, count) in forms.items():
        measured = Measured(statistics.median(times[peer, name]) / count * 1e9, name, count)
        if peer not in found or measured.nanoseconds < found[peer].nanoseconds:
            found[peer] = measured
    return found
