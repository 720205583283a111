"""All functions of nodes: importing the modules that declare them puts them under `sg.` and into the table of NumPy's functions."""

from . import (
    choices,
    creation,
    einsum,
    elementary,
    incomplete,
    layout,
    linalg,
    moves,
    products,
    reductions,
    scanning,
    sequences,
    sorting,
    special_functions,
    statistics,
    ufunc_methods,
)

MODULES = (
    choices, creation, einsum, elementary, incomplete, layout, linalg, moves, products, reductions, scanning, sequences, sorting,
    special_functions, statistics, ufunc_methods,
)  # fmt: skip
