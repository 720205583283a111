"""What a measurement depends on: the machine, the day, the versions, and the commit."""

import datetime
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import staticgraph as sg

ROOT = Path(__file__).parent.parent
PACKAGES = ("numpy", "numba", "llvmlite")


def processor() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def load() -> float:
    """Give how many processes have run or waited to run, in the mean of the last minute; 0 where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def today() -> str:
    """Give the day."""
    return str(datetime.date.today())


def versions() -> dict[str, str]:
    """Give the versions of Python and of the packages that this one stands on."""
    return {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def commit() -> str:
    """Give the commit of this checkout, and whether files differ from it; `unknown` outside of one."""
    try:
        found = subprocess.run(["git", "describe", "--always", "--dirty=+changes"], cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def conditions(taken: str = "Medians") -> str:
    """Describe all of that in a line, and what is taken of interleaved runs."""
    packages = ", ".join(f"{name} {number}" for name, number in versions().items())
    machine = f"{processor()}, {sg.get_num_threads()} cores, load {load():.1f} before the start"
    return f"{machine}, {platform.system()}, {today()}; {packages}. {taken} of interleaved runs."
