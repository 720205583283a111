"""How the graph is made smaller, without changing what it computes."""

from .contractions import contracted
from .rewrite import simplify

__all__ = ["contracted", "simplify"]
