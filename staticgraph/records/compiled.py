"""What the loops that run compiled code and that code itself agree on: the frame, and the table of functions."""

UNIFORMS, ELEMENTS, ACCUMULATORS, SCRATCH, STAGED, KERNEL = range(6)
"""The first entries of a frame, the table of addresses that every function is given: the uniform tile, the same with one element a row
(see `lanes.narrowing`), the accumulators, scratch and staging memory, and from `KERNEL` on the kernels for products of matrices (then the
arrays follow, see `native.frame`)."""
FIRST, LAST, VECTORS, STREAMED, UNIFORM_ROWS, CODE_WORDS = range(6)
"""The table of a program's functions: where their addresses begin and end; for how many vectors of rows, at most, they run one after
another; from how many rows of the batch on results that may stream do so; and how many rows the uniform tile has, behind which the same
stand as elements. Then the addresses follow."""
STREAMING = -(1 << 63)
"""What is added to the address of a result in the frame, where it streams past the caches: no address is that high."""
