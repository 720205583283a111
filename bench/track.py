"""Run the benchmarks, keep the run, and name what has become slower: `python -m bench.track [--baseline] [--folder FOLDER]`.

Exit status: 0 if nothing is slower than in the committed baseline, 1 if something is, 2 if that cannot be told.

A machine that is shared has slow moments, so what seems slower is measured again, later and in a process of its own, and is named
only if it is slower each time. `--baseline` measures in several sweeps, whose spread tells for each benchmark what is noise beyond
that which is expected.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import staticgraph as sg

from . import machine
from .calibration import calibrate
from .history import BASELINE, FOLDER, Ratios, Run, Slower, read, save, slower

FILES = ("bench/test_speed.py", "bench/test_costs.py")
SWEEPS, ATTEMPTS = 5, 3
Sweep = Callable[[Sequence[str]], Ratios]


def key(name: str) -> str:
    """Name a benchmark for the history: `test_speed[gradient-xyz-native-float64-1]` is `gradient[xyz-native-float64-1]`."""
    function, _, setting = name.removesuffix("]").partition("[")
    if function == "test_speed":
        function, _, setting = setting.partition("-")
    return f"{function.removeprefix('test_')}[{setting}]" if setting else function.removeprefix("test_")


def measured(arguments: Sequence[str]) -> list[dict[str, Any]]:
    """Run pytest with these arguments in a process of its own; give its benchmarks.

    Raises
    ------
    SystemExit
        With status 2, if a benchmark fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "benchmarks.json")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--benchmark-json={path}", *arguments]
        done = subprocess.run(command, cwd=machine.ROOT, env=_alone(), capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-1000:], sep="\n", file=sys.stderr)
            print(f"the benchmarks fail: {' '.join(command)}", file=sys.stderr)
            sys.exit(2)
        found: list[dict[str, Any]] = json.loads(path.read_text())["benchmarks"]
    return found


def sweep(only: Sequence[str] = ()) -> Ratios:
    """Measure all benchmarks, or those with these keys; give their ratios, and the noise that is expected."""
    nodes = [f"{file}::{name}" for file, name in _nodes() if key(name) in only] if only else list(FILES)
    kept = [each for each in measured(nodes) if "ratio" in each["extra_info"]]
    return {key(each["name"]): (each["extra_info"]["ratio"], each["extra_info"]["noise"]) for each in kept}


def _alone() -> dict[str, str]:
    """Return the environment for a pytest that is none of the workers of another one, where nothing would be measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def _nodes() -> list[tuple[str, str]]:
    """List the benchmarks: the file of each, and its name."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", *FILES]
    lines = subprocess.run(command, cwd=machine.ROOT, env=_alone(), check=True, capture_output=True, text=True).stdout.splitlines()
    return [(file, name) for file, separator, name in (line.partition("::") for line in lines) if separator]


def baseline_of(sweeps: Sequence[Ratios]) -> Ratios:
    """Give for each benchmark the median of its ratios, and its noise.

    That is twice the share by which the smallest lies below the median, or what is expected, if that is more. What lies above the
    median is left aside: other processes add to times without bounds, and a slow sweep must not make all of them look alike.
    """
    found = {}
    for name in set.intersection(*(set(each) for each in sweeps)):
        ratios, expected = zip(*(each[name] for each in sweeps), strict=True)
        middle = statistics.median(ratios)
        found[name] = middle, max(2.0 * (1.0 - min(ratios) / middle), *expected)
    return found


def verdict(baseline: Run, ratios: Ratios, again: Sweep, attempts: int = ATTEMPTS) -> tuple[list[Slower], Ratios]:
    """Name what stays slower when it is measured again; give that, and the smallest ratios found."""
    smallest, suspects = dict(ratios), slower(baseline, ratios)
    for attempt in range(1, attempts):
        if not suspects:
            break
        print(f"{len(suspects)} seem slower; measuring them again ({attempt} of {attempts - 1})", flush=True)
        for name, each in again([suspect.name for suspect in suspects]).items():
            smallest[name] = min(smallest[name], each)
        suspects = slower(baseline, {suspect.name: smallest[suspect.name] for suspect in suspects})
    return suspects, smallest


def run_of(ratios: Ratios) -> Run:
    """Describe a run."""
    calibrate(1)
    loops = [calibrate(1) for _ in range(9)]
    fastest = {name: float(f"{min(each[name] for each in loops):.4g}") for name in loops[0]}
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return Run(machine.commit(), now, machine.processor(), sg.get_num_threads(), machine.versions(), fastest, ratios)


def make_baseline(folder: Path, measure: Callable[[], Ratios], sweeps: int = SWEEPS) -> None:
    """Measure in some sweeps and write the baseline."""
    found = []
    for number in range(sweeps):
        print(f"sweep {number + 1} of {sweeps}", flush=True)
        found.append(measure())
    save(run_of(baseline_of(found)), folder / BASELINE)
    print(f"wrote {folder / BASELINE}: {len(found[0])} benchmarks")


def follow(folder: Path, measure: Callable[[], Ratios], again: Sweep) -> int:
    """Measure, keep the run, compare it with the baseline; give the exit status."""
    if not (folder / BASELINE).exists():
        print("there is no baseline to compare with: make one with --baseline, and commit it", file=sys.stderr)
        return 2
    baseline = read(folder / BASELINE)
    found, ratios = verdict(baseline, measure(), again)
    run = run_of(ratios)
    path = folder / f"{run.date.replace(':', '').removesuffix('+0000')}-{run.commit}.json"
    save(run, path)
    print(f"wrote {path}: {len(ratios)} benchmarks, compared with the baseline of {baseline.commit}")
    for name in sorted(set(baseline.ratios) - set(ratios)):
        print(f"missing: {name} is in the baseline and was not measured")
    for each in found:
        print(f"slower: {each}")
    if baseline.where != run.where:
        print(f"the baseline is of another machine ({baseline.machine}, {baseline.threads} threads): what is noise here is not known")
        return 0
    print(f"{len(found)} slower")
    return 1 if found else 0


def main() -> int:
    """Measure, and compare or make the baseline."""
    parser = argparse.ArgumentParser(prog="python -m bench.track", description="Run the benchmarks and name what has become slower.")
    parser.add_argument("--baseline", action="store_true", help=f"measure {SWEEPS} times and make that the baseline")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where runs are kept; bench/history by default")
    chosen = parser.parse_args()
    if chosen.baseline:
        make_baseline(chosen.folder, sweep)
        return 0
    return follow(chosen.folder, sweep, sweep)


if __name__ == "__main__":
    sys.exit(main())
