"""What rewritten code reaches, by name."""

from . import complex_inverses, complex_numbers, control, creating, layout, lookups, loops, repetition, scans, variables
from .array import HOOKS

HOOKS["both"] = control.both
DECLARING = (complex_inverses, complex_numbers, layout, scans)
"""Modules that declare what NumPy's functions do, by being imported."""
for _module, _names in (
    (control, ("all_hold", "any_holds", "attempt", "both", "branch", "choose", "either", "guard", "is_truth", "negation")),
    (loops, ("loop", "over")),
    (repetition, ("repetition",)),
    (lookups, ("call",)),
    (creating, ("load",)),
    (variables, ("attribute", "augmented", "chain", "formatted", "item", "store", "update")),
):
    for _name in _names:
        setattr(lookups.RUNTIME, _name, getattr(_module, _name))
