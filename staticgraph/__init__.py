"""Computational graphs, compiled once and evaluated with their gradients over batches."""

import builtins
from typing import TYPE_CHECKING, Any

from .calling.compiling import compile
from .calling.elementwise import Elementwise
from .calling.function import Function
from .calling.timings import Profile, Timing
from .calling.tracing import function
from .derivatives.custom import custom_gradient
from .derivatives.matrices import hessian, jacobian
from .derivatives.products import gradient, jvp, vjp
from .gates import ELEMENTWISE, GATES
from .nodes import linalg
from .nodes.array_functions import (
    broadcast_to,
    clip,
    concatenate,
    dot,
    logsumexp,
    matmul,
    max,
    mean,
    min,
    norm,
    outer,
    prod,
    ravel,
    reshape,
    select,
    softmax,
    stack,
    sum,
    transpose,
    where,
)  # fmt: skip  # isort: skip
from .nodes.graph import Graph
from .nodes.leaves import constant, data, input, inputs, parameter
from .nodes.node import Node
from .program.program import Program
from .running.choice import get_engine, set_engine
from .running.threads import get_num_threads, set_num_threads

__all__ = [
    "Function",
    "Graph",
    "Node",
    "Profile",
    "Program",
    "Timing",
    "broadcast_to",
    "clip",
    "compile",
    "concatenate",
    "constant",
    "custom_gradient",
    "data",
    "dot",
    "function",
    "get_engine",
    "get_num_threads",
    "gradient",
    "hessian",
    "input",
    "inputs",
    "jacobian",
    "jvp",
    "linalg",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "norm",
    "outer",
    "parameter",
    "prod",
    "ravel",
    "reshape",
    "select",
    "set_engine",
    "set_num_threads",
    "softmax",
    "stack",
    "sum",
    "transpose",
    "vjp",
    "where",
]  # fmt: skip

for _gate in GATES.values():
    if _gate.public and _gate.kind == ELEMENTWISE and _gate.name not in __all__:
        globals()[_gate.name] = Elementwise(_gate)
        __all__.append(_gate.name)

__all__ = [name for name in __all__ if name not in vars(builtins)]  # `from staticgraph import *` must not hide Python's sum

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Tell type checkers that the gates are here, which follow from their table."""
