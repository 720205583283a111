"""What each gate computes, and its gradient."""

from . import activation, arithmetic, elementary, gamma, linear, normal, reduction, selection
from .registry import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, find

__all__ = [
    "CONTRACTION", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "Gate",
    "activation", "arithmetic", "elementary", "find", "gamma", "linear", "normal", "reduction", "selection",
]  # fmt: skip

check_rules()
