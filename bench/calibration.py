"""What the machine can do at this moment: loops that do not depend on the package, timed beside each case.

On a shared machine a core is at times a third slower, and memory half as fast. A time divided by those of these loops, taken just
before, says more about the code than the time alone.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from . import loops

Work = Callable[[], object]
SAMPLE = 1e-3
"""About how many seconds a loop runs: as long as some calls of a case, short beside the machine's slow moments."""


class Team:
    """Threads that run the same kind of work at the same time, each on a core of its own."""

    def __init__(self, threads: int) -> None:
        cores = loops.cores()
        self.barrier = threading.Barrier(threads)
        self.pools = [
            ThreadPoolExecutor(1, initializer=loops.stay_on, initargs=(cores[number % len(cores)],)) for number in range(threads)
        ]

    def seconds(self, works: list[Work]) -> float:
        """Run a piece of work on each thread; give the time in which all together, at their speeds, would have done one piece each."""
        running = [pool.submit(self._timed, work) for pool, work in zip(self.pools, works, strict=True)]
        return len(works) / sum(1.0 / each.result() for each in running)

    def _timed(self, work: Work) -> float:
        self.barrier.wait()
        return _seconds(work)


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@cache
def team(threads: int) -> Team:
    """Give the team of so many threads."""
    return Team(threads)


@cache
def works(name: str, threads: int) -> list[Work]:
    """Give each thread's piece of work, with data of its own."""
    return [loops.LOOPS[name]() for _ in range(threads)]


def calibrate(threads: int) -> dict[str, float]:
    """Time each loop once, on one thread (the caller) or on a team: seconds by the loops' names."""
    if threads == 1:
        return {name: _seconds(works(name, 1)[0]) for name in loops.LOOPS}
    return {name: team(threads).seconds(works(name, threads)) for name in loops.LOOPS}


def peaks(fastest: Mapping[str, float], threads: int) -> dict[str, float]:
    """Give GFLOP/s of multiplications with additions, and GB/s of the triad, of all threads together, from the loops' fastest runs."""
    return {"fma": threads * loops.flops() / fastest["fma"] / 1e9, "triad": threads * loops.TRIAD_BYTES / fastest["triad"] / 1e9}
