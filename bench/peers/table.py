"""The table of a run: a row a case, a column a peer."""

import math
from typing import Any

from .ours import NATIVE
from .peer import BY_HAND, LIBRARY, OURS

NEAR_BANDWIDTH = ("xyz", "rosenbrock_10")  # Little is computed a byte.
WHAT = "Nanoseconds a row of the value and the gradient in {dtype}, every gradient written to memory; the fastest form of each peer."


def table(results: dict[str, Any]) -> str:
    """Give a run's results as a Markdown table, its conditions above it and its notes below."""
    kinds, cases = results["kinds"], results["cases"]
    titles = [f"staticgraph {peer}" if kind == OURS else peer for peer, kind in kinds.items()]
    lines = [
        WHAT.format(dtype=results["dtype"]), conditions(results["conditions"]), "",
        f"| case | rows | {' | '.join(titles)} | library / native | by hand / native |",
        "|---" * (len(kinds) + 4) + "|",
    ]  # fmt: skip
    ratios = {kind: [ratio(kind, kinds, each["times"]) for each in cases] for kind in (LIBRARY, BY_HAND)}
    for place, each in enumerate(cases):
        cells = [cell(each["times"].get(peer), each["rows"]) for peer in kinds]
        last = [show(of_kind[place]) for of_kind in ratios.values()]
        lines.append(f"| {each['case']} | {each['rows']:,} | {' | '.join(cells + last)} |")
    means = [mean([found[0] for found in of_kind if found]) for of_kind in ratios.values()]
    lines += [f"| geometric mean | {'| ' * len(kinds)}| {' | '.join(means)} |", ""]
    return "\n".join(lines + left_out(cases) + shares(results))


def conditions(of: dict[str, Any]) -> str:
    """Describe the machine, the day and the versions."""
    loads = f"load {of['load_before']:.1f} before and {of['load_after']:.1f} after"
    machine = f"{of['machine']}, {of['threads']} threads, {loads}, {of['system']}, {of['date']}"
    return f"{machine}; {', '.join(of['versions'])}. Medians of interleaved runs."


def cell(measured: dict[str, Any] | None, rows: int) -> str:
    """Show a time, its form, and the rows if they are fewer than the others'."""
    if measured is None:
        return "-"
    fewer = "" if measured["rows"] == rows else f", {measured['rows']:,} rows"
    return f"{measured['nanoseconds']:.4g} ({measured['form']}{fewer})"


def ratio(kind: str, kinds: dict[str, str], times: dict[str, Any]) -> tuple[float, str] | None:
    """Divide the time of the fastest peer of a kind by that of native code."""
    of_kind = {peer: each["nanoseconds"] for peer, each in times.items() if kinds[peer] == kind}
    if not of_kind or NATIVE.name not in times:
        return None
    best = min(of_kind, key=of_kind.__getitem__)
    return of_kind[best] / times[NATIVE.name]["nanoseconds"], best


def show(found: tuple[float, str] | None) -> str:
    """Show a ratio and whose it is."""
    return f"{found[0]:.2f} ({found[1]})" if found else "-"


def mean(ratios: list[float]) -> str:
    """Show a geometric mean, and of how many it is."""
    if not ratios:
        return ""
    return f"**{math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}** (over {len(ratios)})"


def left_out(cases: list[dict[str, Any]]) -> list[str]:
    """Say which peers, or which of their forms, did not take part, and why."""
    where: dict[str, list[str]] = {}
    for each in cases:
        for peer, reason in each["skipped"].items():
            line = f"{peer}: {reason}" if peer in each["times"] else f"skipped {peer}: {reason}"
            where.setdefault(line, []).append(each["case"])
    return [f"- {line} ({', '.join(names)})" for line, names in where.items()]


def shares(results: dict[str, Any]) -> list[str]:
    """Relate the peers to the copy bandwidth, where little is computed a byte."""
    bandwidth = results["bandwidth"]
    near = [each for each in results["cases"] if each["case"] in NEAR_BANDWIDTH]
    if bandwidth is None or not near:
        return []
    lines = [f"- copy bandwidth {bandwidth:.1f} GB/s, reads and writes together, non-temporal stores"]
    for each in near:
        moved = {peer: each["bytes"] / measured["nanoseconds"] / bandwidth for peer, measured in each["times"].items()}
        reached = ", ".join(f"{peer} {share:.0%}" for peer, share in moved.items())
        lines.append(f"- of that bandwidth, {each['case']} reaches with its compulsory traffic of {each['bytes']} bytes a row: {reached}")
    return lines
