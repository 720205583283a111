"""Measure derivatives against peers and print the table: `python -m bench.derivatives [--threads N] [--tiny] [case ...]`.

Each number of threads has a process of its own, pinned to as many cores, since JAX takes the cores that it finds. All forms of a case take
turns, and the fewest nanoseconds of each count. Ours write to rows; a ratio is how many times as long as ours something takes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..machine import ROOT, conditions
from ..timing import in_new_process
from .cases import CASES, case
from .measuring import BARS, Bar, measured

ONCE = (("Lennard-Jones 13, H prepared", "lennard_jones", 3.0), ("first Jacobian of a new arm", "first_jacobian", 0.03))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.derivatives", description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, help="one and two by default")
    parser.add_argument("--tiny", action="store_true", help="a few rows, to see that everything runs")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("case", nargs="*", default=[], help=f"of {', '.join(each.name for each in CASES)}; all by default")
    chosen = parser.parse_args()
    names = chosen.case or [each.name for each in CASES]
    if chosen.json:
        if hasattr(os, "sched_setaffinity"):  # before anybody counts them
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.threads])
        print(json.dumps({name: measured(case(name), chosen.threads, chosen.tiny) for name in names}))
        return
    print(conditions("Minima"), end="\n\n")
    for threads in [chosen.threads] if chosen.threads else [1, 2]:
        print(table(_in_process(names, threads, chosen.tiny), threads), end="\n\n")
    if not chosen.case:
        print(once(chosen.tiny))


def _in_process(names: list[str], threads: int, tiny: bool) -> dict[str, Any]:
    """Measure cases in a process that has as many cores as it uses threads."""
    command = [sys.executable, "-m", "bench.derivatives", "--json", "--threads", str(threads), *["--tiny"] * tiny, *names]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(found: dict[str, Any], threads: int) -> str:
    """Give the times of all forms, and the ratios that have a bar."""
    lines = [f"## {threads} thread(s)", "", "| case | ns a row, ours | others |", "|---|---|---|"]
    for name, each in found.items():
        others = [f"{form} {time:.4g}" for form, time in each["times"].items() if form != "ours"]
        lines.append(f"| {name} | {each['times']['ours']:.4g} | {'; '.join([*others, *each['missing']])} |")
    lines += ["", "| case | against | ratio | at least | |", "|---|---|---|---|---|"]
    lines += [_line(bar, found[bar.case]) for bar in BARS if bar.case in found]
    if {"elementwise_100", "elementwise_1000"} <= found.keys():
        short, long = (found[f"elementwise_{length}"]["times"]["ours"] for length in (100, 1000))
        lines.append(f"| elementwise | growth from 100 to 1,000 elements | {long / short:.1f} | linear: 10 | |")
    return "\n".join(lines)


def _line(bar: Bar, measured_case: dict[str, Any]) -> str:
    times = measured_case["times"]
    fitting = [name for name in times if _fits(name, bar.over)]
    if not fitting:
        return f"| {bar.case} | {bar.over} | - | {bar.least} | not here |"
    best = min(fitting, key=times.__getitem__)
    ratio = times[best] / times["ours"]
    return f"| {bar.case} | {best} | {ratio:.2f} | {bar.least} | {'' if ratio >= bar.least else 'below'} |"


def _fits(form: str, wanted: str) -> bool:
    """Whether a form is one of a peer, or of a peer and a layout."""
    peer, _, layout = wanted.partition(", ")
    return form.startswith(peer) and form.endswith(layout)


def once(tiny: bool) -> str:
    """Give what a process measures once, and the fits of the example."""
    lines = ["| measure | here | at most |", "|---|---|---|"]
    for what, name, most in ONCE:
        with tempfile.TemporaryDirectory() as folder:
            seconds = in_new_process("bench.derivatives.once", name, STATICGRAPH_CACHE_DIR=folder, STATICGRAPH_QUIET="1")[0]
        lines.append(f"| {what} | {seconds:.3g} s | {most} s |")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(Path(ROOT, "examples", "curve_fits.py")), "--pixels", "30" if tiny else "1000"]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=environment)
    return "\n".join([*lines, "", "`examples/curve_fits.py`, 1,000 times a loop of `curve_fit` wanted:", "", done.stdout])


if __name__ == "__main__":
    main()
