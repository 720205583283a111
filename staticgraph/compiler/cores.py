"""How many cores this process may use: those of its affinity, what its container's quota comes to, and what its environment says."""

import math
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SHARED_VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What says how many threads any library is to use; a pool of processes sets them for its workers."""


def count_cores() -> int:
    """Return the smallest of the cores of this process, rounded up where a quota gives parts of one, and the shared variables."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _smallest(affinity, _quota(), *map(os.environ.get, SHARED_VARIABLES))


@cache
def _smallest(affinity: int, quota: int | None, *variables: str | None) -> int:
    """Return the smallest of what there is; every call asks, and 10 us would be a tenth of a short one."""
    limits = [affinity, quota, *map(_positive, variables)]
    return min(limit for limit in limits if limit is not None)


def _positive(variable: str | None) -> int | None:
    """Return the number of an environment variable, of a list the first; None for what is no positive number."""
    first = (variable or "").split(",")[0].strip()
    return int(first) if first.isascii() and first.isdigit() and int(first) else None


@cache
def _quota() -> int | None:
    """Return how many cores the quotas of this process's control groups come to; None if there are none."""
    return quota(Path("/proc/self"))


def quota(process: Path) -> int | None:
    """Return how many cores the quotas of a process's control groups come to, of version 1 and 2 and of all groups above; None without.

    Parameters
    ----------
    process : Path
        The folder that describes the process, `/proc/self`.
    """
    try:
        groups = [line.split(":", 2) for line in (process / "cgroup").read_text().splitlines()]
        mounts = [line.split() for line in (process / "mountinfo").read_text().splitlines()]
    except OSError:
        return None
    found = [math.ceil(each) for _, controllers, path in groups for folder in _folders(mounts, controllers, path) for each in _read(folder)]
    return max(1, min(found)) if found else None


def _folders(mounts: list[list[str]], controllers: str, path: str) -> Iterator[Path]:
    """Yield the folders of a control group and of those above it, where they are mounted; version 2 names no controllers."""
    for mount in mounts:
        root, place, (kind, _, options) = mount[3], mount[4], mount[mount.index("-") + 1 :][:3]
        if kind == "cgroup2" if not controllers else kind == "cgroup" and "cpu" in controllers.split(",") and "cpu" in options.split(","):
            # Within a container the path may be the host's, and the container's own group the root of what is mounted.
            below = Path(path.removeprefix(root.rstrip("/")).lstrip("/"))
            yield from (Path(place) / each for each in (below, *below.parents))


def _read(folder: Path) -> Iterator[float]:
    """Yield a control group's quota in cores, if it has one."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            granted, period = " ".join((folder / name).read_text() for name in names).split()
            if granted != "max" and int(granted) > 0 < int(period):
                yield int(granted) / int(period)
        except (OSError, ValueError):
            continue
