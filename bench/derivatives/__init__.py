"""Jacobian and Hessian matrices, and products with them, measured: ours on both engines, and against JAX, CasADi and asdex."""

from .cases import CASES, Derivative, case

__all__ = ["CASES", "Derivative", "case"]
