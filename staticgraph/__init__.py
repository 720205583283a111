"""Computational graphs, compiled once and evaluated with their gradients over batches."""

from . import linalg
from .compiling import compile, function
from .function import Function
from .functions import (
    broadcast_to, clip, concatenate, dot, logsumexp, matmul, max, mean, min, norm, outer, prod, ravel, reshape, select, softmax, stack,
    sum, transpose, where,
)  # fmt: skip
from .gates.activation import relu, sigmoid, softplus
from .gates.arithmetic import abs_ as abs
from .gates.arithmetic import add, divide, multiply, negative, reciprocal, sign, sqrt, square, stop_gradient, subtract
from .gates.elementary import (
    arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, cos, cosh, exp, exp2, expm1, hypot, log, log1p, log2, log10, power,
    sin, sinh, tan, tanh,
)  # fmt: skip
from .gates.selection import (
    equal, greater, greater_equal, isnan, less, less_equal, logical_and, logical_not, logical_or, maximum, minimum, not_equal,
)  # fmt: skip
from .gates.special import digamma, erf, erfc, lgamma, log_ndtr, ndtr
from .graph import Graph
from .leaves import constant, input, inputs, parameter
from .node import Node
from .program import Program
from .threads import get_num_threads, set_num_threads

__all__ = [
    "Function",
    "Graph",
    "Node",
    "Program",
    "abs",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "broadcast_to",
    "cbrt",
    "clip",
    "compile",
    "concatenate",
    "constant",
    "cos",
    "cosh",
    "digamma",
    "divide",
    "dot",
    "equal",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "function",
    "get_num_threads",
    "greater",
    "greater_equal",
    "hypot",
    "input",
    "inputs",
    "isnan",
    "less",
    "less_equal",
    "lgamma",
    "linalg",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_ndtr",
    "logical_and",
    "logical_not",
    "logical_or",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "multiply",
    "ndtr",
    "negative",
    "norm",
    "not_equal",
    "outer",
    "parameter",
    "power",
    "prod",
    "ravel",
    "reciprocal",
    "relu",
    "reshape",
    "select",
    "set_num_threads",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "square",
    "stack",
    "stop_gradient",
    "subtract",
    "sum",
    "tan",
    "tanh",
    "transpose",
    "where",
]
