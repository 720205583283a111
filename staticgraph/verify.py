"""Proof that a program may run: the machine trusts verified programs only.

First every field of every instruction is checked to be in range, and 0 where the opcode does not use it. Then the program is
followed, forward and backward, by what stands in each row (`events`): nothing is read before it is written, backward reads what
forward read, and a gradient is complete before it is passed on.
"""

from typing import Any

import numpy as np

from .events import GRADIENT, HELD, NOTHING, Events, block, ramp
from .gates import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION
from .gates.analysis import VALUE, contributions, receiving
from .instruction import ACCUMULATE, BY_VECTOR, CLEAR, FIRST, FLAT, GUARD, MODE, SKIP, SOURCE, STORE, STRIDE, TARGET
from .program import Program

Array = np.ndarray[Any, Any]
OPERANDS, TARGETS = ("a", "b", "c"), ("to_a", "to_b", "to_c")

_gates = [None, *GATES.values()]
_kind = np.array([CLEAR if gate is None else (ELEMENTWISE, REDUCTION, CONTRACTION, LAYOUT).index(gate.kind) + 1 for gate in _gates])
_arity = np.array([0 if gate is None or gate.kind == LAYOUT else gate.arity for gate in _gates])
_ELEMENTWISE, _REDUCTION, _CONTRACTION, _LAYOUT = range(1, 5)


def _reading_table() -> tuple[Array, Array]:
    """Return which operands may receive a gradient, and what a contribution reads: the operands, and last the value."""
    possible = np.ones(len(_gates), np.int64)
    reads = np.zeros((len(_gates), 3, 4), bool)
    for opcode, gate in enumerate(_gates):
        if gate is None or gate.kind == LAYOUT:
            continue
        possible[opcode] = receiving(gate)
        for number, each in enumerate(contributions(gate)):
            for read in () if each is None else each.reads:
                if isinstance(read, int):
                    reads[opcode, number, read] = True
                elif read == VALUE:
                    reads[opcode, number, 3] = True
    return possible, reads


_possible, _reads = _reading_table()


def require(good: Array, field: str, values: Array, expected: str) -> None:
    """Raise `ValueError` for the first instruction where a field is not as expected."""
    if not np.all(good):
        position = int(np.argmin(good))
        raise ValueError(
            f"invalid program: instruction {position}: field {field!r} = {values[position]}, expected {expected}; "
            "a program is made by compile and never changed"
        )


def verify(program: Program) -> None:
    """Check a program; `ValueError` naming the instruction and its field if it is not valid."""
    if not 0 <= program.prologue <= len(program):
        raise ValueError(f"invalid program: a prologue of {program.prologue} instructions in a program of {len(program)}")
    if program.lanes <= 0 or program.lanes % program.width:
        raise ValueError(f"invalid program: {program.lanes} lanes, expected a positive multiple of {program.width}")
    sizes = _check_fields(program)
    _check_sites(program, sizes[0])
    _follow(program, *sizes)


def _check_fields(program: Program) -> tuple[Array, Array]:
    """Check every field by itself; return the sizes of operands, `(3, instructions)`, and of results."""
    fields = {name: program.instructions[name].astype(np.int64) for name in program.instructions.dtype.names or ()}
    opcode, needs, flags = fields["opcode"], fields["backward"], fields["flags"]
    require((opcode >= 0) & (opcode < len(_gates)), "opcode", opcode, f"0 to {len(_gates) - 1}")
    kind, arity = _kind[opcode], _arity[opcode]
    elementwise, layout, clear = kind == _ELEMENTWISE, kind == _LAYOUT, kind == CLEAR
    require(fields["reserved"] == 0, "reserved", fields["reserved"], "0")
    for name in ("rows", "length", "columns"):
        require(fields[name] >= 0, name, fields[name], "no negative number")
        shaped = (kind == _REDUCTION) | (kind == _CONTRACTION) | (name == "rows")
        require(shaped | (fields[name] == 1), name, fields[name], "1")
    require((needs >= 0) & (needs & ~_possible[opcode] == 0) & (~clear | (needs == 1)), "backward", needs, "operands that may receive")
    served = np.where(layout | clear, 0, needs)
    for number in range(3):
        require((arity > number) | (fields[OPERANDS[number]] == 0), OPERANDS[number], fields[OPERANDS[number]], "0")
        require((served >> number & 1 == 1) | (fields[TARGETS[number]] == 0), TARGETS[number], fields[TARGETS[number]], "0")
    require((needs != 0) | (fields["gradient"] == 0), "gradient", fields["gradient"], "0")
    require(~clear | (fields["out"] == 0), "out", fields["out"], "0")
    require(layout | (fields["table"] == 0), "table", fields["table"], "0")
    allowed = np.where(served != 0, GUARD, 0) + np.where(elementwise, FLAT | BY_VECTOR, 0)
    for number in range(3):
        allowed += np.where(served >> number & 1 == 1, FIRST[number], 0) + np.where(elementwise & (arity > number), STRIDE[number], 0)
    require(flags & ~allowed == 0, "flags", flags, "only flags that apply")
    require(~elementwise | ((flags & FLAT != 0) == _flat(fields, arity)), "flags", flags, "FLAT exactly where one loop covers all rows")
    by_vector = elementwise & _by_vector(fields)
    require((flags & BY_VECTOR != 0) == by_vector, "flags", flags, "BY_VECTOR exactly where all rows add to one accumulator")
    return _sizes(program, fields, kind, arity)


def _flat(fields: dict[str, Array], arity: Array) -> Array:
    flat = np.ones(len(arity), bool)
    for number in range(3):
        moves = fields["flags"] & STRIDE[number] != 0
        flat &= (arity <= number) | (moves != (fields[OPERANDS[number]] < 0))
    result: Array = flat | (fields["rows"] == 1)
    return result


def _by_vector(fields: dict[str, Array]) -> Array:
    shared = np.zeros(len(fields["rows"]), bool)
    for number in range(3):
        stands = fields["flags"] & STRIDE[number] == 0
        shared |= stands & (fields["backward"] >> number & 1 == 1) & (fields[TARGETS[number]] < 0)
    result: Array = shared & (fields["rows"] > 1)
    return result


def _sizes(program: Program, fields: dict[str, Array], kind: Array, arity: Array) -> tuple[Array, Array]:
    """Return how many rows operands and results have, checked against the tiles."""
    rows, length, columns = fields["rows"], fields["length"], fields["columns"]
    body = np.arange(len(rows)) >= program.prologue
    limit = np.where(body, program.rows, program.uniforms)
    size = np.where((kind == _REDUCTION) | (kind == _CONTRACTION), rows * columns, rows)
    operands = np.zeros((3, len(rows)), np.int64)
    for number, name in enumerate(OPERANDS):
        strip = np.where(fields["flags"] & STRIDE[number] != 0, rows, np.minimum(rows, 1))
        matrix = rows * length if number == 0 else length * columns
        operands[number] = np.select([kind == _REDUCTION, kind == _CONTRACTION], [rows * length * columns, matrix], strip)
        operands[number][arity <= number] = 0
        first = fields[name]
        most = np.where(first < 0, program.uniforms, limit)
        require((first >= 0) | body, name, first, "no uniform row in the prologue")
        require(np.where(first < 0, ~first, first) + operands[number] <= most, name, first, "a row of the tile")
        target, most = fields[TARGETS[number]], np.where(fields[TARGETS[number]] < 0, program.slots, limit)
        served = operands[number] * (fields["backward"] >> number & 1)
        require((target >= 0) | body, TARGETS[number], target, "no accumulator in the prologue")
        require((target >= 0) | (fields["flags"] & FIRST[number] == 0), TARGETS[number], target, "no store to an accumulator")
        require(np.where(target < 0, ~target, target) + served <= most, TARGETS[number], target, "a row of the tile")
        apart = (first < 0) | (first + operands[number] <= fields["out"]) | (fields["out"] + size <= first) | (arity <= number)
        require(apart, "out", fields["out"], f"rows apart from those of operand {name!r}")
    for name in ("out", "gradient"):
        require((fields[name] >= 0) & (fields[name] + size <= limit), name, fields[name], "a row of the tile")
    entries = np.where(kind == _LAYOUT, rows, 0)
    require((fields["table"] >= 0) & (fields["table"] + entries <= len(program.table)), "table", fields["table"], "an entry of the table")
    return operands, size


def _check_sites(program: Program, operand_sizes: Array) -> None:
    """Check that every accumulator belongs to one site, and that one place adds to it: matrix products, or anything else once."""
    end = 0
    for shared in program.shared:
        if shared.slot != end or shared.size < 0:
            raise ValueError(f"invalid program: shared: accumulators {shared.slot} and on, expected {end} and on, site after site")
        end += shared.size
    if end != program.slots:
        raise ValueError(f"invalid program: shared: sites of {end} accumulators in a program of {program.slots}")
    entries = program.table[(program.table[:, MODE] != SKIP) & (program.table[:, TARGET] < 0), TARGET].astype(np.int64)
    alone, products = [~entries], [np.zeros(0, np.int64)]
    is_product = _kind[program.instructions["opcode"]] == _CONTRACTION
    for number, name in enumerate(TARGETS):
        target = program.instructions[name].astype(np.int64)
        sizes = np.where(target < 0, operand_sizes[number], 0)
        for places, mask in ((alone, ~is_product), (products, is_product)):
            places.append(ramp(~target, sizes * mask))
    slots = np.concatenate([*alone, np.unique(np.concatenate(products))])
    if np.any(slots >= program.slots) or np.any(np.bincount(slots, minlength=1) > 1):
        raise ValueError("invalid program: two places add to one accumulator, or there is no such accumulator")


def _follow(program: Program, operand_sizes: Array, sizes: Array) -> None:
    """Check what stands in the rows whenever they are read."""
    count, split = len(program), program.prologue
    fields = {name: program.instructions[name].astype(np.int64) for name in program.instructions.dtype.names or ()}
    body, uniform = Events(program.rows), Events(program.uniforms)
    uniform.write(np.arange(len(program.constants)), -1, HELD)
    for section, leaves in ((body, program.inputs), (uniform, program.parameters)):
        for leaf in leaves:
            section.write(section.block(leaf.row, leaf.size), -1, HELD)
    backward_end = 4 * count + 2 + 8 * (count - split) - 1
    for section, first, last in ((uniform, 0, split), (body, split, count)):
        part = slice(first, last)
        cut = {name: values[part] for name, values in fields.items()}
        numbers = np.arange(first, last)
        _section(program, section, uniform, cut, numbers, operand_sizes[:, part], sizes[part], count)
    for output in program.outputs:
        body.need_value(body.block(output.row, output.size), 4 * count, count, "output")
        if output.gradient is not None:
            body.write(body.block(output.gradient, output.size), 4 * count + 1, GRADIENT)
    for shared in program.shared:
        block(shared.slot, shared.size, program.slots)
        uniform.write(uniform.block(shared.gradient, shared.size), backward_end, GRADIENT)
    for section, leaves in ((body, program.inputs), (uniform, program.parameters)):
        for leaf in leaves:
            if leaf.gradient is not None:
                section.need_gradient(section.block(leaf.gradient, leaf.size), 4 * count + 2 + 8 * count, count, "leaf")
    for section in (body, uniform):
        section.check()


def _section(
    program: Program, section: Events, uniform: Events, fields: dict[str, Array], numbers: Array, operand_sizes: Array, sizes: Array,
    count: int,
) -> None:  # fmt: skip
    """Add the events of a section's instructions."""
    opcode, needs, flags = fields["opcode"], fields["backward"], fields["flags"]
    forward, backward = 4 * numbers, 4 * count + 2 + 8 * (count - 1 - numbers)
    active = (needs != 0) & (opcode != CLEAR)
    values = np.where(opcode == CLEAR, 0, sizes)
    section.write(ramp(fields["out"], values), np.repeat(forward + 1, values), np.repeat(numbers, values))
    gradients = np.where(active, sizes, 0)
    section.need_gradient(ramp(fields["gradient"], gradients), np.repeat(backward, gradients), np.repeat(numbers, gradients), "gradient")
    section.write(ramp(fields["gradient"], gradients), np.repeat(backward + 6, gradients), NOTHING)
    cleared = np.where(opcode == CLEAR, sizes, 0)
    section.write(ramp(fields["gradient"], cleared), np.repeat(backward, cleared), GRADIENT)
    serves = [(needs >> number & 1 == 1) & active for number in range(3)]
    own = sum(serves[number] & _reads[opcode, number, 3] for number in range(3)).astype(bool)
    section.expect(ramp(fields["out"], sizes * own), np.repeat(backward, sizes * own), np.repeat(numbers, sizes * own), "out")
    for number, name in enumerate(OPERANDS):
        read = sum(serves[each] & _reads[opcode, each, number] for each in range(3)).astype(bool)
        for where, mask in ((section, fields[name] >= 0), (uniform, fields[name] < 0)):
            first = np.where(fields[name] < 0, ~fields[name], fields[name])
            all_sizes = operand_sizes[number] * mask
            rows, owners, again = ramp(first, all_sizes), np.repeat(numbers, all_sizes), np.repeat(read, all_sizes)
            seen = where.need_value(rows, np.repeat(forward, all_sizes), owners, name)
            where.same(seen[again], rows[again], np.repeat(backward, all_sizes)[again], owners[again], name)
        target = fields[TARGETS[number]]
        for first_write in (True, False):
            mask = serves[number] & (target >= 0) & ((flags & FIRST[number] != 0) == first_write) & (_kind[opcode] != _LAYOUT)
            written = operand_sizes[number] * mask
            rows, times = ramp(target, written), np.repeat(backward + 1 + number, written)
            if first_write:
                section.write(rows, times, GRADIENT)
            else:
                section.need_gradient(rows, times, np.repeat(numbers, written), TARGETS[number])
    for position in np.flatnonzero(_kind[opcode] == _LAYOUT):
        entries = program.table[fields["table"][position] :][: fields["rows"][position]].astype(np.int64)
        moments = int(forward[position]), int(backward[position])
        _table(program, section, uniform, entries, int(numbers[position]), *moments, active=bool(needs[position]))


def _table(
    program: Program, section: Events, uniform: Events, entries: Array, number: int, forward: int, backward: int, active: bool
) -> None:  # fmt: skip
    """Add the events of a layout instruction, entry by entry."""
    source, target, mode = entries[:, SOURCE], entries[:, TARGET], entries[:, MODE]
    limits = (section.rows, uniform.rows if section is not uniform else 0, section.rows, program.slots if section is not uniform else 0)
    for rows, within, beyond in ((source, *limits[:2]), (target[mode != SKIP], *limits[2:])):
        if np.any(rows >= within) or np.any(~rows[rows < 0] >= beyond):
            raise ValueError(f"invalid program: instruction {number}: field 'table': an entry names no row of the tile")
    if np.any((mode < SKIP) | (mode > STORE)) or np.any((mode == STORE) & (target < 0)):
        raise ValueError(f"invalid program: instruction {number}: field 'table': an entry has an unknown mode")
    section.need_value(source[source >= 0], forward, number, "table")
    uniform.need_value(~source[source < 0], forward, number, "table")
    if active:
        stored, added = (mode == STORE), (mode == ACCUMULATE) & (target >= 0)
        section.write(target[stored], backward + 1, GRADIENT, order=np.flatnonzero(stored))
        section.need_gradient(target[added], backward + 1, number, "table", order=np.flatnonzero(added))
