"""What each gate computes, and its gradient."""

from . import activation, arithmetic, elementary, exponential, hyperbolic, linear, logarithm, powers, reduction, selection, special
from .registry import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, find

__all__ = [
    "CONTRACTION", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "Gate",
    "activation", "arithmetic", "elementary", "exponential", "find", "hyperbolic", "linear", "logarithm", "powers", "reduction",
    "selection", "special",
]  # fmt: skip

check_rules()
