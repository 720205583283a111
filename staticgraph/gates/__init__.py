"""What each gate computes, and its gradient. A file of this folder that declares gates needs no mention anywhere."""

import pkgutil
from importlib import import_module

from .passing_on import passing_on
from .registry import BY_OPCODE, CONTRACTION, CUSTOM, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate, check_rules, declared
from .scan import SCAN, scan
from .slopes import find, slope, slope_reads

__all__ = [
    "BY_OPCODE", "CONTRACTION", "CUSTOM", "ELEMENTWISE", "GATES", "LAYOUT", "REDUCTION", "SCAN", "Gate", "find", "slope", "slope_reads",
]  # fmt: skip

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)
declared(scan, {})
declared(passing_on, {})

check_rules()
