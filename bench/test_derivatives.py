"""Jacobian and Hessian matrices, and products with them: on both engines, one thread."""

from functools import lru_cache, partial
from itertools import product
from typing import Any

import numpy as np
import pytest

import staticgraph as sg

from .conftest import Calibrated
from .derivatives import CASES, Derivative


@lru_cache(maxsize=1)
def compiled(case: Derivative, engine: str) -> sg.Function:
    """Compile a case."""
    return case.compile(engine)


def arrays(result: Any) -> list[np.ndarray]:
    """List the arrays of a result."""
    return [array for each in result for array in arrays(each)] if isinstance(result, tuple) else [result]


@pytest.mark.parametrize(
    ("case", "engine"), list(product(CASES, ("interpreter", "native"))), ids=lambda each: getattr(each, "name", str(each))
)
def test_derivatives(benchmark: Any, calibrated: Calibrated, case: Derivative, engine: str, tiny: bool) -> None:
    """Results go to arrays that are there."""
    rows = 50 if tiny else case.rows
    benchmark.group = f"{case.name} {case.call}"
    benchmark.extra_info.update(case=case.name, engine=engine, rows=rows)
    call = partial(getattr(compiled(case, engine), case.call), *case.arguments(rows), wrt=case.wrt, threads=1)
    out = call()
    calibrated(lambda: call(out=out), 1, loop="fused", noise=0.2)
    assert all(np.isfinite(array).all() for array in arrays(out))
