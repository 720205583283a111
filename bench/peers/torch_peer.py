"""PyTorch: rows, as its users write them, compiled if that is faster."""

import warnings
from types import SimpleNamespace
from typing import Any

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
    constants = {name: getattr(cases, name) for name in ("CENTRES", "WIDTHS")}
    for name, array in constants.items():
        setattr(cases, name, torch.as_tensor(array))
    leaves = [torch.tensor(np.asarray(array)) for array in arguments]
    keys = [*case.inputs, *case.parameters]
    wanted = [leaf.requires_grad_() for leaf, name in zip(leaves, keys, strict=True) if case.wrt is None or name in case.wrt]
    compiled: Any = torch.compile(lambda *given: case.function(library, *given))

    def made_by(function: Any) -> Any:
        def call() -> Any:
            value = function(*leaves)
            return value.detach(), torch.autograd.grad(value.sum(), wanted)

        return call

    calls = [made_by(lambda *given: case.function(library, *given))]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made_by(compiled)()
        calls.append(made_by(compiled))
    except Exception:  # no compiler on this machine, or a case that it refuses: the plain form remains
        pass
    finally:
        for name, array in constants.items():
            setattr(cases, name, array)
    call = min(calls, key=lambda each: min(seconds(each) for _ in range(2)))

    def results(made: Any) -> Results:
        return made[0].numpy(), [each.numpy() for each in made[1]]

    return call, results
