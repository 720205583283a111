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
from .registry import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, find

__all__ = [
    "CONTRACTION", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "Gate",
    "activation", "arithmetic", "exponential", "find", "gamma", "hyperbolic", "inverse_trigonometric", "linear", "logarithm", "normal",
    "powers", "reduction", "selection", "trigonometric",
]  # fmt: skip

check_rules()
