"""How the graph is made smaller, without changing what it computes."""

from .rewrite import simplify

__all__ = ["simplify"]
