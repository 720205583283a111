"""The table: a row a case, a column a peer."""

import ctypes
import datetime
import os
import platform

import numpy as np

import staticgraph as sg

from ..cases import Case, case
from ..machine import processor
from .bandwidth import copy_bandwidth
from .measuring import Measured, measure
from .ours import NATIVE
from .peer import BY_HAND, LIBRARY, OURS, Peer

NEAR_BANDWIDTH = ("xyz", "rosenbrock_10")
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8


def show(names: tuple[str, ...], peers: tuple[Peer, ...], *, tiny: bool = False) -> None:
    """Measure the cases and print the table, its conditions above it and its notes below."""
    keep_memory()
    print(conditions(peers), end="\n\n")
    print(f"| case | rows | {' | '.join(title(peer) for peer in peers)} | library / native | by hand / native |")
    print("|---" * (len(peers) + 4) + "|")
    ratios: dict[str, list[float]] = {LIBRARY: [], BY_HAND: []}
    skipped: dict[str, list[str]] = {}
    native: dict[str, Measured] = {}
    for name in names:
        chosen = case(name)
        rows = chosen.tiny if tiny else chosen.full
        times, reasons = measure(chosen, peers, rows, rounds=1 if tiny else 9)
        native[name] = times[NATIVE.name]
        for peer, reason in reasons.items():
            skipped.setdefault(f"{peer}: {reason}", []).append(name)
        cells = [cell(times.get(peer.name), rows) for peer in peers]
        last = [ratio(kind, peers, times, ratios) for kind in ratios]
        print(f"| {name} | {rows:,} | {' | '.join(cells + last)} |", flush=True)
    means = [f"**{np.exp(np.mean(np.log(each))):.2f}**" if each else "" for each in ratios.values()]
    print(f"| geometric mean | {'| ' * len(peers)}| {' | '.join(means)} |", end="\n\n")
    for reason, where in skipped.items():
        print(f"- skipped {reason} ({', '.join(where)})")
    if not tiny:
        print("\n".join(shares(native)))


def keep_memory() -> None:
    """Keep freed memory in the process, where the C library can: a peer's new results then cost no new pages, as `out` costs none."""
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        library.mallopt(M_ARENA_MAX, 1)  # Threads' own arenas do give memory back.


def conditions(peers: tuple[Peer, ...]) -> str:
    """Describe what is measured, the machine, the day and the versions."""
    versions = dict.fromkeys(["Python " + platform.python_version(), "numpy " + np.__version__, *(peer.version() for peer in peers)])
    machine = f"{processor()}, {sg.get_num_threads()} threads, load {os.getloadavg()[0]:.1f} before the start"
    what = "Nanoseconds a row of the value and the gradient, every gradient written to memory; the fastest form of each peer."
    return f"{what}\n{machine}, {platform.system()}, {datetime.date.today()}; {', '.join(versions)}. Medians of interleaved runs."


def title(peer: Peer) -> str:
    """Head a column."""
    return f"staticgraph {peer.name}" if peer.kind == OURS else peer.name


def cell(measured: Measured | None, rows: int) -> str:
    """Show a time, its form, and the rows if they are fewer than the others'."""
    if measured is None:
        return "-"
    fewer = "" if measured.rows == rows else f", {measured.rows:,} rows"
    return f"{measured.nanoseconds:.4g} ({measured.form}{fewer})"


def ratio(kind: str, peers: tuple[Peer, ...], times: dict[str, Measured], ratios: dict[str, list[float]]) -> str:
    """Divide the time of the fastest peer of a kind by that of native code, and keep the ratio."""
    of_kind = {peer.name: times[peer.name].nanoseconds for peer in peers if peer.kind == kind and peer.name in times}
    if not of_kind:
        return "-"
    best = min(of_kind, key=of_kind.__getitem__)
    ratios[kind].append(of_kind[best] / times[NATIVE.name].nanoseconds)
    return f"{ratios[kind][-1]:.2f} ({best})"


def shares(native: dict[str, Measured]) -> list[str]:
    """Relate native code to the copy bandwidth, where little is computed a byte."""
    near: list[Case] = [case(name) for name in NEAR_BANDWIDTH if name in native]
    bandwidth = copy_bandwidth() if near else None
    if bandwidth is None:
        return []
    lines = [f"- copy bandwidth {bandwidth / 1e9:.1f} GB/s, reads and writes together, non-temporal stores"]
    for each in near:
        moved = each.bytes_per_row() / native[each.name].nanoseconds
        lines.append(f"- {each.name}: native moves {moved:.1f} GB/s of compulsory traffic, {moved * 1e9 / bandwidth:.0%} of that")
    return lines
