"""Compare with other libraries and with loops by hand: `python -m bench.peers [--tiny] [case ...]`, as a Markdown table.

Nanoseconds a row of the batch, for the value and every gradient, on all cores; medians of rounds in which all take turns.
"""

import argparse
import contextlib
import math
import statistics
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..cases import CASES, Case
from ..show import conditions
from ..timing import seconds
from . import BY_HAND, LIBRARY, Skip, c_peer, casadi_peer, drjit_peer, jax_peer, numba_peer, ours, torch_peer
from .processes import Process

PEERS: tuple[Any, ...] = (drjit_peer, jax_peer, casadi_peer, torch_peer, numba_peer, c_peer)
NAMES = {**dict(zip(ours.ENGINES, ours.ENGINES, strict=True)), **{peer.NAME: peer.__name__.rpartition(".")[2] for peer in PEERS}}
"""All columns of the table, and the modules that fill them."""
MEMORY_BOUND = {"xyz": 7 * 8, "rosenbrock_10": 21 * 8}
"""Bytes of a row that must be read and written."""
ROUNDS = 11


def check(process: Process, name: str, expected: list[Any]) -> None:
    """Raise `AssertionError` where a peer computes something else."""
    whole = process.rows // 8 * 8  # C takes eight rows at a time and leaves the rest
    for number, (a, b) in enumerate(zip(process.results, expected, strict=True)):
        part = slice(whole) if a.ndim and len(a) == process.rows else ...
        scale = max(1.0, float(np.abs(b).max()))
        np.testing.assert_allclose(a[part], b[part], rtol=1e-8, atol=1e-9 * scale, err_msg=f"{name}, result {number}")


def started(case: Case, rows: int, folder: Path) -> tuple[dict[str, Process], list[str]]:
    """Start all that can run a case; give their processes, and why the others do not."""
    processes: dict[str, Process] = {}
    skipped = []
    for name, module in NAMES.items():
        try:
            processes[name] = Process(module, case.name, rows, folder)
        except Skip as reason:
            skipped.append(f"{case.name}: no {name}: {reason}")
            continue
        check(processes[name], f"{name} on {case.name}", processes["native"].results)
    return processes, skipped


def bandwidth() -> float:
    """Measure how many bytes a nanosecond can be copied, all cores together."""
    source, target = np.ones(2**24), np.ones(2**24 + 8)
    start = -target.ctypes.data % 64 // 8
    copy = c_peer.shared("copy", len(source), [source, target[start:]])
    return 2 * source.nbytes / (min(seconds(copy) for _ in range(15)) * 1e9)


def row(case: Case, rows: int, rounds: int, folder: Path) -> tuple[list[str], dict[str, float], list[str]]:
    """Measure a case; give its row of the table, the ratios to the fastest of each kind, and remarks."""
    processes, remarks = started(case, rows, folder)
    times = {name: statistics.median(each) for name, each in in_turns(processes, rounds).items()}
    for process in processes.values():
        process.end()
    ratios = {}
    for kind in (LIBRARY, BY_HAND):
        known = [times[peer.NAME] for peer in PEERS if kind == peer.KIND and peer.NAME in times]
        if known:
            ratios[kind] = min(known) / times["native"]
    cells = [case.name, *(f"{times[name]:.3g}" if name in times else "" for name in NAMES)]
    cells += [f"{ratios[kind]:.2f}" if kind in ratios else "" for kind in (LIBRARY, BY_HAND)]
    if case.name in MEMORY_BOUND:
        with contextlib.suppress(Skip):
            copied = bandwidth()
            remarks.append(f"{case.name}: {MEMORY_BOUND[case.name] / times['native'] / copied:.0%} of {copied:.0f} GB/s, what copying takes")
    return cells, ratios, remarks


def in_turns(processes: dict[str, Process], rounds: int) -> dict[str, list[float]]:
    """Give the nanoseconds a row of each, round by round."""
    times: dict[str, list[float]] = {name: [] for name in processes}
    for _ in range(rounds):
        for name, process in processes.items():
            times[name].append(process.seconds() / process.rows * 1e9)
    return times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="a few rows, to see that everything runs")
    parser.add_argument("cases", nargs="*", help="names of cases; all by default")
    asked = parser.parse_args()
    print(conditions())
    print(", ".join(f"{name} {_version(name)}" for name in ("drjit", "jax", "casadi", "torch")), end="\n\n")
    print(f"| case | {' | '.join(NAMES)} | library / native | by hand / native |")
    print("|---" * (len(NAMES) + 3) + "|")
    all_ratios: dict[str, list[float]] = {LIBRARY: [], BY_HAND: []}
    notes = []
    for case in CASES:
        if case.name in (asked.cases or [each.name for each in CASES if each.name not in ("logistic_regression", "prospero")]):
            with tempfile.TemporaryDirectory() as folder:
                rows, rounds = (64, 1) if asked.tiny else (case.full, ROUNDS)
                cells, ratios, remarks = row(case, rows, rounds, Path(folder))
            print(f"| {' | '.join(cells)} |", flush=True)
            notes += remarks
            for kind, ratio in ratios.items():
                all_ratios[kind].append(ratio)
    means = [f"{math.exp(statistics.fmean(map(math.log, each))):.2f}" if each else "" for each in all_ratios.values()]
    print(f"| geometric mean |{' |' * len(NAMES)} {' | '.join(means)} |\n")
    print("\n".join(f"* {note}" for note in notes))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


if __name__ == "__main__":
    main()
