"""The kinds of gates: each is an object, in a file of its own, that everybody asks who has to do with gates of the kind."""

import pkgutil
from importlib import import_module

from ..gates import GATES
from .kind import KINDS, Kind, contributions, is_elementary, moves_elements, of, opcodes_with, receiving, serving, vanishes

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

for _gate in GATES.values():
    if _gate.kind not in KINDS:
        raise TypeError(f"gate {_gate.name!r} is of the kind {_gate.kind!r}, of which there is none: expected one of {', '.join(KINDS)}")

__all__ = ["KINDS", "Kind", "contributions", "is_elementary", "moves_elements", "of", "opcodes_with", "receiving", "serving", "vanishes"]
