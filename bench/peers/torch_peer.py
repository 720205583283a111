"""PyTorch: `torch.compile` of the function and its gradient together, or eager autograd."""

import sys
import types
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

import staticgraph as sg

from ..cases import Case
from .peer import LIBRARY, Arguments, Form, Peer, SkipError, as_rows, columns


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise SkipError("not installed (pip install torch)") from None
    torch.set_num_threads(sg.get_num_threads())
    return torch


def _with_tensors(torch: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """Rebuild a case's function with the arrays among its globals as tensors, which do not mix with arrays."""
    # The globals are a module's of their own: the compiler guards them by the name of the module.
    module = sys.modules.setdefault(f"{__name__}_cases", types.ModuleType(f"{__name__}_cases"))
    for name, each in function.__globals__.items():
        if name == "__builtins__" or not name.startswith("__"):
            setattr(module, name, torch.from_numpy(each) if isinstance(each, np.ndarray) else each)
    return types.FunctionType(function.__code__, module.__dict__, function.__name__)


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the forms of a case."""
    torch = _torch()
    library = SimpleNamespace(
        exp=torch.exp, log=torch.log, sqrt=torch.sqrt, tanh=torch.tanh, ndtr=torch.special.ndtr,
        sum=lambda x, axis: torch.sum(x, dim=axis),
    )  # fmt: skip
    names, inputs = (*case.inputs, *case.parameters), len(case.inputs)
    places = tuple(names.index(name) for name in case.wrt or names)
    function = _with_tensors(torch, case.function)

    def summed(*given: Any) -> Any:
        value = function(library, *given)
        return value.sum(), value

    turned = [as_rows(columns(each)) for each in arguments[:inputs]] + list(arguments[inputs:])
    layouts = {"rows": list(arguments)} | ({"columns": turned} if any(case.inputs.values()) else {})
    for name, given in layouts.items():
        tensors = [torch.from_numpy(each) for each in given]
        yield _compiled(torch, name, summed, tensors, places) or _eager(torch, name, summed, tensors, places)


def _compiled(torch: Any, name: str, summed: Callable[..., Any], tensors: list[Any], places: tuple[int, ...]) -> Form | None:
    torch.compiler.reset()
    derived = torch.compile(torch.func.grad_and_value(summed, argnums=places, has_aux=True), dynamic=False)
    last: list[Any] = []

    def call() -> None:
        gradients, (_, value) = derived(*tensors)
        last[:] = [value, _own(gradients, tensors)]

    try:
        call()
    except Exception:  # Whatever part of the compiler is missing: eager autograd stands in.
        return None
    return Form(f"{name}, compiled", call, lambda: (last[0].numpy(), [each.numpy() for each in last[1]]))


def _own(gradients: Iterable[Any], tensors: list[Any]) -> list[Any]:
    """Copy the gradients that are no tensors of their own, but an input, or one another."""
    taken, own = {each.data_ptr() for each in tensors}, []
    for each in gradients:
        own.append(each.clone() if each.data_ptr() in taken else each)
        taken.add(own[-1].data_ptr())
    return own


def _eager(torch: Any, name: str, summed: Callable[..., Any], tensors: list[Any], places: tuple[int, ...]) -> Form:
    given = [each.clone().requires_grad_(place in places) for place, each in enumerate(tensors)]
    last: list[Any] = []

    def call() -> None:
        total, value = summed(*given)
        last[:] = [value, _own(torch.autograd.grad(total, [given[place] for place in places]), given)]

    return Form(f"{name}, eager", call, lambda: (last[0].detach().numpy(), [each.numpy() for each in last[1]]))


def _version() -> str:
    try:
        return f"torch {_torch().__version__}"
    except SkipError:
        return "no torch"


TORCH = Peer("torch", LIBRARY, prepare, _version)
