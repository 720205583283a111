"""What rewritten code reaches, by name."""

from . import complex_inverses, complex_numbers, control, creating, layout, lookups, loops, scans, variables
from .array import HOOKS

HOOKS["both"] = control.both
DECLARING = (complex_inverses, complex_numbers, layout, scans)
"""Modules that declare what NumPy's functions do, by being imported."""
for _module, _names in (
    (control, ("all_hold", "any_holds", "attempt", "both", "branch", "choose", "either", "guard", "is_truth", "negation")),
    (loops, ("loop", "over")),
    (lookups, ("call",)),
    (creating, ("load",)),
    (variables, ("attribute", "augmented", "chain", "formatted", "store", "update")),
):
    for _name in _names:
        setattr(lookups.RUNTIME, _name, getattr(_module, _name))
