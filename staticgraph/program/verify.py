"""Proof that a program may run: the machine trusts verified programs only.

First the arrays are checked to be what the machine reads at their addresses, and every field of every instruction to be in range, and 0
where the opcode does not use it. Then follows a data-flow analysis, forward and backward, of what stands in each row (`events`, in the time
of `moments`): nothing is read before it is written, backward reads what forward read, a gradient is complete before it is passed on, and an
output holds the value of its own instruction (so that a program that lost an instruction is not taken for another one).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..gates import BY_OPCODE, CONTRACTION, ELEMENTWISE, LAYOUT, REDUCTION
from ..gates.analysis import VALUE, contributions, receiving
from ..instruction import BY_VECTOR, CLEAR, FIRST, FLAT, GUARD, INSTRUCTION, LENGTHS, MODE, PACKED, SKIP, SOURCE, STORE, STRIDE, TARGET
from .events import GRADIENT, HELD, NEED_GRADIENT, NEED_SAME, NEED_THIS, NEED_VALUE, NO_NEED, NOTHING, UNCHANGED, Events
from .program import Program
from .runs import joined, of_both_kinds, ramp, runs

Array = np.ndarray[Any, Any]
OPERANDS, TARGETS = ("a", "b", "c"), ("to_a", "to_b", "to_c")
SIZES = ("prologue", "rows", "uniforms", "slots", "elements", "lanes")
LIMIT = 1 << 31
"""Fields are 32-bit integers."""

_three = np.arange(3)[:, None]
_operands, _targets = np.array(OPERANDS, object), np.array(TARGETS, object)
_stride, _first = np.array(STRIDE)[:, None], np.array(FIRST)[:, None]

_ELEMENTWISE, _REDUCTION, _CONTRACTION, _LAYOUT = range(1, 5)


class _Gates(NamedTuple):
    """What is known of gates, by their opcodes.

    `possible` are the operands that may receive a gradient, one bit each; `reads` tells for each operand what its contribution reads: the
    operands, and last the value.
    """

    kind: Array
    arity: Array
    possible: Array
    reads: Array


@cache
def _gates(count: int) -> _Gates:
    """Return what is known of so many gates: all of them, of which there may be more than a moment ago."""
    kinds = (ELEMENTWISE, REDUCTION, CONTRACTION, LAYOUT)
    kind = np.array([CLEAR if gate is None else kinds.index(gate.kind) + 1 for gate in BY_OPCODE])
    arity = np.array([0 if gate is None or gate.kind == LAYOUT else gate.arity for gate in BY_OPCODE])
    possible, reads = np.ones(count, np.int64), np.zeros((count, 3, 4), bool)
    for opcode, gate in enumerate(BY_OPCODE):
        if gate is None or gate.kind == LAYOUT:
            continue
        possible[opcode] = receiving(gate)
        for number, each in enumerate(contributions(gate)):
            for read in () if each is None else each.reads:
                if isinstance(read, int):
                    reads[opcode, number, read] = True
                elif read == VALUE:
                    reads[opcode, number, 3] = True
    return _Gates(kind, arity, possible, reads)


def require(good: Array, field: str | tuple[str, ...], values: Array, expected: str) -> None:
    """Raise `ValueError` for the first instruction where a field, or one of some fields, is not as expected."""
    if not np.all(good):
        number, position = divmod(int(np.argmin(good)), good.shape[-1])
        name, found = (field, values[position]) if isinstance(field, str) else (field[number], values[number, position])
        raise ValueError(
            f"invalid program: instruction {position}: field {name!r} = {found}, expected {expected}; "
            "a program is made by compile and never changed"
        )


@dataclass(frozen=True)
class Checked:
    """The fields of a program's instructions as arrays, those of its three operands together, and how many rows they mean."""

    fields: dict[str, Array]
    operands: Array
    targets: Array
    kind: Array
    present: Array
    serves: Array
    sizes: Array
    operand_sizes: Array


def verify(program: Program) -> None:
    """Check a program; `ValueError` naming the instruction and its field if it is not valid."""
    _check_forms(program)
    checked = _check_fields(program)
    _check_sites(program, checked)
    _follow(program, checked)


def _check_forms(program: Program) -> None:
    """Check that numbers and arrays are of the kind that the machine reads."""
    for name in SIZES:
        number = getattr(program, name)
        if type(number) is not int or not 0 <= number < LIMIT:
            raise ValueError(f"invalid program: {name} = {number!r}, expected an int from 0 to {LIMIT - 1}")
    dtype = program.constants.dtype if program.constants.dtype in (np.float64, np.float32) else np.dtype(np.float64)
    forms = {"instructions": (INSTRUCTION, ()), "table": (np.dtype(np.int32), (3,)), "packed": (dtype, ()), "constants": (dtype, ())}
    for name, (expected, columns) in forms.items():
        array = getattr(program, name)
        laid_out = array.ndim and array.flags.c_contiguous and array.flags.aligned and array.ctypes.data % 4 == 0
        if array.dtype != expected or array.shape[1:] != columns or not laid_out:
            raise ValueError(
                f"invalid program: {name}: an array of {array.dtype} of shape {array.shape} and strides {array.strides}, "
                f"expected a contiguous one of {expected} of shape {('length', *columns)}"
            )
    if any(leaf.packed for leaf in program.inputs):
        raise ValueError("invalid program: inputs: a leaf that differs from row to row cannot be packed")
    if program.prologue > len(program):
        raise ValueError(f"invalid program: a prologue of {program.prologue} instructions in a program of {len(program)}")
    if program.lanes == 0 or program.lanes % program.width:
        raise ValueError(f"invalid program: {program.lanes} lanes, expected a positive multiple of {program.width}")


def _check_fields(program: Program) -> Checked:
    """Check every field by itself."""
    names = INSTRUCTION.names or ()
    words = program.instructions.view(np.int32).reshape(-1, len(names)).T.astype(np.int64)
    fields = dict(zip(names, words, strict=True))
    operands, targets = (words[names.index(group[0]) : names.index(group[-1]) + 1] for group in (OPERANDS, TARGETS))
    opcode, needs, flags = fields["opcode"], fields["backward"], fields["flags"]
    require((opcode >= 0) & (opcode < len(BY_OPCODE)), "opcode", opcode, f"0 to {len(BY_OPCODE) - 1}")
    known = _gates(len(BY_OPCODE))
    kind, present = known.kind[opcode], known.arity[opcode] > _three
    elementwise, layout, clear = kind == _ELEMENTWISE, kind == _LAYOUT, kind == CLEAR
    require(fields["reserved"] == 0, "reserved", fields["reserved"], "0")
    lengths = np.array([fields[name] for name in LENGTHS])
    require(lengths >= 0, LENGTHS, lengths, "no negative number")
    shaped = (kind == _REDUCTION) | (kind == _CONTRACTION)
    require(shaped | (lengths[1:] == 1), LENGTHS[1:], lengths[1:], "1")
    require((needs >= 0) & (needs & ~known.possible[opcode] == 0) & (~clear | (needs == 1)), "backward", needs, "operands that may receive")
    serves = (needs >> _three & 1 == 1) & ~(layout | clear)
    require(present | (operands == 0), OPERANDS, operands, "0")
    require(serves | (targets == 0), TARGETS, targets, "0")
    require((needs != 0) | (fields["gradient"] == 0), "gradient", fields["gradient"], "0")
    require(~clear | (fields["out"] == 0), "out", fields["out"], "0")
    require(layout | (fields["table"] == 0), "table", fields["table"], "0")
    allowed = np.where(serves.any(0), GUARD, 0) + np.where(elementwise, FLAT | BY_VECTOR, 0)
    allowed += (serves * _first).sum(0) + (elementwise * present * _stride).sum(0)
    allowed += np.where((kind == _CONTRACTION) & ((operands < 0).sum(0) == 1), PACKED, 0)
    require(flags & ~allowed == 0, "flags", flags, "only flags that apply")
    moves = flags & _stride != 0
    flat = np.all(~present | (moves != (operands < 0)), 0) | (fields["rows"] == 1)
    require(~elementwise | ((flags & FLAT != 0) == flat), "flags", flags, "FLAT exactly where one loop covers all rows")
    by_vector = elementwise & np.any(~moves & serves & (targets < 0), 0) & (fields["rows"] > 1)
    require((flags & BY_VECTOR != 0) == by_vector, "flags", flags, "BY_VECTOR exactly where all rows add to one accumulator")
    return _sized(program, fields, operands, targets, kind, present, serves)


def _sized(
    program: Program, fields: dict[str, Array], operands: Array, targets: Array, kind: Array, present: Array, serves: Array
) -> Checked:  # fmt: skip
    """Return the fields with how many rows operands and results have, checked against the tiles."""
    rows, length, columns, flags = fields["rows"], fields["length"], fields["columns"], fields["flags"]
    body = np.arange(len(rows)) >= program.prologue
    limit = np.where(body, program.rows, program.uniforms)
    size = rows * columns
    for name in ("out", "gradient"):
        require((fields[name] >= 0) & (fields[name] + size <= limit), name, fields[name], "a row of the tile")
    strips = np.where(flags & _stride != 0, rows, np.minimum(rows, 1))
    matrices = np.array([rows * length, length * columns, 0 * rows])
    sizes = present * np.select([kind == _REDUCTION, kind == _CONTRACTION], [size * length, matrices], strips)
    require((operands >= 0) | body, OPERANDS, operands, "no uniform row in the prologue")
    most = np.where(operands < 0, np.where(flags & PACKED != 0, program.elements, program.uniforms), limit)
    require(np.where(operands < 0, ~operands, operands) + sizes <= most, OPERANDS, operands, "a row of the tile")
    require((targets >= 0) | body, TARGETS, targets, "no accumulator in the prologue")
    require((targets >= 0) | (flags & _first == 0), TARGETS, targets, "no store to an accumulator")
    most = np.where(targets < 0, program.slots, limit)
    require(np.where(targets < 0, ~targets, targets) + sizes * serves <= most, TARGETS, targets, "a row of the tile")
    apart = ~present | (operands < 0) | (operands + sizes <= fields["out"]) | (fields["out"] + size <= operands)
    require(np.all(apart, 0), "out", fields["out"], "rows apart from those of its operands")
    entries = np.where(kind == _LAYOUT, rows, 0)
    require((fields["table"] >= 0) & (fields["table"] + entries <= len(program.table)), "table", fields["table"], "an entry of the table")
    return Checked(fields, operands, targets, kind, present, serves, size, sizes)


def _blocks(records: Iterable[Any], field: str) -> tuple[Array, Array]:
    """Return the first rows, or accumulators, that a field of some records names, and how many; records without them are left out."""
    found = np.array([(first, each.size) for each in records if (first := getattr(each, field)) is not None]).reshape(-1, 2)
    if len(found) and found.dtype.kind != "i":
        raise ValueError(f"invalid program: field {field!r} of a leaf, an output or a site: expected ints")
    first, sizes = found.astype(np.int64).T
    return first, sizes


def _check_sites(program: Program, checked: Checked) -> None:
    """Check that every accumulator belongs to one site, and that one place adds to it: matrix products, or anything else once."""
    first, sizes = _blocks(program.shared, "slot")
    ends = np.cumsum(sizes)
    if np.any((sizes < 0) | (sizes > program.slots)) or np.any(first != ends - sizes) or sizes.sum() != program.slots:
        raise ValueError(f"invalid program: shared: expected sites one after another, of all {program.slots} accumulators")
    entries = program.table[(program.table[:, MODE] != SKIP) & (program.table[:, TARGET] < 0), TARGET].astype(np.int64)
    adding = checked.serves & (checked.targets < 0)
    product = adding & (checked.kind == _CONTRACTION)
    first, ends = joined(~checked.targets[product], checked.operand_sizes[product])
    alone = adding & ~product
    first = np.concatenate([~entries, ~checked.targets[alone], first])
    ends = np.concatenate([~entries + 1, ~checked.targets[alone] + checked.operand_sizes[alone], ends])
    order = np.argsort(first)
    if np.any(ends > program.slots) or np.any(first[order][1:] < ends[order][:-1]):
        raise ValueError("invalid program: two places add to one accumulator, or there is no such accumulator")


def _follow(program: Program, checked: Checked) -> None:
    """Check what stands in the rows whenever they are read."""
    # Leaves and constants stand there before all instructions, at -1. The other times that are no instruction's: see `moments`.
    count, split = len(program), program.prologue
    body, uniform, packed = Events(program.rows), Events(program.uniforms, program.packed_rows), Events(program.elements)
    packed.add("packed", np.zeros(1, np.int64), len(program.packed), -1, HELD)
    uniform.add("constants", np.full(1, program.packed_rows), len(program.constants), -1, HELD)
    tiles = {False: uniform, True: packed}
    body.add("leaf", *_blocks(program.inputs, "row"), -1, HELD)
    for kind, tile in tiles.items():
        tile.add("leaf", *_blocks([leaf for leaf in program.parameters if leaf.packed == kind], "row"), -1, HELD)
    for section, numbers in ((uniform, np.arange(split)), (body, np.arange(split, count))):
        if len(numbers):
            _section(program, checked, section, tiles, numbers)
    made_by, _ = _blocks(program.outputs, "instruction")
    body.add("output", *_blocks(program.outputs, "row"), 4 * count, UNCHANGED, NEED_THIS, count, made_by)
    body.add("output", *_blocks(program.outputs, "gradient"), 4 * count + 1, GRADIENT)
    uniform.add("shared", *_blocks(program.shared, "gradient"), 4 * count + 2 + 8 * (count - split) - 1, GRADIENT)
    for section, leaves in ((body, program.inputs), (uniform, program.parameters)):
        section.add("leaf", *_blocks(leaves, "gradient"), 4 * count + 2 + 8 * count, UNCHANGED, NEED_GRADIENT, count)
    for section in (body, uniform, packed):
        section.check()


def _section(program: Program, checked: Checked, section: Events, tiles: dict[bool, Events], numbers: Array) -> None:
    """Add the events of a section's instructions, which go by their numbers in the program; `tiles` has the uniform and the packed one.

    Rows are reused as soon as they are free, so it is not enough that a row has been written: a read must find what it is meant to find.
    """
    fields, sizes, kind = checked.fields, checked.sizes, checked.kind
    forward, backward = moments(len(program))
    opcode, needs, out, gradient = fields["opcode"], fields["backward"], fields["out"], fields["gradient"]
    cleared, computing = numbers[kind[numbers] == CLEAR], numbers[kind[numbers] != CLEAR]
    section.add("out", out[computing], sizes[computing], forward[computing] + 1, computing)
    section.add("gradient", gradient[cleared], sizes[cleared], backward[cleared], GRADIENT)
    # Backward reads the upstream gradient and, if the rule asks for it, the value of this very instruction, not of one that took its rows.
    active = computing[needs[computing] != 0]
    reads = np.any(_gates(len(BY_OPCODE)).reads[opcode] & checked.serves.T[:, :, None], 1).T
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
    _tables(program, checked, section, tiles[False], numbers[kind[numbers] == _LAYOUT])
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
