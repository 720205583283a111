"""Timing: calls in turns, and scripts in processes of their own."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

Call = Callable[[], object]


def seconds(call: Call) -> float:
    """Time one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def interleaved(calls: Mapping[str, Call], repeats: int = 9) -> dict[str, float]:
    """Give the median seconds of each call.

    The calls take turns, so that a slow moment of the machine falls on all of them; each is called once before that.
    """
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            times[name].append(seconds(call))
    return {name: statistics.median(each) for name, each in times.items()}


def in_new_process(module: str, *arguments: str, **variables: str) -> list[float]:
    """Run a module of this package as a script, with environment variables added, and give the numbers that it prints."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=os.environ | variables, check=True, capture_output=True, text=True)
    return [float(each) for each in done.stdout.split()]
