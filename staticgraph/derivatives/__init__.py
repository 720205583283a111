"""Derivatives as graphs: nodes in, nodes out."""

from . import cumulative, custom, scans

__all__ = ["cumulative", "custom", "scans"]
