"""PyTorch: eager autograd, and `torch.compile` of the function and its gradient together."""

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import staticgraph as sg

from ..cases import Case
from .constants import with_constants
from .peer import LIBRARY, Arguments, Form, Peer, SkipError, as_rows, columns


@functools.cache
def _compile_anew() -> None:
    """Let the compiler find nothing from an earlier run: code that was loaded from there was measured to be 4 times slower."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder


def _torch() -> Any:
    _compile_anew()
    try:
        import torch
    except ImportError:
        raise SkipError("not installed (pip install torch)") from None
    torch.set_num_threads(sg.get_num_threads())
    return torch


def _library(torch: Any, dtype: str) -> SimpleNamespace:
    def of_two(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, y: function(x, torch.as_tensor(y, dtype=getattr(torch, dtype)))

    names = ("exp", "log", "sqrt", "square", "tanh", "sin", "cos")
    return SimpleNamespace(
        **{name: getattr(torch, name) for name in names}, maximum=of_two(torch.maximum), minimum=of_two(torch.minimum),
        softplus=functools.partial(torch.nn.functional.softplus, threshold=50.0), ndtr=torch.special.ndtr,
        sum=lambda x, axis: torch.sum(x, dim=axis), logsumexp=lambda x, axis: torch.logsumexp(x, dim=axis),
    )  # fmt: skip


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the forms of a case."""
    torch = _torch()
    dtype = arguments[0].dtype.name
    library = _library(torch, dtype)
    names, inputs = (*case.inputs, *case.parameters), len(case.inputs)
    places = tuple(names.index(name) for name in case.wrt or names)
    function = with_constants(case.function, dtype, "torch", torch.from_numpy)  # Tensors do not mix with arrays.

    def summed(*given: Any) -> Any:
        value = function(library, *given)
        return value.sum(), value

    turned = [as_rows(columns(each)) for each in arguments[:inputs]] + list(arguments[inputs:])
    layouts = {"rows": list(arguments)} | ({"columns": turned} if any(case.inputs.values()) else {})
    tensors = {name: [torch.from_numpy(each) for each in given] for name, given in layouts.items()}
    for name, given in tensors.items():
        yield _eager(torch, name, summed, given, places)
    for name, given in tensors.items():
        if compiled := _compiled(torch, name, summed, given, places):
            yield compiled


def _compiled(torch: Any, name: str, summed: Callable[..., Any], tensors: list[Any], places: tuple[int, ...]) -> Form | None:
    torch.compiler.reset()
    # `fullgraph`: what cannot be compiled, such as the random generator in `scene`, would run eagerly under the name of compiled.
    derived = torch.compile(torch.func.grad_and_value(summed, argnums=places, has_aux=True), dynamic=False, fullgraph=True)
    last: list[Any] = []

    def call() -> None:
        gradients, (_, value) = derived(*tensors)
        last[:] = [value, _own(gradients, tensors)]

    try:
        call()
    except Exception:  # Whatever part of the compiler is missing: eager autograd is there.
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
