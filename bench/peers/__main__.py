"""Compare with other libraries and with loops by hand: `python -m bench.peers [--tiny] [case ...]`, as a Markdown table.

Nanoseconds a row of the batch, for the value and every gradient, on all cores; medians of rounds in which all take turns.
"""

import argparse
import math
import statistics
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from ..cases import CASES, Case
from ..show import conditions
from ..timing import interleaved
from . import BY_HAND, LIBRARY, Skip, c_peer, casadi_peer, drjit_peer, jax_peer, numba_peer, ours, torch_peer

PEERS: tuple[Any, ...] = (drjit_peer, jax_peer, casadi_peer, torch_peer, numba_peer, c_peer)
OURS = ("native", "interpreter")
MEMORY_BOUND = {"xyz": 7 * 8, "rosenbrock_10": 21 * 8}
"""Bytes of a row that must be read and written."""
ROUNDS = 9


def check(name: str, found: Any, expected: Any) -> None:
    """Raise `AssertionError` where a peer computes something else."""
    value, gradients = expected
    rows = len(found[0]) // 8 * 8
    np.testing.assert_allclose(found[0][:rows], value[:rows], rtol=1e-8, atol=1e-8, err_msg=name)
    for a, b in zip(found[1], gradients, strict=True):
        part = slice(rows) if len(a) == len(found[0]) and a.ndim and len(b) == len(value) else slice(None)
        scale = float(np.abs(b).max())
        np.testing.assert_allclose(a[part] if a.ndim else a, b[part] if b.ndim else b, rtol=1e-8, atol=1e-9 * scale, err_msg=name)


def prepared(case: Case, rows: int) -> tuple[dict[str, Callable[[], Any]], dict[str, int], list[str]]:
    """Give the calls of all that can run a case, how many rows each computes, and why the others do not."""
    arguments = case.arguments(rows)
    calls, counts, skipped = {}, {}, []
    expected: Any = None
    makers = [(name, partial(ours.prepare, name)) for name in OURS] + [(peer.NAME, peer.prepare) for peer in PEERS]
    for name, prepare in makers:
        try:
            call, results = prepare(case, arguments)
        except Skip as reason:
            skipped.append(f"{case.name}: no {name}: {reason}")
            continue
        found = results(call())
        if expected is None:
            expected = found
        partial_batch = len(found[0]) < len(expected[0])
        check(f"{name} on {case.name}", found, _first(expected, len(found[0])) if partial_batch else expected)
        calls[name], counts[name] = call, len(found[0])
    return calls, counts, skipped


def _first(expected: Any, rows: int) -> Any:
    return expected[0][:rows], [gradient[:rows] for gradient in expected[1]]


def bandwidth() -> float:
    """Measure how many bytes a nanosecond can be copied, all cores together."""
    source, target = np.ones(2**24), np.ones(2**24 + 8)
    start = -target.ctypes.data % 64 // 8
    copy = c_peer.shared("copy", len(source), [source, target[start:]])
    return 2 * source.nbytes / (min(interleaved({"copy": copy}, 15).values()) * 1e9)


def row(case: Case, rows: int, rounds: int) -> tuple[list[str], dict[str, float], list[str]]:
    """Measure a case; give its row of the table, the ratios to the fastest of each kind, and what was skipped."""
    calls, counts, skipped = prepared(case, rows)
    times = {name: seconds / counts[name] * 1e9 for name, seconds in interleaved(calls, rounds).items()}
    ratios = {}
    for kind in (LIBRARY, BY_HAND):
        known = [times[peer.NAME] for peer in PEERS if kind == peer.KIND and peer.NAME in times]
        if known:
            ratios[kind] = min(known) / times["native"]
    names = [*OURS, *(peer.NAME for peer in PEERS)]
    cells = [case.name, *(f"{times[name]:.3g}" if name in times else "" for name in names)]
    cells += [f"{ratios[kind]:.2f}" if kind in ratios else "" for kind in (LIBRARY, BY_HAND)]
    if case.name in MEMORY_BOUND:
        try:
            share = MEMORY_BOUND[case.name] / times["native"] / bandwidth()
            skipped.append(f"{case.name}: {share:.0%} of the bandwidth of copying ({bandwidth():.0f} GB/s)")
        except Skip:
            pass
    return cells, ratios, skipped


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="a few rows, to see that everything runs")
    parser.add_argument("cases", nargs="*", help="names of cases; all by default")
    asked = parser.parse_args()
    print(conditions())
    print(", ".join(f"{name} {_version(name)}" for name in ("drjit", "jax", "casadi", "torch")), end="\n\n")
    print(f"| case | {' | '.join([*OURS, *(peer.NAME for peer in PEERS)])} | library / native | by hand / native |")
    print("|---" * (len(OURS) + len(PEERS) + 3) + "|")
    all_ratios: dict[str, list[float]] = {LIBRARY: [], BY_HAND: []}
    notes = []
    for case in CASES:
        if case.name in (asked.cases or [each.name for each in CASES if each.name not in ("logistic_regression", "prospero")]):
            cells, ratios, skipped = row(case, 64 if asked.tiny else case.full, 1 if asked.tiny else ROUNDS)
            print(f"| {' | '.join(cells)} |", flush=True)
            notes += skipped
            for kind, ratio in ratios.items():
                all_ratios[kind].append(ratio)
    means = [f"{math.exp(statistics.fmean(map(math.log, each))):.2f}" if each else "" for each in all_ratios.values()]
    print(f"| geometric mean |{' |' * (len(OURS) + len(PEERS))} {' | '.join(means)} |\n")
    print("\n".join(f"* {note}" for note in notes))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


if __name__ == "__main__":
    main()
