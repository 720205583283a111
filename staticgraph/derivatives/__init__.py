"""Derivatives as graphs: nodes in, nodes out."""

from . import custom

__all__ = ["custom"]
