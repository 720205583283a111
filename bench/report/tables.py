"""Tables and lists of the measurements."""

from collections.abc import Sequence

from .blocks import Cell, Table
from .measurements import (
    BY_HAND,
    DOUBLE,
    LIBRARY,
    NATIVE,
    OURS,
    Comparison,
    Data,
    absences,
    comparisons,
    entries,
    grouped,
    mean_ratio,
    peers_of,
    section,
)
from .scales import digits, duration

NOTABLE = 0.25
RATIOS = {LIBRARY: "library / native", BY_HAND: "by hand / native"}


def conditions(data: Data) -> str:
    """Describe the machine, the day, the versions and the command on a line."""
    known = section(data, "conditions")
    loads = [f"{known[key]:.1f} {when}" for key, when in (("load_before", "before"), ("load_after", "after")) if known.get(key) is not None]
    machine = [
        known.get("machine"), f"{known['threads']} threads" if known.get("threads") else None,
        f"load {' and '.join(loads)}" if loads else None, known.get("system"), known.get("date"),
        f"commit {known['commit']}" if known.get("commit") else None,
    ]  # fmt: skip
    parts = [", ".join(str(each) for each in machine if each), ", ".join(known.get("versions") or [])]
    said = "; ".join(filter(None, parts)) or "Conditions unknown"
    return f"{said}. Medians of interleaved runs{' by `' + known['command'] + '`' if known.get('command') else ''}."


def peers_table(data: Data, precision: str = DOUBLE) -> Table:
    """Put the cases on rows and the peers in columns, the fastest of a case in bold, and ratios to native code at the end."""
    cases = comparisons(data, precision)
    kinds = [kind for kind in RATIOS if any(kind in each.kinds.values() for each in cases)]
    names = peers_of(cases)
    heads = [f"staticgraph {name}" if cases[0].kinds.get(name) == OURS else name for name in names]
    rows = [[Cell(each.case), Cell(f"{each.rows:,}"), *_times(each, names), *(_ratio(each, kind) for kind in kinds)] for each in cases]
    means = [_mean(mean_ratio(cases, kind)) for kind in kinds]
    rows += [[Cell("geometric mean"), *[Cell("")] * (len(names) + 1), *means]] if cases else []
    return Table(["case", "rows", *heads, *(RATIOS[kind] for kind in kinds)], rows)


def _times(case: Comparison, names: Sequence[str]) -> list[Cell]:
    return [_time(case, name) for name in names]


def _mean(ratio: float | None) -> Cell:
    return Cell(f"{ratio:.2f}", bold=True) if ratio else Cell("-")


def _time(case: Comparison, peer: str) -> Cell:
    """Show a time, its form, and the rows if they are not the others'."""
    if peer not in case.times:
        return Cell("-")
    time = case.times[peer]
    notes = [time.form] if time.form else []
    notes += [f"{time.rows:,} rows"] if time.rows not in (0, case.rows) else []
    return Cell(digits(time.nanoseconds), f"({', '.join(notes)})" if notes else "", bold=peer == case.fastest())


def _ratio(case: Comparison, kind: str) -> Cell:
    """Divide the time of the fastest of a kind by that of native code."""
    peer = case.fastest(kind)
    ratio = case.ratio(peer) if peer else None
    return Cell(f"{ratio:.2f}", f"({peer})") if ratio else Cell("-")


def slower_table(data: Data, precision: str = DOUBLE) -> Table:
    """List the cases in which someone is faster than this package, by how much, and why."""
    reasons = data.get("reasons") or {}
    rows = []
    for case in comparisons(data, precision):
        own = case.fastest(OURS)
        if own and (faster := _faster(case, own)):
            time, why = digits(case.times[own].nanoseconds), case.case if precision == DOUBLE else f"{case.case}, float32"
            rows.append([Cell(case.case), Cell(time, f"({own})"), Cell(", ".join(faster)), Cell(reasons.get(why) or "-")])
    return Table(["case", "ours, ns a row", "faster, and how many times as fast", "why"], rows)


def _faster(case: Comparison, own: str) -> list[str]:
    """Name those that are faster, the fastest first; where the ranges of the runs overlap it says so."""
    ours = case.times[own]
    faster = [(time, peer) for peer, time in case.times.items() if case.kinds.get(peer) != OURS and time.nanoseconds < ours.nanoseconds]
    return [
        f"{peer} {ours.nanoseconds / time.nanoseconds:.2f}{' (ranges overlap)' if time.high >= ours.low else ''}"
        for time, peer in sorted(faster, key=lambda pair: pair[0].nanoseconds)
    ]


def skipped(data: Data, precision: str = DOUBLE) -> list[str]:
    """List the peers that are absent, why, and where."""
    found = absences(comparisons(data, precision))
    return [f"{peer}: {reason} ({', '.join(cases)})" for peer, reasons in found.items() for reason, cases in reasons.items()]


def traffic(data: Data) -> list[str]:
    """Relate native code to the bandwidth of a copy, where it moves a notable part of it."""
    bandwidth = section(data, "peers").get("bandwidth")
    if not bandwidth:
        return ["The bandwidth of a copy was not measured."]
    moved = {each.case: each.bytes / each.times[NATIVE].nanoseconds for each in comparisons(data) if NATIVE in each.times}
    return [
        f"Copy bandwidth: {bandwidth:.1f} GB/s, reads and writes together.",
        *(f"{case}: native code moves {speed:.1f} GB/s of compulsory traffic, {speed / bandwidth:.0%} of that."
          for case, speed in moved.items() if speed > NOTABLE * bandwidth),
    ]  # fmt: skip


def suite_table(data: Data) -> Table:
    """List every case by engine, precision and threads."""
    measured = entries(data, "suite", "nanoseconds")
    rows = [_suite_row(key, members) for key, members in grouped(measured, "case", "engine", "dtype", "threads").items()]
    head = ["case", "engine", "precision", "threads", "value, ns a row", "gradient, ns a row", "instructions", "flops a row", "bytes a row"]
    return Table(head, rows)


def _suite_row(key: Sequence[object], members: Sequence[Data]) -> list[Cell]:
    """Join the value's and the gradient's times; what is counted is the gradient's, where it is there."""
    times = {each.get("what"): digits(each["nanoseconds"]) for each in members}
    counted = next((each for each in members if each.get("what") == "gradient"), members[0])
    counts = ["-" if counted.get(name) is None else f"{counted[name]:,.6g}" for name in ("instructions", "flops", "bytes")]
    return [Cell(str(each)) for each in (*key, times.get("forward", "-"), times.get("gradient", "-"), *counts)]


def costs_table(data: Data) -> Table:
    """List what is paid once."""
    return Table(["what", "time"], [[Cell(each["name"]), Cell(duration(each["seconds"]))] for each in entries(data, "costs", "seconds")])


def machine_table(data: Data) -> Table:
    """List the machine's limits by threads."""
    machine = section(data, "machine")
    peaks, bandwidths = (machine.get(name) or {} for name in ("fma", "triad"))
    counts = sorted({*peaks, *bandwidths}, key=int)
    shown = [[threads, *(f"{part[threads]:.1f}" if part.get(threads) else "-" for part in (peaks, bandwidths))] for threads in counts]
    return Table(["threads", "multiply and add in float64, GFLOP/s", "triad, GB/s"], [[Cell(each) for each in row] for row in shown])
