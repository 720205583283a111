"""Packed values: uniform leaves that only products of the body read take one element each in the uniform tile, not a vector."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..kinds import of
from .numbered import Numbered

Array = np.ndarray[Any, Any]


def find_packed(numbered: Numbered, in_body: Sequence[int], leaves: Sequence[int], operations: Sequence[int]) -> Array:
    """Return for each node whether it is packed.

    Parameters
    ----------
    numbered : Numbered
    in_body : sequence of int
        For each node whether it is stored in the body's tile.
    leaves : sequence of int
        The constants and leaves.
    operations : sequence of int
        What is computed, in the body or before it.
    """
    packed = np.zeros(len(numbered.nodes), bool)
    products = {number for number in operations if in_body[number] and _packs(numbered.nodes[number].gate)}
    if products:
        packed[[leaf for leaf in leaves if not in_body[leaf]]] = True
        others, _ = numbered.operands_of([number for number in operations if number not in products])
        packed[numbered.roots[others]] = False
    return packed


def _packs(gate: Gate | None) -> bool:
    return gate is not None and of(gate).packs
