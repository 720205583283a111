"""PyTorch: rows, as its users write them, compiled if that is faster."""

import warnings
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from .. import cases
from ..cases import Case
from ..timing import seconds
from . import LIBRARY, Prepared, Results, Skip

NAME, KIND = "PyTorch", LIBRARY


def prepare(case: Case, arguments: tuple[np.ndarray, ...]) -> Prepared:
    """Keep the faster of the plain and the compiled form."""
    try:
        import torch
    except ImportError:
        raise Skip("torch is not installed") from None
    names = ("exp", "log", "sqrt", "tanh", "sum")
    library = SimpleNamespace(
        **{name: getattr(torch, name) for name in names}, ndtr=torch.special.ndtr, softplus=torch.nn.functional.softplus
    )
    tensors = {name: torch.as_tensor(getattr(cases, name)) for name in ("CENTRES", "WIDTHS")}
    leaves = [torch.tensor(np.asarray(array)) for array in arguments]
    keys = [*case.inputs, *case.parameters]
    wanted = [leaf.requires_grad_() for leaf, name in zip(leaves, keys, strict=True) if case.wrt is None or name in case.wrt]

    def plain(*given: Any) -> Any:
        with patch.multiple(cases, **tensors):
            return case.function(library, *given)

    def made_by(function: Any) -> Any:
        def call() -> Any:
            value = function(*leaves)
            return value.detach(), torch.autograd.grad(value.sum(), wanted)

        return call

    calls = [made_by(plain)]
    try:
        with warnings.catch_warnings(), patch.multiple(cases, **tensors):
            warnings.simplefilter("ignore")
            compiled = made_by(torch.compile(lambda *given: case.function(library, *given)))
            compiled()
        calls.append(compiled)
    except Exception:  # no compiler on this machine, or a case that it refuses: the plain form remains
        pass
    call = min(calls, key=lambda each: min(seconds(each) for _ in range(2)))

    def results(made: Any) -> Results:
        return made[0].numpy(), [each.numpy() for each in made[1]]

    return call, results
