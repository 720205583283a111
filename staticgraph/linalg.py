"""Linear algebra, under NumPy's name: `linalg.norm`."""

from .functions import norm

__all__ = ["norm"]
