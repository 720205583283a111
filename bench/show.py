"""Measure the package in one run and print the result as a Markdown table: `python -m bench.show [measure ...]`."""

import datetime
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import staticgraph as sg

from .measures import MEASURES


def processor() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def conditions() -> str:
    """Describe the machine, the day and the versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "llvmlite", "autograd"))
    python = f"Python {platform.python_version()}"
    machine = f"{processor()}, {sg.get_num_threads()} cores, load {os.getloadavg()[0]:.1f} before the start"
    return f"{machine}, {platform.system()}, {datetime.date.today()}; {python}, {packages}. Medians of interleaved runs."


def main(names: list[str]) -> None:
    """Print the rows of the named measures, or of all."""
    known = {measure.__name__: measure for measure in MEASURES}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"unknown measure {unknown[0]!r}; there are {', '.join(known)}")
    print(conditions(), end="\n\n")
    print("| measure | asked | measured |\n|---|---|---|")
    for name in names or known:
        for row in known[name]():
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
