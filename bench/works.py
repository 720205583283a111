"""What a constant is measured on: a call of a case, or the compiling of one.

On one thread the process's own time counts, so that nothing does which other processes take from its core.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .cases import Case

Round = Callable[[], float]
FEWEST, ENOUGH = 3, 0.02
"""A round has so many calls at least, and more until they have taken so many seconds."""


@dataclass(frozen=True)
class Work:
    """One way to run a case.

    Attributes
    ----------
    case : Case
    engine : str
    gradient : bool
        Whether the gradient is computed too.
    rows : int or None
        Of the batch; None for the case's full size.
    threads : int or None
        None for all.
    dtype : str
    columns : bool
        Whether the arguments lie in memory column by column.
    given : str or None
        Of which dtype the arguments are; None for the function's own.
    compiling : bool
        Whether native code is compiled, not run.
    """

    case: Case
    engine: str = "native"
    gradient: bool = True
    rows: int | None = None
    threads: int | None = 1
    dtype: str = "float64"
    columns: bool = False
    given: str | None = None
    compiling: bool = False

    def __str__(self) -> str:
        what = "compiling" if self.compiling else "gradient" if self.gradient else "forward"
        rows = "" if self.rows is None else f", {self.rows:,} rows"
        threads = "" if self.threads == 1 else ", all threads"
        return f"{self.case.name} {what}, {self.engine} {self.dtype}{rows}{threads}{', columns' if self.columns else ''}{self._given}"

    @property
    def _given(self) -> str:
        return f", given {self.given}" if self.given else ""

    def prepared(self, tiny: bool = False) -> Round:
        """Compile the case; return what gives the seconds of a call, the fewest of a round."""
        if self.compiling:
            self._called(self.case.tiny)
            os.environ["STATICGRAPH_CACHE_DIR"] = "off"
            return lambda: self._compiled(self.case.tiny)
        call = self._called(self.case.tiny if tiny else self.rows or self.case.full)
        clock = time.process_time if self.threads == 1 else time.perf_counter
        return lambda: _fewest(call, clock)

    def _called(self, rows: int) -> Callable[[], Any]:
        """Call the function once; return what calls it again, with results that go to arrays that are there."""
        function = self.case.compile(np.dtype(self.dtype), self.engine)
        arguments = [np.array(each, self.given or self.dtype, order="F" if self.columns else "C") for each in self.case.arguments(rows)]
        if not self.gradient:
            value = function(*arguments)
            return lambda: function(*arguments, out=value, threads=self.threads)
        out = function.value_and_grad(*arguments, wrt=self.case.wrt)
        return lambda: function.value_and_grad(*arguments, wrt=self.case.wrt, out=out, threads=self.threads)

    def _compiled(self, rows: int) -> float:
        """Return the seconds that native code takes to compile, once the interpreter has run."""
        function = self.case.compile(np.dtype(self.dtype), "interpreter")
        function.value_and_grad(*(each.astype(self.dtype) for each in self.case.arguments(rows)), wrt=self.case.wrt)
        start = time.process_time()
        function.specialize()
        return time.process_time() - start


def _fewest(call: Callable[[], Any], clock: Callable[[], float]) -> float:
    """Give the seconds of the fastest of some calls; the first one finds what others have left in the caches."""
    call()
    found: list[float] = []
    while len(found) < FEWEST or sum(found) < ENOUGH:
        start = clock()
        call()
        found.append(clock() - start)
    return min(found)
