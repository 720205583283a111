"""How the graph is made smaller, without changing what it computes."""

from .contractions import contracted
from .rewrite import simplify
from .uniform_gradients import summed_first

__all__ = ["contracted", "simplify", "summed_first"]
