"""What a run measures, as one dictionary that JSON can hold."""

import ctypes
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

import staticgraph as sg

from ..cases import case
from ..machine import load, processor, today
from .bandwidth import copy_bandwidth
from .measuring import ROUNDS, measure
from .peer import Peer

Results = dict[str, Any]
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8


def measure_all(
    names: tuple[str, ...], peers: tuple[Peer, ...], *, dtype: str = "float64", rounds: int = ROUNDS, tiny: bool = False,
    left_out: Mapping[str, Mapping[str, str]] | None = None, progress: Callable[[str], None],
) -> Results:  # fmt: skip
    """Measure peers on cases.

    Parameters
    ----------
    names : tuple of str
        Of the cases.
    peers : tuple of Peer
    dtype : str
        The precision.
    rounds : int
    tiny : bool
        A few rows and one round, to see that everything runs.
    left_out : mapping of str to mapping of str to str, optional
        For a case, the peers that are not tried, and why.
    progress : callable
        Receives a line before each case.

    Returns
    -------
    dict
        `conditions`; `dtype`; `kinds`, of each peer; `bandwidth`, in GB/s, None if it was not measured; `cases`, each with the `times`
        of the peers that took part, in nanoseconds a row, and the reasons of what was `skipped`.
    """
    keep_memory()
    before = conditions(peers)
    measured = []
    for place, name in enumerate(names, start=1):
        progress(f"{name}, {place} of {len(names)}")
        measured.append(_measure_case(name, peers, dtype, 1 if tiny else rounds, (left_out or {}).get(name, {}), tiny=tiny))
    bandwidth = None if tiny else copy_bandwidth()
    return {
        "conditions": before | {"load_after": load()},
        "dtype": dtype,
        "kinds": {peer.name: peer.kind for peer in peers},
        "bandwidth": bandwidth and bandwidth / 1e9,
        "cases": measured,
    }


def _measure_case(name: str, peers: tuple[Peer, ...], dtype: str, rounds: int, left_out: Mapping[str, str], *, tiny: bool) -> Results:
    chosen = case(name)
    rows = chosen.tiny if tiny else chosen.full
    times, skipped = measure(chosen, tuple(peer for peer in peers if peer.name not in left_out), rows, rounds, dtype)
    return {
        "case": name, "rows": rows, "bytes": chosen.bytes_per_row(dtype), "instructions": len(chosen.compile(dtype, "interpreter").program),
        "times": {peer: asdict(each) for peer, each in times.items()}, "skipped": {**left_out, **skipped},
    }  # fmt: skip


def keep_memory() -> None:
    """Keep freed memory in the process, where the C library can: a peer's new results then cost no new pages, as `out` costs none."""
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        library.mallopt(M_ARENA_MAX, 1)  # Threads' own arenas do give memory back.


def conditions(peers: tuple[Peer, ...]) -> Results:
    """Describe the day, the machine and the versions before the start."""
    versions = dict.fromkeys(["Python " + platform.python_version(), "numpy " + np.__version__, *(peer.version() for peer in peers)])
    return {
        "date": today(), "machine": processor(), "system": platform.system(), "threads": sg.get_num_threads(),
        "load_before": load(), "versions": list(versions),
    }  # fmt: skip
