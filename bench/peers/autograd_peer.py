"""autograd: NumPy on whole batches of rows, the tape recorded anew by every call."""

from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from .. import libraries
from ..cases import Case
from .constants import with_constants
from .peer import LIBRARY, Arguments, Form, Peer, Result, SkipError


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the form of a case."""
    if find_spec("autograd") is None:
        raise SkipError("not installed (pip install autograd)")
    from autograd import make_vjp

    library, dtype = libraries.autograd(), arguments[0].dtype
    function = with_constants(case.function, dtype)
    names = (*case.inputs, *case.parameters)
    derive = make_vjp(lambda *given: function(library, *given), argnum=tuple(names.index(name) for name in case.wrt or names))
    ones, last = np.ones(len(arguments[0]), dtype), []

    def call() -> None:
        last.clear()
        gradients_of, value = derive(*arguments)
        last.extend((value, _own(gradients_of(ones), arguments)))

    def result() -> Result:
        return last[0], last[1]

    yield Form("rows", call, result)


def _own(gradients: tuple[np.ndarray, ...], arguments: Arguments) -> list[np.ndarray]:
    """Copy the gradients that are no arrays of their own, but an input, or one another."""
    own: list[Any] = []
    for each in gradients:
        own.append(each.copy() if any(np.may_share_memory(each, other) for other in (*arguments, *own)) else each)
    return own


def _version() -> str:
    return f"autograd {version('autograd')}" if find_spec("autograd") else "no autograd"


AUTOGRAD = Peer("autograd", LIBRARY, prepare, _version)
