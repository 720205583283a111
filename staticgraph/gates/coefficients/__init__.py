"""Polynomials and constants that the kernels of elementary functions are made of; `tools/coefficients.py` derives them."""
