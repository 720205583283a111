"""Staticgraph itself, with either engine."""

from functools import partial
from typing import Any

import numpy as np

from ..cases import Case
from . import Prepared

ENGINES = ("native", "interpreter")


def prepare(engine: str, case: Case, arguments: tuple[np.ndarray, ...]) -> Prepared:
    """Compile a case, and make the arrays that results are written to."""
    function = case.compile(engine=engine)
    call = partial(function.value_and_grad, *arguments, wrt=case.wrt)
    out: Any = call()
    return partial(call, out=out), lambda made: (made[0], list(made[1]))
