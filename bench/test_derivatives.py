"""Jacobian and Hessian matrices, and products with them: on both engines, one thread; and the peers' numbers beside ours."""

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pytest

import staticgraph as sg

from .conftest import Calibrated
from .derivatives import CASES, Derivative
from .derivatives.measuring import BARS, arrays, prepared


@lru_cache(maxsize=1)
def compiled(case: Derivative, engine: str) -> sg.Function:
    """Compile a case."""
    return case.compile(engine)


@pytest.mark.parametrize(
    ("case", "engine"), list(product(CASES, ("interpreter", "native"))), ids=lambda each: getattr(each, "name", str(each))
)
def test_derivatives(benchmark: Any, calibrated: Calibrated, case: Derivative, engine: str, tiny: bool) -> None:
    """Results go to arrays that are there."""
    rows = 50 if tiny else case.rows
    benchmark.group = f"{case.name} {case.call}"
    benchmark.extra_info.update(case=case.name, engine=engine, rows=rows)
    call = case.bound(compiled(case, engine), rows, 1)
    out = call()
    calibrated(lambda: call(out=out), 1, loop="fused", noise=0.2)
    assert all(np.isfinite(array).all() for array in arrays(out))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_peers_agree(case: Derivative) -> None:
    """Preparing the forms compares them with ours."""
    forms, _ = prepared(case, 24, 1)
    assert "ours" in forms
    assert all(bar.over in (None, *forms) or bar.over.startswith(("JAX", "CasADi", "asdex")) for bar in BARS if bar.case == case.name)
