"""What the loops that run compiled code and that code itself agree on: the frame, and the table of functions."""

UNIFORMS, ACCUMULATORS, SCRATCH, STAGED, KERNEL = range(5)
"""The first entries of a frame, the table of addresses that every function is given: the uniform tile, the accumulators, scratch and
staging memory, and from `KERNEL` on the kernels for products of matrices (then the arrays follow, see `native.frame`)."""
OPENING, BODY, CLOSING, LAST, VECTORS, LEFT, CODE_WORDS = range(7)
"""The table of a program's functions: where the addresses begin of those that run the prologue, the body and the prologue backward, and
where the last ones end; for how many vectors of rows, at most, those of the body run one after another; and how many instructions of the
prologue are left to the machine. Then the addresses follow."""
