"""Linear algebra, under NumPy's name: `linalg.norm`."""

from .array_functions import norm

__all__ = ["norm"]
