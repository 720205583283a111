"""Runs of the benchmarks as small files: ratios to the calibrating loops, and what they depend on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("history")
BASELINE = "baseline.json"
Ratios = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes
    ----------
    commit, date, machine : str
    threads : int
    versions : dict of str to str
    calibration : dict of str to float
        Seconds of each loop of `bench.loops`, on one thread.
    ratios : dict of str to (ratio, noise)
        For each benchmark its time divided by that of a loop, and by which share of that another run may exceed it.
    """

    commit: str
    date: str
    machine: str
    threads: int
    versions: dict[str, str]
    calibration: dict[str, float]
    ratios: Ratios

    @property
    def where(self) -> tuple[str, int]:
        """What must be the same for noise to be the same."""
        return self.machine, self.threads


@dataclass(frozen=True)
class Slower:
    """A benchmark that takes longer than in the baseline, by more than its noise."""

    name: str
    before: float
    now: float
    limit: float

    def __str__(self) -> str:
        times, noise = self.now / self.before, self.limit / self.before
        return f"{self.name}: {times:.2f} times the baseline's {self.before:.4g}; up to {noise:.2f} is noise"


def save(run: Run, path: Path) -> None:
    """Write a run, a line a benchmark, whole or not at all."""
    fields = asdict(run)
    each = sorted(fields.pop("ratios").items())
    ratios = ",\n".join(f"  {json.dumps(name)}: [{ratio:.5g}, {noise:.3g}]" for name, (ratio, noise) in each)
    head = json.dumps(fields, indent=1)[:-2]
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(f'{head},\n "ratios": {{\n{ratios}\n }}\n}}\n')
    partial.replace(path)


def read(path: Path) -> Run:
    """Read a run.

    Raises
    ------
    ValueError
        If the file is none.
    """
    try:
        fields = json.loads(path.read_text())
        ratios = {name: (float(ratio), float(noise)) for name, (ratio, noise) in fields.pop("ratios").items()}
        return Run(**fields, ratios=ratios)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no run of the benchmarks ({error}): remove it, or take it from the repository again") from error


def runs(folder: Path = FOLDER) -> list[Run]:
    """Read all runs but the baseline, the oldest first."""
    return [read(path) for path in sorted(folder.glob("*.json")) if path.name != BASELINE]


def slower(baseline: Run, ratios: Mapping[str, tuple[float, float]]) -> list[Slower]:
    """Name what is slower than in the baseline, the worst first; benchmarks that are not in both are left out."""
    known = {name: each for name, each in baseline.ratios.items() if name in ratios}
    found = [Slower(name, before, ratios[name][0], before * (1.0 + noise)) for name, (before, noise) in known.items()]
    return sorted((each for each in found if each.now > each.limit), key=lambda each: each.before / each.now)
