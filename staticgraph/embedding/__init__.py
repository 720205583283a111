"""Compiled functions outside Python: at addresses, in object files, as C, and inside Numba's functions."""
