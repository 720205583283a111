"""What each gate computes, and its gradient."""

from . import (
    activation,
    arithmetic,
    exponential,
    gamma,
    hyperbolic,
    inverse_trigonometric,
    linear,
    logarithm,
    normal,
    powers,
    reduction,
    selection,
    trigonometric,
)
from .registry import BY_OPCODE, CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, find, of_kind

__all__ = [
    "BY_OPCODE", "CONTRACTION", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "Gate",
    "activation", "arithmetic", "exponential", "find", "gamma", "hyperbolic", "inverse_trigonometric", "linear", "logarithm", "normal",
    "of_kind", "powers", "reduction", "selection", "trigonometric",
]  # fmt: skip

check_rules()
