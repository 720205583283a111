"""The package itself: its interpreter and its native code, both writing to arrays that are there already."""

from collections.abc import Iterator

import numpy as np

import staticgraph as sg

from ..cases import Case
from .peer import OURS, Arguments, Form, Peer, as_rows, columns, outputs


def _forms(case: Case, arguments: Arguments, engine: str) -> Iterator[Form]:
    dtype = arguments[0].dtype
    function = case.compile(dtype, engine)
    yield _form("rows", case, function, arguments, outputs(case, len(arguments[0]), dtype))
    if all(shape == () for shape in case.inputs.values()):
        return
    inputs = len(case.inputs)
    turned = tuple(_turned(each) for each in arguments[:inputs]) + arguments[inputs:]
    value, gradients = outputs(case, len(arguments[0]), dtype)
    by_column = tuple(_turned(each) if len(each.shape) and len(each) == len(value) else each for each in gradients)
    yield _form("columns", case, function, turned, (value, by_column))


def _turned(rows: np.ndarray) -> np.ndarray:
    return as_rows(columns(rows))


def _form(name: str, case: Case, function: sg.Function, arguments: Arguments, out: tuple[np.ndarray, tuple[np.ndarray, ...]]) -> Form:
    return Form(name, lambda: function.value_and_grad(*arguments, wrt=case.wrt, out=out), lambda: out)


def reference(case: Case, arguments: Arguments) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Compute what every peer is compared with."""
    return case.compile(arguments[0].dtype, "interpreter").value_and_grad(*arguments, wrt=case.wrt)


def _version() -> str:
    return "staticgraph of this checkout"


INTERPRETER = Peer("interpreter", OURS, lambda case, arguments: _forms(case, arguments, "interpreter"), _version)
NATIVE = Peer("native", OURS, lambda case, arguments: _forms(case, arguments, "native"), _version)
