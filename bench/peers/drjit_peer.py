"""Dr.Jit on its LLVM backend: one array a column, the function and its backward pass traced once and frozen."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

import staticgraph as sg

from ..cases import Case
from . import objects
from .peer import LIBRARY, Arguments, Form, Peer, Result, SkipError, outputs

HOW_TO_GET_LLVM = "no LLVM library that it can use: install Debian's libllvm16 or libllvm19, and set DRJIT_LIBLLVM_PATH to its libLLVM-*.so"


def _drjit() -> Any:
    try:
        import drjit
        import drjit.llvm.ad
    except ImportError:
        raise SkipError("not installed (pip install drjit)") from None
    if not drjit.has_backend(drjit.JitBackend.LLVM):
        raise SkipError(HOW_TO_GET_LLVM)
    drjit.set_thread_count(sg.get_num_threads())
    return drjit


def _library(drjit: Any) -> SimpleNamespace:
    # LLVM before 17 has no code for Dr.Jit's own `maximum` and `minimum`, and ends the process.
    def maximum(x: Any, y: Any) -> Any:
        return drjit.select(x > y, x, y)

    def minimum(x: Any, y: Any) -> Any:
        return drjit.select(x < y, x, y)

    return objects.library(drjit, maximum, minimum)


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the form of a case."""
    drjit = _drjit()
    number = drjit.llvm.ad.Float64 if arguments[0].dtype == np.float64 else drjit.llvm.ad.Float32
    functions = _library(drjit)
    shapes = [*case.inputs.values(), *case.parameters.values()]
    names = (*case.inputs, *case.parameters)
    places = [names.index(name) for name in case.wrt or names]

    def columns(place: int) -> list[Any]:
        if place < len(case.inputs):
            return [number(np.ascontiguousarray(each)) for each in arguments[place].reshape(len(arguments[place]), -1).T]
        # `opaque`: a parameter is data, not a constant of the code.
        return [drjit.opaque(number, float(each)) for each in arguments[place].reshape(-1)]

    def derive(given: list[list[Any]], zero: Any) -> Any:
        leaves = [[number(each) for each in column] for column in given]
        for place in places:
            drjit.enable_grad(leaves[place])
        value = objects.trace(case, functions, [objects.arranged(leaf, shape) for leaf, shape in zip(leaves, shapes, strict=True)])
        drjit.backward(value)
        # A gradient that is one of the inputs would be that array itself, no other: adding a zero that the code does not know writes it.
        return drjit.detach(value), [[drjit.grad(each) + zero * (k + 1) for each in leaves[place]] for k, place in enumerate(places)]

    frozen, given = drjit.freeze(derive), ([columns(place) for place in range(len(arguments))], drjit.opaque(number, 0.0))
    drjit.eval(given)
    yield _form(drjit, case, frozen, given, len(arguments[0]))


def _form(drjit: Any, case: Case, frozen: Any, given: tuple[list[list[Any]], Any], count: int) -> Form:
    last: list[Any] = []

    def call() -> None:
        last.clear()
        last.append(frozen(*given))
        drjit.eval(last)
        drjit.sync_thread()

    def result() -> Result:
        value, gradients = last[0]
        wanted = outputs(case, count)[1]
        arrays = [np.array([np.array(each) for each in columns]) for columns in gradients]
        names = case.wrt or tuple(case.inputs)
        turned = [each.T if name in case.inputs else each for name, each in zip(names, arrays, strict=True)]
        return np.array(value), [each.reshape(like.shape) for each, like in zip(turned, wanted, strict=True)]

    return Form("columns, frozen", call, result)


def _version() -> str:
    try:
        return f"drjit {_drjit().__version__} ({'.'.join(map(str, _drjit().detail.llvm_version()))} LLVM)"
    except SkipError:
        return "no drjit"


DRJIT = Peer("drjit", LIBRARY, prepare, _version)
