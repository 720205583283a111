"""What each gate computes, and its gradient."""

from . import (
    activation,
    arithmetic,
    chain,
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
    slopes_of_powers,
    trigonometric,
)
from .custom import custom
from .registry import BY_OPCODE, CONTRACTION, CUSTOM, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, of_kind
from .slopes import find, slope, slope_reads

__all__ = [
    "BY_OPCODE", "CONTRACTION", "CUSTOM", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "Gate",
    "activation", "arithmetic", "chain", "custom", "exponential", "find", "gamma", "hyperbolic", "inverse_trigonometric", "linear",
    "logarithm", "normal", "of_kind", "powers", "reduction", "selection", "slope", "slope_reads", "slopes_of_powers", "trigonometric",
]  # fmt: skip

check_rules()
