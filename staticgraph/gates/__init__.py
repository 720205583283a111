"""What each gate computes, and its gradient."""

from . import (
    activation,
    arithmetic,
    exponential,
    hyperbolic,
    inverse_trigonometric,
    linear,
    logarithm,
    powers,
    reduction,
    selection,
    special,
    trigonometric,
)
from .registry import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, find

__all__ = [
    "CONTRACTION", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "Gate",
    "activation", "arithmetic", "exponential", "find", "hyperbolic", "inverse_trigonometric", "linear", "logarithm", "powers",
    "reduction", "selection", "special", "trigonometric",
]  # fmt: skip

check_rules()
