"""Derivatives as graphs: nodes in, nodes out."""

from . import cumulative, custom

__all__ = ["cumulative", "custom"]
