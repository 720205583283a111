"""The data flow of a program: what stands in each row whenever it is read, forward and backward."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..records.instruction import FIRST, MODE, PACKED, SKIP, SOURCE, STORE, TARGET
from .events import GRADIENT, NEED_GRADIENT, NEED_SAME, NEED_THIS, NEED_VALUE, NO_NEED, NOTHING, UNCHANGED, Events
from .program import Program
from .runs import of_both_kinds, ramp, runs

Array = np.ndarray[Any, Any]
OPERANDS, TARGETS = ("a", "b", "c"), ("to_a", "to_b", "to_c")

_operands, _targets = np.array(OPERANDS, object), np.array(TARGETS, object)
_first = np.array(FIRST)[:, None]


@dataclass(frozen=True)
class Checked:
    """The fields of a program's instructions as arrays, those of its three operands together, and how many rows they mean.

    `clear`, `tabled` and `repeats` tell which instructions clear gradients, read the table and repeat others; `reads` for each instruction
    and operand whether its contribution reads the operands and, last, the value.
    """

    fields: dict[str, Array]
    operands: Array
    targets: Array
    clear: Array
    tabled: Array
    repeats: Array
    present: Array
    serves: Array
    reads: Array
    sizes: Array
    operand_sizes: Array


def blocks_of(records: Iterable[Any], field: str) -> tuple[Array, Array]:
    """Return the first rows, or accumulators, that a field of some records names, and how many; records without them are left out."""
    found = np.array([(first, each.size) for each in records if (first := getattr(each, field)) is not None]).reshape(-1, 2)
    if len(found) and found.dtype.kind != "i":
        raise ValueError(f"invalid program: field {field!r} of a leaf, an output or a site: expected ints")
    first, sizes = found.astype(np.int64).T
    return first, sizes


def add_section(program: Program, checked: Checked, section: Events, tiles: dict[bool, Events], numbers: Array) -> None:
    """Add the events of a section's instructions, which go by their numbers in the program; `tiles` has the uniform and the packed one.

    Rows are reused as soon as they are free, so it is not enough that a row has been written: a read must find what it is meant to find.
    """
    fields, sizes = checked.fields, checked.sizes
    forward, backward = moments(len(program))
    needs, out, gradient = fields["backward"], fields["out"], fields["gradient"]
    cleared, computing = numbers[checked.clear[numbers]], numbers[~checked.clear[numbers]]
    section.add("out", out[computing], sizes[computing], forward[computing] + 1, computing)
    section.add("gradient", gradient[cleared], sizes[cleared], backward[cleared], GRADIENT)
    # Backward reads the upstream gradient and, if the rule asks for it, the value of this very instruction, not of one that took its rows.
    active = computing[needs[computing] != 0]
    reads = np.any(checked.reads & checked.serves.T[:, :, None], 1).T
    section.add("gradient", gradient[active], sizes[active], backward[active], UNCHANGED, NEED_GRADIENT, active)
    own = active[reads[3, active]]
    section.add("out", out[own], sizes[own], backward[own], UNCHANGED, NEED_THIS, own, own)
    # Operands lie in this tile, in the uniform one or in its packed part. Forward any value will do, as no field says which
    # is meant. Backward must find the same one again: its event names the forward event.
    which, place = np.nonzero(checked.present[:, numbers])
    place = numbers[place]
    uniform_rows, packed = checked.operands[which, place] < 0, fields["flags"][place] & PACKED != 0
    chosen_of = ((section, ~uniform_rows), (tiles[False], uniform_rows & ~packed), (tiles[True], uniform_rows & packed))
    for where, chosen in chosen_of:
        number, at = which[chosen], place[chosen]
        rows, count = checked.operands[number, at], checked.operand_sizes[number, at]
        rows = np.where(rows < 0, ~rows, rows)
        seen = where.add(_operands[number], rows, count, forward[at], UNCHANGED, NEED_VALUE, at)
        again = np.flatnonzero(reads[number, at])
        at = at[again]
        where.add(_operands[number[again]], rows[again], count[again], backward[at], UNCHANGED, NEED_SAME, at, seen[again])
    # Contributions go to gradient rows one operand after another, as two may go to the same. Accumulators are the matter of `_check_sites`.
    which, place = np.nonzero((checked.serves & (checked.targets >= 0))[:, numbers])
    place = numbers[place]
    stores = fields["flags"][place] & _first[which, 0] != 0
    rows, count = checked.targets[which, place], checked.operand_sizes[which, place]
    _contribute(section, _targets[which], rows, count, backward[place] + 1 + which, stores, place)
    _tables(program, checked, section, tiles[False], numbers[checked.tabled[numbers]])
    # Passed on, a gradient is dead: what would still read or add to it finds nothing.
    section.add("gradient", gradient[active], sizes[active], backward[active] + 6, NOTHING)


def moments(count: int) -> tuple[Array, Array]:
    """Return the clock of the proof: when each of a program's instructions begins forward, and when backward.

    Times are whole numbers, so that one sort orders all events of a row. An instruction takes several, as its own reads and writes have
    an order; some are spare.

    - Forward it has 4: at 0 operands are read, at 1 the result is written. All `count` of them end at `4 * count`, when outputs are read; a
      moment later their upstream gradients enter.
    - Backward it has 8, the last instruction first, from `4 * count + 2` on: at 0 the upstream gradient and values are read, or gradient
      rows are cleared; at 1, 2 and 3 the contributions to operands `a`, `b` and `c` are written; at 6 the upstream gradient is dead.
    - One moment before the prologue's first turn backward the sums over rows enter. Gradients of leaves are read after all instructions.
    """
    numbers = np.arange(count)
    return 4 * numbers, 4 * count + 2 + 8 * (count - 1 - numbers)


def _contribute(section: Events, label: Any, rows: Array, sizes: Array, times: Array, stores: Array, owner: Array) -> None:
    """Add contributions to gradients: what stores begins one, what adds needs one."""
    section.add(label, rows, sizes, times, np.where(stores, GRADIENT, UNCHANGED), np.where(stores, NO_NEED, NEED_GRADIENT), owner)


def _tables(program: Program, checked: Checked, section: Events, uniform: Events, layout: Array) -> None:
    """Add the events of layout instructions, entry by entry."""
    rows = checked.fields["rows"][layout]
    owner = np.repeat(layout, rows)
    entries = program.table[ramp(checked.fields["table"][layout], rows)].astype(np.int64)
    source, target, mode = entries[:, SOURCE], entries[:, TARGET], entries[:, MODE]
    in_body = section is not uniform
    limits = (section.rows, uniform.rows * in_body, section.rows, program.slots * in_body)
    wrong = (source >= limits[0]) | (~source >= limits[1]) & (source < 0)
    wrong |= (mode != SKIP) & ((target >= limits[2]) | (~target >= limits[3]) & (target < 0))
    wrong |= (mode < SKIP) | (mode > STORE) | (mode == STORE) & (target < 0)
    if np.any(wrong):
        number = owner[int(np.argmax(wrong))]
        raise ValueError(f"invalid program: instruction {number}: field 'table': an entry has an unknown mode, or names no row of the tile")
    forward, backward = moments(len(program))
    for where, row, chosen in ((section, source, source >= 0), (uniform, ~source, source < 0)):
        first, sizes, at, _ = runs(row[chosen], owner[chosen], mode[chosen] * 0)
        where.add("table", first, sizes, forward[at], UNCHANGED, NEED_VALUE, at)
    writes = np.flatnonzero((checked.fields["backward"][owner] != 0) & (mode != SKIP) & (target >= 0))
    written = target[writes], owner[writes], mode[writes] == STORE
    ordered = of_both_kinds(*written)
    first, at, stores = (each[ordered] for each in written)
    _contribute(section, "table", first, np.ones_like(first), backward[at] + 1, stores, at)
    first, sizes, at, stores = runs(*(each[~ordered] for each in written))
    _contribute(section, "table", first, sizes, backward[at] + 1, stores, at)
