"""Computational graphs, compiled once and evaluated with their gradients over batches.

The functions under this name, such as `exp` and `sum`, follow from the table of gates and from the declarations of functions of nodes.
"""

import builtins as _builtins
import typing as _typing
from types import ModuleType as _ModuleType

from .calling.compiling import compile as compile
from .calling.elementwise import elementwise as _elementwise
from .calling.exporting import export_c as export_c
from .calling.exporting import export_object as export_object
from .calling.flat import Flat as Flat
from .calling.flattening import flatten as flatten
from .calling.function import Function as Function
from .calling.loading import load as load
from .calling.partial import Partial as Partial
from .calling.streaming import stream as stream
from .calling.timings import Profile as Profile
from .calling.timings import Timing as Timing
from .calling.tracing import function as function
from .calling.tracing import trace as trace
from .derivatives.custom import custom_gradient as custom_gradient
from .derivatives.matrices import hessian as hessian
from .derivatives.matrices import jacobian as jacobian
from .derivatives.products import gradient as gradient
from .derivatives.products import jvp as jvp
from .derivatives.products import vjp as vjp
from .gates import GATES as _GATES
from .kinds import of as _of
from .nodes import functions as _functions  # noqa: F401 - declares them
from .nodes.declaring import PUBLIC as _PUBLIC
from .nodes.graph import Graph as Graph
from .nodes.leaves import constant as constant
from .nodes.leaves import data as data
from .nodes.leaves import input as input
from .nodes.leaves import inputs as inputs
from .nodes.leaves import parameter as parameter
from .nodes.node import Node as Node
from .program.program import Program as Program
from .running.choice import get_engine as get_engine
from .running.choice import set_engine as set_engine
from .running.threads import get_num_threads as get_num_threads
from .running.threads import set_num_threads as set_num_threads

if _typing.TYPE_CHECKING:  # type checkers do not see the tables; `python -m tools.stubs` writes this
    from . import public_linalg as linalg
    from .public import *  # noqa: F403 - all that follows from tables
else:
    from .nodes import linalg

__version__ = "0.2.0"
globals().update(_PUBLIC)
for _gate in _GATES.values():
    if _gate.public and _of(_gate).strided and _gate.name not in _PUBLIC:
        globals()[_gate.name] = _elementwise(_gate)

_public = [name for name, value in globals().items() if name[0] != "_" and (value is linalg or not isinstance(value, _ModuleType))]
__all__ = [name for name in _public if name not in vars(_builtins)]
"""All public names but those that would hide Python's own, such as `sum`, after `from staticgraph import *`."""


def __dir__() -> list[str]:
    """Return the public names, without the rooms that hold them."""
    return sorted([*_public, *(name for name in globals() if name[:2] == "__")])

