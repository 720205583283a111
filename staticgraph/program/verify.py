"""Proof that a program may run: the machine trusts verified programs only.

First the arrays are checked to be what the machine reads at their addresses, and every field of every instruction to be in range, and 0
where the opcode does not use it. Then follows a data-flow analysis, forward and backward, of what stands in each row (`events`, in the time
of `moments`): nothing is read before it is written, backward reads what forward read, a gradient is complete before it is passed on, and an
output holds the value of its own instruction (so that a program that lost an instruction is not taken for another one).
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..gates import BY_OPCODE
from ..gates.analysis import VALUE
from ..kinds import KINDS, contributions, of, opcodes_with, receiving
from ..kinds.kind import LIMIT
from ..records.instruction import BY_VECTOR, CLEAR, FIRST, FLAT, GUARD, INSTRUCTION, LENGTHS, MODE, PACKED, SKIP, STRIDE, TARGET
from .events import GRADIENT, HELD, NEED_GRADIENT, NEED_THIS, UNCHANGED, Events
from .following import OPERANDS, TARGETS, Checked, add_section, blocks_of
from .program import Program
from .regions import add_loops, check_loops, check_regions, targets_of
from .repeats import times_and_tile
from .runs import joined

Array = np.ndarray[Any, Any]
SIZES = ("prologue", "main", "rows", "uniforms", "slots", "elements", "lanes")

_three = np.arange(3)[:, None]
_stride, _first = np.array(STRIDE)[:, None], np.array(FIRST)[:, None]

class _Gates(NamedTuple):
    """What is known of gates, by their opcodes.

    `kind` is the place of their kind in `KINDS`, `possible` are the operands that may receive a gradient, one bit each; `reads` tells for
    each operand what its contribution reads: the operands, and last the value.
    """

    kind: Array
    operands: Array
    possible: Array
    reads: Array
    strided: Array
    tabled: Array
    repeats: Array
    packs: Array
    shares: Array


@cache
def _gates(count: int) -> _Gates:
    """Return what is known of so many gates: all of them, of which there may be more than a moment ago."""
    names = list(KINDS)
    kind = np.array([-1 if gate is None else names.index(gate.kind) for gate in BY_OPCODE])
    operands = np.array([0 if gate is None else of(gate).operands(gate) for gate in BY_OPCODE])
    possible, reads = np.ones(count, np.int64), np.zeros((count, 3, 4), bool)
    for opcode, gate in enumerate(BY_OPCODE):
        if gate is not None:
            possible[opcode] = receiving(gate)
            for number, each in enumerate(contributions(gate)):
                for read in () if each is None else each.reads:
                    if isinstance(read, int):
                        reads[opcode, number, read] = True
                    elif read == VALUE:
                        reads[opcode, number, 3] = True
    return _Gates(kind, operands, possible, reads, *map(opcodes_with, ("strided", "tabled", "repeats", "packs", "shares")))


def require(good: Array, field: str | tuple[str, ...], values: Array, expected: str) -> None:
    """Raise `ValueError` for the first instruction where a field, or one of some fields, is not as expected."""
    if not np.all(good):
        number, position = divmod(int(np.argmin(good)), good.shape[-1])
        name, found = (field, values[position]) if isinstance(field, str) else (field[number], values[number, position])
        raise ValueError(
            f"invalid program: instruction {position}: field {name!r} = {found}, expected {expected}; "
            "a program is made by compile and never changed"
        )


def verify(program: Program) -> None:
    """Check a program; `ValueError` naming the instruction and its field if it is not valid."""
    _check_forms(program)
    checked = _check_fields(program)
    check_loops(program, checked)
    _check_sites(program, checked)
    _follow(program, checked)


def _follow(program: Program, checked: Checked) -> None:
    """Check what stands in the rows whenever they are read."""
    # Leaves and constants stand there before all instructions, at -1. The other times that are no instruction's: see `moments`.
    count, split = len(program), program.prologue
    body, uniform, packed = Events(program.rows), Events(program.uniforms, program.packed_rows), Events(program.elements)
    packed.add("packed", np.zeros(1, np.int64), len(program.packed), -1, HELD)
    uniform.add("constants", np.full(1, program.packed_rows), len(program.constants), -1, HELD)
    tiles = {False: uniform, True: packed}
    body.add("leaf", *blocks_of(program.inputs, "row"), -1, HELD)
    for kind, tile in tiles.items():
        tile.add("leaf", *blocks_of([leaf for leaf in program.parameters if leaf.packed == kind], "row"), -1, HELD)
    for section, numbers in ((uniform, np.arange(split)), (body, np.arange(split, program.main))):
        if len(numbers):
            add_section(program, checked, section, tiles, numbers)
            add_loops(program, checked, section, tiles, numbers)
    made_by, _ = blocks_of(program.outputs, "instruction")
    body.add("output", *blocks_of(program.outputs, "row"), 4 * count, UNCHANGED, NEED_THIS, count, made_by)
    body.add("output", *blocks_of(program.outputs, "gradient"), 4 * count + 1, GRADIENT)
    uniform.add("shared", *blocks_of(program.shared, "gradient"), 4 * count + 2 + 8 * (count - split) - 1, GRADIENT)
    for section, leaves in ((body, program.inputs), (uniform, program.parameters)):
        section.add("leaf", *blocks_of(leaves, "gradient"), 4 * count + 2 + 8 * count, UNCHANGED, NEED_GRADIENT, count)
    for section in (body, uniform, packed):
        section.check()


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
    if not program.prologue <= program.main <= len(program):
        raise ValueError(f"invalid program: prologue and body end at {program.prologue} and {program.main}, of {len(program)} instructions")
    check_regions(program)
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
    present, clear = known.operands[opcode] > _three, opcode == CLEAR
    strided, tabled, repeats = known.strided[opcode], known.tabled[opcode], known.repeats[opcode]
    require(fields["reserved"] == 0, "reserved", fields["reserved"], "0")
    lengths = np.array([fields[name] for name in LENGTHS])
    require(lengths >= 0, LENGTHS, lengths, "no negative number")
    require(~(strided | tabled | clear) | (lengths[1:] == 1), LENGTHS[1:], lengths[1:], "1")
    require((needs >= 0) & (needs & ~known.possible[opcode] == 0) & (~clear | (needs == 1)), "backward", needs, "operands that may receive")
    serves = (needs >> _three & 1 == 1) & ~(tabled | repeats | clear)
    require(present | (operands == 0), OPERANDS, operands, "0")
    require(serves | (targets == 0), TARGETS, targets, "0")
    require((needs != 0) | (fields["gradient"] == 0), "gradient", fields["gradient"], "0")
    require(~clear | (fields["out"] == 0), "out", fields["out"], "0")
    require(tabled | repeats | (fields["table"] == 0), "table", fields["table"], "0")
    allowed = np.where(serves.any(0), GUARD, 0) + np.where(strided, FLAT | BY_VECTOR, 0)
    allowed += (serves * _first).sum(0) + (strided * present * _stride).sum(0)
    allowed += np.where(known.packs[opcode] & ((operands < 0).sum(0) == 1), PACKED, 0)
    require(flags & ~allowed == 0, "flags", flags, "only flags that apply")
    moves = flags & _stride != 0
    flat = np.all(~present | (moves != (operands < 0)), 0) | (fields["rows"] == 1)
    require(~strided | ((flags & FLAT != 0) == flat), "flags", flags, "FLAT exactly where one loop covers all rows")
    by_vector = strided & np.any(~moves & serves & (operands < 0), 0) & (fields["rows"] > 1)
    require((flags & BY_VECTOR != 0) == by_vector, "flags", flags, "BY_VECTOR exactly where all rows add to one sum of a uniform value")
    return _sized(program, known, fields, operands, targets, present, serves)


def _sized(
    program: Program, known: _Gates, fields: dict[str, Array], operands: Array, targets: Array, present: Array, serves: Array
) -> Checked:  # fmt: skip
    """Return the fields with how many rows operands and results have, checked against the tiles."""
    rows, flags, opcode = fields["rows"], fields["flags"], fields["opcode"]
    repeats = known.repeats[opcode]
    found = fields["table"]
    require(~repeats | (found >= 0) & (found < len(program.loops)), "table", found, f"one of {len(program.loops)} loops")
    body = ~times_and_tile(program)[1]
    limit = np.where(body, program.rows, program.uniforms)
    size, sizes = _rows_meant(known, fields)
    sizes *= present
    for name in ("out", "gradient"):
        require((fields[name] >= 0) & (fields[name] + size <= limit), name, fields[name], "a row of the tile")
    require((operands >= 0) | body, OPERANDS, operands, "no uniform row in the prologue")
    most = np.where(operands < 0, np.where(flags & PACKED != 0, program.elements, program.uniforms), limit)
    require(np.where(operands < 0, ~operands, operands) + sizes <= most, OPERANDS, operands, "a row of the tile")
    require((targets >= 0) | body, TARGETS, targets, "no accumulator in the prologue")
    require((targets >= 0) | (flags & _first == 0), TARGETS, targets, "no store to an accumulator")
    most = np.where(targets < 0, program.slots, limit)
    require(np.where(targets < 0, ~targets, targets) + sizes * serves <= most, TARGETS, targets, "a row of the tile")
    apart = ~present | (operands < 0) | (operands + sizes <= fields["out"]) | (fields["out"] + size <= operands)
    require(np.all(apart, 0), "out", fields["out"], "rows apart from those of its operands")
    tabled = known.tabled[opcode]
    entries = np.where(tabled, rows, 0)
    require(repeats | (found >= 0) & (found + entries <= len(program.table)), "table", found, "an entry of the table")
    return Checked(fields, operands, targets, opcode == CLEAR, tabled, repeats, present, serves, known.reads[opcode], size, sizes)


def _rows_meant(known: _Gates, fields: dict[str, Array]) -> tuple[Array, Array]:
    """Return how many rows each instruction's result has, and each of its three operands if there is one."""
    size = fields["rows"] * fields["columns"]
    sizes = np.where(fields["flags"] & _stride != 0, fields["rows"], np.minimum(fields["rows"], 1))
    for number, kind in enumerate(KINDS.values()):
        chosen = known.kind[fields["opcode"]] == number
        if np.any(chosen) and not (kind.strided or kind.tabled):
            rows, length, columns = (fields[name][chosen] for name in LENGTHS)
            size[chosen] = kind.result_size((rows, length, columns))
            for operand, each in enumerate(kind.operand_sizes((rows, length, columns))):
                sizes[operand, chosen] = each
    return size, sizes


def _check_sites(program: Program, checked: Checked) -> None:
    """Check that every accumulator belongs to one site, and that one place adds to it: matrix products, or anything else once."""
    first, sizes = blocks_of(program.shared, "slot")
    ends = np.cumsum(sizes)
    if np.any((sizes < 0) | (sizes > program.slots)) or np.any(first != ends - sizes) or sizes.sum() != program.slots:
        raise ValueError(f"invalid program: shared: expected sites one after another, of all {program.slots} accumulators")
    entries = program.table[(program.table[:, MODE] != SKIP) & (program.table[:, TARGET] < 0), TARGET].astype(np.int64)
    adding = checked.serves & (checked.targets < 0)
    product = adding & _gates(len(BY_OPCODE)).shares[checked.fields["opcode"]]
    first, ends = joined(~checked.targets[product], checked.operand_sizes[product])
    alone = adding & ~product
    summed = [(~row, size) for loop in program.loops for row, size in targets_of(loop) if row < 0]
    slots, counts = np.array(summed, np.int64).reshape(-1, 2).T
    first = np.concatenate([~entries, ~checked.targets[alone], slots, first])
    ends = np.concatenate([~entries + 1, ~checked.targets[alone] + checked.operand_sizes[alone], slots + counts, ends])
    order = np.argsort(first)
    if np.any(ends > program.slots) or np.any(first[order][1:] < ends[order][:-1]):
        raise ValueError("invalid program: two places add to one accumulator, or there is no such accumulator")
