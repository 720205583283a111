"""The interpreter: what surrounds the kernels."""
