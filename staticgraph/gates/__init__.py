"""What each gate computes, and its gradient."""

from . import activation, arithmetic, elementary, linear, reduction, selection, special
from .registry import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, find

__all__ = [
    "CONTRACTION", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "Gate",
    "activation", "arithmetic", "elementary", "find", "linear", "reduction", "selection", "special",
]  # fmt: skip

check_rules()
