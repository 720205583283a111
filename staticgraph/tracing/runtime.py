"""What rewritten code reaches, by name."""

from . import complex_numbers, control, layout, lookups
from .array import HOOKS

HOOKS["both"] = control.both
DECLARING = (complex_numbers, layout)
"""Modules that declare what NumPy's functions do, by being imported."""
for _module, _names in (
    (control, ("attempt", "both", "branch", "choose", "either", "guard", "loop", "negation", "over")),
    (lookups, ("attribute", "augmented", "call", "chain", "formatted", "load", "store", "update")),
):
    for _name in _names:
        setattr(lookups.RUNTIME, _name, getattr(_module, _name))
